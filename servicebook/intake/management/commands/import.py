"""`servicebook import FILE`: a spreadsheet in from the command line, in this process to its end."""  # noqa: N999

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from servicebook.accounts.models import Role, User
from servicebook.core import exports
from servicebook.core.errors import Refused
from servicebook.files import store
from servicebook.intake.importing import actions, engine, mending
from servicebook.intake.importing.fields import fields_of
from servicebook.intake.importing.profiles import BY_NAME
from servicebook.intake.models import IMPORTS, ImportRun

PROBLEMS_SHOWN = 20
REPORT_EVERY_SECONDS = 1.0
State = ImportRun.State


class Command(BaseCommand):
    help = (
        "Import customers, contacts, sites, equipment or old tickets from CSV or XLSX. "
        "Safe to repeat: the same file twice changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--as",
            dest="entity",
            choices=ImportRun.Entity.values,
            help="What the rows are; guessed if left out.",
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=HEADING",
            help="Correct the guess for one field; an empty heading leaves the field out.",
        )
        parser.add_argument(
            "--good-rows-only", action="store_true", help="Import what is good, report the rest."
        )
        parser.add_argument("--dry-run", action="store_true", help="Check and report; import nothing.")
        parser.add_argument("--by", help="E-mail of the person who imports; an administrator if left out.")
        parser.add_argument(
            "--mend", type=Path, metavar="FILE", help="Write the bad rows to FILE, to be mended."
        )

    def handle(self, *, file: Path, entity: str | None, by: str | None, **options: Any) -> None:
        try:
            run = self._take_in(file, entity, _person(by), options["map"])
            choice = ImportRun.Choice.GOOD if options["good_rows_only"] else ImportRun.Choice.ALL
            run = actions.check(run.pk, mapping=run.mapping, choice=choice, by=run.started_by)
            run = self._work_off(run, "checked")
            self._tell_problems(run, options["mend"])
            if run.state != State.CHECKED:
                raise CommandError(f"Nothing was imported. {run.because}")
            if options["dry_run"]:
                self.stdout.write(f"Would import: {_counts(run)}")
                return
            run = actions.write(run.pk, by=run.started_by)
            run = self._work_off(run, "imported")
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        finally:
            engine.forget_readers()
        if run.state != State.DONE:
            raise CommandError(str(run.because))
        self.stdout.write(self.style.SUCCESS(f"Imported: {_counts(run)}"))

    def _take_in(self, file: Path, entity: str | None, by: User, corrections: list[str]) -> ImportRun:
        try:
            if file.stat().st_size > store.largest():
                raise store.too_large(store.largest())
            data = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        run = actions.take_in(data, name=file.name, entity=entity or "", by=by)
        for correction in corrections:
            field, equals, heading = correction.partition("=")
            if not equals or field not in {one.name for one in fields_of(run.entity)}:
                known = ", ".join(one.name for one in fields_of(run.entity))
                raise CommandError(f"--map {correction}: write FIELD=HEADING, with one of {known}.")
            run.mapping[field] = heading
        program = f", an export of {BY_NAME[run.profile].program}" if run.profile else ""
        self.stdout.write(f"{file.name}: {run.get_entity_display()}{program}")
        for one in fields_of(run.entity):
            if heading := run.mapping.get(one.name):
                self.stdout.write(f"  {heading} → {one.label}")
        return run

    def _work_off(self, run: ImportRun, done: str) -> ImportRun:
        start = told = time.monotonic()
        ended = False
        while not ended:
            ended = engine.step(run.pk)
            run.refresh_from_db()
            if time.monotonic() - told > REPORT_EVERY_SECONDS or (ended and run.rows_read):
                told = time.monotonic()
                pace = run.rows_read / max(told - start, 0.001)
                self.stderr.write(f"{run.rows_read} of {run.rows_total} rows {done}, {pace:.0f} per second")
        return run

    def _tell_problems(self, run: ImportRun, mend: Path | None) -> None:
        problems = run.problems.order_by("line", "pk")
        for problem in problems[:PROBLEMS_SHOWN]:
            where = f", {problem.column}" if problem.column else ""
            self.stderr.write(f"{run.file_name}:{problem.line}{where}: {problem.reason} {problem.remedy}")
        if (more := problems.count() - PROBLEMS_SHOWN) > 0:
            self.stderr.write(f"… and {more} more problems.")
        for label, names in run.notes.items():
            self.stdout.write(f"{label}: {', '.join(names)}")
        if mend and run.refused:
            with mend.open("w", encoding="utf-8", newline="") as out:
                out.writelines(exports.csv_pieces(mending.table(run)))
            self.stdout.write(f"The bad rows are in {mend}.")


def _person(email: str | None) -> User:
    people = User.objects.filter(is_active=True)
    if email:
        found = people.filter(email__iexact=email).first()
        if found is None or not found.has_role(*IMPORTS):
            raise CommandError(f"{email} is nobody who may import: an administrator, manager or dispatcher.")
        return found
    found = next((one for one in people.order_by("pk") if one.has_role(Role.ADMINISTRATOR)), None)
    if found is None:
        raise CommandError("There is no administrator yet. Say who imports with --by.")
    return found


def _counts(run: ImportRun) -> str:
    return f"{run.created} new, {run.updated} changed, {run.unchanged} unchanged, {run.refused} bad."
