"""Trees of rows (branches, regions, places, units inside units): no row is above itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

DEEPEST = 12  # levels; a deeper tree is a mistake, and a limit ends every walk

T = TypeVar("T")


class Cycle(ValueError):
    """The row would stand above itself."""


class TooDeep(ValueError):
    """The tree would be deeper than DEEPEST levels."""


def check(row: int | None, parent: int | None, parent_of: Callable[[int], int | None]) -> None:
    """Check that `row` may hang under `parent`.

    Args:
        row: the id of the row that moves; None for a new one, which nothing hangs under yet.
        parent: the id of its new parent; None at the top.
        parent_of: gives the parent's id of an id.

    Raises:
        Cycle: `parent` is `row`, or hangs under it.
        TooDeep: the chain above is DEEPEST levels long.
    """
    above, steps = parent, 0
    while above is not None:
        if above == row:
            raise Cycle
        steps += 1
        if steps >= DEEPEST:
            raise TooDeep
        above = parent_of(above)


@dataclass
class Node(Generic[T]):
    """One row with what hangs under it."""

    row: T
    parts: list["Node[T]"] = field(default_factory=list)


def grow(rows: Iterable[T], key: Callable[[T], int], parent: Callable[[T], int | None]) -> list[Node[T]]:
    """Return the roots of `rows` as a tree, in the order given. A row without its parent is a root."""
    nodes = {key(row): Node(row) for row in rows}
    roots: list[Node[T]] = []
    for node in nodes.values():
        above = nodes.get(parent(node.row) or 0)
        (above.parts if above and above is not node else roots).append(node)
    return roots


def path(row: int | None, parent_of: Mapping[int, int | None]) -> Sequence[int]:
    """Return the ids from the top down to `row`, itself included."""
    found: list[int] = []
    while row is not None and row not in found and len(found) < DEEPEST:
        found.append(row)
        row = parent_of.get(row)
    return found[::-1]
