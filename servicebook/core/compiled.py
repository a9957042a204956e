"""One row by a key, with a statement that is compiled once: reading by key is the most frequent of all.

The ORM builds and compiles a statement anew each time, which costs more than the database needs to
answer it. Here the statement of (model, columns, key) is kept, and only the key's value changes.
Columns of a related row are scalar subqueries: PostgreSQL plans six of them in a fifth of the time
that it needs for six joins. A single related row is joined.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models import OuterRef, Subquery
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=models.Model)

# What stands in the statement for the key's value until it is asked.
_MARKS: dict[str, Any] = {"str": "\0the value of the key", "int": -(2**62) - 57}


@dataclass(frozen=True, slots=True)
class _Statement:
    sql: str
    params: tuple[Any, ...]
    converters: Mapping[int, tuple[list[Callable[..., Any]], Any]]

    def first(self, value: str | int) -> tuple[Any, ...] | None:
        mark = _MARKS[type(value).__name__]
        params = [value if one == mark else one for one in self.params]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            row = cursor.fetchone()
        if row is None or not self.converters:
            return row  # type: ignore[no-any-return]
        found = list(row)
        for place, (converters, expression) in self.converters.items():
            for convert in converters:
                found[place] = convert(found[place], expression, connection)
        return tuple(found)


def first(
    model: type[models.Model], columns: tuple[str, ...], key: str, value: str | int
) -> tuple[Any, ...] | None:
    """The columns of the row whose column `key` is `value`; None if there is none.

    Args:
        columns: names as `values_list` takes them; "owner__name" goes one step to a related row.
    """
    return _statement(connection.vendor, model, columns, key, type(value).__name__).first(value)


def thing(rows: models.QuerySet[M], key: int) -> M | None:
    """The object of `rows` with this id, and what its `select_related` names; None if there is none.

    Only `rows` that hide nothing are read so; others build their statement as ever.
    """
    if not _is_plain(rows.query):
        return rows.filter(pk=key).first()
    shape = (connection.vendor, rows.model, repr(rows.query.select_related))
    reader = _readers.get(shape)
    if reader is None:
        reader = _readers[shape] = _reader(rows)
    found: M | None = reader.read(key)
    return found


@dataclass(frozen=True, slots=True)
class _Reader:
    """Makes an object of a row, as Django's own iterator does."""

    statement: _Statement
    model: type[models.Model]
    names: list[str]
    start: int
    end: int
    related: list[Any]

    def read(self, key: int) -> Any:
        row = self.statement.first(key)
        if row is None:
            return None
        found = self.model.from_db(connection.alias, self.names, row[self.start : self.end])
        for populator in self.related:
            populator.populate(row, found)
        return found


_readers: dict[tuple[str, type[models.Model], str], _Reader] = {}


def _reader(rows: models.QuerySet[Any]) -> _Reader:
    query = rows.filter(pk=_MARKS["int"]).order_by()[:1].query
    compiler = query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    info: Any = compiler.klass_info
    select: Any = compiler.select
    converters = compiler.get_converters([column[0] for column in select])
    fields = info["select_fields"]
    return _Reader(
        statement=_Statement(sql, tuple(params), converters),
        model=info["model"],
        names=[column[0].target.attname for column in select[fields[0] : fields[-1] + 1]],
        start=fields[0],
        end=fields[-1] + 1,
        related=get_related_populators(info, select, connection.alias),  # type: ignore[call-arg]
    )


def _is_plain(query: Any) -> bool:
    """Whether nothing but its model and `select_related` sets these rows apart."""
    return not (
        query.where
        or query.annotations
        or query.extra
        or query.distinct
        or query.combinator
        or query.is_sliced
        or query.values_select
        or query.select_for_update
        or query.deferred_loading[0]
        or query.filter_is_sticky
    )


@cache
def _statement(
    vendor: str, model: type[models.Model], columns: tuple[str, ...], key: str, kind: str
) -> _Statement:
    names, annotations = list(columns), {}
    if len({column.partition("__")[0] for column in columns if "__" in column}) > 1:
        for place, column in enumerate(columns):
            if "__" in column:
                names[place] = f"of_{column}"
                annotations[names[place]] = _related(model, column)
    rows = model._base_manager.annotate(**annotations).filter(**{key: _MARKS[kind]}).order_by()
    query = rows.values_list(*names)[:1].query
    compiler = query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    converters = compiler.get_converters([column[0] for column in compiler.select])
    return _Statement(sql, tuple(params), converters)


def _related(model: type[models.Model], column: str) -> Subquery:
    relation, _step, name = column.partition("__")
    field: Any = model._meta.get_field(relation)
    rows = field.related_model._base_manager.filter(pk=OuterRef(field.attname))
    return Subquery(rows.order_by().values(name)[:1])
