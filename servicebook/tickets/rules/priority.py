"""How urgent a ticket is, and why: downtime × criticality, then what lifts it (S0.46).

1 is critical, 4 is low. The named tables below are the policy; change them, not the function.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

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
DEADLINE_LIFTS = ((timedelta(hours=4), CRITICAL), (timedelta(hours=24), HIGH))

# Each lifts by one level; together they lift by one, and never to critical.
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
VIP = _("the customer is of class %(customer_class)s")
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
        deadline: time left until the contract's deadline; negative when it passed; None without one.
    """

    downtime: int
    customer: int
    asset: int | None = None
    customer_class: str = ""
    repeat: bool = False
    complaint: bool = False
    deadline: timedelta | None = None


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
    if lifts and level > HIGH:
        level -= 1
        because += lifts
    if known.complaint and level > HIGH:
        level = HIGH
        because.append(Because(COMPLAINT))
    if known.deadline is not None:
        level, because = _lifted_by_deadline(level, because, known.deadline)
    return Urgency(level, tuple(because))


def _lifted_by_deadline(level: int, because: list[Because], left: timedelta) -> tuple[int, list[Because]]:
    for within, at_least in DEADLINE_LIFTS:
        if left <= within and level > at_least:
            if left <= timedelta(0):
                return at_least, [*because, Because(DEADLINE_PAST)]
            hours = max(1, round(left / timedelta(hours=1)))
            return at_least, [*because, Because(DEADLINE_NEAR, {"hours": hours})]
    return level, because
