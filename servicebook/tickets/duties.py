"""What an open ticket owes the future: nobody leaves it lying, and nothing waits for ever."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook import journal
from servicebook.accounts.models import User
from servicebook.agenda import AGAIN, Due, duty
from servicebook.agenda.models import Lane
from servicebook.core import clock
from servicebook.customers.actions import make_promise
from servicebook.messaging import deliveries
from servicebook.sla.models import ServiceHours
from servicebook.tickets import actions, directory, wording
from servicebook.tickets.actions.opening import owner_mail
from servicebook.tickets.clocks import gather
from servicebook.tickets.models import Kind, Priority, SlaClock, Status, Ticket, WaitingReason
from servicebook.tickets.rules.status import START_WITHIN

# A next step that the program asks for is due this much later.
NEXT_STEP_WITHIN = {
    Priority.CRITICAL: timedelta(minutes=30),
    Priority.HIGH: timedelta(hours=2),
    Priority.NORMAL: timedelta(hours=8),
    Priority.LOW: timedelta(hours=24),
}
MORNING = time(9)  # in the zone of the house
# By then every process has read changed service hours, and no clock is started in the old ones.
HOURS_ARE_KNOWN_AFTER = timedelta(seconds=10)
READ_AT_A_TIME = 100  # tickets


@duty("tickets.unstarted", subject=Ticket, title=gettext_lazy("Nobody began a ticket"))
class Unstarted:
    """A queued ticket that nobody starts within its limit comes to the manager's attention."""

    def owed(self, ticket: Ticket) -> Iterator[Due]:
        if ticket.status == Status.QUEUED and ticket.kind != Kind.PLANNED:  # planned work has its day
            limit = START_WITHIN[ticket.priority]
            yield Due(at=ticket.status_since + limit, occurrence=_moment(ticket.status_since))

    def fire(self, ticket: Ticket, due: Due, *, at: datetime) -> None:
        if ticket.status != Status.QUEUED or _moment(ticket.status_since) != due.occurrence:
            return
        manager = _in_charge(ticket)
        if manager is None:
            return
        limit = _hours(START_WITHIN[ticket.priority])
        _next_step(
            ticket,
            manager,
            _("Nobody began: assign or start it"),
            why=_("in the queue for %(limit)s") % {"limit": limit},
        )
        journal.record("ticket.left_unstarted", ticket, at=at, limit=limit, manager=manager.name)
        in_their_language = lazy(_hours, str)(START_WITHIN[ticket.priority])
        mail = owner_mail("ticket_unstarted", ticket, to=manager, key=due.occurrence, limit=in_their_language)
        deliveries.keep([mail])


@duty("tickets.expected", subject=Ticket, title=gettext_lazy("What a ticket waits for is due"))
class ExpectedDayPassed:
    """A part or delivery that did not come on its day is the owner's next step (S0.50)."""

    def owed(self, ticket: Ticket) -> Iterator[Due]:
        if ticket.status == Status.WAITING and ticket.expected_on:
            next_morning = datetime.combine(
                ticket.expected_on + timedelta(days=1), MORNING, ZoneInfo(settings.TIME_ZONE)
            )
            yield Due(at=next_morning.astimezone(UTC), occurrence=ticket.expected_on.isoformat())

    def fire(self, ticket: Ticket, due: Due, *, at: datetime) -> None:
        expected = ticket.expected_on
        if ticket.status != Status.WAITING or not expected or expected.isoformat() != due.occurrence:
            return
        owner = _here(ticket)
        what = wording.in_house(WaitingReason(ticket.waiting_for).label)
        _next_step(
            ticket,
            owner,
            _("Find out where it is and set the next date: %(what)s") % {"what": what},
            why=_("expected on %(day)s") % {"day": wording.day_in_house(expected)},
        )
        journal.record("ticket.expected_passed", ticket, at=at, expected_on=expected, owner=owner.name)


@duty("tickets.sla_warning", subject=Ticket, title=gettext_lazy("A deadline comes near"), gather=gather)
class DeadlineNear:
    """The owner hears of a deadline while there is still time for it (S1.6)."""

    def owed(self, ticket: Ticket) -> Iterator[Due]:
        for one in ticket.clocks_at_hand or ():
            if one.warn_at and one.breached_at is None:
                yield Due(at=one.warn_at, occurrence=_moment(one.warn_at), stage=one.measure)

    def fire(self, ticket: Ticket, due: Due, *, at: datetime) -> None:
        near = actions.deadline_near(ticket.pk, measure=due.stage, warn_at=due.at, at=at)
        if near:
            ticket, one = near
            _tell_of_deadline("ticket_deadline_near", ticket, one, [_here(ticket)])


