"""The text of a message that carries notices: made when it is queued, and anew when it is sent."""

from collections.abc import Sequence

from servicebook.messaging import texts
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
    row.subject_line, body = bundles.composed(pieces, long=row.channel in LONG)
    row.body = body + "\n"
    row.url = notices[0].url if apart else ""
    row.optional = not all(texts.text_of(one.text).contractual for one in notices)
    about = {(one.about_type_id, one.about_id) for one in notices}
    row.about_type_id, row.about_id = about.pop() if len(about) == 1 else (None, None)
    if row.about_id is None:
        row.thread = ""  # an answer to several things belongs to none of them alone


def compose_anew(row: Delivery) -> None:
    """Say what `row` carries by now. Only for whoever holds it: what waits may take more."""
    compose(row, list(row.notices.all()))
