"""Coverage clause by clause: tables that a service manager could have written."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from servicebook.contracts.rules.coverage import usual
from servicebook.contracts.rules.flips import Case, flips
from servicebook.contracts.rules.terms import (
    Asked,
    ContractType,
    Exclusion,
    Facts,
    Included,
    Measure,
    PartsRule,
    Period,
    Prices,
    Rate,
    Scope,
    Service,
    Side,
    Standing,
    State,
    Target,
    Terms,
    Unless,
    Verdict,
    Warranty,
)
from servicebook.contracts.rules.types import TYPES, counted

DAY = date(2026, 10, 14)
KARAGANDA, KAZAKHSTAN = 7, 1
SERVER, UPS = 20, 21  # categories
OFFICE, ALWAYS_OPEN = 1, 2  # service hours
HOUSE = Prices(
    "KZT",
    (
        Rate(Service.VISIT, Decimal(25_000), 31),
        Rate(Service.DIAGNOSTIC, Decimal(15_000), 32),
        Rate(Service.LABOUR, Decimal(12_000), 33),
        Rate(Service.PARTS, Decimal("1.15"), 34),
    ),
)
VISITS = Included(1, "visits", Service.VISIT, Decimal(12))
LABOUR = Included(2, "labour", Service.LABOUR, Decimal(600), outside_factor=Decimal("1.5"))
REMOTE = Included(3, "remote", Service.REMOTE)
PARTS = Included(4, "parts", Service.PARTS, Decimal(150_000))
CONSUMABLES = replace(PARTS, parts=PartsRule.CONSUMABLES, limit=None)
SOME_PARTS = ((Service.PARTS, 9),)


def contract(
    number=1, *, state=State.ACTIVE, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31), **terms
):
    values = {
        "contract": number,
        "version": number,
        "number": f"SC-{number}",
        "version_number": 1,
        "type": ContractType.SLA,
        "currency": "KZT",
        "valid_from": starts_on,
        "customer": 1,
        "scopes": (),
        "included": (),
        "targets": (),
        "exclusions": (),
        "rates": (),
        **terms,
    }
    return Standing(Terms(**values), state, starts_on, ends_on)


def case(*standings, asked=((Service.VISIT, 1),), warranties=(), balances=None, **facts):
    """A failure of server 5 at site 3 in Karaganda, asked for by phone in the open hours."""
    known = {
        "moment": datetime(2026, 10, 14, 4, tzinfo=UTC),
        "day": DAY,
        "customer": 1,
        "asset": 5,
        "model": 6,
        "category": SERVER,
        "site": 3,
        "regions": (KARAGANDA, KAZAKHSTAN),
        "channel": "phone",
        "reason": "failure",
        "open_hours": frozenset({OFFICE, ALWAYS_OPEN}),
        "asked": tuple(Asked(service, None if much is None else Decimal(much)) for service, much in asked),
        **facts,
    }
    left = {(1, code): Decimal(much) for code, much in (balances or {}).items()}
    return Case(Facts(**known), standings, tuple(warranties), left, HOUSE)


def decided(*standings, **facts):
    """The verdict, and the code of the sentence that says why."""
    decision = case(*standings, **facts).decided()
    return decision.verdict.value, decision.because.code


def one(*standings, **facts):
    """The decision on the only service asked for."""
    return case(*standings, **facts).decided().services[0]


@pytest.mark.req("S2.4", "S0.12", "S0.23")
@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ("covered", "line.left")),
        ({"state": State.ON_HOLD}, ("extra", "contract.on_hold")),
        ({"state": State.EXPIRED}, ("extra", "contract.ended")),
        ({"state": State.RENEWED}, ("extra", "contract.ended")),
        ({"state": State.CANCELLED}, ("extra", "contract.cancelled")),
        ({"starts_on": DAY}, ("covered", "line.left")),
        ({"ends_on": DAY}, ("covered", "line.left")),
        ({"starts_on": DAY + timedelta(days=1)}, ("extra", "contract.not_begun")),
        ({"ends_on": DAY - timedelta(days=1)}, ("extra", "contract.ended")),
    ],
)
def test_a_contract_covers_while_it_is_active_from_its_first_to_its_last_day(changed, expected):
    assert decided(contract(included=(VISITS,), **changed)) == expected


def test_without_a_contract_the_rate_card_says_the_price():
    decision = case(asked=[(Service.VISIT, 2)]).decided()

    assert (decision.verdict, decision.because.code) == (Verdict.EXTRA, "nothing.covers")
    assert decision.contract is None
    price = decision.services[0].price
    assert (price.amount, price.currency, price.extra) == (Decimal("50000.00"), "KZT", 31)


@pytest.mark.req("S0.15", "S0.19", "S0.23")
@pytest.mark.parametrize(
    ("scope", "facts", "expected"),
    [
        (Scope(), {}, "covered"),
        (Scope(asset=5), {}, "covered"),
        (Scope(asset=9), {}, "extra"),
        (Scope(site=3), {}, "covered"),
        (Scope(site=4), {}, "extra"),
        (Scope(site=4), {"site": None}, "extra"),  # a unit that stands nowhere
        (Scope(model=6), {}, "covered"),
        (Scope(category=UPS), {}, "extra"),
        (Scope(region=KAZAKHSTAN), {}, "covered"),  # with everything inside it
        (Scope(region=99), {}, "extra"),
        (Scope(site=3, category=SERVER), {}, "covered"),
        (Scope(site=3, category=UPS), {}, "extra"),
        # Nobody has named the unit.
        (Scope(), {"asset": None, "model": None, "category": None}, "covered"),
        (Scope(asset=9), {"asset": None, "model": None, "category": None}, "unknown"),
        (Scope(asset=9, site=4), {"asset": None, "model": None, "category": None}, "extra"),
        (Scope(category=UPS), {"asset": None, "model": None, "category": None}, "unknown"),
        (Scope(category=UPS), {"asset": None, "model": None}, "extra"),  # though it is a server
        (Scope(site=4), {"asset": None, "model": None, "category": None}, "extra"),
        (Scope(site=4), {"asset": None, "category": None, "site": None, "regions": ()}, "unknown"),
        (Scope(region=99), {"asset": None, "category": None, "site": None, "regions": ()}, "unknown"),
    ],
)
def test_a_scope_names_what_is_covered(scope, facts, expected):
    assert decided(contract(included=(VISITS,), scopes=(scope,)), **facts)[0] == expected


def test_a_contract_for_many_units_finds_one_of_them():
    listed = tuple(Scope(asset=number) for number in range(2, 700))

    assert decided(contract(included=(VISITS,), scopes=listed)) == ("covered", "line.left")
    assert decided(contract(included=(VISITS,), scopes=listed), asset=700) == ("extra", "scope.out")


@pytest.mark.req("S0.20", "S0.15")
@pytest.mark.parametrize(
    ("exclusion", "facts", "expected"),
    [
        (Exclusion(1, Unless.TAMPERING), {}, ("covered", "line.left")),
        (Exclusion(1, Unless.TAMPERING), {"signs": {Unless.TAMPERING}}, ("extra", "exclusion.extra")),
        (Exclusion(1, Unless.TAMPERING), {"signs": {Unless.MISUSE}}, ("covered", "line.left")),
        (Exclusion(1, Unless.UNSUPPORTED), {"signs": {Unless.UNSUPPORTED}}, ("extra", "exclusion.extra")),
        (Exclusion(1, Unless.OUTSIDE_HOURS), {"open_hours": frozenset()}, ("extra", "exclusion.extra")),
        (Exclusion(1, Unless.OUTSIDE_HOURS), {"open_hours": frozenset({2})}, ("extra", "exclusion.extra")),
        (
            Exclusion(1, Unless.OUTSIDE_HOURS, Decimal(2)),
            {"open_hours": frozenset()},
            ("covered", "line.left"),
        ),
        (Exclusion(1, Unless.CHANNEL), {"channel": "messenger"}, ("extra", "exclusion.extra")),
        (Exclusion(1, Unless.CHANNEL), {"channel": "mail"}, ("covered", "line.left")),
        # The house asks itself through no channel of the customer's.
        (Exclusion(1, Unless.CHANNEL), {"channel": "program"}, ("covered", "line.left")),
        # What no exclusion names changes nothing.
        (Exclusion(1, Unless.MISUSE), {"channel": "messenger"}, ("covered", "line.left")),
        (Exclusion(1, Unless.MISUSE), {"open_hours": frozenset()}, ("covered", "line.left")),
    ],
)
def test_only_an_exclusion_makes_it_extra_work(exclusion, facts, expected):
    facts = {**facts, "signs": frozenset(facts.get("signs", ()))}
    terms = {"hours": OFFICE, "channels": frozenset({"phone", "mail"}), "exclusions": (exclusion,)}

    assert decided(contract(included=(VISITS,), **terms), **facts) == expected


@pytest.mark.req("S0.20", "S0.17")
@pytest.mark.parametrize(
    ("exclusion_factor", "asked", "left", "covered", "extra"),
    [
        (None, 60, 100, 60, 0),  # the line's own ×1.5 holds outside the hours
        (None, 90, 100, Decimal("66.66"), Decimal("23.34")),
        (Decimal(2), 60, 100, 50, 10),  # of several factors the greatest one
        (Decimal("1.2"), 60, 90, 60, 0),
    ],
)
def test_minutes_outside_the_hours_use_the_balance_faster(exclusion_factor, asked, left, covered, extra):
    exclusions = (Exclusion(1, Unless.OUTSIDE_HOURS, exclusion_factor),) if exclusion_factor else ()
    found = one(
        contract(included=(LABOUR,), hours=OFFICE, exclusions=exclusions),
        asked=[(Service.LABOUR, asked)],
        balances={"labour": left},
        open_hours=frozenset(),
    )

    assert (found.covered, found.extra) == (covered, extra)


@pytest.mark.req("S0.20", "S0.21")
@pytest.mark.parametrize(
    ("service", "asked", "expected"),
    [
        (Service.VISIT, 1, Decimal("36000.00")),  # 18 000 at night ×2
        (Service.LABOUR, 90, Decimal("27000.00")),  # 9 000 an hour ×2
        (Service.PARTS, 1000, Decimal("1100.00")),  # parts cost what they cost
        (Service.DIAGNOSTIC, 1, Decimal("15000.00")),  # no rate of the contract: the house's
    ],
)
def test_extra_work_costs_the_rate_of_the_contract_and_more_at_night(service, asked, expected):
    rates = (
        Rate(Service.VISIT, Decimal(99_000), extra=8),  # of another line of the catalogue
        Rate(Service.VISIT, Decimal(18_000)),
        Rate(Service.LABOUR, Decimal(9_000)),
        Rate(Service.PARTS, Decimal("1.1")),
    )
    night = Exclusion(1, Unless.OUTSIDE_HOURS, Decimal(2))
    found = one(
        contract(hours=OFFICE, exclusions=(night,), rates=rates),
        asked=[(service, asked)],
        open_hours=frozenset(),
    )

    assert found.price.amount == expected


@pytest.mark.req("S0.14", "S0.17", "S0.18")
@pytest.mark.parametrize(
    ("lines", "balances", "facts", "expected"),
    [
        ((VISITS,), {}, {}, ("covered", "line.left", 1, 0)),  # untouched: the whole limit is left
        ((VISITS,), {"visits": 1}, {}, ("covered", "line.left", 1, 0)),
        ((VISITS,), {"visits": 0}, {}, ("extra", "line.used_up", 0, 1)),
        ((VISITS,), {"visits": 2}, {"asked": [(Service.VISIT, 3)]}, ("partly", "line.runs_out", 2, 1)),
        ((VISITS,), {"visits": 7}, {"asked": [(Service.VISIT, None)]}, ("covered", "line.left", None, None)),
        ((VISITS,), {"visits": 0}, {"asked": [(Service.VISIT, None)]}, ("extra", "line.used_up", None, None)),
        ((REMOTE,), {}, {"asked": [(Service.REMOTE, 9999)]}, ("covered", "line.no_limit", 9999, 0)),
        ((REMOTE,), {}, {}, ("extra", "line.none", 0, 1)),
        ((replace(VISITS, category=SERVER),), {}, {}, ("covered", "line.left", 1, 0)),
        ((replace(VISITS, category=UPS),), {}, {}, ("extra", "line.other_category", 0, 1)),
        (
            (replace(VISITS, category=UPS),),
            {},
            {"asset": None, "category": None},
            ("unknown", "line.category_open", 0, None),
        ),
        ((replace(VISITS, expires_on=DAY),), {}, {}, ("covered", "line.left", 1, 0)),
        (
            (replace(VISITS, expires_on=DAY - timedelta(days=1)),),
            {},
            {},
            ("extra", "line.expired", 0, 1),
        ),
        # The line for its category first, then the next one.
        (
            (VISITS, replace(VISITS, code="servers", category=SERVER)),
            {"servers": 1, "visits": 1},
            {"asked": [(Service.VISIT, 2)]},
            ("covered", "line.runs_out", 2, 0),
        ),
        ((CONSUMABLES,), {}, {"asked": SOME_PARTS, "consumable": True}, ("covered", "line.no_limit", 9, 0)),
        (
            (CONSUMABLES,),
            {},
            {"asked": SOME_PARTS, "consumable": False},
            ("extra", "line.consumables_only", 0, 9),
        ),
        ((CONSUMABLES,), {}, {"asked": SOME_PARTS}, ("unknown", "line.parts_open", 0, None)),
        ((PARTS,), {"parts": 4}, {"asked": SOME_PARTS}, ("partly", "line.runs_out", 4, 5)),
    ],
)  # fmt: skip
def test_an_included_line_covers_as_far_as_it_reaches(lines, balances, facts, expected):
    found = one(contract(included=lines), balances=balances, **facts)

    assert (found.verdict.value, found.because.code, found.covered, found.extra) == expected


@pytest.mark.req("S0.6", "S0.23")
@pytest.mark.parametrize(
    ("changed", "facts", "expected"),
    [
        ({}, {}, ("covered", "warranty.runs")),
        ({"ends_on": DAY}, {}, ("covered", "warranty.runs")),
        ({"ends_on": DAY - timedelta(days=1)}, {}, ("extra", "warranty.ended")),
        ({"starts_on": DAY + timedelta(days=1)}, {}, ("extra", "warranty.not_begun")),
        ({"labour": False}, {}, ("extra", "nothing.covers")),
        ({}, {"reason": "consultation"}, ("extra", "warranty.no_defect")),
        ({}, {"signs": frozenset({Unless.TAMPERING})}, ("extra", "warranty.void")),
        ({}, {"signs": frozenset({Unless.UNSUPPORTED})}, ("covered", "warranty.runs")),
        ({"component": "Compressor"}, {"component": "compressor"}, ("covered", "warranty.runs")),
        ({"component": "Compressor"}, {"component": "fan"}, ("extra", "warranty.other_component")),
        ({"component": "Compressor"}, {}, ("unknown", "warranty.open")),
        ({"side": Side.VENDOR}, {}, ("extra", "nothing.covers")),
    ],
)
def test_our_warranty_mends_defects_of_what_it_names(changed, facts, expected):
    values = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31), **changed}
    warranty = Warranty(**{"id": 1, "side": Side.OURS, **values})

    assert decided(warranties=[warranty], **facts) == expected


def test_our_warranty_goes_before_contracts_and_the_vendors_can_be_claimed():
    terms = (date(2026, 1, 1), date(2026, 12, 31))
    ours, vendors = Warranty(8, Side.OURS, *terms), Warranty(9, Side.VENDOR, *terms, component="fan")

    decision = case(contract(included=(VISITS,)), warranties=[vendors, ours], component="fan").decided()

    assert [(one.by, one.contract) for one in decision.services] == [("warranty", None)]
    assert (decision.warranty, decision.vendor_warranty) == (8, 9)
    assert decision.contract == 1  # whose times are promised still


@pytest.mark.req("S0.11", "S0.23")
def test_of_several_contracts_the_more_exact_then_the_type_then_the_later_start_goes_first():
    each = {
        "everything": contract(1, included=(VISITS,)),
        "later": contract(2, included=(VISITS,), starts_on=date(2026, 2, 1)),
        "subscription": contract(3, included=(VISITS,), type=ContractType.SUBSCRIPTION),
        "one-off": contract(4, included=(VISITS,), type=ContractType.ONE_OFF, starts_on=date(2026, 9, 1)),
        "category": contract(5, included=(VISITS,), scopes=(Scope(category=SERVER),)),
        "site": contract(6, included=(VISITS,), scopes=(Scope(site=3), Scope(asset=9))),
        "unit": contract(7, included=(VISITS,), type=ContractType.ONE_OFF, scopes=(Scope(asset=5),)),
    }
    left, order = dict(each), []
    while left:
        covering = one(*left.values()).contract
        order += [name for name, standing in left.items() if standing.terms.contract == covering]
        del left[order[-1]]

    assert order == ["unit", "site", "category", "later", "everything", "subscription", "one-off"]


@pytest.mark.req("S0.17", "S0.23")
def test_what_one_contract_covers_in_part_goes_on_to_the_next_and_then_to_the_bill():
    first = contract(
        1, included=(VISITS,), scopes=(Scope(asset=5),), rates=(Rate(Service.VISIT, Decimal(18_000)),)
    )
    second = contract(2, included=(replace(VISITS, limit=Decimal(2)),))

    found = one(second, first, asked=[(Service.VISIT, 9)], balances={"visits": 4})

    assert (found.verdict, found.covered, found.extra) == (Verdict.PARTLY, 6, 3)
    assert (found.contract, found.price.amount) == (1, Decimal("54000.00"))


@pytest.mark.req("S0.16", "S0.19")
@pytest.mark.parametrize(
    ("facts", "minutes"),
    [
        ({"priority": 1}, 60),  # the priority before the region
        ({"priority": 2}, 120),  # the nearest region
        ({"priority": 2, "regions": (8, KAZAKHSTAN)}, 240),
        ({"priority": 2, "regions": (8, KAZAKHSTAN), "category": UPS}, 300),
        ({"priority": 2, "regions": ()}, 480),
        ({"priority": 2, "regions": (), "category": UPS}, 360),
    ],
)
def test_the_most_exact_target_applies(facts, minutes):
    targets = (
        Target(1, Measure.RESPONSE, 480),
        Target(2, Measure.RESPONSE, 240, region=KAZAKHSTAN),
        Target(3, Measure.RESPONSE, 120, region=KARAGANDA),
        Target(4, Measure.RESPONSE, 60, priority=1),
        Target(5, Measure.RESPONSE, 360, category=UPS),
        Target(6, Measure.RESPONSE, 300, region=KAZAKHSTAN, category=UPS),
        Target(7, Measure.RECOVERY, 999, priority=4),
    )

    decision = case(contract(targets=targets), **facts).decided()

    assert [(one.measure, one.minutes) for one in decision.targets] == [(Measure.RESPONSE, minutes)]


@pytest.mark.req("S0.11")
@pytest.mark.parametrize(
    ("type_", "binding"),
    [
        (ContractType.SLA, {Measure.RESPONSE, Measure.ARRIVAL, Measure.RECOVERY}),
        (ContractType.SUBSCRIPTION, {Measure.RESPONSE}),
        (ContractType.ONE_OFF, set()),
    ],
)
def test_the_type_says_which_misses_are_breaches(type_, binding):
    targets = tuple(Target(at, measure, 60, hours=at) for at, measure in enumerate(Measure))

    decision = case(contract(type=type_, targets=targets, hours=OFFICE)).decided()

    assert {one.measure for one in decision.targets if one.binding} == binding
    assert [one.hours for one in decision.targets] == [
        OFFICE,
        1,
        2,
    ]  # a target without its own: the version's


@pytest.mark.req("S0.11")
def test_the_type_lifts_the_priority_and_says_in_which_steps_minutes_are_counted():
    assert [TYPES[type_].lift for type_ in ContractType] == [1, 0, 0]
    assert [counted(Decimal(61), type_) for type_ in ContractType] == [75, 90, 120]
    assert counted(Decimal(60), ContractType.SLA, factor=Decimal("1.5")) == 90


def test_a_request_runs_under_the_contract_that_promises_a_time():
    visits = contract(1, included=(VISITS,), scopes=(Scope(asset=5),), type=ContractType.ONE_OFF)
    times = contract(
        2, targets=(Target(1, Measure.RESPONSE, 60),), pauses=frozenset({"part"}), warn_percent=60
    )

    decision = case(visits, times).decided()

    assert (decision.services[0].contract, decision.contract, decision.version) == (1, 2, 2)
    assert (decision.pauses, decision.warn_percent) == ({"part"}, 60)


def test_while_nobody_names_the_unit_the_promise_holds_as_if_it_were_covered():
    standing = contract(
        included=(VISITS,), scopes=(Scope(category=UPS),), targets=(Target(1, Measure.RESPONSE, 60),)
    )

    decision = case(standing, asset=None, model=None, category=None).decided()

    assert (decision.verdict, decision.contract) == (Verdict.UNKNOWN, 1)
    assert [one.minutes for one in decision.targets] == [60]


@pytest.mark.parametrize(
    ("reason", "services"),
    [
        ("failure", ["diagnostic", "visit", "labour", "parts"]),
        ("maintenance", ["visit", "labour"]),
        ("configuration", ["remote"]),
        ("consultation", ["remote"]),
        ("anything", ["remote"]),
    ],
)
def test_a_reason_needs_its_usual_services(reason, services):
    assert [one.service for one in usual(reason)] == services
    decision = case(asked=[], reason=reason).decided()
    assert [one.service for one in decision.services] == services


def test_what_is_asked_for_twice_is_added_up():
    found = one(
        contract(included=(VISITS,)), asked=[(Service.VISIT, 1), (Service.VISIT, 2)], balances={"visits": 2}
    )

    assert (found.covered, found.extra) == (2, 1)


OFTEN = contract(
    included=(VISITS, LABOUR, replace(PARTS, period=Period.MONTH)),
    hours=OFFICE,
    channels=frozenset({"phone"}),
    exclusions=(
        Exclusion(1, Unless.TAMPERING),
        Exclusion(2, Unless.OUTSIDE_HOURS),
        Exclusion(3, Unless.CHANNEL),
    ),
)


@pytest.mark.req("S0.23")
@pytest.mark.parametrize(
    ("standing", "facts", "expected"),
    [
        (OFTEN, {}, {"flip.outside_hours": "extra", "flip.with_sign": "extra"}),
        (OFTEN, {"open_hours": frozenset()}, {"flip.inside_hours": "covered"}),
        (OFTEN, {"signs": frozenset({Unless.TAMPERING})}, {"flip.without_sign": "covered"}),
        (OFTEN, {"channel": "mail"}, {"flip.channel": "covered"}),
        # Two things stand against it: no single change helps.
        (OFTEN, {"channel": "mail", "open_hours": frozenset()}, {}),
        (
            contract(included=(VISITS,)),
            {"balances": {"visits": 0}},
            {"flip.more_left": "covered"},  # the next year is after its end
        ),
        (
            contract(included=(VISITS,), ends_on=date(2027, 12, 31)),
            {"balances": {"visits": 0}},
            {"flip.more_left": "covered", "flip.next_period": "covered"},
        ),
        (contract(included=(VISITS,), state=State.ON_HOLD), {}, {"flip.not_held": "covered"}),
        (
            contract(included=(VISITS,), state=State.EXPIRED, ends_on=DAY - timedelta(days=9)),
            {},
            {"flip.renewed": "covered"},
        ),
        (contract(included=(VISITS,), starts_on=DAY + timedelta(days=9)), {}, {"flip.begun": "covered"}),
        (contract(included=(VISITS,), scopes=(Scope(asset=9),)), {}, {}),
        (
            contract(included=(VISITS,), scopes=(Scope(category=SERVER), Scope(category=UPS))),
            {"asset": None, "model": None, "category": None},
            {"flip.unit": "covered"},
        ),
        (
            contract(included=(CONSUMABLES,)),
            {"asked": SOME_PARTS},
            {"flip.consumables": "covered", "flip.other_parts": "extra"},
        ),
        (
            contract(),
            {"warranties": [Warranty(1, Side.OURS, DAY, DAY, component="fan")]},
            {"flip.component": "covered"},
        ),
    ],
)  # fmt: skip
def test_the_nearest_changes_that_give_another_verdict(standing, facts, expected):
    asked = case(standing, **facts)

    assert {one.said.code: one.verdict.value for one in flips(asked, asked.decided())} == expected


def test_a_flip_says_how_much_more_would_be_needed():
    asked = case(contract(included=(VISITS,)), asked=[(Service.VISIT, 5)], balances={"visits": 2})

    [flip] = flips(asked, asked.decided())

    assert (flip.said.facts["more"], flip.verdict) == ("3", Verdict.COVERED)


def test_a_new_period_begins_with_the_contracts_own_year():
    standing = contract(included=(VISITS,), starts_on=date(2025, 3, 15), ends_on=date(2028, 3, 14))
    asked = case(standing, balances={"visits": 0})

    begins = {one.said.facts.get("begins") for one in flips(asked, asked.decided())}

    assert begins == {None, "2027-03-15"}
