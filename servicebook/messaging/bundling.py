"""The text of a message that carries notices: made when it is queued, and anew when it is sent."""

from collections.abc import Sequence

from django.db import transaction

from servicebook.core import clock, updates
from servicebook.core.rows import insert_new
from servicebook.messaging import texts, threading, unsubscribing
from servicebook.messaging.models import Delivery, Notice
from servicebook.messaging.rules import bundles

Channel = Delivery.Channel
LONG = frozenset({Channel.MAIL, Channel.IN_APP})  # channels that take the whole text
APART = frozenset({Channel.TELEGRAM, Channel.PUSH, Channel.IN_APP})  # a single link stands beside the text
COMPOSED = ("subject_line", "body", "url", "about_type_id", "about_id", "optional", "thread")


def compose(row: Delivery, notices: Sequence[Notice]) -> None:
    """Set what `row` says, from the notices that it carries. Nothing is written."""
    apart = len(notices) == 1 and row.channel in APART
    pieces = [bundles.Piece(one.subject_line, one.body, "" if apart else one.url) for one in notices]
    row.optional = any(_is_optional(one) for one in notices)
    wants_foot = row.optional and row.contact is not None and row.channel == Channel.MAIL
    foot = unsubscribing.foot_for(row.contact) if wants_foot and row.contact else ""
    row.subject_line, body = bundles.composed(pieces, long=row.channel in LONG, foot=foot)
    row.body = body + "\n"
    row.url = notices[0].url if apart else ""
    about = {(one.about_type_id, one.about_id) for one in notices}
    row.about_type_id, row.about_id = about.pop() if len(about) == 1 else (None, None)
    if row.about_id is None:
        row.thread = ""  # an answer to several things belongs to none of them alone


def compose_anew(row: Delivery, *, unsubscribed: bool = False) -> bool:
    """Say what `row` carries by now. Only for whoever holds it: what waits may take more.

    What it has no room for goes out in further messages, right after it.

    Args:
        unsubscribed: its receiver wants nothing that no contract asks for: such notices are left out.

    Returns:
        Whether anything is left to say.
    """
    notices = list(row.notices.all())
    _leave_out(notices, unsubscribed=unsubscribed)
    kept = [one for one in notices if not one.left_out]
    room = bundles.most(long=row.channel in LONG)
    # A browser only rings: whoever looks finds all of it in Servicebook.
    if len(kept) > room and row.channel != Channel.PUSH:
        _send_apart(row, kept[room:], room)
        kept = kept[:room]
    compose(row, kept or notices)
    return bool(kept)


@transaction.atomic
def _send_apart(row: Delivery, rest: Sequence[Notice], room: int) -> None:
    """Put what a message has no room for into further ones, unless another sender has it by now."""
    held = Delivery.objects.waiting().select_for_update().filter(pk=row.pk, token=row.token)
    if not held.values_list("pk", flat=True).first():
        return
    parts = [rest[start : start + room] for start in range(0, len(rest), room)]
    insert_new([_further(row, part) for part in parts], key="key")
    further = Delivery.objects.in_bulk([part[0].key for part in parts], field_name="key")
    for part in parts:
        for notice in part:
            notice.delivery = further[part[0].key]
    updates.write_each(rest, ["delivery"])


def _further(row: Delivery, notices: Sequence[Notice]) -> Delivery:
    """A message like `row` with these of its notices; named as the first of them would be alone."""
    key, now = notices[0].key, clock.now()
    one = Delivery(
        key=key,
        channel=row.channel,
        template=notices[0].text,
        to_address=row.to_address,
        to_name=row.to_name,
        contact=row.contact,
        user=row.user,
        message_id=threading.message_id(key, row.to_address),
        lane=row.lane,
        queued_at=now,
        ready_at=now,
    )
    compose(one, notices)
    return one


def _leave_out(notices: Sequence[Notice], *, unsubscribed: bool) -> None:
    """Mark what its receiver does not want, and take the mark from what they want again by now."""
    changed = []
    for one in notices:
        left_out = unsubscribed and _is_optional(one)
        if one.left_out != left_out:
            one.left_out = left_out
            changed.append(one)
    updates.write_each(changed, ["left_out"])


def _is_optional(notice: Notice) -> bool:
    return not texts.text_of(notice.text).contractual
