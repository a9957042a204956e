"""What waits for one person, and what can go wrong today."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, DateTimeField, ExpressionWrapper, F, OuterRef, QuerySet, Subquery, When
from django.db.models import Count as SqlCount
from django.db.models.functions import Coalesce
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.accounts.models import User
from servicebook.core.templatetags.page import span
from servicebook.customers.models import Promise
from servicebook.desk.rules import next_steps
from servicebook.desk.rules.next_steps import Ask
from servicebook.maintenance.models import Occurrence
from servicebook.maintenance.queries.conditions import is_at_risk
from servicebook.maintenance.queries.due import listed, mark
from servicebook.tickets.models import OPEN, Kind, SlaClock, Spell, Status, Ticket
from servicebook.tickets.rules.status import START_WITHIN

STEPS, CLOCKS, AT_MOST = 15, 8, 100

ASKS: dict[Ask, LazyText] = {
    Ask.START: gettext_lazy("Start the work"),
    Ask.LOOK_AGAIN: gettext_lazy("Look at it again"),
    Ask.ASK_APPROVAL: gettext_lazy("Ask for the approval"),
}


@dataclass(frozen=True)
class Line:
    """One line of "Your next steps", or one bar of "Can go wrong today"."""

    text: str
    url: str
    about: str
    why: str
    head: str  # what it is and
    hint: str  # what is due, in a few words
    since: datetime
    due: datetime
    now: datetime
    warn: datetime | None = None  # from when on it can go wrong; a share of the time if None

    @property
    def tone(self) -> str:
        if self.warn is not None and self.now <= self.due:
            return "risk" if self.now >= self.warn else "live"
        return next_steps.tone(self.since, self.due, self.now)

    @property
    def used(self) -> int:
        return next_steps.used(self.since, self.due, self.now)

    @property
    def left(self) -> str:
        if self.now > self.due:
            return _("late %(span)s") % {"span": span(self.now - self.due)}
        return span(self.due - self.now)


@dataclass(frozen=True)
class Steps:
    """The next steps of a person, soonest first, and the tickets that the person works on."""

    lines: list[Line]
    late: int  # of all, not only of the lines
    in_hand: list[Ticket]


def steps_of(user: User, now: datetime) -> Steps:
    """What `user` should do next."""
    promises = Promise.objects.open().filter(owner=user).select_related("customer").order_by("due_at", "pk")
    tickets = (
        _with_since(Ticket.objects.filter(owner=user, status__in=OPEN))
        .select_related("customer", "site")
        .order_by("priority", "pk")[:AT_MOST]
    )
    dated = [
        (promise.due_at, _of_promise(promise, now))
        for promise in promises.prefetch_related("about")[:AT_MOST]
    ]
    in_hand = []
    for ticket in tickets:
        if ticket.status == Status.WORKING:
            in_hand.append(ticket)
        if line := _of_ticket(ticket, now):
            dated.append((line.due, line))
    late = sum(due < now for due, _line in dated)
    return Steps(next_steps.soonest(dated, STEPS), late, in_hand)


def can_go_wrong(user: User, now: datetime, until: datetime) -> list[Line]:
    """What the person sees that falls due before `until`, soonest first; then the latest missed."""
    open_promises = Promise.objects.visible_to(user).open().filter(due_at__lt=until)
    promises = _nearest(
        open_promises.select_related("customer", "owner").prefetch_related("about"), "due_at", now
    )
    visible = _with_since(Ticket.objects.visible_to(user)).select_related("customer", "owner")
    queued = visible.filter(status=Status.QUEUED).annotate(start_by=_start_by()).filter(start_by__lt=until)
    waiting = visible.filter(
        status__in=(Status.WAITING, Status.APPROVAL, Status.WORKING), resume_at__lt=until
    )
    rows = (*_nearest(queued, "start_by", now), *_nearest(waiting, "resume_at", now))
    tickets = {ticket.pk: ticket for ticket in rows}
    lines = [line for ticket in tickets.values() if (line := _of_ticket(ticket, now))]
    lines += [_of_promise(promise, now) for promise in promises if not _asks_again(promise, tickets)]
    lines += [_of_clock(clock, now) for clock in _nearest(_running_clocks(user, until), "due_at", now)]
    return next_steps.to_save_first([(line.due, line) for line in lines], now, CLOCKS)


def _nearest(rows: QuerySet[Any], due: str, now: datetime) -> list[Any]:
    """The rows that fall due soonest, and those that were missed latest; two statements."""
    coming = rows.filter(**{f"{due}__gte": now}).order_by(due, "pk")[:CLOCKS]
    missed = rows.filter(**{f"{due}__lt": now}).order_by(f"-{due}", "pk")[:CLOCKS]
    return [*coming, *missed]


def _start_by() -> Case:
    """Until when work on a queued ticket should begin: its day if it is planned, else by its priority."""
    moments = [
        When(priority=priority, then=ExpressionWrapper(F("since") + within, DateTimeField()))
        for priority, within in START_WITHIN.items()
    ]
    moments.insert(0, When(due_at__isnull=False, then="due_at"))
    return Case(*moments, output_field=DateTimeField())


def _running_clocks(user: User, until: datetime) -> QuerySet[SlaClock]:
    """The clocks of the person's tickets that are missed or due before `until`."""
    due = SlaClock.objects.filter(state=SlaClock.State.RUNNING, due_at__lt=until)
    return due.filter(ticket__in=Ticket.objects.visible_to(user)).select_related("ticket__customer")


