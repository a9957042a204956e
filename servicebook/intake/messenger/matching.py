"""Whose a message is, and what it answers. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet

from servicebook.customers.models import Contact, Customer
from servicebook.customers.queries import country_of
from servicebook.customers.rules import phones
from servicebook.intake.mail.matching import family_of
from servicebook.intake.messenger.rules.said import Said
from servicebook.intake.models import ReceivedText
from servicebook.messaging.models import Delivery
from servicebook.messaging.settled import subjects
from servicebook.reminders.actions.asks import open_about
from servicebook.reminders.actions.reacting import open_questions
from servicebook.reminders.models import Ask
from servicebook.tickets.models import Ticket

# Who writes on within this time goes on talking of the same.
SAME_TALK = timedelta(minutes=10)
MOST_OF_A_NUMBER = 20  # contacts who share one phone


@dataclass(frozen=True, slots=True)
class Thread:
    """What a message belongs to: a ticket, questions that it answers, both, or neither.

    `referred`: the person referred to one of our messages, or to an own one.
    """

    ticket: Ticket | None = None
    asks: Sequence[Ask] = ()
    referred: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose a number is. `number` is as we keep numbers."""

    number: str
    contact: Contact | None = None
    customer: Customer | None = None


def caller_of(number: str) -> Caller | None:
    """Find whose a number is, as the phone screen does; None when it is no phone number."""
    whole = _normal(number)
    if not whole:
        return None
    same = Contact.objects.filter(Q(phone=whole) | Q(other_phone=whole)).select_related(
        "customer__parent", "site"
    )
    people = list(same.reachable().order_by("pk")[:MOST_OF_A_NUMBER]) or list(same.order_by("-pk")[:1])
    if people:
        # Several share a phone: who was asked last is who answers.
        asked = Ask.objects.open().filter(contact__in=people).order_by("-asked_at", "-pk").first()
        contact = next((one for one in people if asked and one.pk == asked.contact_id), people[0])
        return Caller(whole, contact, contact.customer)
    firm = Customer.objects.filter(phone=whole, active=True).select_related("parent").order_by("pk").first()
    return Caller(whole, None, firm)


def thread_of(row: ReceivedText, said: Said, contact: Contact | None) -> Thread:
    """Return what a message belongs to: what it refers to, else the talk of just now, else what was asked."""
    referred = _referred(row, said)
    if referred and _is_theirs(referred, contact):
        return referred
    if contact is None:
        return Thread()
    # One that was put aside may be understood long after: what was asked or said since is another matter.
    asked = [one for one in open_questions(contact) if one.asked_at <= row.received_at][:1]
    just_now = (row.received_at - SAME_TALK, row.received_at + SAME_TALK)
    before = (
        _before(row).filter(received_at__gt=just_now[0], received_at__lt=just_now[1]).order_by("-pk").first()
    )
    if before and before.message and not (asked and asked[0].asked_at > before.received_at):
        ticket = before.message.ticket
        if ticket.is_open and ticket.customer_id in family_of(contact.customer):
            return Thread(ticket)
    if asked:
        return Thread(ticket_of(asked), asked)
    return Thread()


def ticket_of(asked: Sequence[Ask]) -> Ticket | None:
    """Return the ticket that questions are about, or that their planned work has."""
    for row in asked:
        thing = row.about
        ticket = thing if isinstance(thing, Ticket) else getattr(thing, "ticket", None)
        if isinstance(ticket, Ticket):
            return ticket
    return None


def earlier_version(row: ReceivedText) -> ReceivedText | None:
    """Return the message that an edited one takes the place of."""
    return _before(row).filter(number=row.number).order_by("pk").first() if row.number else None


def _referred(row: ReceivedText, said: Said) -> Thread | None:
    if said.reply_to:
        ours = Delivery.objects.filter(
            channel=row.channel, to_address=said.chat, provider_id=said.reply_to
        ).order_by("-pk")
        delivery = ours.first()
        if delivery is not None:
            things = subjects(delivery)
            asked = open_about(things)
            ticket = next((one for one in things if isinstance(one, Ticket)), None) or ticket_of(asked)
            return Thread(ticket, asked, referred=True) if ticket or asked else None
    same = Q(number=said.reply_to) if said.reply_to else Q(group=said.group)
    if said.reply_to or said.group:
        own = _before(row).filter(same).order_by("-pk").first()
        if own is not None and own.message is not None:
            return Thread(own.message.ticket, referred=bool(said.reply_to))
    return None


def _before(row: ReceivedText) -> QuerySet[ReceivedText]:
    texts = ReceivedText.objects.filter(
        channel=row.channel, bot=row.bot, chat=row.chat, message__isnull=False
    )
    return texts.exclude(pk=row.pk).select_related("message__ticket__customer__parent")


def _is_theirs(thread: Thread, contact: Contact | None) -> bool:
    """Whether it is of the customer for whom this person speaks now: a chat may have moved to another."""
    if contact is None:
        return False
    family = family_of(contact.customer)
    customers = {row.customer_id for row in thread.asks}
    if thread.ticket is not None:
        customers.add(thread.ticket.customer_id)
    return customers <= family


def _normal(number: str) -> str:
    digits = "".join(char for char in number if char.isdigit())
    for text, country in ((number, country_of()), (f"+{digits}", "")):
        try:
            found = phones.normal(text, country=country)
        except ValueError:
            continue
        if found and digits:
            return found
    return ""
