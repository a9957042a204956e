"""The triggers that make the journal append-only, in both engines.

Tests that empty the database take them away and put them back; nothing else does.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

SQLITE = (
    "CREATE TRIGGER IF NOT EXISTS journal_is_never_changed BEFORE UPDATE ON journal_entry "
    "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
    "CREATE TRIGGER IF NOT EXISTS journal_is_never_shortened BEFORE DELETE ON journal_entry "
    "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
)
SQLITE_AWAY = (
    "DROP TRIGGER IF EXISTS journal_is_never_changed",
    "DROP TRIGGER IF EXISTS journal_is_never_shortened",
)
POSTGRES = (
    "CREATE OR REPLACE FUNCTION journal_refuses() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the journal is append-only' "
    "USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "CREATE OR REPLACE TRIGGER journal_is_never_changed BEFORE UPDATE OR DELETE ON journal_entry "
    "FOR EACH ROW EXECUTE FUNCTION journal_refuses()",
    "CREATE OR REPLACE TRIGGER journal_is_never_emptied BEFORE TRUNCATE ON journal_entry "
    "FOR EACH STATEMENT EXECUTE FUNCTION journal_refuses()",
)
POSTGRES_AWAY = (
    "DROP TRIGGER IF EXISTS journal_is_never_changed ON journal_entry",
    "DROP TRIGGER IF EXISTS journal_is_never_emptied ON journal_entry",
)


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the triggers in place."""
    _run(connection, POSTGRES if connection.vendor == "postgresql" else SQLITE)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away."""
    _run(connection, POSTGRES_AWAY if connection.vendor == "postgresql" else SQLITE_AWAY)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of triggers that are not in place."""
    if connection.vendor == "postgresql":
        expected = {"journal_is_never_changed", "journal_is_never_emptied"}
        query = "SELECT tgname FROM pg_trigger WHERE tgrelid = 'journal_entry'::regclass AND tgenabled = 'O'"
    else:
        expected = {"journal_is_never_changed", "journal_is_never_shortened"}
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        return sorted(expected - {name for (name,) in cursor.fetchall()})


def _run(connection: BaseDatabaseWrapper, statements: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
