"""One person gets one message a day and channel: what it is called, when it goes, how it reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

# What is due in the same minutes goes out together.
FIRST_WAIT = timedelta(minutes=2)
NEXT_DAY_AT = time(9)
# A bundle that is sent takes nothing more. Whoever is told again goes into that of the next day, and
# only after a clock that was wrong can that one be sent as well.
DAYS_AHEAD = 3
LONGEST_SUBJECT = 250
# What a message has no room for is counted, and goes out in one of its own when it is sent.
MOST_LONG, MOST_SHORT = 200, 5


@dataclass(frozen=True)
class Piece:
    """One notice, as far as the message that carries it shows it."""

    subject_line: str
    body: str
    url: str = ""


def key(receiver: str, day: date, channel: str) -> str:
    """Name the bundle of a receiver ("contact-17") on a local day."""
    return f"{receiver}:{day.isoformat()}:{channel}"


def days(now: datetime, zone: tzinfo) -> list[date]:
    """Return the local days whose bundles may carry what is told `now`, the best first."""
    today = now.astimezone(zone).date()
    return [today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)]


def ready_at(day: date, now: datetime, zone: tzinfo) -> datetime:
    """Return when a fresh bundle of a local day may be sent."""
    if day <= now.astimezone(zone).date():
        return now + FIRST_WAIT
    return datetime.combine(day, NEXT_DAY_AT, zone).astimezone(UTC)


def takes_more(*, waiting: bool, held: bool, unknown: int) -> bool:
    """Whether more can be put into a bundle: not once a sender holds it, or once it may have arrived."""
    return waiting and not held and not unknown


def most(*, long: bool) -> int:
    """Return how many notices one message has room for: a mail, or an SMS and the like."""
    return MOST_LONG if long else MOST_SHORT


def composed(pieces: Sequence[Piece], *, long: bool, foot: str = "") -> tuple[str, str]:
    """Return the subject line and the body of a message that carries `pieces`, in their order.

    Args:
        long: a mail, in which each piece has its subject line above it; otherwise an SMS or the like.
        foot: stands at the end, such as how to unsubscribe.
    """
    first, more = pieces[0].subject_line, len(pieces) - 1
    end = f" (+{more})" if more else ""
    shown = pieces[: most(long=long)]
    body = _long(shown) if long else "\n\n".join(_with_link(one, " ") for one in shown)
    left_out = f"+{len(pieces) - len(shown)}" if len(pieces) > len(shown) else ""
    return first[: LONGEST_SUBJECT - len(end)] + end, "\n\n".join(filter(None, (body, left_out, foot)))


def _long(pieces: Sequence[Piece]) -> str:
    if len(pieces) == 1:
        return _with_link(pieces[0], "\n\n")
    opening, closing = _shared([_paragraphs(one) for one in pieces])
    parts = []
    for one in pieces:
        own = _paragraphs(one)
        own = own[len(opening) : len(own) - len(closing)]
        text = _with_link(Piece("", "\n\n".join(own), one.url), "\n\n")
        parts.append("\n\n".join(filter(None, (f"* {one.subject_line}", text))))
    return "\n\n".join((*opening, *parts, *closing))


def _shared(texts: Sequence[list[str]]) -> tuple[list[str], list[str]]:
    """What all texts begin and end with, such as the greeting: it stands once. Each keeps a paragraph."""
    shortest = min(map(len, texts))
    opening: list[str] = []
    while len(opening) < shortest - 1 and len({one[len(opening)] for one in texts}) == 1:
        opening.append(texts[0][len(opening)])
    closing: list[str] = []
    while len(opening) + len(closing) < shortest - 1 and len({one[-1 - len(closing)] for one in texts}) == 1:
        closing.insert(0, texts[0][-1 - len(closing)])
    return opening, closing


def _paragraphs(piece: Piece) -> list[str]:
    return [part.strip("\n") for part in piece.body.split("\n\n") if part.strip()]


def _with_link(piece: Piece, gap: str) -> str:
    if not piece.url or piece.url in piece.body:
        return piece.body.strip()
    return gap.join(filter(None, (piece.body.strip(), piece.url)))
