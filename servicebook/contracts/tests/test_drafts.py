"""A contract is entered as a whole, and refused with a sentence at each field (S0.11–S0.22, S2.5)."""

from datetime import date
from decimal import Decimal

import pytest

from servicebook.contracts import actions
from servicebook.contracts.document import Document
from servicebook.contracts.models import Contract, ContractVersion, ExtraService
from servicebook.core.errors import Changed
from servicebook.journal.models import Entry
from servicebook.search.queries import find
from servicebook.sla.models import ServiceHours
from servicebook.testing import make_asset, make_customer, make_model, make_region, make_site, make_user

pytestmark = pytest.mark.django_db
OFFICE = [[[540, 1080]]] * 5 + [[], []]


def full_terms(school) -> dict:
    """Every clause that there is."""
    region = make_region(name="Karaganda")
    model = make_model()
    site = make_site(school, region=region)
    asset = make_asset(school, site=site, model=model)
    hours = ServiceHours.objects.create(name="Office", week=OFFICE)
    night = ExtraService.objects.create(
        code="night", name="Night visit", service="visit", price=25_000, currency="KZT"
    )
    return {
        "hours": hours.pk,
        "channels": ["phone", "mail"],
        "pauses": ["client", "access"],
        "warn_percent": 80,
        "thresholds": [100, 50],
        "uptime_percent": "99.5",
        "closure_criteria": "The school confirms.",
        "customer_does": "Access, power, ports.",
        "we_do": "Work and deadlines.",
        "vendor_does": "Replacement in 10 days.",
        "access_by": "Deputy head",
        "closure_by": "Head",
        "scopes": [
            {"asset": asset.pk},
            {"site": site.pk, "category": model.category_id},
            {"region": region.pk},
        ],
        "included": [
            {"service": "visit", "limit": 12, "period": "year"},
            {
                "service": "labour",
                "limit": 1200,
                "period": "month",
                "outside_factor": "1.5",
                "rollover": True,
            },
            {"service": "remote"},
            {
                "code": "parts",
                "service": "parts",
                "limit": "150000",
                "period": "year",
                "category": model.category_id,
                "parts": "consumables",
            },
            {"service": "labour", "limit": 600, "period": "pack", "expires_on": "2026-11-30"},
        ],
        "targets": [
            {"measure": "response", "minutes": 60, "priority": 1, "region": region.pk},
            {"measure": "recovery", "minutes": 480, "category": model.category_id, "hours": hours.pk},
        ],
        "exclusions": [{"unless": "tampering"}, {"unless": "outside_hours", "factor": "1.5"}],
        "rates": [
            {"service": "visit", "price": "18000"},
            {"service": "visit", "price": "25000", "extra": night.pk},
        ],
    }


@pytest.mark.req(
    "S0.11", "S0.12", "S0.14", "S0.15", "S0.16", "S0.17", "S0.18", "S0.19", "S0.20", "S0.22", "S3.1"
)
def test_a_contract_keeps_everything_that_was_entered(draft, school, manager):
    terms = full_terms(school)

    contract = draft(
        terms=terms,
        type="sla",
        price="4800000",
        billing_cycle="year",
        renews_itself=True,
        index_percent="8.5",
        review_on=date(2026, 10, 1),
        considerations="Exams in May: no work in classrooms.",
    )

    assert contract.number.startswith("SC-")
    assert (contract.state, contract.currency, contract.owner) == ("draft", "KZT", manager)
    kept = Document.of(Contract.objects.get(), ContractVersion.objects.get())
    said = Document(
        title=contract.title, customer=school.pk, starts_on=contract.starts_on, ends_on=contract.ends_on,
        terms=terms,
    ).terms  # fmt: skip
    assert kept.terms.model_dump(exclude={"included"}) == said.model_dump(exclude={"included"})
    assert [line.code for line in kept.terms.included] == ["visit", "labour", "remote", "parts", "labour-2"]
    assert kept.terms.thresholds == [50, 100]
    for line, wanted in zip(kept.terms.included, said.included, strict=True):
        assert line.model_copy(update={"code": wanted.code, "period": wanted.period}) == wanted
    assert (kept.price, kept.renews_itself, kept.index_percent) == (Decimal(4_800_000), True, Decimal("8.5"))


