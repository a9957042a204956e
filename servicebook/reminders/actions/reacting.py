"""What a customer does behind the link, or by mail: the thing itself changes, and the question is answered.

One transaction each. The customer's word has the customer's name, and the history of the thing has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from servicebook import journal
from servicebook.core import clock
from servicebook.core.errors import Refused
from servicebook.customers.models import Contact
from servicebook.maintenance.actions import access, windows
from servicebook.maintenance.models import Heard, Occurrence
from servicebook.maintenance.rules.windows import Span
from servicebook.messaging.models import Delivery
from servicebook.messaging.settled import subjects
from servicebook.reminders.actions import asks
from servicebook.reminders.actions.asks import NotValid
from servicebook.reminders.kinds.silence import history_of, things
from servicebook.reminders.models import Ask, Asks
from servicebook.reminders.rules.answers import AGREED, ANSWERS, answer_of
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Channel, Ticket

MOST_ALIKE = 50  # visits that one answer agrees beside its own
NEEDS_WORDS = {("access", "no"), ("renewal", "no"), ("reply", "written")}


@dataclass(frozen=True, kw_only=True)
class Reaction:
    """What a customer sent.

    Attributes:
        answer: a code of `rules.answers`.
        window: the one that is agreed to; `wishes`: those that would suit better.
        on_site, phone: who is there, and how to reach them.
    """

    answer: str
    note: str = ""
    window: Span | None = None
    wishes: Sequence[Span] = ()
    on_site: str = ""
    phone: str = ""

    @property
    def said(self) -> str:
        """All their words in one line."""
        there = ", ".join(part for part in (self.on_site, self.phone) if part)
        return " · ".join(part for part in (self.note, there) if part)


@transaction.atomic
def react(ask_id: int, reaction: Reaction, *, contact: Contact) -> Ask:
    """Do what a customer answered through the link.

    Raises:
        AskOver: it was settled before.
        NotValid: words or windows are missing, or the answer is none; `fields` says which.
        Refused: what the thing itself does not allow.
    """
    row = asks.locked_with_thing(ask_id)
    asks.refuse_over(row)
    _check(row, reaction)
    thing = row.about
    # Answered first: what follows from the change of the thing then finds nothing open.
    answered = asks.answer(
        row.pk, answer=reaction.answer, by_name=contact.name, channel=Heard.LINK, note=reaction.said
    )
    if isinstance(thing, Occurrence):
        _of_occurrence(thing, row, reaction, contact)
    elif isinstance(thing, Ticket):
        _of_ticket(thing, row, reaction, contact)
    return answered


def alike(row: Ask, *, contact: Contact) -> list[Ask]:
    """Return what else the same person was asked: the windows of that plan's other visits there that day."""
    thing = row.about
    if row.what != Asks.WINDOW or not isinstance(thing, Occurrence):
        return []
    same = Occurrence.objects.filter(plan=thing.plan_id, site=thing.site_id)
    rows = Ask.objects.open().filter(
        what=Asks.WINDOW,
        occurrence=row.occurrence,
        about_type=row.about_type_id,
        about_id__in=same.values("pk"),
        contact__in=[contact.pk, row.contact_id],
    )
    found = (
        rows.exclude(pk=row.pk).select_related("customer", "contract", "owner").order_by("pk")[:MOST_ALIKE]
    )
    return list(found.prefetch_related(GenericPrefetch("about", things())))


def react_alike(rows: Sequence[Ask], reaction: Reaction, *, contact: Contact) -> list[Ask]:
    """Answer other questions as one was answered, each for itself; return those for which it does not hold.

    Their visits' histories say why.
    """
    left = []
    for row in rows:
        try:
            react(row.pk, reaction, contact=contact)
        except Refused as refused:
            left.append(row)
            thing = history_of(row.about) or row
            journal.record("ask.not_alike", thing, by_name=contact.name, who=contact.name, why=str(refused))
    return left


OBJECTIONS = ("other_windows", "call")


def may_object(row: Ask) -> bool:
    """Whether a window that was agreed may be said not to suit after all: while its visit is ahead."""
    thing = row.about
    if (row.what, row.ended_as, row.answer) != (Asks.WINDOW, Ask.End.ANSWERED, AGREED):
        return False
    if not isinstance(thing, Occurrence) or thing.skipped_at or thing.cancelled_at:
        return False
    ahead = thing.window_from is None or thing.window_from > clock.now()
    return ahead and (thing.ticket is None or thing.ticket.is_open)


