"""A row on its way in: its cells, what they mean, what is wrong, and what will happen."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from servicebook.intake.importing.fields import Field
from servicebook.intake.importing.reading import Line
from servicebook.intake.importing.rules import values
from servicebook.intake.importing.rules.dates import Order


class Verdict(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot come in. `column` is a heading; empty when the whole row is meant."""

    column: str
    reason: str
    remedy: str


@dataclass(slots=True)
class Row:
    """One line of the file. `values` holds only cells that say something, by field name.

    `thing` is the object that the row becomes or changes; `found` what it changes of it.
    """

    line: int
    cells: Mapping[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    verdict: Verdict = Verdict.NEW
    thing: Any = None
    found: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def is_bad(self) -> bool:
        return bool(self.problems)

    def get(self, name: str) -> Any:
        return self.values.get(name)

    def print_of_values(self) -> bytes:
        """Tells rows with the same values from rows with others."""
        text = repr(sorted((name, str(value)) for name, value in self.values.items()))
        return hashlib.blake2b(text.encode(), digest_size=8).digest()


class Understanding:
    """How the cells of one run become values: its mapping, its dates, its prefix of keys."""

    def __init__(
        self,
        fields: Sequence[Field],
        mapping: Mapping[str, str],
        context: values.Context,
        orders: Mapping[str, str],
        ref_prefix: str = "",
    ) -> None:
        """`mapping` is field name → heading, `orders` field name → the order of its dates."""
        self.mapped = [(one, mapping[one.name]) for one in fields if one.name in mapping]
        self.headings = dict(mapping)
        self.contexts = {
            name: values.Context(context.tz, context.country, Order(order)) for name, order in orders.items()
        }
        self.context, self.ref_prefix = context, ref_prefix

    def rows(self, lines: Iterable[Line]) -> list[Row]:
        return [self.row(line) for line in lines]

    def row(self, line: Line) -> Row:
        """Understand one line. What is wrong with it stands in `problems`; nothing is raised."""
        row = Row(line.number, line.cells)
        if line.broken:
            remedy = _("Look for a separator inside a text, and put that text in quotation marks.")
            row.problems.append(Problem("", line.broken, remedy))
            return row
        for one, heading in self.mapped:
            cell = line.cells.get(heading, "")
            if not cell:
                continue
            try:
                value = one.read(cell, self.contexts.get(one.name, self.context))
            except values.BadValue as bad:
                if one.loose:
                    continue
                row.problems.append(Problem(heading, bad.reason, bad.remedy))
                continue
            if value not in (None, ""):
                row.values[one.name] = value
        if self.ref_prefix and row.values.get("external_ref"):
            row.values["external_ref"] = f"{self.ref_prefix}{row.values['external_ref']}"
        return row

    def problem(self, row: Row, name: str, reason: str, remedy: str) -> None:
        """Say what is wrong with the field `name` of `row`."""
        row.problems.append(Problem(self.headings.get(name, ""), reason, remedy))

    def need(self, row: Row, name: str, label: object) -> bool:
        """Whether the row says `name`; a problem if not. A cell that was wrong is not blamed twice."""
        if name in row.values:
            return True
        heading = self.headings.get(name, "")
        if not any(problem.column == heading for problem in row.problems if heading):
            self.problem(row, name, _("%(field)s is missing.") % {"field": label}, _("Fill this cell."))
        return False

    def need_all(self, row: Row, names: Sequence[tuple[str, object]]) -> bool:
        """Whether the row says everything of `names` (name, label); all that is missing is told."""
        return not [name for name, label in names if not self.need(row, name, label)]


class Seen:
    """The names by which earlier lines of the file are known, for doubles and references."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, bytes]] = {}

    def line_of(self, key: object) -> int | None:
        """The line that first had `key`."""
        known = self._known.get(self._short(key))
        return known[0] if known else None

    def same_as(self, key: object, row: Row) -> bool:
        """Whether the line that first had `key` says exactly what `row` says."""
        known = self._known.get(self._short(key))
        return known is not None and known[1] == row.print_of_values()

    def add(self, row: Row, keys: Iterable[object]) -> None:
        told = (row.line, row.print_of_values())
        for key in keys:
            self._known.setdefault(self._short(key), told)

    @staticmethod
    def _short(key: object) -> int:
        return int.from_bytes(hashlib.blake2b(repr(key).encode(), digest_size=8).digest(), "big")
