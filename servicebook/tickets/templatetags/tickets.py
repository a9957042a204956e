"""How a ticket's state and priority are marked: a dot and a word, the same everywhere."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from servicebook.core import clock
from servicebook.core.templatetags.page import ago, status
from servicebook.customers.models import Promise
from servicebook.tickets.models import Coverage, Kind, Status, Ticket
from servicebook.tickets.rules.status import START_WITHIN

register = template.Library()
PRIORITY_TONES = {1: "late", 2: "risk", 3: "wait", 4: "wait"}
COVERAGE_TONES = {
    Coverage.COVERED: "done",
    Coverage.PARTLY: "risk",
    Coverage.EXTRA: "risk",
    Coverage.UNKNOWN: "wait",
}
DEADLINE_NEAR = timedelta(hours=1)
DAY_NEAR = timedelta(days=1)  # of planned work
STATUS_TONES = {
    Status.QUEUED: "wait",
    Status.WORKING: "live",
    Status.APPROVAL: "wait",
    Status.WAITING: "wait",
    Status.CLOSED: "done",
}


@register.simple_tag
def ticket_status(ticket: Ticket) -> SafeString:
    """Where it stands; red when nobody began in time, or when what is awaited did not come.

    Planned work waits for its day; nobody has to begin before.
    """
    if ticket.withdrawn_because:
        return status("wait", _("Called off"))
    if ticket.status == Status.QUEUED and ticket.kind == Kind.PLANNED:
        return status("wait", _("Planned"))
    if ticket.status == Status.QUEUED:
        late = clock.now() - ticket.status_since > START_WITHIN[ticket.priority]
        return status("late" if late else "wait", _("Not started") if late else ticket.get_status_display())
    if ticket.waiting_for:
        overdue = ticket.expected_on and ticket.expected_on < clock.today(ZoneInfo(settings.TIME_ZONE))
        word = f"{ticket.get_status_display()}: {ticket.get_waiting_for_display()}"
        return status("late" if overdue else "wait", word)
    return status(STATUS_TONES[Status(ticket.status)], ticket.get_status_display())


@register.simple_tag
def ticket_priority(ticket: Ticket) -> SafeString:
    return status(PRIORITY_TONES[ticket.priority], ticket.get_priority_display())


@register.simple_tag
def ticket_deadline(ticket: Ticket) -> SafeString | str:
    """The soonest of its running clocks, or its day; red when it has passed, amber when it is near."""
    due, now = ticket.next_deadline_at, clock.now()
    if due is None:
        return ""
    near = DAY_NEAR if ticket.kind == Kind.PLANNED else DEADLINE_NEAR
    tone = "late" if due < now else "risk" if due - now <= near else "live"
    return status(tone, ago(due))


@register.simple_tag
def ticket_coverage(ticket: Ticket) -> SafeString | str:
    """What covers it, in a word."""
    if not ticket.coverage:
        return ""
    return status(COVERAGE_TONES[Coverage(ticket.coverage)], ticket.get_coverage_display())


@register.simple_tag
def promise_due(promise: Promise) -> SafeString:
    """When a promise is due; red when it has passed."""
    late = promise.due_at < clock.now()
    return status("late" if late else "live", ago(promise.due_at))
