"""The texts of messages, for programs (S0.41)."""

from typing import Annotated, Any

from django.conf import settings
from django.http import Http404, HttpResponse
from ninja import Router
from pydantic import Field

from servicebook.accounts.requests import SignedInRequest
from servicebook.core import api
from servicebook.core.api import FullText, In, Moment, Out, Text, answers, unset
from servicebook.messaging import text_actions, texts
from servicebook.messaging.models import MessageText
from servicebook.messaging.standard_texts import STANDARD, Words

routes = Router()


class FieldOut(Out):
    """A field of a text; it stands there in braces."""

    name: str
    label: str


class TextOut(Out):
    """`contractual`: it goes out whatever the receiver unsubscribed from; `ours`: for people of the house."""

    code: str
    title: str
    contractual: bool
    ours: bool
    fields: list[FieldOut]
    languages: list[str]


class WordsOut(Out):
    """What a text says in a language. `version` is 0 as long as nobody changed it."""

    code: str
    language: str
    subject_line: str
    body: str
    short: str
    delivered: bool
    version: int
    changed_at: Moment | None


class WordsIn(In):
    """New words. `seen`: the version that was read; the change is refused if there is a newer one."""

    subject_line: FullText
    body: FullText
    short: FullText
    seen: Annotated[int, Field(ge=0, le=32_767)] = unset


@routes.get("", response=answers(list[TextOut]), summary="List the texts of messages")
def list_texts(request: SignedInRequest) -> HttpResponse:
    """With the fields that each may hold."""
    return api.reply([_text(one) for one in texts.TEXTS.values()])


@routes.get("/{code}/{language}", response=answers(WordsOut), summary="Read a text")
def read_text(request: SignedInRequest, code: Text, language: Text) -> HttpResponse:
    """As the next message says it."""
    _known(code, language)
    return _words(code, language)


@routes.put("/{code}/{language}", response=answers(WordsOut), summary="Replace a text")
def replace_text(request: SignedInRequest, code: Text, language: Text, body: WordsIn) -> HttpResponse:
    """Earlier versions are kept. A field that the text does not have is refused, with the nearest name."""
    _known(code, language)
    given = Words(body.subject_line, body.body, body.short)
    text_actions.write(code, language, given, by=request.user, seen=body.seen)
    return _words(code, language)


def _known(code: str, language: str) -> None:
    if code not in texts.TEXTS or language not in STANDARD:
        raise Http404


def _text(one: texts.Text) -> dict[str, Any]:
    return {
        "code": one.code,
        "title": str(one.title),
        "contractual": one.contractual,
        "ours": one.ours,
        "fields": [{"name": field.name, "label": str(field.label)} for field in one.fields],
        "languages": [code for code, _name in settings.LANGUAGES],
    }


def _words(code: str, language: str) -> HttpResponse:
    newest = MessageText.objects.filter(code=code, language=language).order_by("-number").first()
    own = newest is not None and not newest.delivered
    words = newest.words if newest and own else STANDARD[language][code]
    version = {"version": newest.number, "changed_at": newest.made_at} if newest else {}
    whole: dict[str, Any] = {"version": 0, "changed_at": None, **words._asdict(), **version}
    return api.reply({"code": code, "language": language, "delivered": not own, **whole})
