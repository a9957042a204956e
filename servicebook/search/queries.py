"""`find`: what the search box asks."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils.text import capfirst

from servicebook.search.engines import close_to, holding
from servicebook.search.indexing import REGISTERED, Kind
from servicebook.search.models import Indexed
from servicebook.search.rules import rank, terms

if TYPE_CHECKING:
    from servicebook.accounts.models import User

RANKED = 40  # the newest matches of a kind, of which the best are shown
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

    Where nothing does, what is close to them (a typo). One statement per kind of object, one more
    per kind for typos. Empty for fewer than two characters.
    """
    words = terms(text)
    if sum(map(len, words)) < SHORTEST_QUERY:
        return []
    searched = [(kind, _visible(kind, user)) for kind in in_order()]
    hits: list[Hit] = []
    for kind, rows in searched:
        found = list(holding(rows, words).order_by("-pk")[:RANKED])
        found.sort(key=lambda row: rank(words, row.title, row.text))
        hits += [_hit(kind, row) for row in found[: kind.most]]
    if not hits:
        for kind, rows in searched:
            hits += [_hit(kind, row) for row in close_to(rows, words, kind.most)]
    return hits[:limit]


def ids_holding(model: type[Any], text: str) -> QuerySet[Indexed, int]:
    """Return the ids of all objects of `model` that hold all words of `text`, for a list's filter."""
    rows = Indexed.objects.filter(subject_type=ContentType.objects.get_for_model(model))
    return holding(rows, terms(text)).values_list("subject_id", flat=True)


def find_of(model: type[Any], text: str, user: "User", *, most: int = 10) -> list[Hit]:
    """Return the objects of one model that `user` may see and that hold all words of `text`.

    Best first; where nothing holds them, what is close (a typo). At most two statements.
    """
    words = terms(text)
    if sum(map(len, words)) < SHORTEST_QUERY:
        return []
    kind = REGISTERED[model]
    rows = _visible(kind, user)
    found = list(holding(rows, words).order_by("-pk")[:RANKED])
    found.sort(key=lambda row: rank(words, row.title, row.text))
    return [_hit(kind, row) for row in found[:most] or close_to(rows, words, most)]


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


def _visible(kind: Kind, user: "User") -> QuerySet[Indexed]:
    rows = Indexed.objects.filter(subject_type=ContentType.objects.get_for_model(kind.model))
    seen: QuerySet[Any] = kind.model._default_manager.visible_to(user)
    if not seen.query.where:  # sees them all: no need to look each of them up
        return rows
    return rows.filter(subject_id__in=seen.values("pk"))


def _hit(kind: Kind, row: Indexed) -> Hit:
    heading = capfirst(str(kind.plural or kind.model._meta.verbose_name_plural))
    return Hit(heading, kind.icon, row.title, row.detail, row.url, row.subject_id, kind.model)
