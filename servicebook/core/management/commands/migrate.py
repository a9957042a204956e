"""`servicebook migrate`: Django's, but a migration is done wholly or not at all, whenever it is killed."""

from typing import Any

from django.core.management.commands import migrate
from django.db.migrations.executor import MigrationExecutor


class WholeExecutor(MigrationExecutor):
    """Records a migration in the transaction that makes its tables.

    Django's own commits a migration that has statements for its end (indexes, foreign keys) before it
    records it. A program that is killed between the two finds tables that it does not know of, and
    no later start gets past them (B26).
    """

    def apply_migration(
        self, state: Any, migration: Any, fake: bool = False, fake_initial: bool = False
    ) -> Any:
        if fake or fake_initial or not migration.atomic:
            return super().apply_migration(state, migration, fake=fake, fake_initial=fake_initial)
        if self.progress_callback:
            self.progress_callback("apply_start", migration, fake)
        with self.connection.schema_editor(atomic=True) as editor:
            state = migration.apply(state, editor)
            while editor.deferred_sql:
                editor.execute(editor.deferred_sql.pop(0))
            self.record_migration(migration)  # type: ignore[call-arg]  # the stubs are of an older Django
        if self.progress_callback:
            self.progress_callback("apply_success", migration, fake)
        return state


# The command names its executor in its module and has no other place to choose one.
migrate.MigrationExecutor = WholeExecutor  # type: ignore[attr-defined]


class Command(migrate.Command):
    pass
