"""The way of a file: read in steps, checked, written; each step commits its rows and its cursor.

A step that is killed leaves nothing: the cursor `rows_read`, the counters, the problems and the
rows themselves move in one transaction. Whoever comes next reads the file again up to the cursor.

The first steps of a check read the date columns (day or month first?), the next ones decide about
every row without writing it. "All or none" is then written in one transaction, "good rows only"
step by step.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import agenda, journal
from servicebook.core import clock
from servicebook.customers import queries
from servicebook.files import store
from servicebook.intake.importing.entities import ENTITIES, Entity
from servicebook.intake.importing.fields import Kind, fields_of
from servicebook.intake.importing.guard import SpreadsheetRefused
from servicebook.intake.importing.profiles import BY_NAME
from servicebook.intake.importing.reading import Line, Shape, lines
from servicebook.intake.importing.rows import Row, Seen, Understanding, Verdict
from servicebook.intake.importing.rules import dates
from servicebook.intake.importing.rules.values import Context
from servicebook.intake.models import ImportProblem, ImportRun

ROWS_PER_STEP = 1000
ROWS_PER_SCAN = 20_000  # of the date columns: nothing is looked up
PREVIEW_ROWS = 20
NOTED = 12  # names per note of the preview
MOST_PROBLEMS = 20_000  # kept; a file with more is of another kind than its mapping says
KEPT_OPEN = 2  # readers per process

State = ImportRun.State


class _NotAll(Exception):
    """A row went bad between the check and the writing of all."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows


class _Cancelled(Exception):
    """Somebody asked to stop while all rows were being written."""


def understanding_of(run: ImportRun) -> Understanding:
    """Return how the cells of `run` are read."""
    profile = BY_NAME.get(run.profile)
    context = Context(ZoneInfo(settings.TIME_ZONE), queries.country_of())
    prefix = profile.ref_prefix if profile else ""
    return Understanding(fields_of(run.entity), run.mapping, context, run.orders or {}, prefix)


def shape_of(run: ImportRun) -> Shape:
    return Shape(**run.shape)


# ── Reading on where the last step stopped ───────────────────────────────────────────────────────


@dataclass
class _Reader:
    """A file open at row `position`. Its worth is that the next step need not read it from the start."""

    file: IO[bytes]
    rest: Iterator[Line]
    position: int = 0
    seen: Seen = field(default_factory=Seen)

    def take(self, count: int) -> list[Line]:
        taken = list(islice(self.rest, count))
        self.position += len(taken)
        return taken

    def close(self) -> None:
        getattr(self.rest, "close", lambda: None)()
        self.file.close()


_open: dict[tuple[int, int, str], _Reader] = {}


def _reader(run: ImportRun, entity: Entity | None) -> _Reader:
    """Return a reader at the run's cursor: the one of the last step, or a new one read up to there."""
    kept = _open.pop(_key(run), None)
    if kept is not None:
        if kept.position == run.rows_read:
            return kept
        kept.close()
    file = store.open_bytes(run.file)
    reader = _Reader(file, lines(file, shape_of(run)))
    while reader.position < run.rows_read:
        passed = reader.take(min(ROWS_PER_STEP, run.rows_read - reader.position))
        if not passed:
            break
        if entity:
            entity.seen = reader.seen
            for row in entity.understanding.rows(passed):
                if not row.is_bad:
                    entity.seen.add(row, entity.keys(row))
    return reader


@contextmanager
def _reading(run: ImportRun, entity: Entity | None) -> Iterator[_Reader]:
    """Give a reader at the run's cursor; close it when the step fails."""
    reader = _reader(run, entity)
    try:
        yield reader
    except BaseException:
        reader.close()
        raise


def _keep(run: ImportRun, reader: _Reader) -> None:
    """Keep a reader for the next step. If this one is not committed, its position betrays it."""
    while len(_open) >= KEPT_OPEN:
        _open.pop(next(iter(_open))).close()
    _open[_key(run)] = reader


def _key(run: ImportRun) -> tuple[int, int, str]:
    return run.pk, run.attempt, "scan" if run.orders is None else run.state


