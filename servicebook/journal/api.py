"""The history of one subject, for programs."""

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


def history(rows: QuerySet[Any], paging: Paging) -> HttpResponse:
    """One page of what happened to the one object in `rows`, latest first.

    Raises:
        Http404: there is none, or the person may not see it.
    """
    pk = rows.order_by().values_list("pk", flat=True).first()
    if pk is None:
        raise Http404
    kind = ContentType.objects.get_for_model(rows.model)
    entries = Entry.objects.filter(subject_type=kind, subject_id=pk)
    return api.page(entries, EntryOut, paging, newest_first=True, finish=_said)


def _said(entry: dict[str, Any]) -> dict[str, Any]:
    entry["text"] = say(entry["verb"], entry["facts"])
    return entry
