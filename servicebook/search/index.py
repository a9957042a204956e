"""What can be found, and keeping the index true to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from servicebook.search.rules import normal

if TYPE_CHECKING:
    from django.db.models import Model


@dataclass(frozen=True)
class Findable:
    """How one object is found: what the hit shows, and the words that lead to it."""

    title: str
    detail: str = ""
    words: str = ""


REGISTERED: dict[type[Any], Callable[[Any], Findable]] = {}


def findable(model: type[Any]) -> Callable[[Callable[[Any], Findable]], Callable[[Any], Findable]]:
    """Register a function that says how objects of `model` are found."""

    def register(say: Callable[[Any], Findable]) -> Callable[[Any], Findable]:
        REGISTERED[model] = say
        return say

    return register


def index(thing: "Model", *, new: bool = False) -> None:
    """Bring the index in line with `thing`. Actions call it in their transaction."""
    index_many([thing], new=new)


def index_many(things: Sequence["Model"], *, new: bool = False) -> None:
    """Index objects of one model with one statement per 500."""
    from django.contrib.contenttypes.models import ContentType

    from servicebook.search.models import Indexed

    if not things:
        return
    say = REGISTERED[type(things[0])]
    kind = ContentType.objects.get_for_model(things[0])
    rows = []
    for thing in things:
        found = say(thing)
        text = normal(f"{found.title} {found.detail} {found.words}")
        rows.append(
            Indexed(
                subject_type=kind,
                subject_id=thing.pk,
                title=found.title[:200],
                detail=found.detail[:200],
                text=text,
            )
        )
    if new:
        Indexed.objects.bulk_create(rows, batch_size=500)
    else:
        Indexed.objects.bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["subject_type", "subject_id"],
            update_fields=["title", "detail", "text"],
        )
