"""What a closed ticket means to its schedule: done, left in part, or called off (S0.30)."""

from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy

from servicebook.accounts.models import User
from servicebook.maintenance import schedules
from servicebook.maintenance.actions import calling, parts, storing, uncovered
from servicebook.maintenance.actions._base import day_of, hold_enrolment, locked, settled, write
from servicebook.maintenance.actions.confirming import tell_the_next
from servicebook.maintenance.models import Enrolment, Occurrence, PartNeed, Plan, Worksheet, WorksheetLine
from servicebook.maintenance.queries.following import next_of
from servicebook.maintenance.worksheets import left
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Link, Ticket
from servicebook.tickets.wording import in_house

REST_WITHIN = timedelta(days=7)  # what was left is done on the same weekday of the next week
_DONE_AFTER_ALL = gettext_lazy("done after all with %(number)s")
NOBODY: User | None = None


@transaction.atomic
def settle(ticket_id: int, *, closing: str) -> None:
    """Let the schedule go on after a planned ticket was closed.

    What was done moves a rule that counts from it; what was left becomes the next part, with a ticket of
    its own; what was called off was not done. In each case the next one is stored, and the history says
    when it is. A ticket that was opened again meanwhile is left alone, and a second closing makes no
    second rest.

    Args:
        closing: which closing is meant, as `closing_of` says it.
    """
    occurrence = _of(ticket_id)
    if occurrence is None:
        return
    ticket = Ticket.objects.select_for_update().get(pk=ticket_id)
    if ticket.closed_at is None or closing_of(ticket.closed_at) != closing:
        return
    occurrence.ticket = ticket
    uncovered.is_over(occurrence)
    if ticket.was_done:
        _done(occurrence, ticket)
    else:
        _called_off(occurrence, ticket)


def closing_of(closed_at: datetime) -> str:
    """Which closing of a ticket is meant: one that was opened again may be closed once more."""
    return closed_at.astimezone(UTC).isoformat()


def _of(ticket_id: int) -> Occurrence | None:
    """The occurrence of a ticket, locked after its enrolment and before its ticket."""
    found = Occurrence.objects.filter(ticket=ticket_id).values_list("pk", "enrolment").first()
    if found is None:
        return None
    pk, enrolment = found
    held = hold_enrolment(enrolment)
    occurrence = locked(pk)
    occurrence.enrolment = held
    return occurrence


def _done(occurrence: Occurrence, ticket: Ticket) -> None:
    sheet = Worksheet.objects.filter(ticket=ticket).first()
    lines = list(sheet.lines.select_related("item")) if sheet else []
    unfinished = left(lines)
    done_on = _done_on(occurrence, ticket, lines)
    _move_base(occurrence.enrolment, ticket, done_on)
    _under_its_contract(occurrence, done_on)
    rest = _rest(occurrence, ticket, done_on, unfinished)
    if rest is None:
        parts.free([occurrence.pk], by=NOBODY)
    following = _stored(occurrence)
    settled(
        occurrence,
        "occurrence.partly_done" if unfinished else "occurrence.done",
        day=done_on,
        left=[str(line.item) for line in unfinished],
        rest=rest.ticket.number if rest and rest.ticket else "",
        following=following,
    )
    tell_the_next(occurrence, next_of([occurrence.pk]).get(occurrence.pk))


def _called_off(occurrence: Occurrence, ticket: Ticket) -> None:
    if occurrence.skipped_at or occurrence.cancelled_at:
        return  # whoever left it out saw to the rest
    parts.free([occurrence.pk], by=NOBODY)
    following = _stored(occurrence)
    because = ticket.withdrawn_because
    settled(occurrence, "occurrence.called_off", because=because, following=following)


def _done_on(occurrence: Occurrence, ticket: Ticket, lines: list[WorksheetLine]) -> date:
    """The day of the work: of the last line that was recorded, else of the closing."""
    told = [line.at for line in lines if line.at is not None]
    moment = max(told, default=ticket.closed_at)
    assert moment is not None  # noqa: S101 - a closed ticket has its moment
    return day_of(occurrence, moment)


def _move_base(enrolment: Enrolment, ticket: Ticket, done_on: date) -> None:
    """Count on from the day of the work, and from what the meter showed by then."""
    enrolment.base_on = done_on
    if enrolment.meter_id is not None and ticket.closed_at is not None:
        enrolment.base_value = storing.use_until(enrolment.meter_id, ticket.closed_at)
    enrolment.save(update_fields=["base_on", "base_value"])


def _under_its_contract(occurrence: Occurrence, done_on: date) -> None:
    """Under which it was called; the next one when it is made after its end, or that of the plan by now."""
    under = schedules.contract_on(occurrence.contract or occurrence.plan.contract, done_on)
    if under != occurrence.contract:
        write(occurrence, contract=under)


def _rest(
    occurrence: Occurrence, ticket: Ticket, done_on: date, unfinished: list[WorksheetLine]
) -> Occurrence | None:
    """What is left as the next part, with its ticket; the one that stands already, if there is one."""
    rest = Occurrence.objects.filter(follows=occurrence).select_related("ticket").first()
    if rest is not None:
        if not unfinished:
            _drop(rest, ticket)
        return rest
    day = _day_of_rest(occurrence.plan, done_on)
    # A unit that left its plan is owed nothing more of it; the history names what was left.
    if not unfinished or day is None or occurrence.enrolment.ended_at is not None:
        return None
    rest = Occurrence.objects.create(
        enrolment_id=occurrence.enrolment_id,
        plan=occurrence.plan,
        customer=occurrence.customer,
        site=occurrence.site,
        asset=occurrence.asset,
        key=occurrence.key,
        part=occurrence.part + 1,
        follows=occurrence,
        nominal_on=occurrence.nominal_on,
        due_on=day,
    )
    used_up = (PartNeed.State.USED, PartNeed.State.RETURNED)
    PartNeed.objects.filter(occurrence=occurrence).exclude(state__in=used_up).update(occurrence=rest)
    settled(rest, "occurrence.rest", ticket_before=ticket.number, left=len(unfinished))
    for made in calling.call([rest.pk]):
        tickets.link(made.pk, to=ticket, kind=Link.Kind.FOLLOW_UP, by=NOBODY)
    rest.refresh_from_db()
    return rest


def _day_of_rest(plan: Plan, done_on: date) -> date | None:
    """A week later, or the last day of plan and contract; None when they end before."""
    last = schedules.last_day(plan)
    day = min(done_on + REST_WITHIN, last) if last else done_on + REST_WITHIN
    return day if plan.state != Plan.State.ENDED and day > done_on else None


def _drop(rest: Occurrence, ticket: Ticket) -> None:
    """The rest is not needed: everything was done in the end with the first ticket."""
    because = in_house(_DONE_AFTER_ALL) % {"number": ticket.number}
    rest = locked(rest.pk)
    if rest.skipped_at or rest.cancelled_at or (rest.ticket and not rest.ticket.is_open):
        return
    parts.free([rest.pk], by=NOBODY)
    storing.cancel([rest], because=because)
    if rest.ticket_id:
        tickets.withdraw(rest.ticket_id, because=because, by=NOBODY)


def _stored(after: Occurrence) -> date | None:
    """Store what comes next, and return its day."""
    enrolment = after.enrolment
    if enrolment.ended_at is None:
        storing.store(enrolment.plan, [enrolment])
    coming = Occurrence.objects.uncalled().filter(enrolment=enrolment, nominal_on__gt=after.nominal_on)
    return coming.order_by("due_on").values_list("due_on", flat=True).first()
