"""What obligations are about, for people who look at the agenda.

The search stands below the agenda, so it says here how it finds things by a text.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.db.models import Q, QuerySet

from servicebook.agenda.registry import DUTIES

Found = Iterable[tuple[int, int]]  # content type, id
MOST = 200

_finders: list[Callable[[str], Found]] = []


def found_by(finder: Callable[[str], Found]) -> None:
    """Say how things are found by a text. A few hundred hits are enough."""
    _finders.append(finder)


def about_what_holds(text: str, *, type_field: str, id_field: str) -> Q:
    """Return a condition for rows that are about something which holds all words of `text`."""
    wanted: dict[int, list[int]] = {}
    for finder in _finders:
        for kind, key in finder(text):
            wanted.setdefault(kind, []).append(key)
    found = Q(pk__in=[])
    for kind, keys in wanted.items():
        found |= Q(**{f"{type_field}_id": kind, f"{id_field}__in": keys[:MOST]})
    return found


def with_subjects(rows: QuerySet[Any], name: str = "subject") -> QuerySet[Any]:
    """Read the subjects of `rows` with one statement per model, whatever their number."""
    related: dict[type[Any], set[str]] = {}
    for one in DUTIES.values():
        related.setdefault(one.subject, set()).update(one.related)
    return rows.prefetch_related(
        GenericPrefetch(name, [_all(model, sorted(names)) for model, names in related.items()])
    )


def _all(model: type[Any], related: Sequence[str]) -> QuerySet[Any]:
    rows: QuerySet[Any] = model._base_manager.all()
    return rows.select_related(*related) if related else rows
