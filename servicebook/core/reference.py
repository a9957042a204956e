"""A cache for reference data (reasons, queue rules, field rules, preferences) that a change drops.

Each process keeps what it loaded. A change raises a counter in the database; other processes look
at the counter at most once a second. So reading reference data costs no statement, and a change
is seen everywhere within a second, in the process that made it at once.
"""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import F

from servicebook.core.models import ReferenceStamp

T = TypeVar("T")
LOOK_EVERY_SECONDS = 1.0

_cached: dict[str, Any] = {}
_seen_count = -1
_looked_at = float("-inf")


def get(key: str, load: Callable[[], T]) -> T:
    """Return what `load` gave for `key`, loading it again only after a change."""
    _look()
    if key not in _cached:
        _cached[key] = load()
    value: T = _cached[key]
    return value


def changed() -> None:
    """Say that reference data changed. Call in the transaction of the change."""
    if not ReferenceStamp.objects.filter(pk=1).update(count=F("count") + 1):
        ReferenceStamp.objects.create(pk=1, count=1)
    drop()
    transaction.on_commit(drop)


def drop() -> None:
    """Forget everything in this process."""
    global _looked_at
    _cached.clear()
    _looked_at = float("-inf")


def _look() -> None:
    global _seen_count, _looked_at
    moment = time.monotonic()
    if moment - _looked_at < LOOK_EVERY_SECONDS:
        return
    count = ReferenceStamp.objects.filter(pk=1).values_list("count", flat=True).first() or 0
    if count != _seen_count:
        _cached.clear()
        _seen_count = count
    _looked_at = moment
