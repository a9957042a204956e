"""What is owed beside what stands on the agenda: what is armed, moved and cancelled."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import NamedTuple

Key = tuple[int, str, str, str]  # subject, kind, occurrence, stage

# It still waits: for its moment, or for a person who runs it again.
OPEN = frozenset({"armed", "failed"})


class Standing(NamedTuple):
    """An obligation as it stands. Its moment is whatever the reader makes of one."""

    pk: int
    state: str
    due_at: object


class Changes(NamedTuple):
    """What brings the agenda in line."""

    arm: list[Key]
    move: list[tuple[int, datetime]]
    cancel: list[int]


def compare(
    owed: Mapping[Key, datetime],
    standing: Mapping[Key, Standing],
    *,
    as_read: Callable[[datetime], object],
    begun: Collection[int] = (),
) -> Changes:
    """Return what must change. What was fired stays fired.

    Args:
        owed: all that is owed of the kinds and subjects that `standing` is of, fired or not.
        as_read: makes of a moment what `standing` has.
        begun: what is being fired in this transaction; the worker settles it.
    """
    changes = Changes([], [], [])
    for key, at in owed.items():
        row = standing.get(key)
        if row is None:
            changes.arm.append(key)
        elif row.pk not in begun and (
            row.state == "cancelled" or (row.state in OPEN and row.due_at != as_read(at))
        ):
            changes.move.append((row.pk, at))
    changes.cancel.extend(
        row.pk
        for key, row in standing.items()
        if row.state in OPEN and key not in owed and row.pk not in begun
    )
    return changes
