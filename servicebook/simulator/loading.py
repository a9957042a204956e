"""Rows into tables by the engine's own fast way: COPY on PostgreSQL, executemany on SQLite."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection, models

from servicebook.search.indexing import REGISTERED
from servicebook.search.models import Indexed
from servicebook.search.rules import normal

AT_ONCE = 5_000
Row = TypeVar("Row", bound=models.Model)


def next_id(model: type[models.Model]) -> int:
    """The id that the next row may take."""
    return (model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0) + 1


def numbered(model: type[models.Model], rows: Iterable[Row]) -> Iterator[Row]:
    """Give unsaved rows the next ids of their table."""
    for key, row in enumerate(rows, start=next_id(model)):
        row.pk = key
        yield row


def indexed(thing: models.Model) -> Indexed:
    """The row by which the search finds a thing."""
    found = REGISTERED[type(thing)].say(thing)
    return Indexed(
        subject_type=ContentType.objects.get_for_model(thing),
        subject_id=thing.pk,
        title=found.title[:200],
        detail=found.detail[:200],
        url=thing.get_absolute_url(),  # type: ignore[attr-defined]
        text=normal(f"{found.title} {found.detail} {found.words}"),
    )


def load(rows: Iterable[models.Model]) -> int:
    """Insert unsaved objects of one model that have their ids; returns how many."""
    count, rest = 0, iter(rows)
    while part := list(islice(rest, AT_ONCE)):
        _insert(type(part[0]), part)
        count += len(part)
    return count


def settle(*loaded: type[models.Model]) -> None:
    """Let the next ids follow those that were loaded, and let the planner know the tables."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(loaded)):
            cursor.execute(statement)
        cursor.execute("ANALYZE")


def _insert(model: type[models.Model], part: list[models.Model]) -> None:
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    table = quote(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in _values(fields, part):
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(fields))
        cursor.executemany(
            f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 - names of our own tables
            list(_values(fields, part)),
        )


def _values(fields: list[Any], part: list[models.Model]) -> Iterator[list[Any]]:
    for row in part:
        yield [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
