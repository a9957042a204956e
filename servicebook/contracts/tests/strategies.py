"""Random terms, facts and circumstances over few values, so that they meet each other often."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from servicebook.contracts.rules.flips import Case
from servicebook.contracts.rules.terms import (
    COUNTED,
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
    Warranty,
)

DAY = date(2026, 6, 15)
MOMENT = datetime(2026, 6, 15, 9, tzinfo=UTC)
IDS = st.integers(1, 2)
MAYBE = st.none() | IDS
MONEY = st.sampled_from([Decimal("0.5"), Decimal(7), Decimal("18000.55")])
FACTORS = st.sampled_from([Decimal("1.5"), Decimal(2)])
AMOUNTS = st.sampled_from([Decimal(1), Decimal(2), Decimal(60), Decimal("99.99")])
LIMITS = st.none() | st.sampled_from([Decimal(1), Decimal(3), Decimal(100)])
DAYS = st.integers(-40, 40).map(lambda days: DAY + timedelta(days=days))

scopes = st.builds(Scope, asset=MAYBE, site=MAYBE, model=MAYBE, category=MAYBE, region=MAYBE)
targets = st.builds(
    Target,
    id=st.integers(1, 99),
    measure=st.sampled_from(Measure),
    minutes=st.integers(1, 999),
    priority=st.none() | st.integers(2, 3),
    region=MAYBE,
    category=MAYBE,
    hours=MAYBE,
)
exclusions = st.builds(
    Exclusion, id=st.integers(1, 99), unless=st.sampled_from(Unless), factor=st.none() | FACTORS
)
rates = st.builds(Rate, service=st.sampled_from(Service), price=MONEY, extra=MAYBE)


@st.composite
def included(draw, number):
    service = draw(st.sampled_from(Service))
    limit = draw(LIMITS)
    pack = limit is not None and draw(st.booleans())
    return Included(
        id=number,
        code=f"line{number}",
        service=service,
        limit=limit,
        period=Period.PACK if pack else draw(st.sampled_from([Period.MONTH, Period.YEAR, Period.TERM])),
        category=draw(MAYBE),
        parts=draw(st.sampled_from(PartsRule)),
        outside_factor=draw(st.just(Decimal(1)) | FACTORS),
        expires_on=draw(DAYS) if pack else None,
    )


def few(one, most=3):
    return st.lists(one, max_size=most).map(tuple)


@st.composite
def standings(draw, number):
    unlike = {"unique_by": lambda one: one.unless, "max_size": 3}
    terms = Terms(
        contract=number,
        version=number,
        number=f"SC-{number}",
        version_number=1,
        type=draw(st.sampled_from(ContractType)),
        currency="KZT",
        valid_from=DAY,
        customer=1,
        scopes=draw(few(scopes)),
        included=tuple(draw(included(at)) for at in range(draw(st.integers(0, 5)))),
        targets=draw(few(targets)),
        exclusions=tuple(draw(st.lists(exclusions, **unlike))),
        rates=draw(few(rates)),
        channels=draw(st.sampled_from([frozenset(), frozenset({"phone"}), frozenset({"mail", "api"})])),
        hours=draw(MAYBE),
    )
    starts_on = DAY - timedelta(days=draw(st.integers(-5, 90)))
    ends_on = starts_on + timedelta(days=draw(st.integers(1, 365)))
    return Standing(terms, draw(st.sampled_from([State.ACTIVE] * 4 + list(State))), starts_on, ends_on)


@st.composite
def warranties(draw, number):
    starts_on = draw(DAYS)
    parts = draw(st.booleans())
    return Warranty(
        id=number,
        side=draw(st.sampled_from(Side)),
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=draw(st.integers(0, 60))),
        parts=parts,
        labour=not parts or draw(st.booleans()),
        component=draw(st.sampled_from(["", "", "compressor"])),
    )


@st.composite
def facts(draw):
    asset = draw(MAYBE)
    category = draw(MAYBE)
    return Facts(
        moment=MOMENT,
        day=DAY,
        customer=1,
        asset=asset,
        model=draw(IDS) if asset else draw(MAYBE),
        category=category,
        site=draw(MAYBE),
        regions=draw(st.sampled_from([(), (1,), (2, 1), (3,)])),
        channel=draw(st.sampled_from(["", "phone", "mail", "internal"])),
        reason=draw(st.sampled_from(["failure", "maintenance", "consultation", "other"])),
        priority=draw(st.integers(2, 4)),
        asked=draw(few(st.builds(Asked, service=st.sampled_from(Service), amount=st.none() | AMOUNTS), 4)),
        component=draw(st.sampled_from(["", "Compressor", "fan"])),
        consumable=draw(st.none() | st.booleans()),
        signs=draw(
            st.frozensets(st.sampled_from([Unless.TAMPERING, Unless.MISUSE, Unless.UNSUPPORTED]), max_size=1)
        ),
        open_hours=draw(st.frozensets(IDS)),
    )


@st.composite
def cases(draw, most_contracts=4):
    known = tuple(draw(standings(number)) for number in range(1, draw(st.integers(0, most_contracts)) + 1))
    balances = {}
    for one in known:
        for line in one.terms.included:
            if line.limit is not None and draw(st.booleans()):
                left = draw(st.integers(0, 4))
                whole = line.service in COUNTED
                balances[one.terms.contract, line.code] = (
                    Decimal(min(left, int(line.limit))) if whole else line.limit * left / 4
                ).quantize(Decimal("0.01"))
    return Case(
        facts=draw(facts()),
        standings=known,
        warranties=tuple(draw(warranties(number)) for number in range(draw(st.integers(0, 3)))),
        balances=balances,
        prices=Prices("KZT", tuple(_one_each(draw(few(rates, 5))))),
    )


def _one_each(every):
    """A rate card has one usual price of each service."""
    return {one.service: one for one in every}.values()
