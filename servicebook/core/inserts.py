"""New rows, written with statements made once, and several of them in one trip.

A change of the house writes into many tables: the journal, the search index, spells, deliveries.
Nobody asks for the ids of such rows. Inside `together` they are collected and go to PostgreSQL in
one round trip at the end.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from django.db import connection, models

AT_ONCE = 500

_collected: ContextVar["list[tuple[str, list[Any]]] | None"] = ContextVar("collected", default=None)


def add(rows: Sequence[models.Model], *, unless_there: bool = False) -> None:
    """Insert rows of one model, in order. Their ids are not filled in.

    Args:
        unless_there: a row that breaks a unique constraint is left out.
    """
    for start in range(0, len(rows), AT_ONCE):
        statement = _statement(rows[start : start + AT_ONCE], unless_there)
        waiting = _collected.get()
        if waiting is None:
            _execute([statement])
        else:
            waiting.append(statement)


def insert(row: models.Model) -> None:
    """Insert one row and give it its id, as `save(force_insert=True)` does."""
    sql, values = _statement([row], False)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} RETURNING {connection.ops.quote_name(str(row._meta.pk.column))}", values)
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, connection.alias


@contextmanager
def together() -> Iterator[None]:
    """Write what is added inside at the end, at once. Call it inside a transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("rows are written together inside the transaction that they belong to")
    if _collected.get() is not None:  # the outer one writes
        yield
        return
    token = _collected.set([])
    try:
        yield
        waiting = _collected.get() or []
    finally:
        _collected.reset(token)
    _execute(waiting)


def _statement(rows: Sequence[models.Model], unless_there: bool) -> tuple[str, list[Any]]:
    start, row_marks, fields = _shape(type(rows[0]))
    values = [
        field.get_db_prep_save(field.pre_save(row, True), connection) for row in rows for field in fields
    ]
    end = " ON CONFLICT DO NOTHING" if unless_there else ""
    return f"{start}{', '.join([row_marks] * len(rows))}{end}", values


@cache
def _shape(model: type[models.Model]) -> tuple[str, str, list[Any]]:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key and not field.generated]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    marks = f"({', '.join(['%s'] * len(fields))})"
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ", marks, fields  # noqa: S608


def _execute(statements: list[tuple[str, list[Any]]]) -> None:
    if not statements:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sql = "; ".join(sql for sql, _values in statements)
            cursor.execute(sql, [value for _sql, values in statements for value in values])
            return
        for sql, values in statements:
            cursor.execute(sql, values)