def forget_readers() -> None:
    """Close what this process keeps open."""
    while _open:
        _open.popitem()[1].close()


# ── Steps ────────────────────────────────────────────────────────────────────────────────────────


def step(run_id: int) -> bool:
    """Take the run one step further, in one transaction; return whether there is nothing left to do.

    Safe to call from several processes at once: the row of the run is locked, and on both engines
    a step begins at the committed cursor.
    """
    with transaction.atomic():
        run = ImportRun.objects.select_for_update().select_related("file", "started_by").get(pk=run_id)
        if run.state not in (State.CHECKING, State.WRITING):
            return True
        if run.cancel_asked:
            _finish(run, State.CANCELLED, _stopped_because(run))
            return True
        try:
            with transaction.atomic():
                _go_on(run)
        except SpreadsheetRefused as refused:
            _finish(run, State.REFUSED, str(refused))
        except _Cancelled:
            run.refresh_from_db(fields=["rows_read"])
            _finish(run, State.CANCELLED, _("Stopped by a person. Nothing was imported."))
        except _NotAll as changed:
            run.refresh_from_db()
            _keep_problems(run, changed.rows)
            _finish(
                run,
                State.REFUSED,
                _("Nothing was imported: something changed since the check. Check it again."),
            )
        return run.state not in (State.CHECKING, State.WRITING)


def _go_on(run: ImportRun) -> None:
    if run.orders is None:
        _scan(run)
    elif run.state == State.CHECKING:
        _check(run)
    elif run.choice == ImportRun.Choice.ALL:
        _write_all(run)
    else:
        _write_some(run)


def _scan(run: ImportRun) -> None:
    """Read the date columns of some rows: what shows which number is the day is kept."""
    columns = [
        (one.name, run.mapping[one.name])
        for one in fields_of(run.entity)
        if one.kind in (Kind.DATE, Kind.MOMENT) and one.name in run.mapping
    ]
    if columns and _scan_on(run, columns):
        return
    unknown = dates.Order.UNKNOWN.value
    run.orders = {name: found[0] if len(found) == 1 else unknown for name, found in run.evidence.items()}
    run.rows_read = 0
    run.save(update_fields=["orders", "rows_read", "rows_total"])


def _scan_on(run: ImportRun, columns: Sequence[tuple[str, str]]) -> bool:
    """Look at some rows; return whether there are more."""
    with _reading(run, None) as reader:
        taken = reader.take(ROWS_PER_SCAN)
        for name, heading in columns:
            order = dates.order_of(line.cells.get(heading, "") for line in taken)
            found = set(run.evidence.get(name, []))
            run.evidence[name] = sorted(found if order is dates.Order.UNKNOWN else found | {order.value})
        run.rows_read += len(taken)
        run.save(update_fields=["evidence", "rows_read"])
        if len(taken) == ROWS_PER_SCAN:
            _keep(run, reader)
            return True
        run.rows_total = run.rows_read
        reader.close()
        return False


def _entity(run: ImportRun) -> Entity:
    return ENTITIES[run.entity](understanding_of(run), Seen(), run.started_by, run.file_name)


def _chunk(entity: Entity, reader: _Reader) -> list[Row]:
    entity.seen = reader.seen
    return entity.understanding.rows(reader.take(ROWS_PER_STEP))


def _check(run: ImportRun) -> None:
    """Decide about the next rows without writing them: what it takes to decide is rolled back."""
    entity = _entity(run)
    with _reading(run, entity) as reader:
        rows = _chunk(entity, reader)
        with transaction.atomic():
            entity.prepare(rows)
            transaction.set_rollback(True)
        _count(run, rows)
        _keep_problems(run, rows)
        _note(run, entity)
        shown = len(run.preview)
        run.preview += [_shown(entity, row) for row in rows[: max(PREVIEW_ROWS - shown, 0)]]
        _next_or_finish(run, reader, rows, State.CHECKED)


def _write_some(run: ImportRun) -> None:
    entity = _entity(run)
    with _reading(run, entity) as reader:
        rows = _chunk(entity, reader)
        entity.prepare(rows)
        entity.write(rows)
        _count(run, rows)
        _keep_problems(run, rows)
        _next_or_finish(run, reader, rows, State.DONE)


