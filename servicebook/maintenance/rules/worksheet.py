"""What a line of a worksheet still asks for, and what of a worksheet is left (S0.26, S0.30)."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Outcome(StrEnum):
    OPEN = ""
    OK = "ok"
    FAILED = "failed"
    NOT_DONE = "not_done"


class Proof(StrEnum):
    NONE = ""
    PHOTO = "photo"
    READING = "reading"
    SIGNATURE = "signature"


class Problem(StrEnum):
    """What is missing from a line, by the field that would give it."""

    BEFORE = "before"  # the reading before the work
    AFTER = "after"  # the reading, or the one after the work
    TEXT = "text"
    PHOTO = "photo"
    SIGNED_BY = "signed_by"
    NOTE = "note"  # why it failed, or was not done


@dataclass(frozen=True, slots=True)
class Line:
    """One item on one unit, with what was recorded of it.

    Attributes:
        measures, asks_before, asks_words: the item asks for a reading, for one before the work as well,
            for words.
        low, high: a reading outside of them deviates; None: no limit on that side.
    """

    outcome: str = Outcome.OPEN
    required: bool = True
    measures: bool = False
    asks_before: bool = False
    asks_words: bool = False
    proof: str = Proof.NONE
    low: Decimal | None = None
    high: Decimal | None = None
    before: Decimal | None = None
    after: Decimal | None = None
    text: str = ""
    note: str = ""
    has_photo: bool = False
    signed_by: str = ""

    @property
    def is_finished(self) -> bool:
        """Whether the item was done, with whatever result. What was not done is left, and why is noted."""
        return self.outcome in (Outcome.OK, Outcome.FAILED)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a worksheet is, for its bar."""

    lines: int
    answered: int
    failed: int
    left: int

    @property
    def percent(self) -> int:
        return self.answered * 100 // self.lines if self.lines else 100


def deviates(
    low: Decimal | None, high: Decimal | None, *, before: Decimal | None, after: Decimal | None
) -> bool:
    """Whether the reading that counts is outside its limits: the one after the work, else the one before."""
    value = before if after is None else after
    if value is None:
        return False
    return (low is not None and value < low) or (high is not None and value > high)


def problems(line: Line) -> list[Problem]:
    """Return what a recorded line still lacks, in the order of its fields; nothing while it is open."""
    return list(_problems(line))


def _problems(line: Line) -> Iterator[Problem]:
    if line.outcome == Outcome.OPEN:
        return
    if line.outcome == Outcome.OK:
        yield from _missing_values(line)
    if line.outcome != Outcome.OK and not line.note.strip():
        yield Problem.NOTE
    if line.outcome == Outcome.FAILED and line.proof == Proof.PHOTO and not line.has_photo:
        yield Problem.PHOTO  # whoever comes next wants to see it


def _missing_values(line: Line) -> Iterator[Problem]:
    reads = line.measures or line.proof == Proof.READING
    if line.asks_before and line.before is None:
        yield Problem.BEFORE
    if (reads or line.asks_before) and line.after is None:
        yield Problem.AFTER
    if line.asks_words and not line.text.strip():
        yield Problem.TEXT
    if line.proof == Proof.PHOTO and not line.has_photo:
        yield Problem.PHOTO
    if line.proof == Proof.SIGNATURE and not line.signed_by.strip():
        yield Problem.SIGNED_BY
    if deviates(line.low, line.high, before=None, after=line.after) and not line.note.strip():
        yield Problem.NOTE  # a reading outside its limits is fine only for a reason


def left(lines: Iterable[Line]) -> list[Line]:
    """Return the required lines that are not finished: open, or not done."""
    return [line for line in lines if line.required and not line.is_finished]


def progress(lines: Collection[Line]) -> Progress:
    return Progress(
        lines=len(lines),
        answered=sum(line.outcome != Outcome.OPEN for line in lines),
        failed=sum(line.outcome == Outcome.FAILED for line in lines),
        left=len(left(lines)),
    )
