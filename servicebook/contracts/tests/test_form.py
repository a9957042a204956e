"""The one-page form: what is typed is kept, judged at its field, and saved as one document."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from servicebook.accounts.models import Role
from servicebook.contracts.models import Contract, RefusalReason
from servicebook.testing import make_asset, make_contract, make_customer, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    user = make_user(Role.MANAGER)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return user


def typed(customer, owner, **changes):
    """What a browser sends of a small contract."""
    return {
        "title": "Servers, 24/7",
        "customer": f"{customer} #{customer.pk}",
        "owner": owner.pk,
        "type": "sla",
        "starts_on": "2027-01-01",
        "ends_on": "2027-12-31",
        "price": "4 800 000",
        "currency": "KZT",
        "billing_cycle": "year",
        "renewal_months": "12",
        "notice_days": "30",
        "index_base": "current",
        "index_notice_days": "30",
        "warn_percent": "75",
        "thresholds": "50, 80, 100",
        "channels": ["phone", "mail"],
        "included-count": "3",
        "included-0-service": "visit",
        "included-0-limit": "12",
        "included-0-period": "year",
        "included-1-service": "",
        "included-1-limit": "",
        "included-2-service": "labour",
        "included-2-limit": "20 h",
        "included-2-period": "month",
        "included-2-outside_factor": "1,5",
        "targets-count": "1",
        "targets-0-measure": "response",
        "targets-0-minutes": "1 h 30 min",
        "targets-0-priority": "1",
        "exclusions-count": "2",
        "exclusions-0-unless": "tampering",
        "exclusions-1-unless": "outside_hours",
        "exclusions-1-factor": "1.5",
        "rates-count": "1",
        "rates-0-service": "visit",
        "rates-0-price": "18 000",
        "scopes-count": "1",
        "scopes-0-site": "",
        **changes,
    }


def post(client, name, *args, status=302, headers=None, **values):
    answer = client.post(reverse(f"contracts:{name}", args=args), values, headers=headers)
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


@pytest.mark.req("S2.5", "S0.12", "S0.13", "S0.14", "S0.16", "S0.20")
def test_a_contract_is_entered_on_one_page(client, boss):
    customer = make_customer(name="School 12")

    post(
        client, "new", **typed(customer, boss, index_percent="7,5", index_rule="CPI", review_on="2027-06-01")
    )

    one = Contract.objects.get()
    assert (one.title, one.customer, one.owner, one.state) == ("Servers, 24/7", customer, boss, "draft")
    assert (one.price, one.index_percent, one.review_on) == (4_800_000, Decimal("7.5"), date(2027, 6, 1))
    terms = one.versions.get()
    assert terms.channels == ["phone", "mail"]
    assert terms.thresholds == [50, 80, 100]
    included = [(each.service, each.limit, each.period, each.outside_factor) for each in terms.included.all()]
    assert included == [("visit", 12, "year", 1), ("labour", 1200, "month", Decimal("1.5"))]
    assert [(t.measure, t.minutes, t.priority) for t in terms.targets.all()] == [("response", 90, 1)]
    assert [(e.unless, e.factor) for e in terms.exclusions.all()] == [
        ("tampering", None), ("outside_hours", Decimal("1.5")),
    ]  # fmt: skip
    assert [(r.service, r.price) for r in terms.rates.all()] == [("visit", 18_000)]
    assert terms.scopes.count() == 0


def test_every_mistake_stands_at_its_field_and_nothing_typed_is_lost(client, boss):
    wrong = typed(
        make_customer(), boss, title="", ends_on="2026-01-01", considerations="The guard needs a list",
        **{
            "included-0-limit": "twelve", "included-2-limit": "20 bananas", "targets-0-minutes": "soon",
            "rates-0-price": "", "exclusions-0-unless": "", "exclusions-0-factor": "2",
        },
    )  # fmt: skip

    shown = post(client, "new", status=422, **wrong)

    for field in (
        "id_title", "id_included-0-limit", "id_included-2-limit", "id_targets-0-minutes",
        "id_rates-0-price", "id_exclusions-0-unless",
    ):  # fmt: skip
        assert f'id="{field}_error"' in shown, field
    assert "id_included-1-service_error" not in shown
    for kept in ("twelve", "20 bananas", "soon", "The guard needs a list", "4 800 000"):
        assert kept in shown
    assert Contract.objects.count() == 0


def test_what_the_action_refuses_stands_at_the_row_that_it_speaks_of(client, boss):
    wrong = typed(
        make_customer(), boss, ends_on="2026-01-01",
        **{"included-2-period": "", "included-0-service": "", "included-0-limit": ""},
    )  # fmt: skip

    shown = post(client, "new", status=422, **wrong)

    assert 'id="id_ends_on_error"' in shown
    assert 'id="id_included-2-period_error"' in shown  # the first clause stands in the third row


@pytest.mark.parametrize("htmx", [False, True])
def test_one_more_row_keeps_what_was_typed_and_judges_nothing(client, boss, htmx):
    half = typed(make_customer(), boss, title="", more="included", **{"included-0-limit": "twelve"})

    shown = post(client, "new", status=200, headers={"HX-Request": "true"} if htmx else None, **half)

    assert "twelve" in shown
    assert 'name="included-3-service"' in shown
    assert "_error" not in shown
    assert ('name="title"' in shown) is not htmx
    assert ("4 800 000" in shown) is not htmx


def test_a_row_that_is_taken_away_leaves_the_others_as_they_are(client, boss):
    shown = post(client, "new", status=200, **typed(make_customer(), boss, less="included-0"))

    assert 'name="included-0-service"' not in shown
    assert 'name="included-2-limit" value="20 h"' in shown


@pytest.mark.req("S2.4")
def test_a_draft_is_changed_as_a_whole_and_one_in_force_is_not(client, boss):
    draft = make_contract(state="draft", included=[{"code": "labour", "service": "labour", "limit": 90}])
    shown = client.get(reverse("contracts:edit", args=[draft.number])).content.decode()
    assert 'value="1 h 30 min"' in shown
    assert 'name="included-0-code" value="labour"' in shown

    post(client, "edit", draft.number, **typed(draft.customer, boss, seen=draft.version))
    draft.refresh_from_db()
    assert draft.title == "Servers, 24/7"

    shown = post(
        client, "edit", draft.number, status=422, **typed(draft.customer, boss, seen=0, title="Late")
    )
    assert "changed while you were working on it" in shown
    assert "Late" in shown

    running = make_contract(title="As agreed")
    post(client, "edit", running.number, **typed(running.customer, boss))
    running.refresh_from_db()
    assert running.title == "As agreed"


@pytest.mark.req("S2.3", "S2.4")
def test_an_amendment_is_a_new_version_and_keeps_the_lines(client, boss, set_clock):
    set_clock("2026-06-01 09:00")
    one = make_contract(included=[{"code": "visit", "service": "visit", "limit": 12}])
    terms = {
        name: value
        for name, value in typed(one.customer, boss).items()
        if "-" in name or name in ("warn_percent", "thresholds", "channels")
    }
    terms |= {"included-0-code": "visit", "included-0-limit": "24", "seen": one.version}

    shown = post(client, "amend", one.number, status=422, what_changed="", valid_from="2026-05-01", **terms)
    assert 'id="id_what_changed_error"' in shown
    shown = post(
        client, "amend", one.number, status=422, what_changed="More", valid_from="2026-05-01", **terms
    )
    assert 'id="id_valid_from_error"' in shown
    post(client, "amend", one.number, what_changed="Twice the visits", valid_from="2026-07-01", **terms)

    assert [(v.number, v.included.get(code="visit").limit) for v in one.versions.order_by("number")] == [
        (1, 12), (2, 24),
    ]  # fmt: skip


@pytest.mark.req("S2.4")
def test_a_contract_is_activated_held_resumed_and_cancelled_from_its_page(client, boss, set_clock):
    set_clock("2026-06-01 09:00")
    customer = make_customer()
    make_asset(customer)
    one = make_contract(
        customer, state="draft", included=[{"code": "visit", "service": "visit", "limit": 12}]
    )

    reason = RefusalReason.objects.create(name="Closed")
    why = {"reason": reason.pk, "initiator": "customer", "known_on": "2026-05-20"}

    def do(act, status=302, **values):
        one.refresh_from_db()
        shown = post(client, "act", one.number, act, status=status, seen=one.version, **values)
        one.refresh_from_db()
        return one.state if status == 302 else shown

    assert do("hold", because="too early") == "draft"
    assert do("activate") == "active"
    assert 'id="id_because_error"' in do("hold", status=422, because="")
    assert do("hold", because="Unpaid since March") == "on_hold"
    shown = client.get(one.get_absolute_url()).content.decode()
    assert "Unpaid since March" in shown
    assert do("resume") == "active"
    assert 'id="id_initiator_error"' in do("cancel", status=422, because="They close", reason=reason.pk)
    assert do("cancel", because="They close", on="2026-09-30", **why) == "active"
    assert do("keep") == "active"
    assert do("cancel", because="They close", on="", **why) == "cancelled"


def test_who_may_not_change_contracts_sees_no_button_for_it(client):
    make_contract()
    one = make_contract()
    user = make_user(Role.DISPATCHER)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")

    shown = client.get(one.get_absolute_url()).content.decode()

    assert "amend" not in shown.lower()
    assert client.get(reverse("contracts:amend", args=[one.number])).status_code == 403


@pytest.mark.trust("2.7")
@pytest.mark.parametrize("number", ["1e400", "-1e400", "1e-400", "9" * 30, "NaN", "1 000 000 000 000 000"])
@pytest.mark.parametrize("name", ["price", "index_percent", "uptime_percent", "rates-0-price"])
def test_a_number_beyond_all_measure_is_refused_and_the_reading_goes_on(name, number, client, boss):
    given = typed(make_customer(), boss, **{name: number})

    assert "12 a year" in post(client, "preview", status=200, **given).replace("\N{NO-BREAK SPACE}", " ")
    assert number in post(client, "new", status=422, **given)


@pytest.mark.req("S2.5")
def test_what_is_typed_is_read_back_beside_the_form_and_nothing_is_saved(client, boss):
    half = typed(make_customer(), boss, title="", **{"rates-0-price": "dear", "included-2-limit": "20 h"})

    shown = post(client, "preview", status=200, **half).replace("\N{NO-BREAK SPACE}", " ")

    for said in ("12 a year", "20 h a month", "Response 1 h 30 min", "Signs of tampering"):
        assert said in shown, said
    assert "error" not in shown
    one = make_contract(included=[{"code": "visit", "service": "visit", "limit": 12}])
    changed = {
        "of": one.number,
        "included-count": "1",
        "included-0-service": "visit",
        "included-0-limit": "24",
    }
    assert "24 a year" in post(client, "preview", status=200, **changed, **{"included-0-period": "year"})
    assert Contract.objects.count() == 1
