"""`find`: what the search box asks."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils.text import capfirst

from servicebook.search.engines import holding, holding_parts, newest_of_each
from servicebook.search.indexing import REGISTERED, Kind
from servicebook.search.models import Indexed
from servicebook.search.rules import SHORTEST_TRIGRAM, corrected, rank, terms

if TYPE_CHECKING:
    from servicebook.accounts.models import User

RANKED = 40  # the newest matches of a kind, of which the best are shown
CANDIDATES = 120  # the newest rows of a kind that tell what a word with a slip may have been
SHORTEST_QUERY = 2


@dataclass(frozen=True)
class Hit:
    """One line under the search box."""

    kind: str  # "Tickets"
    icon: str
    title: str
    detail: str
    url: str
    subject_id: int
    model: type[Any]


def find(text: str, user: "User", limit: int = 20) -> list[Hit]:
    """Return what `user` may see that holds all words of `text`, best first within each kind.

    Where nothing does, what is close to them (a typo). One statement for all kinds of objects on
    PostgreSQL, one per kind on SQLite; two more such for typos. Empty for fewer than two characters.
    """
    words = terms(text)
    if sum(map(len, words)) < SHORTEST_QUERY:
        return []
    kinds = in_order()
    searched = [_visible(kind, user) for kind in kinds]
    found = _ranked(searched, words)
    if not any(found):
        found = _mended(searched, words)
    hits = [_hit(kind, row) for kind, rows in zip(kinds, found, strict=True) for row in rows[: kind.most]]
    return hits[:limit]


def ids_holding(model: type[Any], text: str) -> QuerySet[Indexed, int]:
    """Return the ids of all objects of `model` that hold all words of `text`, for a list's filter."""
    rows = Indexed.objects.filter(subject_type=ContentType.objects.get_for_model(model))
    return holding(rows, terms(text)).values_list("subject_id", flat=True)


def find_of(model: type[Any], text: str, user: "User", *, most: int = 10) -> list[Hit]:
    """Return the objects of one model that `user` may see and that hold all words of `text`.

    Best first; where nothing holds them, what is close (a typo). At most three statements.
    """
    words = terms(text)
    if sum(map(len, words)) < SHORTEST_QUERY:
        return []
    kind = REGISTERED[model]
    searched = [_visible(kind, user)]
    [found] = _ranked(searched, words)
    if not found:
        [found] = _mended(searched, words)
    return [_hit(kind, row) for row in found[:most]]


def subjects_holding(text: str, most: int = 200) -> list[tuple[int, int]]:
    """Return (content type, id) of what holds all words of `text`, the newest first, whoever may see it.

    For pages of people who see everything.
    """
    words = terms(text)
    if sum(map(len, words)) < SHORTEST_QUERY:
        return []
    rows = holding(Indexed.objects.all(), words).order_by("-pk")
    return list(rows.values_list("subject_type_id", "subject_id")[:most])


def in_order() -> list[Kind]:
    """The kinds of things that can be found, in the order in which their hits stand."""
    return sorted(REGISTERED.values(), key=lambda kind: kind.place)


def near(rows: QuerySet[Indexed], words: list[str], most: int) -> list[Indexed]:
    """Return those of `rows` that hold what the words were meant to be, best first."""
    return _mended([rows], words)[0][:most]


def _ranked(searched: list[QuerySet[Indexed]], words: list[str]) -> list[list[Indexed]]:
    """The rows of each query that hold all words, best first."""
    found = newest_of_each([holding(rows, words) for rows in searched], RANKED)
    for rows in found:
        rows.sort(key=lambda row: rank(words, row.title, row.text))
    return found


def _mended(searched: list[QuerySet[Indexed]], words: list[str]) -> list[list[Indexed]]:
    """The rows of each query that hold what the words were meant to be.

    Rows that hold a part of each word tell what is written there; the closest of it is then looked
    for everywhere.
    """
    words = [word for word in words if len(word) >= SHORTEST_TRIGRAM]
    if not words:
        return [[] for _ in searched]
    near = newest_of_each([holding_parts(rows, words) for rows in searched], CANDIDATES)
    meant = corrected(words, (row.text for rows in near for row in rows))
    return _ranked(searched, meant) if meant else [[] for _ in searched]


def _visible(kind: Kind, user: "User") -> QuerySet[Indexed]:
    rows = Indexed.objects.filter(subject_type=ContentType.objects.get_for_model(kind.model))
    seen: QuerySet[Any] = kind.model._default_manager.visible_to(user)
    if not seen.query.where:  # sees them all: no need to look each of them up
        return rows
    return rows.filter(subject_id__in=seen.values("pk"))


def _hit(kind: Kind, row: Indexed) -> Hit:
    heading = capfirst(str(kind.plural or kind.model._meta.verbose_name_plural))
    return Hit(heading, kind.icon, row.title, row.detail, row.url, row.subject_id, kind.model)
