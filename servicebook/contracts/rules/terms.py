"""The terms of a contract as the decision runs them: plain values, compiled from rows by `contracts.terms`.

A version that was in force never changes, so its compiled terms are kept for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Service(StrEnum):
    """What can be included, in the unit in which it is counted (S0.14)."""

    VISIT = "visit"  # trips
    DIAGNOSTIC = "diagnostic"  # diagnostics made
    LABOUR = "labour"  # minutes of an engineer on site
    REMOTE = "remote"  # minutes of remote support
    PARTS = "parts"  # money


COUNTED = frozenset({Service.VISIT, Service.DIAGNOSTIC})
TIMED = frozenset({Service.LABOUR, Service.REMOTE})


class ContractType(StrEnum):
    """S0.11. What each changes stands in `rules.types`."""

    SLA = "sla"
    SUBSCRIPTION = "subscription"
    ONE_OFF = "one_off"


class State(StrEnum):
    """S2.4. The lawful moves stand in `rules.states`."""

    DRAFT = "draft"
    ACTIVE = "active"
    ON_HOLD = "on_hold"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    RENEWED = "renewed"


class Period(StrEnum):
    """In which stretch of time an amount is granted anew (S0.17)."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    TERM = "term"  # the whole term of the contract
    PACK = "pack"  # prepaid: granted when bought, until the pack expires


class Measure(StrEnum):
    """What a deadline measures (S0.16)."""

    RESPONSE = "response"
    ARRIVAL = "arrival"
    RECOVERY = "recovery"


class Unless(StrEnum):
    """What switches the verdict (S0.20)."""

    TAMPERING = "tampering"  # signs of tampering
    OUTSIDE_HOURS = "outside_hours"  # asked for outside the agreed hours
    UNSUPPORTED = "unsupported"  # software that its maker supports no longer
    CHANNEL = "channel"  # asked through a channel that was not agreed
    MISUSE = "misuse"  # damage by wrong use, liquid, fall


# What somebody finds on the unit; the other conditions are known when it is asked.
FOUND = (Unless.TAMPERING, Unless.MISUSE, Unless.UNSUPPORTED)


class PartsRule(StrEnum):
    """Which parts are included (S0.18)."""

    CONSUMABLES = "consumables"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Scope:
    """One filter of covered equipment; what is None is not asked. All None: all of the customer's."""

    asset: int | None = None
    site: int | None = None
    model: int | None = None
    category: int | None = None
    region: int | None = None  # with everything inside it

    @property
    def rank(self) -> int:
        """How exactly it names what it covers: 0 one unit … 5 everything."""
        named = (self.asset, self.site, self.model, self.category, self.region)
        return next((at for at, one in enumerate(named) if one is not None), len(named))


@dataclass(frozen=True, slots=True)
class Included:
    """One included service (S0.14): its line keeps its `code` from version to version, and so its balance."""

    id: int
    code: str
    service: Service
    limit: Decimal | None = None  # in the service's unit; None: no limit
    period: Period = Period.YEAR
    category: int | None = None  # only for units of this category
    parts: PartsRule = PartsRule.ALL
    # Minutes outside the service hours use the balance so much faster (night ×1.5).
    outside_factor: Decimal = Decimal(1)
    rollover: bool = False
    expires_on: date | None = None  # of a pack: its last day

    @property
    def needs_balance(self) -> bool:
        return self.limit is not None


@dataclass(frozen=True, slots=True)
class Target:
    """A promised time (S0.16, S0.19). What is None holds for all; the most exact one wins."""

    id: int
    measure: Measure
    minutes: int
    priority: int | None = None
    region: int | None = None  # with everything inside it
    category: int | None = None
    hours: int | None = None  # service hours of its own; None: those of the version


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What makes it extra work, or dearer (S0.20)."""

    id: int
    unless: Unless
    factor: Decimal | None = None  # None: extra work; else it stays covered where minutes run so much faster


@dataclass(frozen=True, slots=True)
class Rate:
    """The price of a visit, a diagnostic, an hour beyond the terms; of parts a factor on their price."""

    service: Service
    price: Decimal
    extra: int | None = None  # the line of the catalogue


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of a contract."""

    contract: int
    version: int
    number: str  # of the contract, for people
    version_number: int
    type: ContractType
    currency: str
    valid_from: date
    customer: int
    scopes: tuple[Scope, ...]
    included: tuple[Included, ...]
    targets: tuple[Target, ...]
    exclusions: tuple[Exclusion, ...]
    rates: tuple[Rate, ...]
    channels: frozenset[str] = frozenset()  # empty: every channel
    hours: int | None = None  # service hours; None: always open
    pauses: frozenset[str] = frozenset()  # waiting reasons that stop the clocks
    warn_percent: int = 75
    uptime_percent: Decimal | None = None
    # What `rules.clauses` made of these terms, once.
    memo: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """A contract as it stood in the moment that is decided: its terms then, its state then, its term."""

    terms: Terms
    state: State
    starts_on: date
    ends_on: date  # its last day, in the zone of the customer
    sensitive: bool = False  # its number is not for everybody (S1.2)


