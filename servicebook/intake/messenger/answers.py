"""What is answered to a message: through the outbox, to the very chat or number, each thing once."""

from datetime import datetime, timedelta

from django.conf import settings

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.customers.models import Contact
from servicebook.intake.mail.actions import UNSORTED
from servicebook.intake.messenger.rules.said import Said
from servicebook.intake.models import ReceivedText
from servicebook.messaging import channels, chats
from servicebook.messaging.models import Delivery
from servicebook.messaging.receivers import Person
from servicebook.tickets.models import Ticket

AGAIN_AFTER = timedelta(hours=1)  # the same kind answer to the same chat
MOST_BY_SMS = 5  # an hour, to one number: each costs money, and two machines may be talking
STOP = "/stop"


def to_person(
    row: ReceivedText, said: Said, person: Person | None, template: str, *, anyway: bool = False
) -> None:
    """Answer something about the chat itself; the same at most once an hour, unless `anyway`."""
    chats.say(
        template,
        channel=row.channel,
        address=said.chat,
        about=person or row,
        key=f"text-{row.pk}",
        language=_language(said, person),
        name=person.name if person else said.name,
        facts={
            "to": person,
            "stop": STOP,
            "link": settings.CONFIG.address,
            "customer": not isinstance(person, User),
        },
        once_in=None if anyway else AGAIN_AFTER,
    )


def about_ticket(
    row: ReceivedText, said: Said, contact: Contact | None, template: str, ticket: Ticket
) -> None:
    """Say that a message is there and under which number. By SMS no stranger is answered."""
    if row.channel == ReceivedText.Channel.SMS and not _may_have_sms(said, contact):
        return
    if template == "chat_added" and _was_told(said, ticket):
        return
    chats.say(
        template,
        channel=row.channel,
        address=said.chat,
        about=ticket,
        key=f"text-{row.pk}",
        language=_language(said, contact),
        name=contact.name if contact else said.chat,
        facts={"to": contact},
    )


def _was_told(said: Said, ticket: Ticket) -> bool:
    """Whether they were told of this ticket just now: short messages are not answered one by one."""
    told = Delivery.objects.about(ticket).filter(to_address=said.chat, template__startswith="chat_")
    return told.filter(queued_at__gt=_an_hour_ago()).exists()


def _may_have_sms(said: Said, contact: Contact | None) -> bool:
    if contact is None or contact.customer.external_ref == UNSORTED or not channels.is_set_up("sms"):
        return False
    sent = Delivery.objects.filter(channel="sms", to_address=said.chat, template__startswith="chat_")
    return sent.filter(queued_at__gt=_an_hour_ago()).count() < MOST_BY_SMS


def _an_hour_ago() -> datetime:
    return clock.now() - AGAIN_AFTER


def _language(said: Said, person: Person | None) -> str:
    """The person's; of a stranger what their program says, if it is one of ours."""
    if person is not None:
        return person.language or settings.LANGUAGE_CODE
    bare = said.language.casefold()
    known = [code for code, _name in settings.LANGUAGES]
    if bare.startswith("zh"):
        bare = "zh-hans"
    return next((code for code in (bare, bare.partition("-")[0]) if code in known), settings.LANGUAGE_CODE)
