"""The steps of a person: send a file, say what its columns are, check, import, stop."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.core.errors import NotAllowed, Refused
from servicebook.files import store
from servicebook.intake.importing import mapping as mappings
from servicebook.intake.importing.fields import fields_of
from servicebook.intake.importing.reading import look
from servicebook.intake.models import ImportRun
from servicebook.rights import CONTRACTS, EVERYBODY

State = ImportRun.State
# Of what not everybody writes who may import: who brings it in.
MAY_BRING: dict[str, frozenset[str]] = {ImportRun.Entity.CONTRACTS: CONTRACTS}


class ImportRefused(Refused):
    """This step cannot be taken with this import now."""

    code = "import_refused"


def take_in(data: bytes, *, name: str, entity: str = "", by: User) -> ImportRun:
    """Keep a file and find out how it is read and what its columns are.

    Args:
        name: as the sender called it; shown only, never a path.
        entity: what its rows are; empty lets the headings say it.

    Raises:
        Refused: the file is too large, no spreadsheet, or dangerous.
    """
    if len(data) > store.largest():
        raise store.too_large(store.largest())
    shape = look(BytesIO(data))
    guessed = mappings.guess(shape.headings, entity)
    stored = store.keep(data)
    with transaction.atomic():
        run = ImportRun.objects.create(
            entity=guessed.entity,
            file=stored,
            file_name=shown_name(name),
            mapping=guessed.mapping,
            profile=guessed.profile,
            shape=shape.as_json(),
            rows_total=shape.rows_about,
            started_by=by,
            started_at=clock.now(),
        )
        journal.record("import.taken_in", run, by=by, file=run.file_name)
    return run


@transaction.atomic
def read_as(run_id: int, *, entity: str, encoding: str, delimiter: str, by: User) -> ImportRun:
    """Read the file in another way, or as rows of another kind; the mapping is guessed anew.

    Raises:
        Refused: it cannot be read that way.
    """
    run = _locked(run_id, State.MAPPING)
    if entity not in ImportRun.Entity.values:
        raise ImportRefused(_("Choose what the rows are."), fields={"entity": _("Choose what the rows are.")})
    with store.open_bytes(run.file) as file:
        shape = look(file, encoding=encoding, delimiter=delimiter)
    guessed = mappings.guess(shape.headings, entity)
    run.shape, run.rows_total = shape.as_json(), shape.rows_about
    run.entity, run.mapping, run.profile = guessed.entity, guessed.mapping, guessed.profile
    run.save(update_fields=["shape", "rows_total", "entity", "mapping", "profile"])
    return run


@transaction.atomic
def check(run_id: int, *, mapping: Mapping[str, str], choice: str, by: User) -> ImportRun:
    """Accept the columns and begin the check.

    Args:
        mapping: field name → heading.

    Raises:
        Refused: with `fields`: a needed field has no column, or a column stands for two fields.
        NotAllowed: the person may not write what the rows are.
    """
    run = _locked(run_id, State.MAPPING)
    if not by.has_role(*MAY_BRING.get(run.entity, EVERYBODY)):
        raise NotAllowed(_("Contracts are brought in by whoever may write them: a manager, for instance."))
    chosen = {name: heading for name, heading in mapping.items() if heading}
    _refuse_mapping(run, chosen)
    run.mapping = chosen
    run.choice = choice if choice in ImportRun.Choice.values else ImportRun.Choice.ALL
    run.state, run.attempt, run.cancel_asked = State.CHECKING, run.attempt + 1, False
    run.orders, run.evidence, run.preview, run.notes, run.because = None, {}, [], {}, ""
    _reset_counters(run)
    run.save()
    journal.record("import.checking", run, by=by, file=run.file_name)
    agenda.refresh(run)
    return run


@transaction.atomic
def write(run_id: int, *, choice: str = "", by: User) -> ImportRun:
    """Begin to write what was checked.

    Raises:
        ImportRefused: not checked, or all rows are wanted and some are bad.
    """
    run = _locked(run_id, State.CHECKED)
    if choice in ImportRun.Choice.values:
        run.choice = choice
    if run.choice == ImportRun.Choice.ALL and run.refused:
        raise ImportRefused(
            _("%(count)s rows are bad, so nothing is imported. Mend them, or import the good rows only.")
            % {"count": run.refused},
            code="rows_are_bad",
        )
    run.state, run.cancel_asked = State.WRITING, False
    _reset_counters(run)
    run.save()
    journal.record("import.writing", run, by=by, file=run.file_name)
    agenda.refresh(run)
    return run


@transaction.atomic
def back_to_columns(run_id: int, *, by: User) -> ImportRun:
    """Return to the columns, to map them in another way or to check again."""
    run = _locked(run_id, State.CHECKED, State.REFUSED, State.CANCELLED)
    run.state, run.because, run.finished_at = State.MAPPING, "", None
    run.save(update_fields=["state", "because", "finished_at"])
    agenda.refresh(run)
    return run


def cancel(run_id: int, *, by: User) -> ImportRun:
    """Ask a running import to stop; it stops after the step that it is taking.

    Not one transaction with a lock on the run: the step that writes all rows holds that lock.
    """
    asked = ImportRun.objects.filter(pk=run_id, state__in=[State.CHECKING, State.WRITING])
    with transaction.atomic():
        if asked.update(cancel_asked=True):
            journal.record("import.cancel_asked", ImportRun(pk=run_id), by=by)
    return ImportRun.objects.get(pk=run_id)


def shown_name(name: str) -> str:
    """The file's name without any path and without characters that no name has."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(char for char in last if char.isprintable()).strip(" .")
    return clean[-200:] or _("unnamed")


def _locked(run_id: int, *states: str) -> ImportRun:
    run = ImportRun.objects.select_for_update().get(pk=run_id)
    if run.state not in states:
        raise ImportRefused(
            _("This import is at another step: %(state)s.") % {"state": run.get_state_display()},
            code="another_step",
        )
    return run


def _reset_counters(run: ImportRun) -> None:
    run.rows_read = run.created = run.updated = run.unchanged = run.refused = 0
    run.problems.all().delete()


def _refuse_mapping(run: ImportRun, chosen: Mapping[str, str]) -> None:
    wrong: dict[str, Any] = {}
    headings = set(run.shape["headings"])
    used: dict[str, str] = {}
    for one in fields_of(run.entity):
        heading = chosen.get(one.name)
        if one.required and not heading:
            wrong[one.name] = _("%(field)s needs a column.") % {"field": one.label}
        elif heading and heading not in headings:
            wrong[one.name] = _("This file has no column “%(name)s”.") % {"name": heading}
        elif heading and heading in used:
            wrong[one.name] = _("“%(name)s” stands for %(field)s already.") % {
                "name": heading,
                "field": used[heading],
            }
        elif heading:
            used[heading] = str(one.label)
    unknown = set(chosen) - {one.name for one in fields_of(run.entity)}
    if unknown or wrong:
        raise ImportRefused(
            _("Not checked yet. %(problems)s") % {"problems": " ".join(map(str, wrong.values()))},
            code="bad_mapping",
            fields=wrong,
        )
