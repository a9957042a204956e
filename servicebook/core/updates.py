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
    fields, sql, marks = _shape(type(rows[0]), tuple(names))
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        values = [
            one.get_db_prep_save(getattr(row, one.attname), connection) for row in part for one in fields
        ]
        with connection.cursor() as cursor:
            cursor.execute(sql.format(rows=", ".join([marks] * len(part))), values)


@cache
def _shape(model: type[models.Model], names: tuple[str, ...]) -> tuple[list[Any], str, str]:
    """The fields with the key first, the statement, and the marks of one row in it."""
    meta, quote = model._meta, connection.ops.quote_name
    fields: list[Any] = [meta.pk, *map(meta.get_field, names)]
    table, key = quote(meta.db_table), quote(str(meta.pk.column))
    changes = ", ".join(
        f"{quote(one.column)} = one.column{place}" for place, one in enumerate(fields[1:], start=2)
    )
    sql = f"UPDATE {table} SET {changes} FROM (VALUES {{rows}}) AS one WHERE {table}.{key} = one.column1"  # noqa: S608
    return fields, sql, f"({', '.join(map(_mark, fields))})"


def _mark(field: Any) -> str:
    """A value of a list is text to PostgreSQL unless it is told; SQLite stores what it is given."""
    if connection.vendor != "postgresql":
        return "%s"
    return f"CAST(%s AS {field.cast_db_type(connection)})"
