"""What became of messages, in the histories of the things that they were about."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from servicebook import agenda, journal
from servicebook.core import related
from servicebook.messaging.models import Delivery

if TYPE_CHECKING:
    from django.db.models import Model

    from servicebook.accounts.models import User

Channel, State = Delivery.Channel, Delivery.State
SENT = {
    Channel.MAIL: "delivery.sent",
    Channel.SMS: "delivery.sent_by_sms",
    Channel.TELEGRAM: "delivery.sent_by_telegram",
    Channel.PUSH: "delivery.sent_by_push",
    Channel.IN_APP: "delivery.shown",
}


def record(rows: Sequence[Delivery], *, verb: str = "", by: "User | None" = None) -> None:
    """Write one line for each notice of `rows`, or for the message when it carries none.

    Args:
        verb: what was done with it; otherwise its state says what became of it.
    """
    related.fetch(rows, "notices", "notices__about", "about")
    journal.record_many(_lines(rows, verb, by))
    agenda.refresh_many(rows)


def subjects(row: Delivery) -> list["Model"]:
    """Return what a message was about."""
    return [subject for subject, _what, left_out in _told(row) if not left_out]


def _lines(rows: Iterable[Delivery], verb: str, by: "User | None") -> Iterator[journal.Happening]:
    for row in rows:
        for subject, what, left_out in _told(row):
            facts = {
                "to": row.to_name or row.to_address,
                "address": row.to_address or row.to_name,
                "what": what,
                "template": row.template,
                "error": row.last_error if row.state == State.DEAD else "",
            }
            yield journal.Happening(verb or _became(row, left_out), subject, facts, by=by)


def _became(row: Delivery, left_out: bool) -> str:
    if left_out or row.state == State.CANCELLED:
        return "delivery.withheld"
    return SENT[Channel(row.channel)] if row.state == State.SENT else "delivery.dead"


def _told(row: Delivery) -> Iterator[tuple["Model", str, bool]]:
    """What the message was about, what it said of it, and whether that was left out in the end."""
    notices = list(row.notices.all())
    for notice in notices:
        yield notice.about or row, notice.subject_line, notice.left_out
    if not notices:
        yield row.about or row, row.subject_line, False
