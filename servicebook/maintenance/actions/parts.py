"""Parts for one task: reserved, issued, then used or given back; a kit is at one task at a time (S0.29)."""

from collections.abc import Collection
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.maintenance.actions._base import (
    MoveRefused,
    NotValid,
    changed,
    happened,
    line,
    locked,
    refuse_unless_to_do,
    settled,
)
from servicebook.maintenance.models import Kit, Occurrence, PartNeed, WorksheetLine
from servicebook.maintenance.rules import parts as rules
from servicebook.maintenance.worksheets import left
from servicebook.tickets import wording

State = PartNeed.State
MOST = 9999  # pieces


class KitIsAway(MoveRefused):
    """The kit is at another task."""

    code = "kit_is_away"


@transaction.atomic
def add_part(occurrence_id: int, *, name: str, by: User, quantity: int = 1) -> PartNeed:
    """Say that the task needs one more part.

    Raises:
        NotValid: it has no name, or the quantity is not 1 to 9999.
        MoveRefused: there is nothing to do any more.
    """
    occurrence = locked(occurrence_id)
    refuse_unless_to_do(occurrence)
    name = line(name, "name", _("Name the part."))
    if not 1 <= quantity <= MOST:
        sentence = _("Give a quantity from 1 to %(most)s.") % {"most": MOST}
        raise NotValid(sentence, fields={"quantity": sentence})
    need = PartNeed.objects.create(
        occurrence=occurrence, name=name, quantity=quantity, by=by, changed_at=clock.now()
    )
    settled(occurrence, "occurrence.part_added", by=by, part=str(need))
    return need


@transaction.atomic
def drop_part(need_id: int, *, by: User) -> None:
    """Take a part that was never reserved off the list.

    Raises:
        MoveRefused: it was.
    """
    occurrence, need = _taken(need_id)
    if need.state != State.NEEDED:
        raise MoveRefused(
            _("%(part)s is on its way already. Give it back or use it up instead.") % {"part": need}
        )
    said = str(need)
    need.delete()
    settled(occurrence, "occurrence.part_dropped", by=by, part=said)


@transaction.atomic
def reserve(need_id: int, *, by: User, kit_id: int | None = None) -> PartNeed:
    """Keep a part for the task, from the shelf or in a kit. The same again changes nothing.

    Raises:
        KitIsAway: the kit is at another task; it says at which.
        NotValid: there is no such kit in use.
        MoveRefused: the part is on its way already, or there is nothing to do any more.
    """
    occurrence, need = _taken(need_id)
    refuse_unless_to_do(occurrence)
    if need.state == State.RESERVED and need.kit_id == kit_id:
        return need
    if need.state != State.RESERVED:  # the kit may still be changed
        _check(need, State.RESERVED)
    kit = _free_kit(kit_id, need) if kit_id is not None else None
    try:
        with transaction.atomic():
            _move(need, State.RESERVED, kit=kit, by=by)
    except IntegrityError:  # by `kit_is_at_one_task_at_a_time`
        raise _away(kit) from None
    settled(occurrence, "occurrence.part_reserved", by=by, part=_said(need))
    return need


@transaction.atomic
def issue(need_id: int, *, by: User) -> PartNeed:
    """Hand out what was reserved. The same again changes nothing.

    Raises:
        MoveRefused: it is not reserved, or there is nothing to do any more.
    """
    occurrence, need = _taken(need_id)
    refuse_unless_to_do(occurrence)
    if need.state != State.ISSUED:
        _check(need, State.ISSUED)
        _move(need, State.ISSUED, kit=need.kit, by=by)
        settled(occurrence, "occurrence.part_issued", by=by, part=_said(need))
    return need


@transaction.atomic
def give_back(need_id: int, *, by: User) -> PartNeed:
    """Take back what was issued, or put back on the shelf what was only reserved; a kit is free again.

    Before the work it is needed still: whoever does not need it says so with `drop_part`. Of work that is
    done it is returned.

    Raises:
        MoveRefused: it is used up.
    """
    occurrence, need = _taken(need_id)
    if need.state in (State.NEEDED, State.RETURNED):
        return need
    issued = need.state == State.ISSUED
    to = State.RETURNED if issued and _work_is_done(occurrence) else State.NEEDED
    _check(need, to)
    said = _said(need)
    _move(need, to, kit=None if to == State.NEEDED else need.kit, by=by)
    settled(occurrence, "occurrence.part_given_back", by=by, part=said)
    return need


