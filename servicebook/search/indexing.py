"""What can be found, and keeping the index true to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise as LazyText

from servicebook.core import inserts
from servicebook.search.rules import normal

if TYPE_CHECKING:
    from django.db.models import Model


@dataclass(frozen=True)
class Findable:
    """How one object is found: what the hit shows, and the words that lead to it."""

    title: str
    detail: str = ""
    words: str = ""


Say = Callable[[Any], Findable]


@dataclass(frozen=True)
class Kind:
    """A model that can be found."""

    model: type[Any]
    say: Say
    icon: str
    most: int  # hits shown of this kind
    plural: str | LazyText = ""  # the heading above its hits
    place: int = 9  # the lower, the further up


REGISTERED: dict[type[Any], Kind] = {}


def findable(
    model: type[Any],
    *,
    icon: str = "point",
    most: int = 6,
    plural: str | LazyText = "",
    place: int = 9,
) -> Callable[[Say], Say]:
    """Register a function that says how objects of `model` are found.

    Args:
        plural: the heading above its hits, in people's words; else the model's own name.
        place: which kind stands above which.

    The model's manager has `visible_to(user)`; its objects have `get_absolute_url()`.
    """

    def register(say: Say) -> Say:
        REGISTERED[model] = Kind(model, say, icon, most, plural, place)
        return say

    return register


def index(thing: "Model", *, new: bool = False) -> None:
    """Bring the index in line with `thing`. Actions call it in their transaction.

    Args:
        new: the object was inserted in this transaction; saves looking for its old entry.
    """
    index_many([thing], new=new)


def index_many(things: Sequence["Model"], *, new: bool = False) -> None:
    """Index objects of one model with one statement per 500."""
    from django.contrib.contenttypes.models import ContentType

    from servicebook.search.models import Indexed

    if not things:
        return
    kind = REGISTERED[type(things[0])]
    one = Indexed(subject_type=ContentType.objects.get_for_model(things[0]))
    rows = []
    for thing in things:
        found = kind.say(thing)
        rows.append(
            inserts.like(
                one,
                subject_id=thing.pk,
                title=found.title[:200],
                detail=found.detail[:200],
                url=thing.get_absolute_url(),  # type: ignore[attr-defined]
                text=normal(f"{found.title} {found.detail} {found.words}"),
            )
        )
    if new:
        inserts.add(rows)
    else:
        Indexed.objects.bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["subject_type", "subject_id"],
            update_fields=["title", "detail", "url", "text"],
        )


def forget(thing: "Model") -> None:
    """Take `thing` out of the index."""
    from django.contrib.contenttypes.models import ContentType

    from servicebook.search.models import Indexed

    content_type = ContentType.objects.get_for_model(thing)
    Indexed.objects.filter(subject_type=content_type, subject_id=thing.pk).delete()