def _asks_again(promise: Promise, tickets: Mapping[int, Any]) -> bool:
    """Whether the program asks by a promise for what the line of its ticket says anyway."""
    return promise.made_by_id is None and isinstance(promise.about, Ticket) and promise.about.pk in tickets


def may_fail(user: User, now: datetime) -> list[Occurrence]:
    """The planned visits that may fail, soonest first, each with its reasons (S0.28)."""
    rows = listed(user).filter(is_at_risk(now)).order_by("due_on", "pk")
    found = list(rows[:CLOCKS])
    mark(found)
    return found


def late_by_person(user: User, now: datetime) -> list[Any]:
    """Who has how many promises past their date, most first: {"owner__name", "late"}."""
    overdue = Promise.objects.visible_to(user).overdue(now).order_by()
    counted = overdue.values("owner__name").annotate(late=SqlCount("pk"))
    return list(counted.order_by("-late", "owner__name")[:CLOCKS])


def pending_complaints(user: User) -> list[Ticket]:
    """Complaints that are still open, most urgent first (S2.10)."""
    complaints = Ticket.objects.visible_to(user).filter(kind=Kind.COMPLAINT, status__in=OPEN)
    return list(complaints.select_related("customer", "owner").order_by("priority", "pk")[:CLOCKS])


def _with_since(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Adds `since`: when each ticket came into its status."""
    spell = Spell.objects.filter(ticket=OuterRef("pk"), ended_at=None).values("started_at")
    return tickets.annotate(since=Coalesce(Subquery(spell[:1]), "changed_at"))


def _of_promise(promise: Promise, now: datetime) -> Line:
    about: Any = promise.about if Promise.about.is_cached(promise) else None
    url = about.get_absolute_url() if hasattr(about, "get_absolute_url") else ""
    return Line(
        text=promise.text,
        url=url or promise.customer.get_absolute_url(),
        about=_about(about) if about else promise.customer.name,
        why=promise.why,
        head=promise.text,
        hint=" · ".join(filter(None, [getattr(about, "number", ""), promise.customer.name])),
        since=promise.made_at,
        due=promise.due_at,
        now=now,
    )


def _of_clock(clock: SlaClock, now: datetime) -> Line:
    ticket = clock.ticket
    return Line(
        text=clock.get_measure_display(),
        url=ticket.get_absolute_url(),
        about=_about(ticket),
        why=ticket.priority_because,
        head=ticket.number,
        hint=f"{clock.get_measure_display()} · {ticket.customer}",
        since=clock.started_at,
        due=clock.due_at or clock.started_at,
        now=now,
        warn=clock.warn_at,
    )


def _about(about: Any) -> str:
    return f"{about.number} {about.title}" if isinstance(about, Ticket) else str(about)


def _of_ticket(ticket: Any, now: datetime) -> Line | None:
    step = next_steps.step(
        status=ticket.status,
        priority=ticket.priority,
        since=ticket.since,
        resume_at=ticket.resume_at,
        waiting_for=ticket.waiting_for,
        planned_for=ticket.due_at,
    )
    if step is None:
        return None
    if step.ask is Ask.START and ticket.due_at:
        why = _("Planned maintenance, made %(span)s ago") % {"span": span(now - step.since)}
    elif step.ask is Ask.START:
        why = _("%(priority)s, in the queue for %(span)s") % {
            "priority": ticket.get_priority_display(),
            "span": span(now - step.since),
        }
    elif ticket.waiting_for:
        why = _("Waits for: %(reason)s, %(span)s") % {
            "reason": ticket.get_waiting_for_display(),
            "span": span(now - step.since),
        }
    else:
        why = _("%(status)s for %(span)s") % {
            "status": ticket.get_status_display(),
            "span": span(now - step.since),
        }
    return Line(
        text=str(ASKS[step.ask]),
        url=ticket.get_absolute_url(),
        about=_about(ticket),
        why=why,
        head=ticket.number,
        hint=f"{ASKS[step.ask]} · {ticket.customer}",
        since=step.since,
        due=step.due,
        now=now,
    )
