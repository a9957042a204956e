"""Messages in: what was kept is understood once. Rows only: answers go through the outbox.

A message that is for nobody is put aside with a reason, for a person to see.
"""

import json
import logging
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from servicebook import journal
from servicebook.accounts.models import User
from servicebook.core.errors import Refused
from servicebook.customers.actions import save_contact
from servicebook.customers.models import Contact, Customer
from servicebook.intake.mail.actions import UNSORTED, PutAside, unsorted_customer
from servicebook.intake.mail.matching import asset_of, reason_of, site_of
from servicebook.intake.mail.rules import words
from servicebook.intake.messenger import answers, matching
from servicebook.intake.messenger.fetching import owe_files
from servicebook.intake.messenger.matching import Thread
from servicebook.intake.messenger.rules import updates
from servicebook.intake.messenger.rules.said import Said
from servicebook.intake.models import ReceivedText
from servicebook.messaging import chat_links, chats
from servicebook.messaging.receivers import Person
from servicebook.reminders.actions.reacting import answered_in_words
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Channel, Message

log = logging.getLogger(__name__)

MOST_TEXTS, WITHIN = 60, timedelta(hours=1)  # of one chat: more, and a machine writes
State = ReceivedText.State


def understand(text_id: int) -> ReceivedText:
    """Understand a kept message, and before it those of the same chat that came earlier. Each once.

    Raises:
        OperationalError, InterfaceError, IntegrityError: nothing changed; it is done again.
    """
    with transaction.atomic(), override(settings.LANGUAGE_CODE):
        row = ReceivedText.objects.get(pk=text_id)
        waiting = ReceivedText.objects.select_for_update().filter(state=State.STORED, pk__lte=row.pk)
        # In their order: who links a chat and writes at once is known by then.
        same = waiting.filter(channel=row.channel, bot=row.bot, chat=row.chat) if row.chat else None
        for one in (same if same is not None else waiting.filter(pk=row.pk)).order_by("pk"):
            _understand(one)
    return ReceivedText.objects.get(pk=text_id)


def try_again(text_id: int, *, by: User) -> ReceivedText:
    """Understand a message that was put aside, now; one of a flood is taken, because a person asks for it.

    Raises:
        OperationalError, InterfaceError, IntegrityError: nothing changed; it is done again.
    """
    with transaction.atomic(), override(settings.LANGUAGE_CODE):
        row = ReceivedText.objects.select_for_update(of=("self",)).get(pk=text_id)
        if row.state == State.PUT_ASIDE:
            _understand(row, anyway=True)
            if row.state == State.UNDERSTOOD:
                journal.record("text.understood", row, by=by, sender=row.sender, what=str(row))
    return row


def _understand(row: ReceivedText, *, anyway: bool = False) -> None:
    because = ""
    try:
        with transaction.atomic():
            because = _taken(row, anyway=anyway)
    except (OperationalError, InterfaceError, IntegrityError):
        raise
    except (PutAside, Refused) as reason:
        because = str(reason)
    except Exception as error:
        log.exception("text %s cannot be understood", row.pk)
        because = _("The program could not read it (%(error)s).") % {"error": type(error).__name__}
    row.state, row.because = (State.PUT_ASIDE, because[:250]) if because else (State.UNDERSTOOD, "")
    if because:
        row.message = None
    row.save(update_fields=["state", "because", "message"])


def _taken(row: ReceivedText, *, anyway: bool) -> str:
    """Do what a message asks for; return why it was put aside although it was answered.

    Args:
        anyway: also when it is one of a flood.

    Raises:
        PutAside, Refused: it is for nobody.
    """
    raw = json.loads(row.raw)
    if row.channel == ReceivedText.Channel.SMS:
        _sms(row, Said(chat=row.chat, number=row.number, text=str(raw["text"])), anyway=anyway)
        return ""
    said = updates.read(raw)
    if said.because:
        raise PutAside(_(said.because))
    if said.gone:
        chats.end(said.chat)
        return ""
    return _in_chat(row, said, anyway=anyway)


def _in_chat(row: ReceivedText, said: Said, *, anyway: bool) -> str:
    person = chats.person_of(said.chat)
    match said.command:
        case "start" if said.argument:
            _link(row, said, person)
            return ""
        case "stop":
            ended = chats.end(said.chat)
            answers.to_person(row, said, ended, "chat_ended" if ended else "chat_unknown")
            return ""
        case "start" | "help" if isinstance(person, Contact):
            answers.to_person(row, said, person, "chat_help")
            return ""
    if person is None:
        answers.to_person(row, said, None, "chat_unknown")
        return _("Nobody linked this chat.")
    if isinstance(person, User):
        answers.to_person(row, said, person, "chat_staff")
        return _("%(name)s is one of us, and works in Servicebook.") % {"name": person.name}
    if _is_a_flood(row) and not anyway:
        answers.to_person(row, said, person, "chat_flood")
        return _("More than %(count)s messages came from there in an hour.") % {"count": MOST_TEXTS}
    _heard(row, said, person, person.customer)
    return ""