@duty("tickets.sla_breach", subject=Ticket, title=gettext_lazy("A deadline is missed"), gather=gather)
class DeadlineMissed:
    """The moment a promised time has passed, it is a breach: the owner and who answers hear of it (S1.6)."""

    def owed(self, ticket: Ticket) -> Iterator[Due]:
        for one in ticket.clocks_at_hand or ():
            missed_at = one.breached_at or (one.due_at if one.state == SlaClock.State.RUNNING else None)
            if missed_at:
                yield Due(at=missed_at, occurrence=_moment(missed_at), stage=one.measure)

    def fire(self, ticket: Ticket, due: Due, *, at: datetime) -> None:
        missed = actions.deadline_missed(ticket.pk, measure=due.stage, due_at=due.at, at=at)
        if missed is None:
            return
        ticket, one = missed
        if ticket.status == Status.CLOSED:
            return  # closed too late: that stands in the book, and there is nothing left to do
        people, manager = [_here(ticket)], _in_charge(ticket)
        if one.binding and manager is not None:
            people.append(manager)
            label = wording.in_house(one.get_measure_display())
            _next_step(
                ticket,
                manager,
                _("Call the customer: a promised time was missed"),
                why=_("%(measure)s within %(length)s") % {"measure": label, "length": _length(one)},
            )
        _tell_of_deadline("ticket_deadline_missed", ticket, one, people)


@duty(
    "tickets.hours_changed", subject=ServiceHours, lane=Lane.BULK, title=gettext_lazy("Service hours changed")
)
class HoursChanged:
    """The clocks that run in service hours follow when a special day is added or taken away."""

    def owed(self, hours: ServiceHours) -> Iterator[Due]:
        if hours.changed_at:
            yield Due(at=hours.changed_at + HOURS_ARE_KNOWN_AFTER, occurrence=_moment(hours.changed_at))

    def fire(self, hours: ServiceHours, due: Due, *, at: datetime) -> object:
        running = SlaClock.objects.filter(hours=hours, state=SlaClock.State.RUNNING, read_at__lt=due.at)
        tickets = running.order_by("ticket").values_list("ticket", flat=True).distinct()
        for ticket_id in tickets[:READ_AT_A_TIME]:
            actions.hours_changed(ticket_id, hours=hours.name, at=at)
        return AGAIN if running.exists() else None


@duty("tickets.look_again", subject=Ticket, title=gettext_lazy("Look again at a waiting ticket"))
class LookAgain:
    """What waits for somebody's word is looked at again when its time has come."""

    def owed(self, ticket: Ticket) -> Iterator[Due]:
        if ticket.status in (Status.WAITING, Status.APPROVAL) and ticket.resume_at:
            yield Due(at=ticket.resume_at, occurrence=_moment(ticket.resume_at))

    def fire(self, ticket: Ticket, due: Due, *, at: datetime) -> None:
        if ticket.status not in (Status.WAITING, Status.APPROVAL) or not ticket.resume_at:
            return
        if _moment(ticket.resume_at) != due.occurrence:
            return
        owner = _here(ticket)
        waits = WaitingReason(ticket.waiting_for).label if ticket.waiting_for else Status.APPROVAL.label
        since = ticket.status_since.astimezone(ZoneInfo(settings.TIME_ZONE))
        _next_step(
            ticket,
            owner,
            _("Look again and ask: %(waits)s") % {"waits": wording.in_house(waits)},
            why=_("no answer since %(day)s") % {"day": wording.day_in_house(since.date())},
        )
        journal.record("ticket.look_again", ticket, at=at, owner=owner.name)


def _tell_of_deadline(template: str, ticket: Ticket, one: SlaClock, people: list[User]) -> None:
    label, length = lazy(one.get_measure_display, str)(), lazy(_length, str)(one)  # in their language
    facts = {"measure": label, "due": one.due_at, "length": length}
    key = f"{one.measure}-{int((one.due_at or one.started_at).timestamp())}"
    unique = {person.pk: person for person in people}.values()
    deliveries.keep([owner_mail(template, ticket, to=person, key=key, **facts) for person in unique])


def _length(one: SlaClock) -> str:
    """How long the target is: 90 min, 4 h."""
    return _hours(timedelta(minutes=one.minutes))


def _next_step(ticket: Ticket, owner: User, text: str, *, why: str) -> None:
    """Put it on the owner's Today page, with the ticket behind it."""
    make_promise(
        text=text[:200],
        why=why[:200],
        owner=owner,
        due_at=clock.now() + NEXT_STEP_WITHIN[Priority(ticket.priority)],
        customer=ticket.customer,
        about=ticket,
        by=None,
    )


def _in_charge(ticket: Ticket) -> User | None:
    """Who sees to a ticket that its owner leaves lying: its team's lead or a manager, as a rule another."""
    lead = ticket.team.lead if ticket.team else None
    here = [one for one in (lead, *directory.managers()) if one and one.is_active]
    return min(here, key=lambda one: one.pk == ticket.owner_id, default=None)


def _here(ticket: Ticket) -> User:
    """The owner, or a manager when the owner has left."""
    return ticket.owner if ticket.owner.is_active else (_in_charge(ticket) or ticket.owner)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _hours(length: timedelta) -> str:
    minutes = int(length.total_seconds()) // 60
    if minutes < 60 or minutes % 60:
        return _("%(minutes)d min") % {"minutes": minutes}
    return _("%(hours)d h") % {"hours": minutes // 60}