def _next_or_finish(run: ImportRun, reader: _Reader, rows: Sequence[Row], at_end: str) -> None:
    run.save(update_fields=[*_COUNTERS, "preview", "notes"])
    if len(rows) == ROWS_PER_STEP:
        _keep(run, reader)
        return
    reader.close()
    run.rows_total = run.rows_read
    _finish(run, at_end, "")


def _write_all(run: ImportRun) -> None:
    """Write every row in this transaction, or none."""
    run.rows_read = 0
    entity = _entity(run)
    with closing(_reader(run, entity)) as reader:
        while True:
            rows = _chunk(entity, reader)
            entity.prepare(rows)
            if bad := [row for row in rows if row.is_bad]:
                raise _NotAll(bad)
            entity.write(rows)
            _count(run, rows)
            if len(rows) < ROWS_PER_STEP:
                break
            if ImportRun.objects.filter(pk=run.pk, cancel_asked=True).exists():
                raise _Cancelled
            entity = _entity(run)
    run.save(update_fields=list(_COUNTERS))
    _finish(run, State.DONE, "")


_COUNTERS = ("rows_read", "created", "updated", "unchanged", "refused")
_COUNTED_AS = {
    Verdict.NEW: "created",
    Verdict.CHANGED: "updated",
    Verdict.UNCHANGED: "unchanged",
    Verdict.BAD: "refused",
}


def _count(run: ImportRun, rows: Sequence[Row]) -> None:
    run.rows_read += len(rows)
    for row in rows:
        name = _COUNTED_AS[row.verdict]
        setattr(run, name, getattr(run, name) + 1)


def _keep_problems(run: ImportRun, rows: Sequence[Row]) -> None:
    left = MOST_PROBLEMS - (run.refused - sum(1 for row in rows if row.is_bad))
    ImportProblem.objects.bulk_create(
        [
            ImportProblem(
                run=run,
                line=row.line,
                column=problem.column[:120],
                reason=problem.reason[:250],
                remedy=problem.remedy[:250],
                row=_storable(row) if number == 0 else {},
            )
            for row in [row for row in rows if row.is_bad][: max(left, 0)]
            for number, problem in enumerate(row.problems)
        ],
        batch_size=ROWS_PER_STEP,
    )


def _storable(row: Row) -> dict[str, str]:
    """The cells as they were, but for NULs, which no database keeps."""
    return {heading: cell.replace("\0", "�")[:32_000] for heading, cell in row.cells.items() if cell}


def _note(run: ImportRun, entity: Entity) -> None:
    for label, names in entity.notes.items():
        known = dict.fromkeys([*run.notes.get(label, []), *names])
        run.notes[label] = list(known)[: NOTED + 1]


def _shown(entity: Entity, row: Row) -> dict[str, Any]:
    """A row of the preview: its line, what will happen and what its cells were."""
    changes = [f"{old or '–'} → {new or '–'}" for old, new in row.found.values()][:3]
    return {
        "line": row.line,
        "verdict": row.verdict.value,
        "cells": [
            row.cells.get(heading, "").replace("\0", "�")[:80]
            for _field, heading in entity.understanding.mapped
        ],
        "says": "; ".join(changes) if not row.is_bad else row.problems[0].reason,
    }


def _stopped_because(run: ImportRun) -> str:
    if run.state == State.CHECKING:
        return _("Stopped by a person. Nothing was imported.")
    written = run.created + run.updated
    return _("Stopped by a person at row %(row)s. %(written)s rows are imported.") % {
        "row": run.rows_read,
        "written": written,
    }


def _finish(run: ImportRun, state: str, because: str) -> None:
    run.state, run.because = state, because[:250]
    run.finished_at = clock.now() if state != State.CHECKED else None
    run.save(update_fields=["state", "because", "finished_at", "rows_total"])
    facts: dict[str, Any] = {name: getattr(run, name) for name in _COUNTED_AS.values()}
    journal.record(f"import.{state}", run, by=run.started_by, file=run.file_name, because=because, **facts)
    agenda.refresh(run)
