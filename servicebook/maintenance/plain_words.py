"""A plan in plain words, read back to whoever writes it: its rule, its first days, what follows (S0.24)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.dates import WEEKDAYS
from django.utils.functional import Promise as LazyText
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from servicebook.contracts import amounts
from servicebook.core import clock
from servicebook.maintenance import schedules
from servicebook.maintenance.models import Plan
from servicebook.maintenance.rules.recurrence import DAYS, MONTHS
from servicebook.maintenance.rules.shift import Placed
from servicebook.sla import queries as sla

SHOWN = 6  # days, as an example

NTH: Mapping[int, LazyText] = {
    1: gettext_lazy("first"),
    2: gettext_lazy("second"),
    3: gettext_lazy("third"),
    4: gettext_lazy("fourth"),
    5: gettext_lazy("last"),
    -1: gettext_lazy("last"),
}
# Apart from the plurals: in Russian 21 has the form of 1, but every 21 days is not every day.
EVERY_ONE: Mapping[str, LazyText] = {
    Plan.Unit.DAYS: gettext_lazy("every day"),
    Plan.Unit.WEEKS: gettext_lazy("every week"),
    Plan.Unit.MONTHS: gettext_lazy("every month"),
    Plan.Unit.QUARTERS: gettext_lazy("every quarter"),
    Plan.Unit.YEARS: gettext_lazy("every year"),
}
ON_A_DAY_OFF: Mapping[str, LazyText] = {
    Plan.Shift.KEEP: pgettext_lazy("on a day off", "it stays on that day"),
    Plan.Shift.NEXT: pgettext_lazy("on a day off", "the next working day"),
    Plan.Shift.PREVIOUS: pgettext_lazy("on a day off", "the working day before"),
    Plan.Shift.NEAREST: pgettext_lazy("on a day off", "the nearest working day"),
}


@dataclass(frozen=True)
class Reading:
    """What a plan says: sentences, and the first days that come of it."""

    sentences: Sequence[str]
    days: Sequence[Placed] = ()


def reading_of(plan: Plan) -> Reading:
    """Return a plan in plain words. It need not be whole: what is missing is left out."""
    said = [rule_of(plan)]
    if said != [""] and plan.rule != Plan.Rule.METER:
        said.append(_day_off(plan))
    said += [_window(plan), _course(plan), _ticket(plan)]
    return Reading([one for one in said if one], next_days(plan))


def rule_of(plan: Plan) -> str:
    """Return the rule as one sentence; empty while it is not whole."""
    calendar, meter = _calendar(plan), _meter(plan)
    if plan.rule == Plan.Rule.CALENDAR:
        return _whole(calendar)
    if plan.rule == Plan.Rule.METER:
        return _whole(meter)
    if not calendar or not meter:
        return ""
    both = _("%(calendar)s, or %(meter)s, whichever comes first.")
    return str(capfirst(both % {"calendar": calendar, "meter": meter}))


def _whole(rule: str) -> str:
    return _("%(sentence)s.") % {"sentence": capfirst(rule)} if rule else ""


def has_calendar(plan: Plan) -> bool:
    """Whether the calendar of a plan, which may be half typed, gives days."""
    if plan.rule == Plan.Rule.METER or not plan.every or plan.anchor_on is None:
        return False
    if plan.nth is None or plan.weekday is None:
        return plan.nth is None and plan.weekday is None
    return plan.every_unit not in DAYS


def next_days(plan: Plan, *, most: int = SHOWN) -> list[Placed]:
    """Return the next days that the calendar of a plan gives, and where each goes."""
    if not has_calendar(plan) or schedules.moves(plan):
        return []
    since = max(clock.today(ZoneInfo(settings.TIME_ZONE)), plan.starts_on or date.min)
    since = max(since, plan.anchor_on or date.min)
    return schedules.days_of(plan, since=since, until=_some_steps_later(plan, since, most + 1))[:most]


def weekdays_of(numbers: Sequence[int]) -> str:
    """Say weekdays: Monday, Tuesday."""
    return ", ".join(str(WEEKDAYS[one]) for one in sorted(numbers) if one in WEEKDAYS)


def window_of(plan: Plan) -> str:
    """Say the usual window: 22:00–06:00, over night."""
    if plan.window_from is None or plan.window_until is None:
        return ""
    said = f"{plan.window_from:%H:%M}–{plan.window_until:%H:%M}"
    return said if plan.window_until > plan.window_from else _("%(window)s, over night") % {"window": said}


def number(value: Decimal) -> str:
    """2 000; 12.5."""
    return amounts.number(value)


def _calendar(plan: Plan) -> str:
    if not has_calendar(plan) or not plan.every:
        return ""
    facts = {
        "every": _every(plan.every, plan.every_unit),
        "day": amounts.day(plan.anchor_on),
        "nth": NTH.get(plan.nth or 0, ""),
        "weekday": WEEKDAYS.get(plan.weekday if plan.weekday is not None else -1, ""),
    }
    if plan.counts_from == Plan.CountsFrom.DONE:
        facts["after"] = _after(plan.every, plan.every_unit)
        if plan.nth:
            return _("%(after)s after it was done, on the %(nth)s %(weekday)s, first from %(day)s") % facts
        return _("%(after)s after it was done, first on %(day)s") % facts
    if plan.nth:
        return _("%(every)s on the %(nth)s %(weekday)s, from %(day)s") % facts
    return _("%(every)s from %(day)s") % facts


def _meter(plan: Plan) -> str:
    if not plan.meter_name or not plan.meter_step:
        return ""
    facts = {"step": number(plan.meter_step), "meter": plan.meter_name}
    return _("every %(step)s of the meter “%(meter)s”") % facts


def _every(count: int, unit: str) -> str:
    if count == 1:
        return str(EVERY_ONE[unit])
    facts = {"count": count}
    match unit:
        case Plan.Unit.DAYS:
            return ngettext("every %(count)s day", "every %(count)s days", count) % facts
        case Plan.Unit.WEEKS:
            return ngettext("every %(count)s week", "every %(count)s weeks", count) % facts
        case Plan.Unit.MONTHS:
            return ngettext("every %(count)s month", "every %(count)s months", count) % facts
        case Plan.Unit.QUARTERS:
            return ngettext("every %(count)s quarter", "every %(count)s quarters", count) % facts
    return ngettext("every %(count)s year", "every %(count)s years", count) % facts


def _after(count: int, unit: str) -> str:
    facts = {"count": count}
    match unit:
        case Plan.Unit.DAYS:
            return ngettext("%(count)s day", "%(count)s days", count) % facts
        case Plan.Unit.WEEKS:
            return ngettext("%(count)s week", "%(count)s weeks", count) % facts
        case Plan.Unit.MONTHS:
            return ngettext("%(count)s month", "%(count)s months", count) % facts
        case Plan.Unit.QUARTERS:
            return ngettext("%(count)s quarter", "%(count)s quarters", count) % facts
    return ngettext("%(count)s year", "%(count)s years", count) % facts


def _day_off(plan: Plan) -> str:
    hours = sla.every().get(plan.hours_id or 0)
    facts = {
        "then": ON_A_DAY_OFF[plan.shift],
        "hours": hours.name if hours else _("Monday to Friday"),
        "days": weekdays_of(plan.weekdays),
    }
    if plan.weekdays:
        return _("Only on %(days)s; on a day off: %(then)s (%(hours)s).") % facts
    return _("On a day off: %(then)s (%(hours)s).") % facts


def _window(plan: Plan) -> str:
    window = window_of(plan)
    if not plan.needs_window:
        return _("The window is %(window)s; nobody is asked.") % {"window": window} if window else ""
    if window:
        return _("The customer is asked for %(window)s.") % {"window": window}
    return _("The customer is asked for a window.")


def _course(plan: Plan) -> str:
    first, last = plan.starts_on, schedules.last_day(plan)
    facts = {"first": amounts.day(first), "last": amounts.day(last)}
    if first and last:
        return _("Nothing before %(first)s or after %(last)s.") % facts
    if last:
        return _("Nothing after %(last)s.") % facts
    return _("Nothing before %(first)s.") % facts if first else ""


def _ticket(plan: Plan) -> str:
    facts = {"count": plan.lead_days}
    if plan.per == Plan.Per.SITE:
        return (
            ngettext(
                "Each site gets its ticket %(count)s day ahead.",
                "Each site gets its ticket %(count)s days ahead.",
                plan.lead_days,
            )
            % facts
        )
    return (
        ngettext(
            "Each unit gets its ticket %(count)s day ahead.",
            "Each unit gets its ticket %(count)s days ahead.",
            plan.lead_days,
        )
        % facts
    )


def _some_steps_later(plan: Plan, since: date, steps: int) -> date:
    """A day by which so many days of the rule have passed, and few more."""
    length = DAYS.get(plan.every_unit) or MONTHS[plan.every_unit] * 31
    try:
        return since + timedelta(days=length * (plan.every or 1) * steps)
    except OverflowError:
        return date.max