@transaction.atomic
def object_to(ask_id: int, reaction: Reaction, *, contact: Contact) -> Ask:
    """Do what a customer answered whom an agreed window does not suit after all (S0.27).

    Raises:
        AskOver: the visit is no longer ahead, or it was said before.
        NotValid, Refused: as in `react`.
    """
    row = asks.locked_with_thing(ask_id)
    if reaction.answer not in OBJECTIONS or not may_object(row):
        asks.refuse_over(row)
    thing = row.about
    asks.another_answer(
        row, answer=reaction.answer, by_name=contact.name, channel=Heard.LINK, note=reaction.said
    )
    if isinstance(thing, Occurrence):
        _of_occurrence(thing, row, reaction, contact)
    return row


@transaction.atomic
def wrote_back(message_ids: Sequence[str], *, sender: str, text: str) -> None:
    """End what our mails asked, which a customer answered by mail although they belong to no ticket alone.

    The answer stands in the ticket that it opens; whoever owns the matter looks at it.

    Args:
        message_ids: of the mails that the answer refers to.
        sender: its address. Only who got a mail can answer it.
    """
    mails = Delivery.objects.filter(message_id__in=message_ids, thread="", contact__isnull=False)
    for mail in mails.filter(to_address__iexact=sender).order_by("pk"):
        for row in asks.open_about(subjects(mail)):
            asks.answer(row.pk, answer="other", by_name=mail.to_name, channel=Heard.MAIL, note=text)


@transaction.atomic
def answered_in_words(rows: Sequence[Ask], *, by_name: str, channel: str, text: str) -> None:
    """End questions that a customer answered in a chat or by SMS, in their own words.

    Whoever owns the matter reads them. What is over already stays as it is.
    """
    for row in sorted(rows, key=lambda row: row.pk):  # in one order, as everybody who locks several
        if asks.locked(row.pk).ended_at is None:
            code = "written" if row.what == Asks.REPLY else "other"
            asks.answer(row.pk, answer=code, by_name=by_name, channel=channel, note=text)


def open_questions(contact: Contact) -> list[Ask]:
    """Return what a contact was asked and has not answered, the newest first."""
    return list(Ask.objects.open().filter(contact=contact).order_by("-asked_at", "-pk"))


def _check(row: Ask, reaction: Reaction) -> None:
    wrong: dict[str, Any] = {}
    if reaction.answer not in ANSWERS.get(row.what, {}):
        wrong["answer"] = _("Choose one of the answers.")
    if (row.what, reaction.answer) in NEEDS_WORDS and not reaction.note.strip():
        wrong["note"] = _("Please say it in a few words.")
    if row.what == Asks.WINDOW and reaction.answer == "agreed" and reaction.window is None:
        wrong["window"] = _("Choose the window that suits.")
    if wrong:
        raise NotValid(" ".join(wrong.values()), fields=wrong)


def _of_occurrence(one: Occurrence, row: Ask, reaction: Reaction, contact: Contact) -> None:
    name, how = contact.name, Heard.LINK
    if row.what == Asks.WINDOW and reaction.window is not None and reaction.answer == "agreed":
        begin, end = reaction.window
        windows.agree_window(one.pk, starts_at=begin, ends_at=end, by_name=name, channel=how)
    elif reaction.answer == "other_windows":
        windows.wish_windows(one.pk, reaction.wishes, by_name=name, channel=how)
    elif row.what == Asks.ACCESS and reaction.answer == "agreed":
        access.agree_access(one.pk, by_name=name, channel=how)
    if reaction.on_site and one.ticket_id:
        there = ", ".join(part for part in (reaction.on_site, reaction.phone) if part)
        tickets.change(one.ticket_id, on_site_contact=there[:120], by=None)


def _of_ticket(ticket: Ticket, row: Ask, reaction: Reaction, contact: Contact) -> None:
    """The answer stands in the ticket as what the customer wrote; what waits for it goes on."""
    text = reaction.said
    if reaction.answer != "written":
        with translation.override(settings.LANGUAGE_CODE):
            meant = _(answer_of(row.what, reaction.answer).said)
        text = f"{meant}. {text}".strip()
    tickets.receive_message(ticket.pk, text=text, channel=Channel.MESSENGER, contact=contact)
