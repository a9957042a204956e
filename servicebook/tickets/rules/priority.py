"""How urgent a ticket is, and why: downtime × criticality, then what lifts it (S0.46).

1 is critical, 4 is low. The named tables below are the policy; change them, not the function.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from servicebook.contracts.rules.terms import ContractType
from servicebook.contracts.rules.types import TYPES
from servicebook.tickets.rules.words import gettext_noop as _

CRITICAL, HIGH, NORMAL, LOW = 1, 2, 3, 4

# Rows: what stands still, 1 nothing … 4 everything. Columns: criticality, 1 low … 4 vital.
LEVELS = {
    1: {1: LOW, 2: LOW, 3: NORMAL, 4: NORMAL},
    2: {1: LOW, 2: NORMAL, 3: NORMAL, 4: HIGH},
    3: {1: NORMAL, 2: HIGH, 3: HIGH, 4: CRITICAL},
    4: {1: HIGH, 2: HIGH, 3: CRITICAL, 4: CRITICAL},
}

# A contract deadline this near lifts a ticket to at least this level.
DEADLINE_LIFTS = ((timedelta(hours=1), CRITICAL), (timedelta(hours=4), HIGH))

# These, a repeat, and a contract of a type that lifts (`contracts.rules.types`) lift by one level;
# together they lift by one, and never to critical.
VIP_CLASSES = frozenset({"vip", "key", "a"})

STANDS = {
    1: _("Nothing stands still"),
    2: _("Work goes on with limits"),
    3: _("Part of the work stands still"),
    4: _("Work stands still"),
}
CRITICALITY = {
    "customer": {
        1: _("the customer's criticality is low"),
        2: _("the customer's criticality is normal"),
        3: _("the customer's criticality is high"),
        4: _("the customer is vital"),
    },
    "asset": {
        1: _("the unit's criticality is low"),
        2: _("the unit's criticality is normal"),
        3: _("the unit's criticality is high"),
        4: _("the unit is vital"),
    },
}
DEADLINE_NEAR = _("the contract's deadline is %(hours)s h away")
DEADLINE_PAST = _("the contract's deadline has passed")
DEADLINE_WITHIN = _("the contract's deadline is %(minutes)s min away")
VIP = _("the customer is of class %(customer_class)s")
SERVICE_LEVELS = _("the contract promises service levels")
REPEAT = _("it is a repeat")
COMPLAINT = _("a complaint is never below high")


@dataclass(frozen=True, slots=True)
class Because:
    """One part of the reason: a sentence marked for translation, and its facts."""

    text: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Urgency:
    level: int  # 1 critical … 4 low
    because: tuple[Because, ...]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known when the priority is computed.

    Attributes:
        downtime: 1 nothing … 4 everything stands still, as reported or as the reason implies.
        customer: criticality, 1 low … 4 vital. `asset`: the same of the unit; None without one.
        contract: the type of the contract that it runs under; None without one.
    """

    downtime: int
    customer: int
    asset: int | None = None
    customer_class: str = ""
    repeat: bool = False
    complaint: bool = False
    contract: ContractType | None = None


def decide(known: Circumstances) -> Urgency:
    """Compute the priority and the parts of the sentence that says why.

    Raises:
        ValueError: a scale is left (1 to 4).
    """
    criticality, whose = known.customer, "customer"
    if known.asset is not None and known.asset > criticality:
        criticality, whose = known.asset, "asset"
    try:
        level = LEVELS[known.downtime][criticality]
    except KeyError:
        raise ValueError(f"scales go from 1 to 4: {known.downtime}, {criticality}") from None
    because = [Because(STANDS[known.downtime]), Because(CRITICALITY[whose][criticality])]

    lifts = []
    if known.repeat:
        lifts.append(Because(REPEAT))
    if known.customer_class.strip().casefold() in VIP_CLASSES:
        lifts.append(Because(VIP, {"customer_class": known.customer_class.strip()}))
    if known.contract is not None and TYPES[known.contract].lift:
        lifts.append(Because(SERVICE_LEVELS))
    if lifts and level > HIGH:
        level -= 1
        because += lifts
    if known.complaint and level > HIGH:
        level = HIGH
        because.append(Because(COMPLAINT))
    return Urgency(level, tuple(because))


def lifted(urgency: Urgency, left: timedelta) -> Urgency:
    """Lift the priority as the contract's recovery deadline comes near.

    Args:
        left: until the deadline; negative when it passed.
    """
    for within, at_least in DEADLINE_LIFTS:
        if left <= within and urgency.level > at_least:
            return Urgency(at_least, (*urgency.because, _how_near(left)))
    return urgency


def _how_near(left: timedelta) -> Because:
    if left <= timedelta(0):
        return Because(DEADLINE_PAST)
    minutes = left // timedelta(minutes=1)
    if minutes < 60:
        return Because(DEADLINE_WITHIN, {"minutes": minutes})
    return Because(DEADLINE_NEAR, {"hours": round(minutes / 60)})
