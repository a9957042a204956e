"""What is said on a ticket: by the customer, to the customer, among ourselves."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.core import clock, preferences
from servicebook.customers.models import Contact, Site
from servicebook.equipment.models import Asset
from servicebook.messaging import deliveries
from servicebook.messaging.channels import telegram
from servicebook.messaging.models import Delivery
from servicebook.tickets import answering, directory, wording
from servicebook.tickets.actions._base import MoveRefused, NotValid, locked, move, write
from servicebook.tickets.actions._units import still_of, still_theirs
from servicebook.tickets.actions.opening import open_with_message, owner_mail
from servicebook.tickets.models import Channel, Link, Message, Status, Ticket, WaitingReason
from servicebook.tickets.rules import reopening

_WROTE_AGAIN = gettext_lazy("the customer wrote again")
MOST_REFERENCES = 20  # message ids that a mail carries along


@transaction.atomic
def receive_message(
    ticket_id: int,
    *,
    text: str,
    channel: str,
    contact: Contact | None = None,
    author_name: str = "",
    html: str = "",
    message_id: str = "",
    automatic: bool = False,
    by: User | None = None,
) -> Message:
    """Take in what a customer said about a ticket, and do what the reopening rule says.

    A merged ticket passes it on. A closed one stays closed on thanks and automatic mails, reopens
    on a prompt reply, and answers a late reply with a linked ticket: look at `message.ticket`.
    What waits for the client goes on. The same mail twice is one message.

    Args:
        text: without the quotation of earlier mails.
        automatic: an out-of-office note or a bounce; it moves nothing and tells nobody.
        by: who of the house entered it, for a call.
    """
    ticket = _standing(locked(ticket_id))
    if message_id:
        known = Message.objects.filter(ticket=ticket, message_id=message_id).first()
        if known:
            return known
    verdict = _verdict(ticket, text, automatic=automatic, contact=contact, author_name=author_name)
    if verdict is reopening.Verdict.NEW:
        return _followed_up(
            ticket,
            text=text,
            channel=channel,
            contact=contact,
            author_name=author_name or (contact.name if contact else ""),
            html=html,
            message_id=message_id,
            by=by,
        )
    message = Message.objects.create(
        ticket=ticket,
        direction=Message.Direction.IN,
        channel=channel,
        author=by,
        contact=contact,
        author_name=(author_name or (contact.name if contact else ticket.customer.name))[:120],
        at=clock.now(),
        text=text,
        html=html,
        message_id=message_id,
        automatic=automatic,
    )
    _said("ticket.message_received", message, by=by)
    if verdict is reopening.Verdict.REOPEN:
        bring_back(ticket, by=by, by_name=message.author_name, because=wording.in_house(_WROTE_AGAIN))
    elif ticket.waiting_for == WaitingReason.CLIENT and not automatic:
        move(ticket, Status.WORKING)
        journal.record("ticket.answer_came", ticket, by=by, by_name=message.author_name)
    else:
        write(ticket)
    if not automatic and ticket.owner != by:
        mail = owner_mail("ticket_message", ticket, author=message.author_name, text=text)
        deliveries.keep([mail])
    agenda.refresh(ticket)
    return message


@transaction.atomic
def add_note(ticket_id: int, *, text: str, by: User) -> Message:
    """Keep a note that only the house sees. A merged ticket passes it on: look at `message.ticket`."""
    ticket = _standing(locked(ticket_id))
    message = Message.objects.create(
        ticket=ticket,
        direction=Message.Direction.NOTE,
        channel=Channel.INTERNAL,
        author=by,
        author_name=by.name,
        at=clock.now(),
        text=_needed(text, _("Write the note first.")),
    )
    _said("ticket.noted", message, by=by)
    write(ticket)
    agenda.refresh(ticket)
    return message


@transaction.atomic
def reply(ticket_id: int, *, text: str, by: User, to: Contact | None = None, channel: str = "") -> Message:
    """Answer the customer; the first answer is the response of the ticket.

    A merged ticket passes it on: look at `message.ticket`.

    Args:
        to: the ticket's contact if None. A replaced contact's successor gets it.
        channel: "mail" or "telegram"; the way that they wrote by, as `answering` finds it, if empty.

    Raises:
        NotValid: the text is empty or too long for the channel, or there is nowhere to send it to.
    """
    ticket = _standing(locked(ticket_id))
    text = _needed(text, _("Write the reply first."))
    receiver = to or ticket.contact
    channel = channel or answering.usual_channel(ticket, receiver)
    by_mail = channel == answering.MAIL
    facts = {"text": text, "by": by, "ticket": ticket}
    earlier = _earlier_mails(ticket)
    composed = receiver and deliveries.compose(
        "ticket_reply" if by_mail else "ticket_chat_reply",
        to=receiver,
        channel=channel,
        about=ticket,
        key=f"ticket-{ticket.pk}-reply-{ticket.version}",
        thread=ticket.number,
        facts=facts,
        in_reply_to=earlier[-1] if earlier else "",
        references=" ".join(earlier[-MOST_REFERENCES:]),
        automatic=False,
    )
    if not composed:
        raise NotValid(
            _("There is no e-mail address to send this to. Choose a contact who has one, or add a note.")
            if by_mail
            else _("Their chat is not linked any more. Choose another way, or add a note."),
            fields={"to": _("No e-mail address.") if by_mail else _("No chat.")},
        )
    if not by_mail and len(composed.body) > telegram.LONGEST:
        sentence = _("Telegram takes %(most)s characters. Send it by e-mail, or in two parts.")
        raise NotValid(
            sentence % {"most": telegram.LONGEST}, fields={"text": sentence % {"most": telegram.LONGEST}}
        )
    (mail,) = deliveries.keep([composed])
    message = _outgoing(ticket, text, mail, by=by)
    changes: dict[str, Any] = {} if ticket.responded_at else {"responded_at": message.at}
    write(ticket, **changes)
    _said("ticket.replied", message, by=by, to=mail.to_name)
    agenda.refresh(ticket)
    return message


def bring_back(ticket: Ticket, *, by: User | None, because: str, by_name: str = "") -> None:
    """Put a closed ticket into the queue again. The caller holds it locked and refreshes its agenda.

    Somebody who left since it was closed cannot own it: then it is given to another.

    Raises:
        MoveRefused: what it names went to another customer since.
    """
    if lost := _lost(ticket):
        raise MoveRefused(
            _(
                "%(number)s stays closed: %(unit)s belongs to another customer now. Open a new ticket for "
                "what is still to do."
            )
            % {"number": ticket.number, "unit": lost}
        )
    before = ticket.owner
    owner = before if before.is_active else directory.owner_instead(ticket)
    again = ticket.reopened + 1
    move(ticket, Status.QUEUED, reopened=again, owner=owner, recovered_at=None, withdrawn_because="")
    journal.record("ticket.reopened", ticket, by=by, by_name=by_name, because=because)
    if owner != before:
        journal.record(
            "ticket.assigned", ticket, by=by, before=before.name, after=owner.name, owner=owner.pk, team=""
        )


def _lost(ticket: Ticket) -> Asset | Site | Contact | None:
    """What a ticket names that is another customer's now: a unit moved, or a branch left the one above."""
    customer = ticket.customer
    if ticket.asset is not None and still_of(customer, ticket.asset) is None:
        return ticket.asset
    if ticket.site is not None and still_theirs(customer, ticket.site) is None:
        return ticket.site
    return ticket.contact if still_theirs(customer, ticket.contact) is None else None