def _link(row: ReceivedText, said: Said, before: Person | None) -> None:
    person = chat_links.find(said.argument)
    if person is None:
        answers.to_person(row, said, before, "chat_stale")
        return
    chats.link(said.chat, person, label=said.name)
    answers.to_person(row, said, person, "chat_linked", anyway=True)


def _sms(row: ReceivedText, said: Said, *, anyway: bool) -> None:
    caller = matching.caller_of(said.chat)
    if caller is None:
        raise PutAside(_("The sender is no phone number, so nobody can be answered."))
    if _is_a_flood(row) and not anyway:
        raise PutAside(_("More than %(count)s messages came from there in an hour.") % {"count": MOST_TEXTS})
    customer = caller.customer or unsorted_customer()
    contact = caller.contact or _new_contact(customer, caller.number)
    # An answer goes to the number as we keep it.
    _heard(row, replace(said, chat=caller.number), contact, customer)


def _new_contact(customer: Customer, number: str) -> Contact | None:
    """Remember who wrote, so that the next message is known."""
    try:
        with transaction.atomic():
            return save_contact(Contact(customer=customer, name=number, phone=number), by=None)
    except Refused:  # a field that is mandatory here
        return None


def _is_a_flood(row: ReceivedText) -> bool:
    same = ReceivedText.objects.filter(channel=row.channel, bot=row.bot, chat=row.chat, pk__lt=row.pk)
    return same.filter(received_at__gt=row.received_at - WITHIN).count() >= MOST_TEXTS


def _heard(row: ReceivedText, said: Said, contact: Contact | None, customer: Customer) -> None:
    """Make a message of a ticket from what a contact wrote, and end what they were asked."""
    if said.edited:
        _corrected(row, said, contact)
        return
    if not said.text and not said.files and set(said.left_out) <= {"sticker", "dice"}:
        raise PutAside(_("It is a picture without words."))
    thread = matching.thread_of(row, said, contact)
    name = contact.name if contact else said.chat
    if thread.asks:
        answered_in_words(thread.asks, by_name=name, channel=row.channel, text=_text(said))
    if thread.ticket is not None:
        message = tickets.receive_message(
            thread.ticket.pk, text=_text(said), channel=Channel.MESSENGER, contact=contact, author_name=name
        )
        new = not message.ticket.messages.filter(pk__lt=message.pk).exists()
    else:
        message, new = _opened(said, contact, customer, name), True
    row.message = message
    owe_files(row, message, said)
    answers.about_ticket(row, said, contact, _receipt(thread, new=new), message.ticket)


def _receipt(thread: Thread, *, new: bool) -> str:
    if thread.asks:
        return "chat_answered"
    return "chat_received" if new else "chat_added"


def _opened(said: Said, contact: Contact | None, customer: Customer, name: str) -> Message:
    known = customer.external_ref != UNSORTED
    asset = asset_of(said, customer) if known else None
    _ticket, message = tickets.open_with_message(
        customer=customer,
        title=words.title("", _text(said)),
        text=_text(said),
        channel=Channel.MESSENGER,
        by=None,
        contact=contact,
        site=site_of(said, contact, customer, asset) if known else None,
        asset=asset,
        reason=reason_of(said),
        author_name=name,
        acknowledge=False,
    )
    if not known:
        journal.record("ticket.needs_customer", message.ticket, by_name=name, address=said.chat)
    return message


def _corrected(row: ReceivedText, said: Said, contact: Contact | None) -> None:
    """What was edited stands in the ticket once more: what was said first is not taken back."""
    first = matching.earlier_version(row)
    if first is None or first.message is None:
        raise PutAside(_("An earlier message was changed that is in no ticket."))
    texts = first.message.ticket.messages.filter(text__endswith=said.text)
    if not said.text or texts.exists():
        raise PutAside(_("An earlier message was changed, but not its words."))
    row.message = tickets.receive_message(
        first.message.ticket_id,
        text=_("Corrected: %(text)s") % {"text": said.text},
        channel=Channel.MESSENGER,
        contact=contact,
    )


def _text(said: Said) -> str:
    """What was written; what else came is named, so that nobody waits for an answer in vain."""
    if said.text:
        return said.text
    if said.files:
        return _("A file without words: %(name)s") % {"name": said.files[0].name}
    return _("A message without words (%(kind)s). Call back and ask.") % {"kind": ", ".join(said.left_out)}
