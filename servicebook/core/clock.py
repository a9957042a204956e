"""The only source of the present moment. Tests and the simulator set it; nobody else reads a clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_set_to: datetime | None = None


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return _set_to or datetime.now(UTC)  # noqa: TID251 - the one place


def today(tz: ZoneInfo) -> date:
    """Return the present date where `tz` is kept."""
    return now().astimezone(tz).date()


def set_to(moment: datetime | None) -> None:
    """Stop the clock at `moment` (aware) for this process; None lets it run again."""
    global _set_to
    if moment is not None and moment.tzinfo is None:
        raise ValueError(f"the clock needs an aware moment, not {moment!r}")
    _set_to = moment.astimezone(UTC) if moment else None


@contextmanager
def stopped_at(moment: datetime) -> Iterator[None]:
    """Stop the clock at `moment` inside a with-block."""
    before = _set_to
    set_to(moment)
    try:
        yield
    finally:
        set_to(before)
