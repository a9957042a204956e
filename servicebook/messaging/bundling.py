"""The text of a message that carries notices: made when it is queued, and anew when it is sent."""

from collections.abc import Sequence

from servicebook.core import updates
from servicebook.messaging import texts, unsubscribing
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

    Args:
        unsubscribed: its receiver wants nothing that no contract asks for: such notices are left out.

    Returns:
        Whether anything is left to say.
    """
    notices = list(row.notices.all())
    _leave_out(notices, unsubscribed=unsubscribed)
    kept = [one for one in notices if not one.left_out]
    compose(row, kept or notices)
    return bool(kept)


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
