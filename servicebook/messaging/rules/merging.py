"""Merge fields in a text: `{due_date}`. `{{` and `}}` stand for the braces themselves (S0.41).

A field is a name and nothing else: no format, no attribute, no index. What a customer is called can
therefore never reach into the program, and a text says only what its fields hold.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

LONGEST, MOST = 40, 5  # of a name, and of the wrong ones that are named
# A comma belongs to the field that follows it, so that it goes with what a field does not hold.
_PIECE = re.compile(r"\{\{|\}\}|(, ?|，)?\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Unknown:
    """A field that the text cannot have, and the name that was probably meant; empty if none is near."""

    name: str
    nearest: str


class NotFillable(ValueError):
    """The text has a field without a value, or a brace that belongs to nothing."""


def names(text: str) -> list[str]:
    """Return what stands in braces, in order, each once. A brace without its other stands for itself."""
    found = (piece[2].strip() if piece[2] is not None else piece[0] for piece in _PIECE.finditer(text)
             if piece[0] not in ("{{", "}}"))  # fmt: skip
    return list(dict.fromkeys(found))


def unknown(text: str, allowed: Collection[str], *, most: int = MOST) -> list[Unknown]:
    """Return the first fields of a text that are not allowed, with the nearest name that is."""
    wrong = [name for name in names(text) if name not in allowed]
    return [Unknown(name, _nearest(name, allowed)) for name in wrong[:most]]


def _nearest(name: str, allowed: Collection[str]) -> str:
    if len(name) > LONGEST:
        return ""
    return next(iter(get_close_matches(name.lower(), list(allowed), n=1, cutoff=0.5)), "")


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its fields filled. What a value holds is never read as a field again.

    A list of fields leaves out what is empty: without a phone, "{name}, {phone}." is "Dana.".

    Raises:
        NotFillable
    """
    left_out = -1  # where an empty field ended, with nothing listed before it

    def put(piece: re.Match[str]) -> str:
        nonlocal left_out
        if piece[0] in ("{{", "}}"):
            return piece[0][0]
        comma, name = piece[1] or "", (piece[2] or "").strip()
        if piece[2] is None or not _NAME.fullmatch(name) or name not in values:
            raise NotFillable(f"no value for {piece[0].removeprefix(comma)}")
        if piece.start() == left_out:
            comma = ""
        if values[name].strip():
            return comma + values[name]
        left_out = -1 if comma else piece.end()
        return ""

    return _PIECE.sub(put, text)


def escaped(text: str) -> str:
    """Return plain text as it stands in a text with fields."""
    return text.replace("{", "{{").replace("}", "}}")
