"""The schedule of a plan: its rule, its working days, and until when it reaches."""

from collections.abc import Callable
from datetime import date, timedelta

from servicebook.contracts.models import LIVE, Contract
from servicebook.contracts.models.choices import State
from servicebook.core import clock
from servicebook.maintenance.models import Plan
from servicebook.maintenance.rules import recurrence, shift
from servicebook.maintenance.rules.recurrence import Every
from servicebook.maintenance.rules.schedule import schedule
from servicebook.maintenance.rules.shift import Placed
from servicebook.sla import queries as sla

AHEAD_DAYS = 366  # so far ahead occurrences stand on the calendar
EXTENDED_EVERY = timedelta(days=28)  # and so often the days that came into reach are added
SATURDAY = 5
LATEST = date(2199, 12, 31)  # nothing is planned for later: from the last days of all none is counted on


def every(plan: Plan) -> Every | None:
    """Return the calendar rule of a plan; None of one that goes by a meter alone, or is not whole yet."""
    if plan.rule == Plan.Rule.METER or not plan.every or plan.anchor_on is None:
        return None
    return Every(plan.every, plan.every_unit, plan.anchor_on, plan.nth, plan.weekday)


def moves(plan: Plan) -> bool:
    """Whether the next day follows from the last work, so that only one is known ahead."""
    return plan.rule == Plan.Rule.METER or plan.counts_from == Plan.CountsFrom.DONE


def working_days(plan: Plan) -> Callable[[date], bool]:
    """Return whether somebody works on a day: as the service hours say, else from Monday to Friday."""
    if plan.hours_id is None:
        return lambda day: day.weekday() < SATURDAY
    hours = sla.every()[plan.hours_id].hours
    return lambda day: bool(hours.days.get(day, hours.week[day.weekday()]))


def last_day(plan: Plan) -> date | None:
    """Return the last day on which something may be due: of the plan, or of its contract as it goes on."""
    own, covered = plan.ends_on, _covered_until(plan.contract)
    return min(own, covered) if own and covered else own or covered


def runs(plan: Plan) -> bool:
    """Whether tickets are made now: the plan is active, and so is its contract."""
    return plan.state == Plan.State.ACTIVE and (plan.contract is None or plan.contract.state == State.ACTIVE)


def covers(plan: Plan, day: date) -> bool:
    """Whether a plan's contract stands behind work on a day: it is neither on hold nor over by then.

    What was due before it expired is owed still; a plan without a contract owes all that it makes.
    """
    contract = plan.contract
    if contract is None:
        return True
    off = contract.state in (State.ON_HOLD, State.CANCELLED)
    return not off and day <= (_covered_until(contract) or date.max)


def contract_on(contract: Contract | None, day: date) -> Contract | None:
    """Return the contract of work on a day: of those that follow each other, the one that runs then.

    Between two terms it is the earlier one.
    """
    if contract is None:
        return None
    while day > contract.last_day and (following := _follows(contract)):
        contract = following
    while day < contract.starts_on and contract.predecessor is not None:
        contract = contract.predecessor
    return contract


def placed(plan: Plan, day: date) -> date:
    """Return where one day of a plan goes when nobody can come on it; never out of the plan."""
    first, last, works = plan.starts_on or date.min, last_day(plan) or date.max, working_days(plan)
    return shift.shifted(
        day, plan.shift, works=lambda one: first <= one <= last and works(one), weekdays=plan.weekdays
    )


def horizon() -> date:
    """Return how far ahead occurrences are stored."""
    return clock.now().date() + timedelta(days=AHEAD_DAYS)


def days_of(plan: Plan, *, since: date, until: date) -> list[Placed]:
    """Return the days of a plan by its calendar, and where each goes; nothing of one without a calendar."""
    rule = every(plan)
    if rule is None:
        return []
    return schedule(
        rule,
        since=since,
        until=until,
        shift=plan.shift,
        works=working_days(plan),
        weekdays=plan.weekdays,
        starts_on=plan.starts_on,
        ends_on=last_day(plan),
    )


def next_of(plan: Plan, *, after: date) -> list[Placed]:
    """Return the first day of a plan that is later than `after`: its rule is rarer than the horizon."""
    rule = every(plan)
    if rule is None:
        return []
    first = recurrence.next_after(rule, after)
    return days_of(plan, since=first, until=first)


def _covered_until(contract: Contract | None) -> date | None:
    """A contract that another follows goes on with it."""
    if contract is None:
        return None
    while following := _follows(contract):
        contract = following
    return contract.last_day


def _follows(contract: Contract) -> Contract | None:
    """The contract that follows another and was signed."""
    successor: Contract | None = getattr(contract, "successor", None)
    return successor if successor is not None and successor.state in LIVE else None
