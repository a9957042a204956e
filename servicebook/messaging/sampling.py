"""Facts of real things, with which a text is tried before it is sent (S0.41).

A floor that sends a text says in its `samples.py` how a thing that a person names becomes its facts.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from servicebook.accounts.models import User
from servicebook.core import rooms


@dataclass(frozen=True)
class Sample:
    """A real thing: what it is called, and the facts of a text about it."""

    label: str
    facts: Mapping[str, Any]


# Given what a person typed, such as a number; None if that person can see no such thing.
Finder = Callable[[str, User], Sample | None]
_finders: dict[str, list[Finder]] = defaultdict(list)


def sample(*codes: str) -> Callable[[Finder], Finder]:
    """Say that a function finds real things for the texts with these codes."""

    def declare(finder: Finder) -> Finder:
        for code in codes:
            _finders[code].append(finder)
        return finder

    return declare


def find(code: str, asked: str, user: User) -> Sample | None:
    """Return the facts of the thing that a person names."""
    _load()
    found = (finder(asked, user) for finder in _finders.get(code, ()))
    return next((one for one in found if one), None)


def can_find(code: str) -> bool:
    """Whether a text can be tried on something real."""
    _load()
    return code in _finders


@cache
def _load() -> None:
    rooms.load("samples")
