"""The history of one subject, for programs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import Http404, HttpResponse

from servicebook.core import api
from servicebook.core.api import From, Moment, Out, Paging
from servicebook.journal.history import say
from servicebook.journal.models import Entry


class EntryOut(Out):
    id: int
    at: Moment
    verb: str
    by: Annotated[str, From("actor_name")]
    facts: dict[str, Any]
    text: Annotated[str, From("verb")]


Facts = Mapping[str, Any]
Veil = Callable[[Sequence[Facts]], Sequence[Facts]]


def history(rows: QuerySet[Any], paging: Paging, *, veil: Veil | None = None) -> HttpResponse:
    """One page of what happened to the one object in `rows`, latest first.

    Args:
        veil: turns the facts of all entries into what the person may read of them.

    Raises:
        Http404: there is none, or the person may not see it.
    """
    pk = rows.order_by().values_list("pk", flat=True).first()
    if pk is None:
        raise Http404
    kind = ContentType.objects.get_for_model(rows.model)
    entries = Entry.objects.filter(subject_type=kind, subject_id=pk)

    def said(found: list[dict[str, Any]]) -> None:
        facts = [one["facts"] for one in found]
        for one, read in zip(found, veil(facts) if veil else facts, strict=True):
            one["facts"], one["text"] = read, say(one["verb"], read)

    return api.page(entries, EntryOut, paging, newest_first=True, finish=said)
