"""Claim rows for one worker at a time, and refuse the writes of whoever lost its claim.

A claim writes a random token into the rows and moves their `ready_at` to the end of the lease, in
one transaction: row locks with skip-locked on PostgreSQL, the one writer's lock on SQLite. Whoever
finishes must still find its token there, in the transaction of its own rows; a late finisher finds
another one and is rolled back. A worker that dies is not missed: its lease runs out.
"""

import secrets
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from servicebook.core import clock
from servicebook.core.models import Leased

LEASE = timedelta(seconds=60)

L = TypeVar("L", bound=Leased)


class LeaseLost(Exception):
    """Another worker took the rows, or somebody settled them. What was written is rolled back."""


@dataclass(frozen=True)
class Claim(Generic[L]):
    """Rows that this worker may work on until `LEASE` after its last renewal."""

    token: str
    rows: list[L]
    # Rows that were tried before, or whose worker never came back. They are done alone, because
    # one of them may be what ended it.
    suspects: frozenset[int]


def waits(ready: QuerySet[Any]) -> bool:
    """Return whether anything may be taken now. It takes no lock, and costs the same however much waits.

    Asked in the order of work, so that the index of the queue answers: `exists` drops the order, and a
    database that expects many such rows then reads the table until it meets one.
    """
    return ready.values_list("pk", flat=True).first() is not None


def claim(ready: QuerySet[L], *, limit: int) -> Claim[L]:
    """Claim the first `limit` rows of `ready`: rows that may be taken now, in the order of work."""
    token = secrets.token_hex(16)
    with transaction.atomic():
        rows = list(ready.select_for_update(skip_locked=True)[:limit])
        if rows:
            # On SQLite nothing was locked by the read, but the transaction began as the only writer.
            ready.model._base_manager.filter(pk__in=[row.pk for row in rows]).update(
                token=token, ready_at=clock.now() + LEASE
            )
    suspects = frozenset(row.pk for row in rows if row.token or row.attempts)
    for row in rows:
        row.token = token
    return Claim(token, rows, suspects)


def settle(held: QuerySet[Any], ids: Collection[int], token: str, **changes: Any) -> None:
    """Write `changes` to all of `ids` if this worker still holds them, and give up the lease.

    Args:
        held: rows in the state that a worker works on, such as `Obligation.objects.armed()`.

    Raises:
        LeaseLost: one of them is no longer held. Roll back.
    """
    if ids and held.filter(pk__in=ids, token=token).update(**{"token": "", **changes}) != len(ids):
        raise LeaseLost


def renew(held: QuerySet[Any], token: str) -> int:
    """Move the end of a lease; return how many rows are still held."""
    with transaction.atomic():
        return held.filter(token=token).update(ready_at=clock.now() + LEASE)


# Claims of this process whose work may outlast a lease: token -> the rows, and since when.
_kept: dict[str, tuple[QuerySet[Any], float]] = {}


@contextmanager
def kept(held: QuerySet[Any], token: str) -> Iterator[None]:
    """Let `renew_kept` renew this claim while the block runs."""
    _kept[token] = (held, time.monotonic())
    try:
        yield
    finally:
        _kept.pop(token, None)


def renew_kept() -> None:
    """Renew the claims that are held for a while already. A worker's keeper calls it all the time."""
    for token, (held, since) in list(_kept.items()):
        if time.monotonic() - since > LEASE.total_seconds() / 4:
            renew(held, token)


def release(held: QuerySet[Any], token: str) -> None:
    """Give back what was not begun, so that it need not wait for the end of the lease."""
    with transaction.atomic():
        held.filter(token=token).update(token="", ready_at=clock.now())
