"""Numbers for people (T-2026-000123): no gap and no double per series and year, on both engines.

The counter's row stays locked until the transaction ends, so take a number as late as possible.
"""

import secrets

from django.db import connection

from servicebook.core.models import NumberSeries

_TAKE = (
    f"INSERT INTO {NumberSeries._meta.db_table} (series, year, last) VALUES (%s, %s, %s) "  # noqa: S608
    f"ON CONFLICT (series, year) DO UPDATE SET last = {NumberSeries._meta.db_table}.last + excluded.last "
    "RETURNING last"
)


def take(series: str, year: int) -> str:
    """Return the next number of `series` in `year`. Call inside a transaction."""
    return take_many(series, year, 1)[0]


def stand_in(series: str, year: int) -> str:
    """Return what stands for a number in rows that are made before it is taken.

    Nobody can guess it, so it is in no text that somebody wrote.
    """
    return f"{series}-{year}-{secrets.token_hex(3)}"


def take_many(series: str, year: int, count: int) -> list[str]:
    """Return the next `count` numbers, in order, with one statement."""
    if not connection.in_atomic_block:
        raise RuntimeError("a number is taken inside the transaction that uses it")
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [series, year, count])
        last = cursor.fetchone()[0]
    return [f"{series}-{year}-{number:06d}" for number in range(last - count + 1, last + 1)]