@pytest.mark.req("S1.1")
def test_it_is_found_and_its_making_is_in_the_journal(draft, manager):
    contract = draft(title="Servers of the lyceum")

    assert [hit.title for hit in find("lyceum", manager, 5)] == [f"{contract.number} · Servers of the lyceum"]
    assert Entry.objects.filter(subject_id=contract.pk, verb="contract.drafted").count() == 1


@pytest.mark.req("S1.2")
def test_a_sensitive_contract_is_found_by_its_owner_and_the_leads_alone(draft, manager, dispatcher):
    draft(title="Quiet agreement", sensitive=True, owner=make_user("account_manager").pk)
    owner = Contract.objects.get().owner

    assert [len(find("quiet", person, 5)) for person in (manager, owner, dispatcher)] == [1, 1, 0]


def test_a_draft_changes_as_a_whole_and_an_equal_one_changes_nothing(draft, school):
    contract = draft(terms=full_terms(school))
    terms = Document.of(contract, contract.versions.get()).terms

    draft(contract=contract, terms=terms)
    assert Contract.objects.get().version == contract.version
    shorter = terms.model_copy(update={"included": terms.included[:1], "scopes": []})
    draft(contract=contract, terms=shorter, starts_on=date(2026, 2, 1))

    version = ContractVersion.objects.get()
    assert version.valid_from == date(2026, 2, 1)
    assert [version.included.count(), version.scopes.count(), version.targets.count()] == [1, 0, 2]
    facts = Entry.objects.filter(verb="contract.changed").get().facts
    assert facts["clauses"] == ["scopes", "included"]
    assert list(facts["changes"]) == ["starts_on"]


def test_whoever_saves_over_anothers_change_is_told(draft, school, manager):
    contract = draft()
    draft(contract=contract, title="Second thoughts")

    with pytest.raises(Changed):
        actions.save_draft(
            Document.of(contract, contract.versions.get()),
            by=manager,
            contract=contract,
            seen=contract.version,
        )


def clause(name, **line):
    return {"terms": {name: [line]}}


TWICE = {"measure": "response", "minutes": 60}


@pytest.mark.req("S0.11")
@pytest.mark.parametrize(
    ("given", "field", "says"),
    [
        ({"title": " "}, "title", "needs a title"),
        ({"ends_on": date(2025, 12, 31)}, "ends_on", "before the first"),
        ({"price": -1}, "price", "not below zero"),
        ({"currency": "XQX"}, "currency", "no currency"),
        ({"owner": 10**9}, "owner", "works here"),
        ({"renews_itself": True, "renewal_months": 0}, "renewal_months", "how many months"),
        ({"index_percent": -100}, "index_percent", "by its whole"),
        ({"customer": 10**9}, "customer", "no such customer"),
        (clause("included", service="visit", limit=12), "terms.included.0.period", "per what"),
        (clause("included", service="visit", limit=0, period="year"), "terms.included.0.limit", "above zero"),
        (clause("included", service="visit", limit="1.5", period="year"), "terms.included.0.limit", "whole"),
        (
            clause("included", service="labour", limit="1.5", period="year"),
            "terms.included.0.limit",
            "minutes",
        ),
        (clause("included", service="labour", period="pack"), "terms.included.0.limit", "pack holds"),
        (
            clause("included", service="labour", limit=60, period="pack"),
            "terms.included.0.expires_on",
            "which",
        ),
        (
            clause("included", service="visit", limit=6, period="year", expires_on="2026-06-01"),
            "terms.included.0.expires_on",
            "Only a prepaid pack",
        ),
        (
            clause("included", service="visit", limit=1, period="term", rollover=True),
            "terms.included.0.rollover",
            "carried over",
        ),
        (
            clause("included", service="labour", outside_factor="0.5"),
            "terms.included.0.outside_factor",
            "once",
        ),
        (clause("included", service="visit", outside_factor="2"), "terms.included.0.outside_factor", "hours"),
        (clause("included", service="visit", parts="consumables"), "terms.included.0.parts", "spare parts"),
        (clause("included", service="visit", code="a b"), "terms.included.0.code", "letters"),
        (
            clause("included", service="visit", category=10**9),
            "terms.included.0.category",
            "no such category",
        ),
        (clause("targets", measure="response", minutes=0), "terms.targets.0.minutes", "at least a minute"),
        (clause("targets", priority=5, **TWICE), "terms.targets.0.priority", "from 1 to 4"),
        (clause("targets", region=10**9, **TWICE), "terms.targets.0.region", "no such region"),
        (clause("targets", hours=10**9, **TWICE), "terms.targets.0.hours", "no such service hours"),
        ({"terms": {"targets": [TWICE, TWICE]}}, "terms.targets.1.measure", "said twice"),
        (clause("exclusions", unless="misuse", factor=1), "terms.exclusions.0.factor", "more than once"),
        ({"terms": {"exclusions": [{"unless": "misuse"}] * 2}}, "terms.exclusions.1.unless", "said twice"),
        (clause("rates", service="visit", price=-1), "terms.rates.0.price", "not below zero"),
        (clause("rates", service="visit", price=1, extra=10**9), "terms.rates.0.extra", "rate card"),
        (clause("scopes", asset=10**9), "terms.scopes.0.asset", "no such unit"),
        (clause("scopes", model=10**9), "terms.scopes.0.model", "no such model"),
        ({"terms": {"hours": 10**9}}, "terms.hours", "no such service hours"),
        ({"terms": {"warn_percent": 100}}, "terms.warn_percent", "between 1 %"),
        ({"terms": {"thresholds": [0]}}, "terms.thresholds", "between 1 %"),
        ({"terms": {"uptime_percent": 101}}, "terms.uptime_percent", "100 %"),
    ],
)
def test_bad_input_is_refused_with_a_sentence_at_its_field(draft, given, field, says):
    with pytest.raises(actions.NotValid) as refused:
        draft(**given)

    assert says in refused.value.fields[field]
    assert not Contract.objects.exists()


