"""Silence ends in a recorded decision of a person: ask again later, call it off, or go on without (S0.40)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from servicebook.accounts.models import User
from servicebook.contracts import actions as contracts
from servicebook.contracts.actions import Why
from servicebook.contracts.models import Contract
from servicebook.core import clock
from servicebook.customers.actions import drop_next_steps, keep_promise, make_promise
from servicebook.customers.models import Decision, Promise
from servicebook.maintenance.actions import moving
from servicebook.maintenance.models import Occurrence
from servicebook.reminders.actions import asking, asks
from servicebook.reminders.actions.asking import NewAsk
from servicebook.reminders.actions.asks import NotValid
from servicebook.reminders.models import Ask
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Kind, Status, Ticket
from servicebook.tickets.rules.status import LOOK_AGAIN_AFTER

LONGEST_REST = timedelta(days=366)
LONGEST_NOTE = 200  # it is the reason of what follows, too


@dataclass(frozen=True)
class Decided:
    """What a person decided, checked."""

    decision: str
    note: str
    by: User
    next_at: datetime | None
    why: Why | None

    @property
    def moment(self) -> datetime:
        """The new date; of a decision that needs one."""
        now = clock.now()
        if self.next_at is None or not now < self.next_at <= now + LONGEST_REST:
            sentence = _("Give a day in the coming twelve months: from then on it is asked again.")
            raise NotValid(sentence, fields={"next_at": sentence})
        return self.next_at


@transaction.atomic
def decide(
    ask_id: int,
    *,
    decision: str,
    note: str,
    by: User,
    next_at: datetime | None = None,
    next_on: date | None = None,
    why: Why | None = None,
) -> Ask:
    """End the silence of a customer with a decision, and do what it says.

    reschedule: maintenance moves to another day and is asked for anew; a ticket or a contract rests, and
    silence counts from the new date; what is announced of a contract goes out all the same. cancel:
    maintenance is left out, a planned ticket withdrawn, another ticket goes on to its closure, the renewal
    is refused. close: nobody asks any more, the work goes on without an answer.

    Args:
        decision: a `Decision`.
        next_at: from when it is asked again; of maintenance `next_on`, the new day.
        why: of a renewal that is refused.

    Raises:
        AskOver: it was settled before.
        NotValid: no reason, no date, or a date that has passed; `fields` says which.
        Refused: what the thing itself does not allow.
    """
    row = asks.locked_with_thing(ask_id)
    asks.refuse_over(row)
    note = " ".join(note.split())
    wrong = {}
    if decision not in Decision.values:
        wrong["decision"] = _("Choose what was decided.")
    if not note:
        wrong["note"] = _("Say what was decided and why, for whoever looks at it later.")
    if len(note) > LONGEST_NOTE:
        wrong["note"] = _("At most %(most)s characters fit.") % {"most": LONGEST_NOTE}
    if wrong:
        raise NotValid(" ".join(wrong.values()), fields=wrong)
    thing = row.about
    decided = Decided(decision, note, by, next_at, why)
    asks.finish(row, decision=decision, note=note, by=by)
    _settle_steps(row, decision, by)
    if isinstance(thing, Occurrence):
        _of_occurrence(thing, decided, next_on)
    elif isinstance(thing, Ticket):
        _of_ticket(row, thing, decided)
    elif isinstance(thing, Contract):
        _of_contract(row, thing, decided)
    elif decision == Decision.RESCHEDULE and thing is not None:
        _again(row, thing, decided.moment)
    return row


def _settle_steps(row: Ask, decision: str, by: User) -> None:
    """Keep the steps that end with a decision, and drop what was asked for before them."""
    kind = ContentType.objects.get_for_model(Ask)
    steps = Promise.objects.open().filter(about_type=kind, about_id=row.pk, needs_decision=True)
    for promise in steps:
        keep_promise(promise.pk, by=by, decision=decision)
    drop_next_steps(row, because=_("It was decided."))


def _of_occurrence(one: Occurrence, decided: Decided, next_on: date | None) -> None:
    if decided.decision == Decision.RESCHEDULE:
        if next_on is None or next_on == one.due_on:
            sentence = _("Give another day for the work.")
            raise NotValid(sentence, fields={"next_on": sentence})
        moving.move(one.pk, to=next_on, because=decided.note, by=decided.by)
    elif decided.decision == Decision.CANCEL:
        moving.skip(one.pk, because=decided.note, by=decided.by)


def _of_ticket(row: Ask, ticket: Ticket, decided: Decided) -> None:
    if ticket.status not in (Status.WAITING, Status.APPROVAL):
        return
    if decided.decision == Decision.RESCHEDULE:
        tickets.wait(  # silence counts from the new date: `settling` asks anew
            ticket.pk,
            waiting_for=ticket.waiting_for or "client",
            note=decided.note,
            resume_at=decided.moment,
            by=decided.by,
        )
    elif decided.decision == Decision.CANCEL and ticket.kind == Kind.PLANNED:
        tickets.withdraw(ticket.pk, because=decided.note, by=decided.by)
    else:
        tickets.go_on(ticket.pk, because=decided.note, by=decided.by)
        if decided.decision == Decision.CANCEL:
            _step(row, ticket, _("Close %(number)s with what was done") % {"number": ticket.number}, decided)


def _of_contract(row: Ask, contract: Contract, decided: Decided) -> None:
    if decided.decision == Decision.RESCHEDULE:
        _again(row, contract, decided.moment)
    elif decided.decision == Decision.CANCEL:
        contracts.refuse(contract.pk, decided.why or Why(note=decided.note), by=decided.by)


def _again(row: Ask, thing: Model, moment: datetime) -> Ask:
    """Ask again: silence counts from the new date."""
    new = NewAsk(
        what=row.what,
        about=thing,
        occurrence=f"{asking.time_of(row.occurrence)}/{moment:%Y-%m-%d}",
        customer=row.customer,
        contact=row.contact,
        contract=row.contract_id,
        owner=row.owner,
        sensitive=row.sensitive,
        asked_at=moment,
    )
    return asking.ask(new)


def _step(row: Ask, ticket: Ticket, text: str, decided: Decided) -> None:
    make_promise(
        text=text,
        why=decided.note,
        owner=ticket.owner,
        due_at=clock.now() + LOOK_AGAIN_AFTER["client"],
        customer=row.customer,
        about=ticket,
        source=asks.AFTER_ANSWER,
        by=None,
    )
