"""Of a rule that counts from one to the next there is one at a time: whose turn it is."""

from django.db.models import Q
from django.utils.translation import gettext as _

from servicebook.maintenance import schedules
from servicebook.maintenance.actions import storing
from servicebook.maintenance.actions._base import MoveRefused
from servicebook.maintenance.models import Enrolment, Occurrence
from servicebook.tickets import wording
from servicebook.tickets.models import Status


def refuse_out_of_turn(occurrence: Occurrence, enrolment: Enrolment) -> None:
    """Refuse to bring back what the schedule has no place for.

    Days of a calendar stand side by side. Of a rule that counts from one to the next there is one at a time:
    the one after it may have its ticket already, or one before it was brought back.

    Raises:
        MoveRefused
    """
    if enrolment.ended_at:
        raise MoveRefused(
            _("It is not under the plan any more: %(because)s. Open a ticket if the work is to be done.")
            % {"because": enrolment.ended_because}
        )
    other = _in_place_of(occurrence)
    if other is None:
        return
    day = {"day": wording.day_in_house(other.due_on)}
    if other.ticket and other.ticket.status == Status.CLOSED:
        raise MoveRefused(
            _("The maintenance of %(day)s was done in its place. Open a ticket if this one is needed, too.")
            % day
        )
    raise MoveRefused(
        _(
            "The maintenance of %(day)s stands in its place, and this plan has one at a time. Leave that one "
            "out first, or open a ticket if this one is needed, too."
        )
        % day
    )


def cancel_what_followed(occurrence: Occurrence) -> None:
    """Cancel the next one of a rule that moves, which was stored when this one was left out."""
    if schedules.moves(occurrence.plan) and occurrence.part == 0:
        rows = Occurrence.objects.uncalled().filter(enrolment=occurrence.enrolment_id, part=0)
        storing.cancel(
            list(rows.filter(pk__gt=occurrence.pk, key__startswith="m")),
            because="the one before is done after all",
        )


def _in_place_of(occurrence: Occurrence) -> Occurrence | None:
    """Return what has the turn of one that was left out; None where it can stand again.

    Of a rule that moves that is a later one with a ticket that was not called off, or an earlier one that is
    still to be done. A later one without a ticket gives way.
    """
    if not schedules.moves(occurrence.plan) or occurrence.part:
        return None
    called = Q(pk__gt=occurrence.pk, ticket__withdrawn_because="")
    before = Q(pk__lt=occurrence.pk) & (Q(ticket=None) | ~Q(ticket__status=Status.CLOSED))
    rows = Occurrence.objects.standing().filter(called | before, enrolment=occurrence.enrolment_id, part=0)
    return rows.select_related("ticket").order_by("pk").first()