def test_hours_that_never_open_are_refused(draft):
    never = ServiceHours.objects.create(name="Never", week=[[]] * 7)

    with pytest.raises(actions.NotValid, match="“Never” never open"):
        draft(terms={"hours": never.pk})


def test_two_currencies_do_not_meet_in_one_contract(draft):
    euro = ExtraService.objects.create(code="v", name="Visit", service="visit", price=80, currency="EUR")

    with pytest.raises(actions.NotValid) as refused:
        draft(terms={"rates": [{"service": "visit", "price": 80, "extra": euro.pk}]})

    assert "in EUR" in refused.value.fields["terms.rates.0.extra"]
    assert "in KZT" in refused.value.fields["terms.rates.0.extra"]


@pytest.mark.parametrize("name", ["asset", "site"])
def test_what_belongs_to_somebody_else_is_refused_as_what_is_not_there(draft, name):
    asset = make_asset(make_customer())
    key = {"asset": asset.pk, "site": asset.site_id}[name]

    with pytest.raises(actions.NotValid) as foreign:
        draft(terms={"scopes": [{name: key}]})
    with pytest.raises(actions.NotValid) as missing:
        draft(terms={"scopes": [{name: 10**9}]})

    assert foreign.value.fields == missing.value.fields
    assert foreign.value.fields.keys() == {f"terms.scopes.0.{name}"}


def test_what_belongs_to_a_branch_is_covered(draft, school):
    branch = make_customer(parent=make_customer(parent=school))
    asset = make_asset(branch)

    contract = draft(terms={"scopes": [{"asset": asset.pk}, {"site": asset.site_id}]})

    assert contract.versions.get().scopes.count() == 2


def test_a_scope_that_matches_nothing_is_refused(draft, school):
    model, other = make_model(), make_model()
    region = make_region()
    site = make_site(school)
    make_asset(school, site=site, model=model)

    for scope in ({"model": other.pk}, {"region": region.pk}, {"site": site.pk, "model": other.pk}):
        with pytest.raises(actions.NotValid) as refused:
            draft(terms={"scopes": [{"model": model.pk}, scope]})
        assert "Nothing of the customer matches" in refused.value.fields["terms.scopes.1"]
