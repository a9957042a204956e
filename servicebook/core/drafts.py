"""First drafts that an app of a later floor writes into the form of a thing that stands above it.

So the form that closes a ticket begins with what its worksheet says, without knowing of worksheets. An app
declares them in its `cards.py`, beside its cards; a form's view asks for them with `drafts_of`.
"""

from collections.abc import Callable, Mapping
from typing import Any

# Takes the thing; returns field → text, empty where there is nothing to say.
Draft = Callable[[Any], Mapping[str, str]]

_DRAFTS: dict[str, list[Draft]] = {}


def draft(form: str) -> Callable[[Draft], Draft]:
    """Register what drafts the fields of a form ("tickets.close")."""

    def register(write: Draft) -> Draft:
        _DRAFTS.setdefault(form, []).append(write)
        return write

    return register


def drafts_of(form: str, thing: Any) -> dict[str, str]:
    """Return the drafted texts of a form about `thing`, by field; the first one that says something."""
    found: dict[str, str] = {}
    for write in _DRAFTS.get(form, ()):
        for name, text in write(thing).items():
            if text:
                found.setdefault(name, text)
    return found
