"""Insert rows unless their key is taken, and know which were new, with one statement on both engines."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)


def insert_new(rows: Sequence[M], *, key: str) -> list[M]:
    """Insert `rows` of one model and return the new ones, each with its primary key.

    A row whose `key` is in the table, or earlier in `rows`, is left out. Django's own ways either
    cannot tell a new row from an old one, or hide other mistakes: SQLite's "insert or ignore"
    swallows a broken check constraint as well.

    Args:
        key: a unique text field.
    """
    fresh = {getattr(row, key): row for row in reversed(rows)}
    if not fresh:
        return []
    meta = rows[0]._meta
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    places = f"({', '.join(['%s'] * len(fields))})"
    statement = (
        f"INSERT INTO {_quoted(meta.db_table)} ({', '.join(map(_column, fields))}) "  # noqa: S608 - names
        f"VALUES {', '.join([places] * len(fresh))} "
        f"ON CONFLICT ({_quoted(key)}) DO NOTHING RETURNING {_quoted(key)}, {_column(meta.pk)}"
    )
    values = [
        field.get_db_prep_save(field.pre_save(row, True), connection)
        for row in reversed(fresh.values())  # as they were given
        for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        inserted = dict(cursor.fetchall())
    new = [row for row in rows if fresh[getattr(row, key)] is row and getattr(row, key) in inserted]
    for row in new:
        row.pk = inserted[getattr(row, key)]
        row._state.adding, row._state.db = False, connection.alias
    return new


def _column(field: "models.Field[Any, Any]") -> str:
    return _quoted(str(field.column))


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
