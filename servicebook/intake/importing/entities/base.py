"""What every kind of row has in common: find, compare, check, and write in bulk."""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext as _

from servicebook import agenda, journal, search
from servicebook.accounts.models import User
from servicebook.core import changes, reference
from servicebook.core import fields as core_fields
from servicebook.intake.importing.fields import CUSTOM
from servicebook.intake.importing.rows import Row, Seen, Understanding, Verdict
from servicebook.intake.importing.rules.values import BadValue

ROWS_PER_STATEMENT = 500


class Entity(ABC):
    """How rows of one kind become objects. One instance works on one chunk of rows."""

    model: type[models.Model]
    noun: str
    simple: ClassVar[tuple[str, ...]]  # fields whose value is set as it is

    def __init__(self, understanding: Understanding, seen: Seen, by: User, source: str) -> None:
        self.understanding, self.seen, self.by, self.source = understanding, seen, by, source
        # What the preview tells beside the rows: what directories grow by, what is left out.
        self.notes: dict[str, list[str]] = defaultdict(list)
        self._added: list[journal.Happening] = []

    # What a kind of row says about itself ------------------------------------------------------

    @abstractmethod
    def keys(self, row: Row) -> list[object]:
        """Return by what the row can be recognised, strongest first. Pure: no statement."""

    @abstractmethod
    def resolve(self, rows: Sequence[Row]) -> None:
        """Look up what rows refer to and which object each row means; set `thing` where it is known.

        New objects are made here too, unsaved. What is wrong goes to the row's problems.
        """

    def fill(self, row: Row) -> None:  # noqa: B027 - many kinds need none
        """Set the attributes that are more than a value, on `row.thing`."""

    def after_save(self, rows: Sequence[Row]) -> None:  # noqa: B027
        """Write what hangs on the objects: warranties of units."""

    # The way of every row ----------------------------------------------------------------------

    def prepare(self, rows: Sequence[Row]) -> None:
        """Decide what will happen with each row. Writes at most new directory rows."""
        self._refuse_doubles(rows)
        self.resolve([row for row in rows if not row.is_bad and row.verdict is not Verdict.UNCHANGED])
        for row in rows:
            if row.thing is not None and not row.is_bad:
                self._compare(row)
            if row.is_bad:
                row.verdict = Verdict.BAD

    def _compare(self, row: Row) -> None:
        is_new = row.thing._state.adding
        before = None if is_new else copy(row.thing)
        row.thing.custom = dict(row.thing.custom)
        for name in self.simple:
            if name in row.values:
                setattr(row.thing, name, row.values[name])
        self._fill_custom(row)
        self.fill(row)
        try:
            core_fields.check(row.thing)
        except core_fields.FieldsMissing as missing:
            for name, reason in missing.fields.items():
                self._mandatory(row, name, reason)
            return
        if before is not None:
            row.found = changes.between(before, row.thing)
        changed = bool(row.found or row.extra)
        row.verdict = Verdict.NEW if is_new else Verdict.CHANGED if changed else Verdict.UNCHANGED

    def _mandatory(self, row: Row, name: str, reason: str) -> None:
        field = name if name in self.understanding.headings else CUSTOM + name
        known = field in self.understanding.headings
        remedy = _("Fill this cell.") if known else _("Add a column for it, or map one to it.")
        self.understanding.problem(row, field, reason, remedy)

    def _fill_custom(self, row: Row) -> None:
        for name, value in row.values.items():
            if not name.startswith(CUSTOM):
                continue
            text = value.isoformat() if hasattr(value, "isoformat") else value
            row.thing.custom[name.removeprefix(CUSTOM)] = text

    def _refuse_doubles(self, rows: Sequence[Row]) -> None:
        """A row that stands twice is passed over; two rows on the same thing that differ are refused."""
        for row in rows:
            if row.is_bad:
                continue
            keys = self.keys(row)
            first = self.seen.line_of(keys[0]) if keys else None
            if first is None or first == row.line:
                self.seen.add(row, keys)
            elif self.seen.same_as(keys[0], row):
                row.verdict = Verdict.UNCHANGED
            else:
                self.understanding.problem(
                    row,
                    "",
                    _("Line %(line)s is about the same, and says something else.") % {"line": first},
                    _("Keep one of the two lines, or give each its own key."),
                )

    def write(self, rows: Iterable[Row]) -> None:
        """Write the good rows with a fixed number of statements per chunk. Call in a transaction."""
        good = [row for row in rows if row.verdict in (Verdict.NEW, Verdict.CHANGED)]
        new = [row for row in good if row.verdict is Verdict.NEW]
        changed = [row for row in good if row.verdict is Verdict.CHANGED]
        self.create(new)
        columns = sorted({name for row in changed for name in changes.touched(row.found)})
        if columns:
            touched = [row.thing for row in changed if row.found]
            self.model._default_manager.bulk_update(touched, columns, batch_size=ROWS_PER_STATEMENT)
        self.after_save(good)
        journal.record_many(self._happening(row) for row in good if row.found or row.verdict is Verdict.NEW)
        for some, are_new in ((new, True), (changed, False)):
            things = [row.thing for row in some]
            search.index_many(things, new=are_new)
            agenda.refresh_many(things, new=are_new)
        journal.record_many(self._added)
        if self._added:
            reference.changed()

    def create(self, rows: Sequence[Row]) -> None:
        self.model._default_manager.bulk_create([row.thing for row in rows], batch_size=ROWS_PER_STATEMENT)

    def _happening(self, row: Row) -> journal.Happening:
        facts: dict[str, Any] = {"name": str(row.thing), "file": self.source, "line": row.line}
        if row.verdict is Verdict.NEW:
            return journal.Happening(f"{self.noun}.added", row.thing, facts, self.by)
        return journal.Happening(f"{self.noun}.changed", row.thing, {**facts, "changes": row.found}, self.by)

    # Small help for the kinds ------------------------------------------------------------------

    def look_up(self, row: Row, name: str, find: Callable[..., Any], *arguments: Any) -> Any:
        """Return what `find` finds for the row's field; None and a problem when it finds nothing."""
        try:
            return find(*arguments)
        except BadValue as bad:
            self.understanding.problem(row, name, bad.reason, bad.remedy)
            return None

    def note(self, label: object, names: Iterable[object]) -> None:
        """Tell the preview something about the rows."""
        if told := [str(name) for name in names]:
            self.notes[str(label)] += told

    def added(self, label: object, verb: str, things: Iterable[models.Model]) -> None:
        """Say that rows of a directory were added: to the preview and, when written, to the journal."""
        for thing in things:
            self.note(label, [thing])
            self._added.append(
                journal.Happening(verb, thing, {"name": str(thing), "file": self.source}, self.by)
            )


def texts(rows: Sequence[Row], *names: str) -> set[str]:
    """The texts that rows have in some of their fields."""
    return {row.values[name] for row in rows for name in names if name in row.values}
