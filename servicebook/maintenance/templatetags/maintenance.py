"""How plans, occurrences and windows are marked and said: the same on every page."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from servicebook.contracts import amounts
from servicebook.core import clock
from servicebook.core.templatetags.page import address_with, status
from servicebook.maintenance import showing, states
from servicebook.maintenance.models import CallRun, Occurrence, PartNeed, Plan
from servicebook.maintenance.queries.trips import ProposedTrip
from servicebook.maintenance.rules.risk import Risk
from servicebook.maintenance.rules.shift import Placed
from servicebook.maintenance.wording import Spanning

register = template.Library()
PLAN_TONES = {
    Plan.State.DRAFT: "wait",
    Plan.State.ACTIVE: "done",
    Plan.State.PAUSED: "risk",
    Plan.State.ENDED: "wait",
}
PART_TONES = {
    PartNeed.State.NEEDED: "risk",
    PartNeed.State.RESERVED: "live",
    PartNeed.State.ISSUED: "live",
    PartNeed.State.RETURNED: "wait",
    PartNeed.State.USED: "done",
}
QUIET = "off"  # the tone of what nobody waits for: grey


@register.simple_tag
def plan_state(plan: Plan) -> SafeString:
    return status(PLAN_TONES[Plan.State(plan.state)], plan.get_state_display())


@register.simple_tag
def standing(one: Occurrence) -> SafeString:
    """How an occurrence stands: a dot and a word. It was marked by `queries.due.mark`."""
    found = one.standing or states.state_of(one).standing
    return status("wait" if found.tone == QUIET else found.tone, showing.STANDINGS[found])


@register.simple_tag
def risk(one: Risk) -> SafeString:
    """Why a visit may fail."""
    return status("risk", showing.RISKS[one.code])


@register.simple_tag
def due_in(one: Occurrence) -> str:
    """How far the day of an occurrence is from today where the work is: today, in 5 days, 2 days late."""
    return days_away(one.due_on, clock.today(states.zone(one)))


def days_away(day: date, today: date) -> str:
    away = (day - today).days
    if away == 0:
        return _("today")
    if away < 0:
        return ngettext("%(count)d day late", "%(count)d days late", -away) % {"count": -away}
    return ngettext("in %(count)d day", "in %(count)d days", away) % {"count": away}


@register.filter
def day(value: date | None) -> str:
    """A day with its year: 31 Dec 2026."""
    return amounts.day(value)


@register.filter
def weekday(value: date) -> str:
    """A day with its weekday: Mon 30 Nov."""
    return date_format(value, "D j M")


@register.filter
def hours(minutes: int | None) -> str:
    """Minutes as people say them: 1 h 30 min."""
    return amounts.hours(minutes or 0)


@register.filter
def plain(value: Decimal | None) -> str:
    """A number without needless zeros; nothing for none."""
    return "" if value is None else amounts.number(value)


@register.filter
def typed(value: Decimal | None) -> str:
    """A number as a field reads it back, in every language."""
    return "" if value is None else f"{value.normalize():f}"


@register.filter
def shifted(placed: Placed) -> str:
    """Why a day is not simply the rule's; nothing for a fine one."""
    if placed.joins:
        return _("Falls on the day before it: done once")
    return str(showing.WHY_SHIFTED[placed.why]) if placed.why else ""


@register.simple_tag
def window(span: Spanning, one: Occurrence) -> SafeString:
    """A window as it is where the work is: Wed 14 Oct 22:00–06:00."""
    return _spanned(span.starts_at, span.ends_at, one)


@register.simple_tag
def agreed_window(one: Occurrence) -> SafeString | str:
    """The agreed window of an occurrence; nothing without one."""
    if one.window_from is None or one.window_until is None:
        return ""
    return _spanned(one.window_from, one.window_until, one)


def said_window(starts_at: datetime, ends_at: datetime, one: Occurrence) -> str:
    """The words of a window, in the zone of the work and the language of the reader."""
    zone = states.zone(one)
    starts, ends = starts_at.astimezone(zone), ends_at.astimezone(zone)
    shape = "H:i" if (ends.date() - starts.date()).days <= 1 else "D j M H:i"
    return f"{date_format(starts, 'D j M H:i')}–{date_format(ends, shape)}"


def _spanned(starts_at: datetime, ends_at: datetime, one: Occurrence) -> SafeString:
    words = said_window(starts_at, ends_at, one)
    return format_html('<time class="nowrap" datetime="{}">{}</time>', starts_at.isoformat(), words)


@register.simple_tag
def comma_days(days: Iterable[Placed]) -> SafeString:
    """The days that a rule gives, in order; one that moved says from where: 2 Feb (from Sat 31 Jan)."""
    return format_html_join(", ", "{}", ((_one_day(one),) for one in days if not one.joins))


def _one_day(one: Placed) -> Any:
    said = format_html('<span class="nowrap num">{}</span>', amounts.day(one.on))
    if one.on == one.nominal:
        return said
    return format_html("{} <small>({})</small>", said, _("from %(day)s") % {"day": weekday(one.nominal)})


@register.simple_tag
def part_state(need: PartNeed) -> SafeString:
    return status(PART_TONES[PartNeed.State(need.state)], need.get_state_display())


@register.simple_tag
def risk_word(one: Risk) -> Any:
    """Why a visit may fail, where a mark stands beside it already."""
    return showing.RISKS[one.code]


@register.filter
def get(things: Mapping[str, Any], name: str) -> Any:
    """What a mapping has under a name that no template can write: `acts|get:"add-part"`."""
    return things.get(name)


@register.simple_tag
def tone(one: Occurrence) -> str:
    """The tone of an occurrence where only its name stands: at risk before anything else but overdue.

    What was left out keeps a tone of its own, so that nobody takes it for work ahead.
    """
    found = one.standing or states.state_of(one).standing
    if one.risks and found.tone != "late":
        return "risk"
    return found.tone


@register.simple_tag
def outcome(run: CallRun) -> str:
    """What became of the tickets that were made in parts."""
    return showing.what_was_made(run.made, left=run.left, failed=run.failed)


@register.simple_tag(takes_context=True)
def group_address(context: template.Context, by: str, key: str) -> str:
    """The address of a list with one of its groups chosen, by the key that may be empty."""
    return address_with(context, group=f"{by}:{key}")


@register.simple_tag
def moved_days(days: int) -> str:
    """How far a task would be moved: 3 days later, 2 days earlier."""
    if days < 0:
        return ngettext("%(count)d day earlier", "%(count)d days earlier", -days) % {"count": -days}
    return ngettext("%(count)d day later", "%(count)d days later", days) % {"count": days}


@register.simple_tag
def why_alone(trip: ProposedTrip) -> SafeString | str:
    """Why a trip goes to one address."""
    return status("wait", showing.WHY_ALONE[trip.alone]) if trip.alone else ""