@transaction.atomic
def use(need_id: int, *, by: User, quantity: int | None = None, serial: str = "") -> PartNeed:
    """Say that what was issued was built in; of several, what was not goes back.

    Args:
        quantity: how many were used; all if None.
        serial: their serial numbers.

    Raises:
        NotValid: more than were issued, or less than one.
        MoveRefused: it was not issued, or it is a kit, which goes back as a whole.
    """
    occurrence, need = _taken(need_id)
    if need.state == State.USED:
        return need
    _check(need, State.USED)
    if need.kit:
        raise MoveRefused(
            _("%(kit)s is a kit, which goes back as a whole. Give it back, and add the parts that were used.")
            % {"kit": need.kit}
        )
    used = need.quantity if quantity is None else quantity
    if not 1 <= used <= need.quantity:
        sentence = _("Give a quantity from 1 to %(most)s, as many as were issued.") % {"most": need.quantity}
        raise NotValid(sentence, fields={"quantity": sentence})
    if used < need.quantity:
        PartNeed.objects.create(
            occurrence=occurrence,
            name=need.name,
            quantity=need.quantity - used,
            state=State.RETURNED,
            by=by,
            changed_at=clock.now(),
        )
    need.quantity, need.serial = used, " ".join(serial.split())[:200]
    _move(need, State.USED, kit=None, by=by)
    settled(occurrence, "occurrence.part_used", by=by, part=_said(need), serial=need.serial)
    return need


@transaction.atomic
def free(occurrences: Collection[int], *, by: User | None) -> None:
    """Put back on the shelf what is reserved for work that is off: skipped, cancelled or over.

    The caller holds the occurrences locked. What was issued stays where it is until somebody returns it.
    """
    held = PartNeed.objects.filter(occurrence__in=occurrences, state=State.RESERVED)
    by_occurrence: dict[Occurrence, list[str]] = {}
    for need in held.select_related("occurrence__ticket", "kit"):
        by_occurrence.setdefault(need.occurrence, []).append(_said(need))
    if not by_occurrence:
        return
    held.update(state=State.NEEDED, kit=None, by=by, changed_at=clock.now())
    journal.record_many(
        entry
        for one, parts in by_occurrence.items()
        for entry in happened(one, "occurrence.part_given_back", {"part": ", ".join(parts)}, by=by)
    )
    agenda.refresh_many(list(by_occurrence))


def _taken(need_id: int) -> tuple[Occurrence, PartNeed]:
    """The part, and its occurrence locked."""
    occurrence_id = PartNeed.objects.values_list("occurrence", flat=True).get(pk=need_id)
    occurrence = locked(occurrence_id)
    need = PartNeed.objects.select_related("kit").filter(pk=need_id, occurrence=occurrence).first()
    if need is None:  # dropped, or gone on with what was left to do
        raise changed()
    return occurrence, need


def _work_is_done(occurrence: Occurrence) -> bool:
    """Whether nothing is left to do that parts are for: by its ticket, or by its worksheet before that."""
    ticket = occurrence.ticket
    if ticket is None or ticket.was_done:
        return ticket is not None
    lines = list(WorksheetLine.objects.filter(worksheet__ticket=ticket).select_related("item"))
    return bool(lines) and not left(lines)


def _check(need: PartNeed, to: str) -> None:
    if not rules.may(need.state, to):
        raise MoveRefused(_(rules.WHY_NOT[need.state]) % {"part": need})


def _move(need: PartNeed, to: str, *, kit: Kit | None, by: User) -> None:
    need.state, need.kit, need.by, need.changed_at = to, kit, by, clock.now()
    need.save(update_fields=["state", "kit", "by", "changed_at", "quantity", "serial"])


def _free_kit(kit_id: int, need: PartNeed) -> Kit:
    """The kit, locked, so that of two who want it one comes after the other."""
    kit = Kit.objects.select_for_update().filter(pk=kit_id, active=True).first()
    if kit is None:
        sentence = _("There is no such kit in use. Choose one of the list.")
        raise NotValid(sentence, fields={"kit": sentence})
    if PartNeed.objects.filter(kit=kit, state__in=rules.HELD).exclude(pk=need.pk).exists():
        raise _away(kit)
    return kit


def _away(kit: Kit | None) -> KitIsAway:
    """Say at which task the kit is."""
    held = PartNeed.objects.filter(kit=kit, state__in=rules.HELD)
    need = held.select_related("occurrence__customer", "occurrence__ticket").first()
    facts: dict[str, Any] = {"kit": kit}
    if need is None:
        return KitIsAway(_("%(kit)s was taken in this moment. Choose another kit.") % facts)
    task = need.occurrence
    facts |= {
        "customer": task.customer,
        "day": wording.day_in_house(task.due_on),
        "task": task.ticket.number if task.ticket else task.plan,
    }
    return KitIsAway(
        _("%(kit)s is at %(task)s, %(customer)s, for %(day)s. Choose another kit, or take it back first.")
        % facts
    )


def _said(need: PartNeed) -> str:
    return f"{need} ({need.kit})" if need.kit else str(need)
