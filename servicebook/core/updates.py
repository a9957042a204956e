"""Rows that are changed each in its own way, very many at a time."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection, models

AT_ONCE = 500


def write_each(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write these fields of rows of one model, with one statement per AT_ONCE.

    Does what `bulk_update` does. That one names each row once per field, in a tree of expressions; here
    the values stand in one table that the rows are joined with, which costs a tenth.
    """
    if not rows:
        return
    fields, sql, types = _shape(type(rows[0]), tuple(names))
    for start in range(0, len(rows), AT_ONCE):
        values = [
            [one.get_db_prep_save(getattr(row, one.attname), connection) for one in fields]
            for row in rows[start : start + AT_ONCE]
        ]
        execute(sql, values, types)


def execute(sql: str, rows: Sequence[Sequence[Any]], types: Sequence[str], *before: Any) -> None:
    """Execute a statement that reads `rows` as a table: `{rows}` in it is `one (column1, column2, …)`.

    PostgreSQL is given an array for each column: to write out thousands of values costs this process more
    than the statement costs there.

    Args:
        types: what PostgreSQL calls those of the columns; SQLite stores what it is given.
        before: values that stand in the statement before the rows.
    """
    if connection.vendor == "postgresql":
        columns = ", ".join(f"column{place}" for place in range(1, len(types) + 1))
        table = f"unnest({', '.join(f'%s::{one}[]' for one in types)}) AS one ({columns})"
        values = [list(column) for column in zip(*rows, strict=True)]
    else:
        marks = f"({', '.join(['%s'] * len(types))})"
        table = f"(VALUES {', '.join([marks] * len(rows))}) AS one"
        values = [value for row in rows for value in row]
    with connection.cursor() as cursor:
        cursor.execute(sql.format(rows=table), [*before, *values])


@cache
def _shape(model: type[models.Model], names: tuple[str, ...]) -> tuple[list[Any], str, list[str]]:
    """The fields with the key first, the statement, and the types of the columns in it."""
    meta, quote = model._meta, connection.ops.quote_name
    fields: list[Any] = [meta.pk, *map(meta.get_field, names)]
    table, key = quote(meta.db_table), quote(str(meta.pk.column))
    changes = ", ".join(
        f"{quote(one.column)} = one.column{place}" for place, one in enumerate(fields[1:], start=2)
    )
    sql = f"UPDATE {table} SET {changes} FROM {{rows}} WHERE {table}.{key} = one.column1"  # noqa: S608
    return fields, sql, [str(one.cast_db_type(connection)) for one in fields]
