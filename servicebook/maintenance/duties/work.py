"""What is owed while one occurrence is on its way, and when its ticket is closed."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from servicebook import agenda
from servicebook.agenda import Due, duty
from servicebook.maintenance.actions.risks import tell_risks
from servicebook.maintenance.actions.settling import closing_of, settle
from servicebook.maintenance.duties.plans import with_plans
from servicebook.maintenance.models import Occurrence
from servicebook.maintenance.rules import windows as rules
from servicebook.maintenance.states import zone
from servicebook.tickets.models import Kind, Ticket

CLOSED, REOPENED = "closed", "reopened"


@duty(
    "maintenance.risk",
    subject=Occurrence,
    title=_("What is not agreed puts a visit at risk"),
    gather=with_plans,
    needs="called_at",
)
class Risk:
    """Seven days ahead, in the morning, what is not agreed or reserved yet is a risk (S0.28).

    What the ticket does meanwhile does not arm or cancel it: it is looked at when it fires.
    """

    def owed(self, occurrence: Occurrence) -> Iterator[Due]:
        if occurrence.called_at and not occurrence.skipped_at and not occurrence.cancelled_at:
            at = rules.agreed_by(occurrence.due_on, zone(occurrence))
            yield Due(at=max(at, occurrence.called_at), occurrence=occurrence.due_on.isoformat())

    def fire(self, occurrence: Occurrence, due: Due, *, at: datetime) -> None:
        tell_risks(occurrence.pk, due_on=due.occurrence, at=at)


@duty("maintenance.follow_ticket", subject=Ticket, title=_("The schedule goes on after planned work"))
class FollowTicket:
    """A closed planned ticket moves its schedule on; what is left of it becomes the next ticket (S0.30).

    One that is opened again owes all that its occurrence owed before it was closed.
    """

    def owed(self, ticket: Ticket) -> Iterator[Due]:
        if ticket.kind != Kind.PLANNED:
            return
        if ticket.closed_at:
            yield Due(at=ticket.closed_at, occurrence=closing_of(ticket.closed_at), stage=CLOSED)
        elif ticket.reopened:
            yield Due(at=ticket.status_since, occurrence=str(ticket.reopened), stage=REOPENED)

    def fire(self, ticket: Ticket, due: Due, *, at: datetime) -> None:
        if due.stage == CLOSED:
            settle(ticket.pk, closing=due.occurrence)
        else:
            agenda.refresh_many(list(Occurrence.objects.filter(ticket=ticket)))
