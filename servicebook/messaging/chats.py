"""Chats that people link, and what is said in them. A chat belongs to one person at a time."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.agenda.worker import wake
from servicebook.core import clock
from servicebook.core.errors import Refused
from servicebook.core.rows import insert_new
from servicebook.customers.models import Contact
from servicebook.messaging import reaches, suppressing, threading
from servicebook.messaging.models import Delivery, Lane, Reach, Suppression, Wish
from servicebook.messaging.receivers import Person
from servicebook.messaging.rules.headers import one_line
from servicebook.messaging.templates import render

if TYPE_CHECKING:
    from django.db.models import Model

TELEGRAM = Delivery.Channel.TELEGRAM
LONGEST_LABEL = 120


class NotLinked(Refused):
    """The chat is linked no longer."""

    code = "chat_not_linked"


def chats_of(person: Person) -> Sequence[Reach]:
    """Return the chats that are linked to a person, the newest last."""
    return list(_linked().filter(**_owner(person)))


def person_of(chat: str) -> Person | None:
    """Return whom a chat belongs to; None when nobody linked it, or its person left."""
    row = _linked().filter(address=chat).select_related("contact__customer", "user").first()
    if row is None:
        return None
    if row.contact is not None:
        return row.contact if row.contact.active and not row.contact.replaced_by_id else None
    return row.user if row.user and row.user.is_active else None


@transaction.atomic
def link(chat: str, person: Person, *, label: str) -> Reach:
    """Link a chat to a person; from whomever it was linked to before, it moves.

    What was not deliverable there is sent again. A contact who says nothing else is written to there first.
    """
    before = _linked().select_for_update().filter(address=chat).first()
    if before is not None and (before.contact or before.user) == person:
        return before
    if before is not None:
        _end(before, verb="chat.moved")
    row = Reach.objects.create(
        channel=TELEGRAM,
        address=chat,
        label=one_line(label)[:LONGEST_LABEL],
        linked_at=clock.now(),
        **_owner(person),
    )
    journal.record("chat.linked", person, by_name=person.name, label=row.label)
    contact = person if isinstance(person, Contact) else None
    for one in Suppression.objects.filter(channel=TELEGRAM, address=chat, lifted_at=None):
        suppressing.lift(one.pk, by=None, contact=contact)
    if contact is not None:
        _written_to_there(contact)
    agenda.refresh(person)
    return row


@transaction.atomic
def end(chat: str) -> Person | None:
    """End the link of a chat, as its person wishes; return who it was."""
    row = _linked().select_for_update(of=("self",)).filter(address=chat).first()
    if row is None:
        return None
    return _end(row)


@transaction.atomic
def end_for(person: Person, reach_id: int, *, by: User) -> None:
    """End one of a person's chats, as somebody of the house asks.

    Raises:
        NotLinked: it is none of theirs, or was ended before.
    """
    row = _linked().select_for_update(of=("self",)).filter(pk=reach_id, **_owner(person)).first()
    if row is None:
        raise NotLinked(_("This chat is not linked any more. Nothing is sent there."))
    _end(row, by=by)


def say(
    template: str,
    *,
    channel: str,
    address: str,
    about: "Model",
    key: str,
    language: str,
    name: str = "",
    facts: Mapping[str, Any] | None = None,
    once_in: timedelta | None = None,
) -> Delivery | None:
    """Put a short answer into the outbox, to the very chat or number that asked.

    Args:
        about: in whose history it stands.
        key: names the cause; the same cause is answered once.
        once_in: nothing is said when the same was said there within this time.

    Returns:
        The new row; None when nothing was queued.
    """
    kind = ContentType.objects.get_for_model(about)
    now = clock.now()
    if once_in is not None:
        said = Delivery.objects.filter(channel=channel, to_address=address, template=template)
        if said.filter(queued_at__gt=now - once_in).exists():
            return None
    with translation.override(language):
        subject_line, body = render(template, {"about": about, **(facts or {})})
    whole_key = f"{key}:{template}:{channel}"
    row = Delivery(
        key=whole_key,
        channel=channel,
        template=template,
        to_address=address,
        to_name=name[:LONGEST_LABEL],
        subject_line=one_line(subject_line)[:250],
        body=body.replace("\x00", ""),
        message_id=threading.message_id(whole_key, address),
        about_type=kind,
        about_id=about.pk,
        lane=Lane.PERSONAL,
        queued_at=now,
        ready_at=now,
    )
    new = insert_new([row], key="key")
    if new:
        transaction.on_commit(lambda: wake(channel))
    return new[0] if new else None


def _linked() -> QuerySet[Reach]:
    return Reach.objects.filter(channel=TELEGRAM, ended_at=None)


def _owner(person: Person) -> dict[str, Any]:
    return {"contact": person} if isinstance(person, Contact) else {"user": person}


def _end(row: Reach, *, verb: str = "chat.ended", by: User | None = None) -> Person | None:
    reaches.end(row, Reach.Ended.MOVED if verb == "chat.moved" else Reach.Ended.OFF, at=clock.now(), by=by)
    person = row.contact or row.user
    if person is not None:
        journal.record(verb, person, by=by, by_name="" if by else person.name, label=row.label)
    return person


def _written_to_there(contact: Contact) -> None:
    """Who links a chat wants to be written to there, unless they said what else they want."""
    wish, _new = Wish.objects.get_or_create(contact=contact)
    if not wish.channels:
        wish.channels = [TELEGRAM]
        wish.save(update_fields=["channels"])
        how, unsubscribed = str(TELEGRAM.label), wish.unsubscribed_at is not None
        journal.record("contact.wishes", contact, by_name=contact.name, how=how, unsubscribed=unsubscribed)
