"""A start that is killed while it makes the tables is finished by the next one (B26)."""

from collections.abc import Iterator

import pytest
from django.core.management import load_command_class
from django.core.management.commands import migrate
from django.db import connection, models
from django.db.migrations import CreateModel, Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from servicebook.core.management.commands.migrate import WholeExecutor

pytestmark = pytest.mark.trust("B26")
TABLE = "servicebook_killed_shelf"


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def _no_shelf_stays(transactional_db: None) -> Iterator[None]:
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
    MigrationRecorder(connection).record_unapplied("servicebook_killed", "0001_initial")


def _one_with_an_index() -> Migration:
    """Its index is made at the end: Django calls that a deferred statement."""
    migration = Migration("0001_initial", "servicebook_killed")
    place = models.ForeignKey("self", null=True, on_delete=models.CASCADE)
    fields = [("id", models.AutoField(primary_key=True)), ("place", place)]
    migration.operations = [CreateModel("Shelf", fields)]
    return migration


def _killed_before_it_is_recorded(executor: MigrationExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    def end(migration: Migration) -> None:
        raise Killed

    monkeypatch.setattr(executor, "record_migration", end)
    with pytest.raises(Killed):
        executor.apply_migration(ProjectState(), _one_with_an_index())


@pytest.mark.usefixtures("_no_shelf_stays")
def test_a_migration_that_is_killed_leaves_no_table_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    _killed_before_it_is_recorded(WholeExecutor(connection), monkeypatch)
    assert TABLE not in connection.introspection.table_names()

    WholeExecutor(connection).apply_migration(ProjectState(), _one_with_an_index())
    assert TABLE in connection.introspection.table_names()
    recorded = MigrationRecorder(connection).applied_migrations()
    assert ("servicebook_killed", "0001_initial") in recorded


@pytest.mark.usefixtures("_no_shelf_stays")
def test_without_the_guard_the_table_stays_and_nobody_knows_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    _killed_before_it_is_recorded(MigrationExecutor(connection), monkeypatch)
    assert TABLE in connection.introspection.table_names()
    recorded = MigrationRecorder(connection).applied_migrations()
    assert ("servicebook_killed", "0001_initial") not in recorded


def test_the_command_migrate_uses_the_guard() -> None:
    assert load_command_class("servicebook.core", "migrate").__module__.startswith("servicebook.core")
    assert migrate.MigrationExecutor is WholeExecutor