def _outgoing(ticket: Ticket, text: str, mail: Delivery, *, by: User) -> Message:
    return Message.objects.create(
        ticket=ticket,
        direction=Message.Direction.OUT,
        channel=Channel.MAIL if mail.channel == answering.MAIL else Channel.MESSENGER,
        author=by,
        contact=mail.contact,
        author_name=by.name,
        at=clock.now(),
        text=text,
        message_id=mail.message_id if mail.channel == answering.MAIL else "",
        delivery=mail,
    )


def _earlier_mails(ticket: Ticket) -> list[str]:
    """The ids of the mails so far, oldest first, so that the customer's program threads them."""
    ids = Message.objects.filter(ticket=ticket).exclude(message_id="").order_by("-pk")
    return list(ids.values_list("message_id", flat=True)[:MOST_REFERENCES])[::-1]


def _verdict(
    ticket: Ticket, text: str, *, automatic: bool, contact: Contact | None, author_name: str
) -> reopening.Verdict:
    if ticket.closed_at is None:
        return reopening.Verdict.KEEP
    signed = [author_name, ticket.customer.name]
    if contact is not None:
        signed += [contact.name, *contact.name.split(), contact.position]
    verdict = reopening.decide(
        text,
        automatic=automatic,
        closed_at=ticket.closed_at,
        now=clock.now(),
        reopen_days=preferences.current().reopen_days,
        signed=signed,
    )
    # What was called off stays so: its plan decides what comes instead. And what went to another customer
    # is that one's business.
    if verdict is reopening.Verdict.REOPEN and (ticket.withdrawn_because or _lost(ticket)):
        return reopening.Verdict.NEW
    return verdict


def _standing(ticket: Ticket) -> Ticket:
    """The ticket into which this one was merged, locked too; itself when it was not."""
    while ticket.merged_into_id:
        ticket = locked(ticket.merged_into_id)
    return ticket


def _followed_up(old: Ticket, *, contact: Contact | None, by: User | None, **said: Any) -> Message:
    """Open a ticket that follows the closed one."""
    ticket, message = open_with_message(
        customer=old.customer,
        title=old.title,
        by=by,
        contact=still_theirs(old.customer, contact or old.contact),
        site=still_theirs(old.customer, old.site),
        asset=still_of(old.customer, old.asset),
        reason=old.reason if old.reason.active else None,
        **said,
    )
    Link.objects.create(source=ticket, target=old, kind=Link.Kind.FOLLOW_UP)
    journal.record_many(
        [
            journal.Happening("ticket.follows", ticket, {"earlier": old.number}, by),
            journal.Happening("ticket.followed", old, {"later": ticket.number}, by),
        ]
    )
    return message


def _said(verb: str, message: Message, *, by: User | None, **facts: Any) -> None:
    journal.record(
        verb,
        message.ticket,
        by=by,
        by_name=message.author_name,
        message=message.pk,
        text=wording.shortened(message.text, 120),
        **facts,
    )


def _needed(text: str, sentence: str) -> str:
    if not text.strip():
        raise NotValid(sentence, fields={"text": sentence})
    return text.strip()
