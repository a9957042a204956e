"""New rows, written with statements made once, and several of them in one trip.

A change of the house writes into many tables: the journal, the search index, spells, deliveries.
Nobody asks for the ids of such rows. Inside `together` they are collected and go to PostgreSQL in
one round trip at the end.

A row may hold a text that is not known yet, such as a number that is taken as late as possible: a
stand-in is written into the row, and `Rows.settle` puts the text in its place.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import Any, TypeVar

from django.db import connection, models, transaction
from django.db.models.base import ModelState

M = TypeVar("M", bound=models.Model)

AT_ONCE = 500
MANY = 50


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `limits` has the greatest length of each column, for rows of any number."""

    sql: str
    values: list[Any]
    limits: tuple[int | None, ...]

    def holds(self, text: str) -> bool:
        return any(isinstance(one, str) and text in one.casefold() for one in self.values)

    def put(self, stand_in: str, text: str) -> None:
        """Put `text` in the place of `stand_in`, and of its folded form, which a search text has."""
        for place, value in enumerate(self.values):
            if isinstance(value, str) and stand_in.casefold() in value.casefold():
                whole = value.replace(stand_in, text).replace(stand_in.casefold(), text.casefold())
                self.values[place] = whole[: self.limits[place % len(self.limits)]]


@dataclass
class Rows:
    """What `together` has collected."""

    waiting: list[Statement] = field(default_factory=list)

    def settle(self, stand_in: str, learn: Callable[[], str]) -> None:
        """Put what `learn` returns, which is no shorter, in the place of `stand_in`.

        What does not hold it is written before, so that `learn` may lock what others wait for.
        """
        late = [one for one in self.waiting if one.holds(stand_in.casefold())]
        _execute([one for one in self.waiting if one not in late])
        self.waiting[:] = late
        text = learn()
        for one in late:
            one.put(stand_in, text)


_collected: ContextVar["Rows | None"] = ContextVar("collected", default=None)


# What the request's transaction writes in one trip with its commit.
_last: ContextVar["Rows | None"] = ContextVar("last", default=None)


@contextmanager
def ending() -> Iterator[Rows]:
    """A transaction whose last statements are kept back, and sent to PostgreSQL with the commit itself.

    Between the two no lock waits for this process to get its turn.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        rows = Rows()
        token = _last.set(rows)
        try:
            yield rows
        finally:
            _last.reset(token)
        _execute(rows.waiting, commit=outermost)


@contextmanager
def left_to_the_end() -> Iterator[None]:
    """Leave what is added inside to `ending`, if there is one: nothing may read it meanwhile."""
    last = _last.get()
    if last is None or _collected.get() is not None:
        yield
        return
    token = _collected.set(last)
    try:
        yield
    finally:
        _collected.reset(token)


def atomic() -> transaction.Atomic:
    """A transaction, or a part of one; without a savepoint where an error ends the whole of it."""
    last = _last.get()
    return transaction.atomic(savepoint=last is None or _collected.get() is not last)


def reserve(*rows: models.Model) -> None:
    """Give rows their ids before they are inserted, so that others can name them. PostgreSQL only."""
    with connection.cursor() as cursor:
        cursor.execute(_sequences(tuple(type(row) for row in rows)))
        ids = cursor.fetchone()
    for row, key in zip(rows, ids, strict=True):
        row.pk = key


def add(rows: Sequence[models.Model], *, unless_there: bool = False) -> None:
    """Insert rows of one model, in order. Their ids are not filled in, unless they are `reserve`d.

    Args:
        unless_there: a row that breaks a unique constraint is left out.
    """
    waiting = _collected.get()
    if waiting is None and len(rows) >= MANY and not unless_there and connection.vendor == "postgresql":
        _copy(rows)
        return
    for start in range(0, len(rows), AT_ONCE):
        statement = _statement(rows[start : start + AT_ONCE], unless_there)
        if waiting is None:
            _execute([statement])
        else:
            waiting.waiting.append(statement)
    _are_there(rows)


def insert_many(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model and give them their ids, in their order."""
    if not rows:
        return
    model = type(rows[0])
    if connection.vendor != "postgresql":
        model._default_manager.bulk_create(rows)
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_next_id(model)} FROM generate_series(1, %s)", [len(rows)])  # noqa: S608
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key
    add(rows)


