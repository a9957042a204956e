"""Stages that follow each other: what is late is not owed any more once a later one was fired.

A clock that was wrong fires a stage before its moment. When it is right again, the stages before that one
are fired on their days; one whose day was slept through is not said after what came later.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from servicebook.agenda.rules.catching_up import LATE_AFTER
from servicebook.agenda.rules.comparing import Key, Standing


def is_overtaken(at: datetime, fired: Collection[datetime], *, now: datetime) -> bool:
    """Whether the stage of a moment is left out, given the moments of those that were fired."""
    return at <= late(now) and any(one > at for one in fired)


def without_overtaken(
    owed: Mapping[Key, datetime],
    standing: Mapping[Key, Standing],
    *,
    kinds: Collection[str],
    now: datetime,
    as_read: Callable[[datetime], Any],
) -> Mapping[Key, datetime]:
    """Return what is owed without the stages that were overtaken.

    Args:
        standing: how it stands; its moments are of the form that `as_read` makes.
        kinds: those of which stages follow each other.
    """
    since = late(now)
    if not any(at <= since and key[1] in kinds for key, at in owed.items()):
        return owed
    fired: dict[tuple[int, str, str], Any] = {}
    for (*which, _stage), row in standing.items():
        if row.state == "fired":
            whole: Any = tuple(which)
            fired[whole] = max(fired.get(whole, row.due_at), row.due_at)
    return {
        key: at
        for key, at in owed.items()
        if at > since or key[1] not in kinds or key[:3] not in fired or fired[key[:3]] <= as_read(at)
    }


def late(now: datetime) -> datetime:
    """Return the moment until which what waits is late."""
    return now - LATE_AFTER
