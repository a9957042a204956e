"""Queue what leaves the house. Rows only: a sender takes them after the commit."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict, Unpack

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import translation

from servicebook.accounts.models import User
from servicebook.agenda.worker import wake
from servicebook.core import clock, inserts
from servicebook.core.rows import insert_new
from servicebook.customers.models import Contact
from servicebook.messaging import threading
from servicebook.messaging.models import Delivery, Lane
from servicebook.messaging.receivers import look_up, ref, todays
from servicebook.messaging.rules.headers import one_line
from servicebook.messaging.templates import render

if TYPE_CHECKING:
    from django.db.models import Model

_KEY = re.compile(r"[a-z0-9._-]{1,80}")


class Composed(TypedDict):
    """What `compose` and `queue` take besides the template."""

    to: Contact | User
    about: "Model"
    key: str
    facts: NotRequired[Mapping[str, Any] | None]
    thread: NotRequired[str]
    in_reply_to: NotRequired[str]
    references: NotRequired[str]
    automatic: NotRequired[bool]
    lane: NotRequired[int]
    channel: NotRequired[str]


def queue(template: str, **how: Unpack[Composed]) -> Delivery | None:
    """Compose one mail and queue it.

    Returns:
        The new row. None when nothing was queued: nobody can be written to, or this mail was queued
        before.
    """
    new = keep([compose(template, **how)])
    return new[0] if new else None


def keep(rows: Sequence[Delivery | None]) -> list[Delivery]:
    """Queue composed mails with one statement; return the new ones. A key that was used queues nothing."""
    new = insert_new([row for row in rows if row is not None], key="key")
    if new:
        for channel in {row.channel for row in new}:
            transaction.on_commit(partial(wake, channel))
    return new


def keep_first(rows: Sequence[Delivery | None]) -> None:
    """Queue composed mails about something new, so that none of their keys can be taken yet."""
    new = [row for row in rows if row is not None]
    if new:
        inserts.add(new)
        transaction.on_commit(lambda: wake("mail"))


def compose(
    template: str,
    *,
    to: Contact | User,
    about: "Model",
    key: str,
    facts: Mapping[str, Any] | None = None,
    thread: str = "",
    in_reply_to: str = "",
    references: str = "",
    automatic: bool = True,
    lane: int = Lane.PERSONAL,
    channel: str = Delivery.Channel.MAIL,
) -> Delivery | None:
    """Make one message from `template`, in the receiver's language. Nothing is written yet.

    Args:
        to: looked up by the caller in the moment of queueing. A replaced contact's successor gets it.
        key: names the cause ("ticket-17-received"): small letters, digits, dots and dashes. With the
            receiver and the channel it is unique, so that a repeat queues nothing.
        thread: the ticket's number, if answers to this mail belong to it: they come back signed.
        in_reply_to: the Message-ID of the mail that this one answers; `references`: its References.
        automatic: no person wrote it, so nobody's machine should answer it.
        lane: see `Lane`.
        channel: over which the receiver has an address.

    Returns:
        A row for `keep`; None when the receiver has no address or works there no longer.
    """
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no key for a delivery")
    receiver, address = _address_of(to, channel)
    if receiver is None or not address:
        return None
    with translation.override(receiver.language or settings.LANGUAGE_CODE):
        subject_line, body = render(template, {"to": receiver, "about": about, **(facts or {})})
    contact = receiver if isinstance(receiver, Contact) else None
    whole_key = f"{key}:{'contact' if contact else 'user'}-{receiver.pk}:{channel}"
    now = clock.now()
    return Delivery(
        key=whole_key,
        channel=channel,
        template=template,
        to_address=address,
        to_name=receiver.name,
        contact=contact,
        user=None if isinstance(receiver, Contact) else receiver,
        subject_line=one_line(subject_line)[:250],
        body=body.replace("\x00", ""),
        message_id=threading.message_id(whole_key, address),
        in_reply_to=in_reply_to[:250],
        references=references,
        thread=thread,
        automatic=automatic,
        about_type=ContentType.objects.get_for_model(about),
        about_id=about.pk,
        lane=lane,
        queued_at=now,
        ready_at=now,
    )


def _address_of(to: Contact | User, channel: str) -> tuple[Contact | User | None, str]:
    """Who gets today what is meant for `to`, and where."""
    if channel == Delivery.Channel.MAIL:
        today = whoever_answers_for(to)
        return today, today.email if today else ""
    found = look_up([to])[ref(to)]
    return (found.person, found.ways.addresses.get(channel, "")) if found else (None, "")


def whoever_answers_for(to: Contact | User) -> Contact | User | None:
    """Return who gets what is meant for `to` today; None when nobody can be written to by mail."""
    today = todays(to)
    return today if today is not None and today.email else None
