"""What becomes of a question to a customer.

It ends with an answer by whatever way, with a decision of a person, or because nobody needs it any more.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, Q
from django.utils import translation
from django.utils.translation import gettext as _

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.core.errors import Refused
from servicebook.customers.actions import drop_next_steps, hand_promise, make_promise
from servicebook.customers.models import Decision
from servicebook.maintenance.actions import moving
from servicebook.maintenance.models import Occurrence
from servicebook.reminders.kinds.silence import history_of
from servicebook.reminders.models import Ask, Asks
from servicebook.reminders.people import Whose, of_ours
from servicebook.reminders.rules.answers import AGREED, ANSWERS, answer_of
from servicebook.reminders.rules.filling import fill
from servicebook.tickets.models import Ticket

STEP_LENGTH = 200
# The ladder that asks for it: its open next step is settled by an answer.
ASKED_BY = {
    Asks.WINDOW: "reminders.maintenance",
    Asks.ACCESS: "reminders.window",
    Asks.RENEWAL: "reminders.renewal",
}
AGREED_AT_THE_THING = (AGREED, "other_windows")
AFTER_ANSWER = "reminders.answer"  # the source of the step that an answer asks for


class AskOver(Refused):
    """It was answered, decided or withdrawn before."""

    code = "ask_over"


class NotValid(Refused):
    """What was given does not fit; `fields` says where."""

    code = "not_valid"


@transaction.atomic
def opened(ask_id: int, *, by_name: str) -> None:
    """Keep once that the link was opened (S0.43). Nothing else changes."""
    now = clock.now()
    if Ask.objects.open().filter(pk=ask_id, opened_at=None).update(opened_at=now):
        row = Ask.objects.get(pk=ask_id)
        journal.record("ask.link_opened", _history(row), by_name=by_name, what=row.what, who=by_name)


@transaction.atomic
def answer(
    ask_id: int, *, answer: str, by_name: str, channel: str, note: str = "", by: User | None = None
) -> Ask:
    """Keep what a customer answered. Nobody asks any more, and what follows is the owner's next step.

    The same answer again changes nothing.

    Args:
        answer: a code of `rules.answers`, or "other".
        channel: link, phone, mail, telegram…
        by: who of the house wrote it down; None for the customer's own doing.

    Raises:
        AskOver: it was answered, decided or withdrawn before.
    """
    row = locked(ask_id)
    name, note = _line(by_name, 120), _line(note, 500)
    if row.ended_as == Ask.End.ANSWERED and (row.answer, row.answered_by) == (answer, name):
        return row
    refuse_over(row)
    if answer not in ANSWERS.get(row.what, {}):
        answer = "other"
    with translation.override(settings.LANGUAGE_CODE):
        _drop_steps(row, because=_("The customer answered."))
    _keep(row, answer, name=name, channel=channel, note=note, by=by)
    return row


def heard_answers(row: Ask) -> list[str]:
    """Return the answers that may be written down for a customer who gave them by phone or in person.

    A window and the access are agreed where the thing itself stands; then the question ends by itself.
    """
    return [code for code in ANSWERS.get(row.what, {}) if code not in AGREED_AT_THE_THING] + ["other"]


def another_answer(row: Ask, *, answer: str, by_name: str, channel: str, note: str = "") -> None:
    """Keep that what was agreed does not suit the customer after all; `row` is locked."""
    _keep(row, answer, name=_line(by_name, 120), channel=channel, note=_line(note, 500), by=None)


def _keep(row: Ask, answer: str, *, name: str, channel: str, note: str, by: User | None) -> None:
    """Write down an answer, with the step that follows from it."""
    _end(row, Ask.End.ANSWERED, answer=answer, answered_by=name, channel=channel, note=note)
    meaning = answer_of(row.what, answer)
    with translation.override(settings.LANGUAGE_CODE):
        _follow_up(row, meaning.step, hours=meaning.hours, name=name, note=note)
        said = _(meaning.said)
    _record(row, "ask.answered", by=by, by_name=name, who=name, how=channel, said=said, note=note)
    agenda.refresh(row)


@transaction.atomic
def withdraw(ask_id: int, *, because: str, by: User | None = None) -> Ask:
    """Ask no more: nobody needs the answer. What is over already stays as it is."""
    row = locked(ask_id)
    if row.ended_at:
        return row
    _end(row, Ask.End.WITHDRAWN, note=_line(because, 500))
    with translation.override(settings.LANGUAGE_CODE):
        _drop_steps(row, because=because)
    _record(row, "ask.withdrawn", by=by, because=row.note)
    agenda.refresh(row)
    return row


@transaction.atomic
def hand(ask_id: int, *, to: User, by: User | None, with_step: bool = True) -> Ask:
    """Give it to another owner, and with it the step that silence made: there is one who looks after it."""
    row = locked(ask_id)
    steps = list(row.open_steps().select_related("owner")) if with_step else []
    before = (steps[0] if steps else row).owner.name
    others = [one.pk for one in steps if one.owner_id != to.pk]
    if row.ended_at is None and (others or row.owner_id != to.pk):
        for step in others:
            hand_promise(step, to=to, by=by)
        row.owner = to
        row.save(update_fields=["owner"])
        _record(row, "ask.handed", by=by, before=before, after=to.name)
        agenda.refresh(row)
    return row


def open_about(things: Collection[Model]) -> list[Ask]:
    """Return the open questions about things, and about the planned work of those that are tickets."""
    tickets = [one.pk for one in things if isinstance(one, Ticket)]
    about = Q(
        about_type=ContentType.objects.get_for_model(Occurrence),
        about_id__in=Occurrence.objects.filter(ticket__in=tickets).values("pk"),
    )
    for one in things:
        about |= Q(about_type=ContentType.objects.get_for_model(one), about_id=one.pk)
    return list(Ask.objects.open().filter(about).order_by("pk"))


def locked(ask_id: int) -> Ask:
    """Return a question, locked until the transaction ends.

    Raises:
        Ask.DoesNotExist
    """
    rows = Ask.objects.select_for_update(of=("self",)).select_related("customer", "owner", "contact")
    return rows.get(pk=ask_id)


def locked_with_thing(ask_id: int) -> Ask:
    """Return a question, locked after what it is about: for an end that changes the thing, too.

    A stage that asks holds the thing when it comes to the question. In this order nobody waits for who
    waits for them.

    Raises:
        Ask.DoesNotExist
    """
    row = Ask.objects.select_related("about_type").get(pk=ask_id)
    model: Any = row.about_type.model_class()
    if model is Occurrence:
        moving.hold(row.about_id)
    else:
        model._base_manager.select_for_update(of=("self",)).filter(pk=row.about_id).first()
    return locked(ask_id)


def finish(row: Ask, *, decision: str, note: str, by: User) -> None:
    """End a locked question with a decision. See `deciding.decide`."""
    _end(row, Ask.End.DECIDED, decision=decision, decided_by=by, note=_line(note, 500))
    said = Decision(decision).label
    with translation.override(settings.LANGUAGE_CODE):
        _record(row, "ask.decided", by=by, decision=str(said), note=row.note)
    agenda.refresh(row)


def _end(row: Ask, how: Ask.End, **facts: Any) -> None:
    row.ended_at, row.ended_as = clock.now(), how
    row.next_at = None
    for name, value in facts.items():
        setattr(row, name, value)
    row.save(update_fields=["ended_at", "ended_as", "next_at", *facts])


def refuse_over(row: Ask) -> None:
    """Refuse what makes no sense for a question that is over.

    Raises:
        AskOver
    """
    if row.ended_at:
        raise AskOver(
            _("This was settled already: %(how)s. Nothing more is needed.")
            % {"how": row.get_ended_as_display()}
        )


def _drop_steps(row: Ask, *, because: str) -> None:
    """What was asked for while nobody answered is done with."""
    drop_next_steps(row, because=because)
    source, thing = ASKED_BY.get(Asks(row.what)), row.about
    if source and thing is not None:
        drop_next_steps(thing, because=because, source=source)


def _follow_up(row: Ask, step: str, *, hours: int, name: str, note: str) -> None:
    thing = row.about
    if not step or thing is None:
        return
    words = {"contact": name, "title": str(thing), "customer": row.customer.name}
    whose = Whose(row.owner_id, account_manager=row.customer.owner_id, sensitive=row.sensitive)
    make_promise(
        text=fill(_(step), words)[:STEP_LENGTH],
        why=(note or row.get_what_display())[:STEP_LENGTH],
        owner=of_ours("owner", whose),
        due_at=clock.now() + timedelta(hours=hours),
        customer=row.customer,
        about=thing,
        sensitive=row.sensitive,
        source=AFTER_ANSWER,
        by=None,
    )


def _history(row: Ask) -> Model:
    return history_of(row.about) or row


def _record(row: Ask, verb: str, *, by: User | None, by_name: str = "", **facts: Any) -> None:
    journal.record(verb, _history(row), by=by, by_name=by_name, what=row.what, **facts)


def _line(text: str, longest: int) -> str:
    return " ".join(text.split())[:longest]
