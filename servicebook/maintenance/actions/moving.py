"""Skip, move, bring back: each for a reason, and never so that it looks done."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.maintenance.actions import parts
from servicebook.maintenance.actions._base import (
    AGREEMENT_FALLS,
    MoveRefused,
    NotValid,
    day_of,
    decline_offers,
    locked,
    reason,
    refuse_unless_to_do,
    settled,
    ticket_follows,
    to_another_day,
    write,
)
from servicebook.maintenance.models import Occurrence
from servicebook.maintenance.states import zone
from servicebook.tickets import actions as tickets
from servicebook.tickets import wording


@transaction.atomic
def skip(occurrence_id: int, *, because: str, by: User, seen: int | None = None) -> Occurrence:
    """Leave this one out. Its ticket is withdrawn; the schedule goes on with the next.

    Raises:
        NotValid: no reason is given.
        MoveRefused: it is done, skipped or cancelled.
        Changed: it changed since `seen`.
    """
    occurrence = locked(occurrence_id, seen=seen)
    refuse_unless_to_do(occurrence)
    because = reason(because, _("Say why this maintenance is left out."))
    decline_offers(occurrence)
    write(occurrence, skipped_at=clock.now(), because=because, trip=None, **AGREEMENT_FALLS)
    parts.free([occurrence.pk], by=by)
    if occurrence.ticket_id:
        tickets.withdraw(occurrence.ticket_id, because=because, by=by)
    settled(occurrence, "occurrence.skipped", by=by, because=because, day=occurrence.due_on)

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
    write(
        occurrence,
        access_agreed_at=None,
        access_agreed_by="",
        **fallen,
        **to_another_day(occurrence, day, because=because),
    )
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
def bring_back(occurrence_id: int, *, by: User) -> Occurrence:
    """Take the skipping back while its day is still ahead; a withdrawn ticket is opened again.

    What is not skipped stays as it is.

    Raises:
        MoveRefused: it is cancelled, or its day has passed.
    """
    occurrence = locked(occurrence_id)
    if not occurrence.skipped_at:
        refuse_unless_to_do(occurrence)
        return occurrence
    if occurrence.due_on < clock.today(zone(occurrence)):
        raise MoveRefused(
            _("Its day, %(day)s, has passed. Open a ticket if the work is to be done after all.")
            % {"day": wording.day_in_house(occurrence.due_on)}
        )
    because = occurrence.because
    write(occurrence, skipped_at=None, because="")
    if occurrence.ticket_id:
        back = _("The maintenance is not skipped after all.")
        tickets.take_back(occurrence.ticket_id, because=back, by=by)
        occurrence.refresh_from_db(fields=["ticket"])
        ticket_follows(occurrence, because=because, by=by)
    settled(occurrence, "occurrence.brought_back", by=by, because=because, day=occurrence.due_on)
    return occurrence


def check_day(occurrence: Occurrence, day: date) -> None:
    """Refuse a day on which the work cannot be.

    Raises:
        NotValid
    """
    contract = occurrence.plan.contract
    sentence = ""
    if day < clock.today(zone(occurrence)):
        sentence = _("This day has passed. Give today or a later one.")
    elif contract and day > contract.last_day:
        sentence = _(
            "Contract %(number)s covers it until %(day)s. Give an earlier day, or renew it first."
        ) % {
            "number": contract.number,
            "day": wording.day_in_house(contract.last_day),
        }
    elif occurrence.plan.ends_on and day > occurrence.plan.ends_on:
        sentence = _("The plan ends on %(day)s. Give an earlier day, or let the plan go on longer.") % {
            "day": wording.day_in_house(occurrence.plan.ends_on)
        }
    if sentence:
        raise NotValid(sentence, fields={"to": sentence})