class Side(StrEnum):
    OURS = "ours"
    VENDOR = "vendor"


@dataclass(frozen=True, slots=True)
class Warranty:
    """A promise on the unit, by us to the customer or by the vendor to us."""

    id: int
    side: Side
    starts_on: date
    ends_on: date  # its last day
    parts: bool = True
    labour: bool = True
    component: str = ""  # empty: the whole unit


@dataclass(frozen=True, slots=True)
class Asked:
    """A service that the request needs; `amount` in the service's unit, None while nobody knows."""

    service: Service
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a request when its coverage is decided.

    Attributes:
        moment: aware. `day`: the local day of the site.
        regions: of the site, nearest first: district, city, country.
        open_hours: ids of the service hours that are open at `moment`; whoever asks looks it up.
        component: what fails, where only a part of the unit has a warranty.
        consumable: whether the parts asked for are consumables; None while nobody knows.
        signs: what was found that an exclusion may name (tampering, misuse, unsupported).
    """

    moment: datetime
    day: date
    customer: int
    asset: int | None = None
    model: int | None = None
    category: int | None = None
    site: int | None = None
    regions: tuple[int, ...] = ()
    channel: str = ""
    reason: str = ""
    priority: int = 3
    asked: tuple[Asked, ...] = ()
    component: str = ""
    consumable: bool | None = None
    signs: frozenset[Unless] = frozenset()
    open_hours: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Prices:
    """The house's rate card: what a service costs without a contract, in one currency."""

    currency: str
    rates: tuple[Rate, ...] = ()


# (contract, line's code) → what is left of it in the period of the moment, reservations taken off.
Balances = Mapping[tuple[int, str], Decimal]


class Verdict(StrEnum):
    COVERED = "covered"
    PARTLY = "partly"
    EXTRA = "extra"  # extra work, at a rate
    UNKNOWN = "unknown"  # something must be known first


# What a decision says is made thousands of times a second, and a frozen value takes three times as
# long to make: these are not frozen, and nobody changes them.


@dataclass(slots=True)
class Said:
    """A sentence, as a code of `contracts.wording` with its facts (JSON values)."""

    code: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Step:
    """One clause that was tested, in the order of testing. `passed` is None where it was not asked."""

    said: Said
    passed: bool | None
    clause: str = ""  # which row: "included:12", "exclusion:4", "warranty:9", "contract:3"


@dataclass(slots=True)
class PriceLine:
    """What extra work costs. `amount` is None while the quantity is not known."""

    service: Service
    unit_price: Decimal
    currency: str
    quantity: Decimal | None
    amount: Decimal | None
    factor: Decimal = Decimal(1)
    extra: int | None = None


@dataclass(frozen=True, slots=True)
class Draw:
    """A contract whose balance carries a service: what `contracts.actions.balances.use` is told."""

    contract: int
    version: int
    outside: bool  # whether it is done outside the service hours
    factor: Decimal = Decimal(1)  # of the exclusions that hold


@dataclass(slots=True)
class ServiceDecision:
    """The verdict on one service that was asked for."""

    service: Service
    verdict: Verdict
    by: str  # "warranty", "contract", or "" when nothing covers it
    contract: int | None
    line: str  # the included line's code
    covered: Decimal | None  # in the service's unit; None where no amount was asked
    extra: Decimal | None
    price: PriceLine | None
    because: Said
    draws: tuple[Draw, ...] = ()  # in the order in which they are used up


@dataclass(slots=True)
class Promised:
    """A target that applies."""

    measure: Measure
    minutes: int
    hours: int | None
    binding: bool  # whether missing it is a breach by the type of the contract
    clause: str


@dataclass(slots=True)
class Flip:
    """The nearest change that would give another verdict."""

    said: Said
    verdict: Verdict


@dataclass(slots=True)
class Decision:
    """The answer, with everything that it stands on."""

    verdict: Verdict
    because: Said  # one sentence for the customer, the ticket and the invoice
    services: tuple[ServiceDecision, ...]
    steps: tuple[Step, ...]
    targets: tuple[Promised, ...]
    flips: tuple[Flip, ...]
    contract: int | None = None  # whose terms the request runs under, also when all of it is extra work
    version: int | None = None
    warranty: int | None = None
    vendor_warranty: int | None = None  # what can be claimed from the vendor
    pauses: frozenset[str] = frozenset()
    warn_percent: int = 75
