"""The search box, for programs."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from servicebook.core import api
from servicebook.core.api import In, Line120, Out, answers
from servicebook.search.queries import find

routes = Router()


class HitOut(Out):
    kind: str
    id: int
    title: str
    detail: str
    url: str


class Question(In):
    q: Annotated[Line120, Field(min_length=2)]
    limit: Annotated[int, Field(ge=1, le=50)] = 20


@routes.get("", response=answers(list[HitOut]), summary="Search everything")
def search_everything(request: HttpRequest, asked: Query[Question]) -> HttpResponse:
    """What the person may see and holds all words, best first; what is close to them where nothing does."""
    hits = find(asked.q, request.user, asked.limit)  # type: ignore[arg-type]
    return api.reply(
        [
            {"kind": hit.kind, "id": hit.subject_id, "title": hit.title, "detail": hit.detail, "url": hit.url}
            for hit in hits
        ]
    )
