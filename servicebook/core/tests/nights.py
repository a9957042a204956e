"""The nights in which clocks change, and a walk minute by minute of the clock on the wall, to test with."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

MINUTE = timedelta(minutes=1)
# Each with a day on whose night, before or after it, its clocks change, or did.
NIGHTS = [
    ("Europe/Berlin", date(2026, 3, 29)),  # from two to three
    ("Europe/Berlin", date(2026, 10, 25)),  # from three to two
    ("America/Santiago", date(2026, 9, 6)),  # from midnight to one
    ("America/Santiago", date(2026, 4, 4)),  # from midnight to eleven
    ("Australia/Lord_Howe", date(2026, 10, 4)),  # half an hour, at two
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Asia/Almaty", date(2024, 2, 29)),  # for good: from midnight to eleven
]


@st.composite
def nights(draw: st.DrawFn) -> tuple[ZoneInfo, datetime]:
    """A zone, and a moment within a day and a half of its change."""
    zone, day = draw(st.sampled_from(NIGHTS))
    noon = datetime.combine(day, time(12), UTC)
    return ZoneInfo(zone), noon + draw(st.integers(-36 * 60, 36 * 60)) * MINUTE


def slow_at(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The first time at which a wall shows this; what it jumps over comes as long after the jump."""
    moment = datetime.combine(day, time(), UTC) - timedelta(days=1)
    wanted = datetime.combine(day, wall)
    while (shown := moment.astimezone(zone).replace(tzinfo=None)) < wanted:
        before, moment = shown, moment + MINUTE
    return moment if shown == wanted else moment + (wanted - before - MINUTE)