def insert(row: models.Model) -> None:
    """Insert one row and give it its id, as `save(force_insert=True)` does."""
    one = _statement([row], False)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{one.sql} RETURNING {connection.ops.quote_name(str(row._meta.pk.column))}", one.values
        )
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, connection.alias


def like(row: M, refers: Mapping[str, models.Model | None] | None = None, **columns: Any) -> M:
    """A new row like `row`, which is not inserted yet, apart from these columns.

    What `row` refers to is at hand here, too, so none of its columns is changed. Where thousands of rows
    differ in a day or an id, this costs a tenth of `Model.__init__`, which looks at each field in turn.

    Args:
        refers: to what the new row refers by these names, with its id.
    """
    state, other = ModelState(), object.__new__(type(row))
    state.fields_cache = row._state.fields_cache.copy()
    other.__dict__ = {**row.__dict__, "_state": state, **columns}
    for name, one in (refers or {}).items():
        state.fields_cache[name] = one
        other.__dict__[f"{name}_id"] = None if one is None else one.pk
    return other


@contextmanager
def together() -> Iterator[Rows]:
    """Write what is added inside at the end, at once. Call it inside a transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("rows are written together inside the transaction that they belong to")
    outer = _collected.get()
    if outer is not None:  # the outer one writes
        yield outer
        return
    rows = Rows()
    token = _collected.set(rows)
    try:
        yield rows
    finally:
        _collected.reset(token)
    _execute(rows.waiting)


def _copy(rows: Sequence[models.Model]) -> None:
    """PostgreSQL takes many rows in a tenth of the time this way.

    Nothing has to be parsed there, and what a column takes as it is, is not looked at here.
    """
    columns, fields = _columns(type(rows[0]), rows[0].pk is not None)
    read = itemgetter(*(one.attname for one in fields))
    special = [(at, one) for at, one in enumerate(fields) if isinstance(one, models.JSONField)]
    with connection.cursor() as cursor, cursor.copy(f"COPY {columns} FROM STDIN") as copy:
        for row in rows:
            values = list(read(row.__dict__))  # past the descriptors of the references
            for at, one in special:
                values[at] = one.get_db_prep_save(values[at], connection)
            copy.write_row(values)
    _are_there(rows)


def _are_there(rows: Sequence[models.Model]) -> None:
    alias = connection.alias
    for row in rows:
        if row.pk is not None:
            state = row._state
            state.adding, state.db = False, alias


def _statement(rows: Sequence[models.Model], unless_there: bool) -> Statement:
    start, row_marks, fields, limits = _shape(type(rows[0]), rows[0].pk is not None)
    values = [one.get_db_prep_save(one.pre_save(row, True), connection) for row in rows for one in fields]
    end = " ON CONFLICT DO NOTHING" if unless_there else ""
    return Statement(f"{start}{', '.join([row_marks] * len(rows))}{end}", values, limits)


@cache
def _sequences(models_of_rows: tuple[type[models.Model], ...]) -> str:
    return f"SELECT {', '.join(map(_next_id, models_of_rows))}"


def _next_id(model: type[models.Model]) -> str:
    # The name of the sequence is looked up once in a statement, not for each row.
    return f"nextval((SELECT pg_get_serial_sequence('{model._meta.db_table}', 'id')::regclass))"


@cache
def _shape(model: type[models.Model], with_id: bool) -> tuple[str, str, list[Any], tuple[int | None, ...]]:
    columns, fields = _columns(model, with_id)
    marks = f"({', '.join(['%s'] * len(fields))})"
    limits = tuple(one.max_length for one in fields)
    return f"INSERT INTO {columns} VALUES ", marks, fields, limits  # noqa: S608 - names of ours


@cache
def _columns(model: type[models.Model], with_id: bool) -> tuple[str, list[Any]]:
    """The table with its columns, and the fields that fill them."""
    fields: list[Any] = [
        one for one in model._meta.concrete_fields if (with_id or not one.primary_key) and not one.generated
    ]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(one.column)) for one in fields)
    return f"{quote(model._meta.db_table)} ({columns})", fields


def _execute(statements: list[Statement], *, commit: bool = False) -> None:
    if not statements:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sql = "; ".join(one.sql for one in statements)
            if commit:  # the driver sees that nothing is left to commit when Django asks for it
                sql += "; COMMIT"
            cursor.execute(sql, [value for one in statements for value in one.values])
            return
        for one in statements:
            cursor.execute(one.sql, one.values)
