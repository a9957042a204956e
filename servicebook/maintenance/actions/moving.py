"""Skip, move, bring back: each for a reason, and never so that it looks done."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.maintenance import schedules
from servicebook.maintenance.actions import parts, storing, turns
from servicebook.maintenance.actions._base import (
    AGREEMENT_FALLS,
    MoveRefused,
    check_day,
    day_of,
    decline_offers,
    hold_enrolment,
    locked,
    reason,
    refuse_unless_to_do,
    settled,
    ticket_follows,
    to_another_day,
    write,
)
from servicebook.maintenance.models import Occurrence, Plan
from servicebook.maintenance.states import zone
from servicebook.tickets import actions as tickets
from servicebook.tickets import wording

_AFTER_ALL = gettext_lazy("the maintenance takes place after all")


@transaction.atomic
def skip(occurrence_id: int, *, because: str, by: User | None, seen: int | None = None) -> Occurrence:
    """Leave this one out. Its ticket is withdrawn; the schedule goes on with the next.

    Raises:
        NotValid: no reason is given.
        MoveRefused: it is done, skipped or cancelled.
        Changed: it changed since `seen`.
    """
    enrolment = hold_enrolment(_enrolment_of(occurrence_id))
    occurrence = locked(occurrence_id, seen=seen)
    refuse_unless_to_do(occurrence)
    because = reason(because, _("Say why this maintenance is left out."))
    decline_offers(occurrence)
    write(occurrence, skipped_at=clock.now(), because=because, trip=None, **AGREEMENT_FALLS)
    parts.free([occurrence.pk], by=by)
    if occurrence.ticket_id:
        tickets.withdraw(occurrence.ticket_id, because=because, by=by)
    settled(occurrence, "occurrence.skipped", by=by, because=because, day=occurrence.due_on)
    if enrolment.ended_at is None:
        storing.store(enrolment.plan, [enrolment])

    return occurrence


@transaction.atomic
def move(occurrence_id: int, *, to: date, because: str, by: User, seen: int | None = None) -> Occurrence:
    """Put the work on another day; its ticket's deadline follows.

    What was agreed for the old day holds no longer: a window, and access. To the day on which it stands
    already nothing changes.

    Raises:
        NotValid: no reason is given, or the day has passed or is after the end of the contract.
        MoveRefused: it is done, skipped or cancelled.
        Changed: it changed since `seen`.
    """
    occurrence = locked(occurrence_id, seen=seen)
    refuse_unless_to_do(occurrence)
    because = reason(because, _("Say why the day is moved; the customer will ask."))
    check_day(occurrence, to)
    if to != occurrence.due_on:
        put_on(occurrence, to, because=because, by=by)
    return occurrence


def put_on(occurrence: Occurrence, day: date, *, because: str, by: User | None) -> None:
    """Put a locked occurrence on another day, with all that follows from it."""
    before = occurrence.due_on
    fallen: Mapping[str, Any] = {}
    if occurrence.window_from and day_of(occurrence, occurrence.window_from) != day:
        fallen = AGREEMENT_FALLS
        decline_offers(occurrence)
    write(occurrence, **{**fallen, **to_another_day(occurrence, day, because=because)})
    ticket_follows(occurrence, because=because, by=by)
    settled(
        occurrence,
        "occurrence.moved_and_reopened" if fallen else "occurrence.moved",
        by=by,
        before=before,
        after=day,
        because=because,
    )


@transaction.atomic
def bring_back(occurrence_id: int, *, by: User | None) -> Occurrence:
    """Let what was skipped, or whose ticket was called off, stand again while its day is still ahead.

    Its ticket is opened again. What was neither stays as it is.

    Raises:
        MoveRefused: it is cancelled, its day has passed, its unit left the plan, or another one stands for
            this turn of the schedule.
    """
    enrolment = hold_enrolment(_enrolment_of(occurrence_id))
    occurrence = locked(occurrence_id)
    called_off = occurrence.ticket.withdrawn_because if occurrence.ticket else ""
    if occurrence.cancelled_at or not (occurrence.skipped_at or called_off):
        refuse_unless_to_do(occurrence)
        return occurrence
    if occurrence.due_on < clock.today(zone(occurrence)):
        raise MoveRefused(
            _("Its day, %(day)s, has passed. Open a ticket if the work is to be done after all.")
            % {"day": wording.day_in_house(occurrence.due_on)}
        )
    turns.refuse_out_of_turn(occurrence, enrolment)
    because = occurrence.because or called_off
    write(occurrence, skipped_at=None, because="")
    if occurrence.ticket_id:
        tickets.take_back(occurrence.ticket_id, because=wording.in_house(_AFTER_ALL), by=by)
        occurrence.refresh_from_db(fields=["ticket"])
        ticket_follows(occurrence, because=because, by=by)
    settled(occurrence, "occurrence.brought_back", by=by, because=because, day=occurrence.due_on)
    turns.cancel_what_followed(occurrence)
    if enrolment.plan.rule == Plan.Rule.FIRST and not schedules.moves(enrolment.plan):
        storing.pull_forward(enrolment.plan, [enrolment])  # the meter pulls the first, and no other
    return occurrence


def hold(occurrence_id: int) -> None:
    """Lock an occurrence after its enrolment, as who stores the next one does; others may be locked then."""
    hold_enrolment(_enrolment_of(occurrence_id))
    Occurrence.objects.select_for_update(of=("self",)).get(pk=occurrence_id)


def _enrolment_of(occurrence_id: int) -> int:
    return Occurrence.objects.values_list("enrolment", flat=True).get(pk=occurrence_id)
