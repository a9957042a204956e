"""What a customer is asked: one open question about a thing, with an owner and the day of the next look.

It ends with an answer by whatever way, with a decision of a person, or because nobody needs it any more.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
from servicebook.customers.actions import NewPromise, drop_next_steps, hand_promise, make_promise
from servicebook.customers.models import Contact, Customer, Decision
from servicebook.maintenance.models import Occurrence
from servicebook.reminders.kinds.silence import Silence, history_of
from servicebook.reminders.models import Ask, Asks
from servicebook.reminders.people import Whose, of_ours
from servicebook.reminders.rules.answers import ANSWERS, answer_of
from servicebook.reminders.rules.escalation import LOOK_AFTER
from servicebook.reminders.rules.filling import fill
from servicebook.tickets.models import Ticket

SILENCE = Silence()
STEP_LENGTH = 200
# The ladder that asks for it: its open next step is settled by an answer.
ASKED_BY = {
    Asks.WINDOW: "reminders.maintenance",
    Asks.ACCESS: "reminders.window",
    Asks.RENEWAL: "reminders.renewal",
}
AGREED = "agreed"  # the answer by which the thing itself is settled
AGREED_AT_THE_THING = (AGREED, "other_windows")
AFTER_ANSWER = "reminders.answer"  # the source of the step that an answer asks for


class AskOver(Refused):
    """It was answered, decided or withdrawn before."""

    code = "ask_over"


class NotValid(Refused):
    """What was given does not fit; `fields` says where."""

    code = "not_valid"


@dataclass(frozen=True, kw_only=True)
class NewAsk:
    """A question to a customer.

    Attributes:
        occurrence: which time: as on the agenda. For another one the open question is asked anew.
        asked_at: silence counts from here; now if None.
    """

    what: str
    about: Model
    occurrence: str
    customer: Customer
    owner: User
    contact: Contact | None = None
    contract: int | None = None
    sensitive: bool = False
    asked_at: datetime | None = None


class Known:
    """What was asked before about some things."""

    def __init__(self, rows: Collection[Ask]) -> None:
        self._over = {
            (row.about_type_id, row.about_id, row.what, row.occurrence)
            for row in rows
            if row.ended_as in (Ask.End.ANSWERED, Ask.End.DECIDED) and row.answer != AGREED
        }

    def is_over(self, about: Model, what: str, occurrence: str) -> bool:
        """Whether the customer reacted, or a person decided: then it is not asked again.

        What was agreed is asked for again where it holds no longer: of that the thing itself tells.
        """
        return (ContentType.objects.get_for_model(about).pk, about.pk, what, occurrence) in self._over


def known_of(things: Sequence[Model]) -> Known:
    """Return what was asked before about things of one model, with one statement."""
    if not things:
        return Known(())
    kind = ContentType.objects.get_for_model(things[0])
    return Known(Ask.objects.filter(about_type=kind, about_id__in=[one.pk for one in things]))


@transaction.atomic
def ask(new: NewAsk, *, by: User | None = None) -> Ask:
    """Open a question, or ask the open one about the same thing anew for another occurrence."""
    (row,) = ask_many([new])
    thing = history_of(new.about) or row
    journal.record("ask.waits", thing, by=by, what=row.what, next_at=row.next_at, owner=row.owner.name)
    return row


def ask_many(many: Sequence[NewAsk]) -> list[Ask]:
    """Open questions with a fixed number of statements for each model; the caller records them.

    Where one is open for the same occurrence, it stays, and silence counts on; its contact and owner
    are today's.
    """
    now = clock.now()
    by_model: dict[int, list[int]] = {}
    for one in many:
        by_model.setdefault(ContentType.objects.get_for_model(one.about).pk, []).append(one.about.pk)
    standing: dict[tuple[int, int, str], Ask] = {}
    for kind, ids in by_model.items():
        rows = Ask.objects.open().filter(about_type=kind, about_id__in=ids).select_for_update().order_by("pk")
        standing |= {(kind, row.about_id, row.what): row for row in rows.select_related("customer")}
    asked, new, changed = [], [], []
    for one in many:
        kind = ContentType.objects.get_for_model(one.about).pk
        row = standing.get((kind, one.about.pk, one.what))
        if row is None:
            row = _row(one, now)
            new.append(row)
        elif _brought_up_to_date(row, one, now):
            changed.append(row)
        asked.append(row)
    Ask.objects.bulk_create(new)
    fields = ["occurrence", "asked_at", "next_at", "contact", "owner", "contract", "sensitive"]
    Ask.objects.bulk_update(changed, fields, batch_size=500)
    agenda.refresh_many(new, new=True)
    agenda.refresh_many(changed)
    return asked


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


def agreed_of(one: Occurrence, *, contact: Contact, owner: User) -> Ask:
    """Return the answered question about the window of a visit; made where nobody had to ask."""
    about = {"about_type": ContentType.objects.get_for_model(Occurrence), "about_id": one.pk}
    known = Ask.objects.filter(what=Asks.WINDOW, **about).order_by("-pk").first()
    if known is not None and known.ended_as == Ask.End.ANSWERED and known.answer == AGREED:
        return known
    now = clock.now()
    return Ask.objects.create(
        what=Asks.WINDOW,
        occurrence=one.due_on.isoformat(),
        customer=one.customer,
        contact=contact,
        contract_id=one.plan.contract_id,
        owner=owner,
        asked_at=now,
        ended_at=now,
        ended_as=Ask.End.ANSWERED,
        answer=AGREED,
        answered_by=one.window_agreed_by,
        channel=one.window_channel,
        **about,
    )


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


def look_later(fired: Sequence[tuple[Ask, Contact | None, NewPromise | None]]) -> None:
    """Set the next date of questions about which a stage of silence was said, and who was asked again."""
    rows = []
    now = clock.now()
    for row, contact, step in fired:
        row.next_at = next_at(row, now=now, last=step.due_at if step else None)
        row.contact = contact or row.contact
        rows.append(row)
    Ask.objects.bulk_update(rows, ["next_at", "contact"], batch_size=500)


def next_at(row: Ask, *, now: datetime, last: datetime | None = None) -> datetime:
    """Return when somebody looks at a question next: at the next stage of silence.

    Args:
        last: when the step of the last stage is due; after it nothing else comes.
    """
    for matter in SILENCE.matters(row):
        ladder = SILENCE.ladder(matter)
        moments = ladder.moments(matter.anchor, matter.zone) if ladder else []
        coming = [at for _stage, at in moments if at > now]
        if coming:
            return coming[0]
    return last or max(row.asked_at, now) + LOOK_AFTER


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


def finish(row: Ask, *, decision: str, note: str, by: User) -> None:
    """End a locked question with a decision. See `deciding.decide`."""
    _end(row, Ask.End.DECIDED, decision=decision, decided_by=by, note=_line(note, 500))
    said = Decision(decision).label
    with translation.override(settings.LANGUAGE_CODE):
        _record(row, "ask.decided", by=by, decision=str(said), note=row.note)
    agenda.refresh(row)


def _row(new: NewAsk, now: datetime) -> Ask:
    row = Ask(
        what=new.what,
        about=new.about,
        occurrence=new.occurrence,
        customer=new.customer,
        contact=new.contact,
        contract_id=new.contract,
        owner=new.owner,
        sensitive=new.sensitive,
        asked_at=new.asked_at or now,
    )
    row.next_at = next_at(row, now=now)
    return row


def _brought_up_to_date(row: Ask, new: NewAsk, now: datetime) -> bool:
    """Bring an open question in line with what is asked now; whether anything changed."""
    before = (row.occurrence, row.asked_at, row.contact_id, row.owner_id, row.contract_id, row.sensitive)
    if row.occurrence != new.occurrence:
        row.occurrence, row.asked_at = new.occurrence, new.asked_at or now
    row.contact, row.owner = new.contact, new.owner
    row.contract_id, row.sensitive = new.contract, new.sensitive
    after = (row.occurrence, row.asked_at, row.contact_id, row.owner_id, row.contract_id, row.sensitive)
    if before[:2] != after[:2]:
        row.next_at = next_at(row, now=now)
    return before != after


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
    make_promise(
        text=fill(_(step), words)[:STEP_LENGTH],
        why=(note or row.get_what_display())[:STEP_LENGTH],
        owner=of_ours("owner", Whose(owner=row.owner_id, account_manager=row.customer.owner_id)),
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
