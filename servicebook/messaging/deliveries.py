"""Queue what leaves the house. Rows only: a sender takes them after the commit."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict, Unpack

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.utils import translation

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.customers.models import Contact
from servicebook.messaging.models import Delivery
from servicebook.messaging.templates import render

if TYPE_CHECKING:
    from django.db.models import Model


class Composed(TypedDict):
    """What `compose` and `queue` take besides the template."""

    to: Contact | User
    about: "Model"
    key: str
    facts: NotRequired[Mapping[str, Any] | None]
    in_reply_to: NotRequired[str]
    references: NotRequired[str]
    automatic: NotRequired[bool]
    lane: NotRequired[int]


def compose(
    template: str,
    *,
    to: Contact | User,
    about: "Model",
    key: str,
    facts: Mapping[str, Any] | None = None,
    in_reply_to: str = "",
    references: str = "",
    automatic: bool = True,
    lane: int = 0,
) -> Delivery | None:
    """Make one mail from `template`, in the receiver's language. Nothing is written yet.

    Args:
        to: looked up by the caller in the moment of queueing. A replaced contact's successor gets it.
        key: names the cause ("ticket-17-received"); with the receiver and the channel it is unique,
            so that a repeat queues nothing.
        lane: 0 for what a person waits for, 1 for reminders, 2 for mass mail.

    Returns:
        A row for `keep`; None when the receiver has no address.
    """
    while isinstance(to, Contact) and to.replaced_by is not None:
        to = to.replaced_by
    if not to.email or (isinstance(to, Contact) and not to.active):
        return None
    now = clock.now()
    with translation.override(to.language or settings.LANGUAGE_CODE):
        subject_line, body = render(template, {"to": to, "about": about, **(facts or {})})
    who = "contact" if isinstance(to, Contact) else "user"
    whole_key = f"{key}:{who}-{to.pk}:mail"
    return Delivery(
        key=whole_key,
        template=template,
        to_address=to.email,
        to_name=to.name,
        contact=to if isinstance(to, Contact) else None,
        subject_line=subject_line[:250],
        body=body,
        message_id=f"<{whole_key.replace(':', '.')}@{settings.MAIL_DOMAIN}>",
        in_reply_to=in_reply_to,
        references=references,
        automatic=automatic,
        about_type=ContentType.objects.get_for_model(about),
        about_id=about.pk,
        lane=lane,
        queued_at=now,
        ready_at=now,
    )


def keep(rows: Sequence[Delivery | None]) -> None:
    """Queue composed mails with one statement. A key that was used before queues nothing."""
    composed = [row for row in rows if row is not None]
    if composed:
        Delivery.objects.bulk_create(composed, ignore_conflicts=True)


def queue(template: str, **how: Unpack[Composed]) -> Delivery | None:
    """Compose one mail and queue it. Returns its row; None when the receiver has no address."""
    row = compose(template, **how)
    keep([row])
    return row
