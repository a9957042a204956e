"""How occurrences stand, for many at once: derived from their rows each time, never stored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from servicebook.core import clock
from servicebook.customers.models import Site
from servicebook.customers.queries import zone_of
from servicebook.maintenance.models import Occurrence, PartNeed, Window, WorksheetLine
from servicebook.maintenance.rules import risk
from servicebook.maintenance.rules import standing as rules
from servicebook.maintenance.rules.risk import Risk
from servicebook.maintenance.rules.standing import Standing

# What `states_of` reads of an occurrence; a list selects it with its rows.
RELATED = ("plan", "customer", "site", "ticket")
NEEDS_AGREEMENT = (Site.Accessibility.PASS, Site.Accessibility.ESCORT)


@dataclass(frozen=True, slots=True)
class State:
    """How an occurrence stands today, and why its visit may fail."""

    standing: Standing
    risks: Sequence[Risk] = ()

    @property
    def at_risk(self) -> bool:
        return bool(self.risks)


def state_of(occurrence: Occurrence) -> State:
    """Return how one occurrence stands. See `states_of`."""
    return states_of([occurrence])[occurrence.pk]


def states_of(occurrences: Sequence[Occurrence]) -> dict[int, State]:
    """Return how occurrences stand, by their id, with three statements whatever their number.

    Args:
        occurrences: with RELATED at hand, or it costs a statement for each.
    """
    ids = [one.pk for one in occurrences]
    missing = _missing_parts(ids)
    asked = set(
        Window.objects.filter(occurrence__in=ids, state=Window.State.OPEN).values_list(
            "occurrence", flat=True
        )
    )
    closed = [one.ticket_id for one in occurrences if one.ticket and one.ticket.was_done]
    left = _left(closed)
    return {
        one.pk: _state(one, missing.get(one.pk, 0), one.pk in asked, left.get(one.ticket_id or 0, 0))
        for one in occurrences
    }


def needs_access(occurrence: Occurrence) -> bool:
    """Whether somebody has to let us in: the plan says how, or the site wants a pass or an escort."""
    wanted = occurrence.site is not None and occurrence.site.accessibility in NEEDS_AGREEMENT
    return wanted or bool(occurrence.plan.access.strip())


def zone(occurrence: Occurrence) -> ZoneInfo:
    """Return where the occurrence's days are meant."""
    return ZoneInfo(zone_of(occurrence.site, occurrence.customer))


def _state(one: Occurrence, missing: int, asked: bool, left: int) -> State:
    local, now = zone(one), clock.now()
    today = now.astimezone(local).date()
    ticket = one.ticket
    closed = ticket is not None and not ticket.is_open
    standing = rules.standing(
        rules.Facts(
            skipped=one.skipped_at is not None,
            cancelled=one.cancelled_at is not None,
            called=ticket is not None,
            closed=closed,
            done=ticket is not None and ticket.was_done,
            left=left,
            asked=asked,
            agreed=one.window_agreed_at is not None,
            late=ticket.due_at <= now if ticket and ticket.due_at else one.due_on < today,
        )
    )
    found = risk.risks(
        risk.Facts(
            due_on=one.due_on,
            called_on=one.called_at.astimezone(local).date() if one.called_at else None,
            needs_window=one.plan.needs_window,
            window_agreed=one.window_agreed_at is not None,
            needs_access=needs_access(one),
            access_agreed=one.access_agreed_at is not None,
            parts_missing=missing,
            over=standing.is_over,
        ),
        today=today,
    )
    return State(standing, found)


def _missing_parts(occurrences: Iterable[int]) -> Mapping[int, int]:
    """How many parts are neither reserved nor further."""
    needed = PartNeed.objects.filter(occurrence__in=occurrences, state=PartNeed.State.NEEDED)
    rows = needed.order_by().values_list("occurrence").annotate(count=Count("pk"))
    return dict(rows)


def _left(tickets: Iterable[int | None]) -> Mapping[int, int]:
    """How many required lines of closed tickets are not finished."""
    unfinished = Q(outcome__in=[WorksheetLine.Outcome.OPEN, WorksheetLine.Outcome.NOT_DONE])
    lines = WorksheetLine.objects.filter(unfinished, worksheet__ticket__in=tickets, item__required=True)
    rows = lines.order_by().values_list("worksheet__ticket").annotate(count=Count("pk"))
    return dict(rows)
