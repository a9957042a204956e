"""What every endpoint shares: fields in and out by name, pages by key, and the shape of a refusal.

An answer's fields are listed by name in an `Out` class, each with the column that it is read from.
The same class makes the documentation and the query, so that nothing else can leave the house. What
comes in is an `In` class of its own, which refuses every field that it does not list.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, Generic, TypeVar

from django.db import models
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import to_json

from servicebook.core import compiled, fields
from servicebook.core.errors import Refused

PREFIX = "/api/v1/"
JSON = "application/json"
LARGEST_ID = 2**63 - 1


class In(BaseModel):
    """What a caller may send. A field that is not listed is refused, never ignored."""

    model_config = ConfigDict(extra="forbid")

    def given(self) -> dict[str, Any]:
        """The fields that the caller sent, for a change of some of them."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Out(BaseModel):
    """What an answer may contain, field by field."""


@dataclass(frozen=True, slots=True)
class From:
    """The column that a field of an `Out` is read from, when it has another name."""

    path: str


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain the character NUL")
    return text


def _within_reach(moment: datetime) -> datetime:
    if not 1970 <= moment.year <= 2200:
        raise ValueError("must lie between 1970 and 2200")
    return moment.astimezone(UTC)


def _day_within_reach(day: date) -> date:
    if not 1970 <= day.year <= 2200:
        raise ValueError("must lie between 1970 and 2200")
    return day


def inline(words: type[models.TextChoices]) -> WithJsonSchema:
    """Describe a choice where it stands: two choices of the same name would share one description."""
    return WithJsonSchema({"type": "string", "enum": words.values})


Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Text = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(_storable)]
FullText = Annotated[
    str,
    StringConstraints(max_length=20_000, min_length=1, strip_whitespace=True),
    AfterValidator(_storable),
]
Moment = Annotated[AwareDatetime, AfterValidator(_within_reach)]
Day = Annotated[date, AfterValidator(_day_within_reach)]


Line30 = Annotated[str, StringConstraints(max_length=30, strip_whitespace=True), AfterValidator(_storable)]
Line80 = Annotated[str, StringConstraints(max_length=80, strip_whitespace=True), AfterValidator(_storable)]
Line120 = Annotated[str, StringConstraints(max_length=120, strip_whitespace=True), AfterValidator(_storable)]
Line250 = Annotated[str, StringConstraints(max_length=250, strip_whitespace=True), AfterValidator(_storable)]
Mail = Annotated[str, StringConstraints(max_length=254, strip_whitespace=True), AfterValidator(_storable)]
CustomValue = Line250 | Annotated[int, Field(ge=-(2**53), le=2**53)] | bool | None
Custom = Annotated[dict[str, CustomValue], Field(max_length=50)]

# The default of a field that may be left out, though it may not be null.
unset: Any = None


class Problem(Out):
    """Why nothing was done. `code` never changes its meaning; `detail` is for a person."""

    code: str
    detail: str
    fields: dict[str, str]


PROBLEMS: dict[int, type[Problem]] = dict.fromkeys((400, 401, 403, 404, 409, 422, 429), Problem)


def answers(ok: Any, status: int = 200) -> dict[int, Any]:
    """The responses of an operation: its own, and the problems that all share."""
    return {status: ok, **PROBLEMS}


T = TypeVar("T")


class Page(Out, Generic[T]):
    """Some rows, and where to go on: `?after=<next>`. `next` is null on the last page."""

    items: list[T]
    next: int | None


class Paging(In):
    """Where a list starts and how much of it is wanted."""

    after: Annotated[int | None, Field(ge=0, le=LARGEST_ID)] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


def page(
    rows: models.QuerySet[Any],
    out: type[Out],
    paging: Paging,
    *,
    newest_first: bool = False,
    finish: Callable[[list[dict[str, Any]]], None] | None = None,
) -> HttpResponse:
    """Answer with one page of `rows` by their id, with one statement whatever its size.

    Args:
        finish: turns the columns of the rows into the fields of `out`, where they differ.
    """
    if paging.after is not None:
        rows = rows.filter(pk__lt=paging.after) if newest_first else rows.filter(pk__gt=paging.after)
    names, paths = columns(out)
    found = list(rows.order_by("-pk" if newest_first else "pk").values_list(*paths, "pk")[: paging.limit + 1])
    more = len(found) > paging.limit
    del found[paging.limit :]
    items = [dict(zip(names, row, strict=False)) for row in found]
    if finish:
        finish(items)
    return reply({"items": items, "next": found[-1][-1] if more else None})


def narrowed(rows: models.QuerySet[T], find: Paging) -> models.QuerySet[T]:  # type: ignore[type-var]
    """`rows` with every filter of `find` that was given; a filter has the name of its column."""
    wanted = {
        name: value
        for name, value in find
        if name in find.model_fields_set and name not in Paging.model_fields and value is not None
    }
    return rows.filter(**wanted)


def every(rows: models.QuerySet[Any], out: type[Out]) -> HttpResponse:
    """Answer with all of a short list, in its own order."""
    return reply(fields_of(rows, out))


def fields_of(rows: models.QuerySet[Any], out: type[Out]) -> list[dict[str, Any]]:
    """The fields of all of a short list, in its own order; one statement."""
    names, paths = columns(out)
    return [dict(zip(names, row, strict=True)) for row in rows.values_list(*paths)]


def read(rows: models.QuerySet[Any], out: type[Out], **key: Any) -> dict[str, Any]:
    """The fields of the one object of `rows` with `key`, by one statement.

    Raises:
        Http404: there is none, or the person may not see it. Both look the same.
    """
    names, paths = columns(out)
    found: tuple[Any, ...] | None
    if rows.query.where:
        found = next(iter(rows.filter(**key).order_by().values_list(*paths)[:1]), None)
    else:  # nothing is hidden from this person
        ((name, value),) = key.items()
        found = compiled.first(rows.model, paths, name, value)
    if found is None:
        raise Http404
    return dict(zip(names, found, strict=True))


def shown(thing: models.Model, out: type[Out]) -> dict[str, Any]:
    """The fields of an object at hand; related objects are read only if they are not at hand."""
    found = {}
    for name, path in zip(*columns(out), strict=True):
        value: Any = thing
        for step in path.split("__"):
            value = getattr(value, step, None)
        found[name] = value
    return found


@cache
def columns(out: type[Out]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the fields of `out`, and the columns that they are read from."""
    paths = []
    for name, field in out.model_fields.items():
        paths.append(next((one.path for one in field.metadata if isinstance(one, From)), name))
    return tuple(out.model_fields), tuple(paths)


def reply(data: Any, status: int = 200) -> HttpResponse:
    """Answer with `data`, which already has only the fields that its `Out` lists."""
    return HttpResponse(to_json(data), status=status, content_type=JSON)


def problem(
    status: int, code: str, detail: object, wrong: Mapping[str, object] | None = None
) -> HttpResponse:
    """Answer that nothing was done, and why."""
    texts = {name: str(message) for name, message in (wrong or {}).items()}
    return reply({"code": code, "detail": str(detail), "fields": texts}, status)


def put(thing: Any, body: In, relations: Mapping[str, models.QuerySet[Any]] | None = None) -> None:
    """Set on `thing` what the caller gave; relations come as ids of what the person may see.

    Raises:
        Refused: `fields` names a relation that is not there, or a custom field that does not exist.
    """
    for name, value in body.given().items():
        if relations and name in relations:
            setattr(thing, name, None if value is None else related(relations[name], value, name))
        elif name == "custom":
            thing.custom = {**thing.custom, **_known_custom(thing, value)}
        else:
            setattr(thing, name, value)


def related(rows: models.QuerySet[T], key: int, name: str) -> T:  # type: ignore[type-var]
    """The object of `rows` that field `name` means by its id.

    Raises:
        Refused: there is none that the person may see.
    """
    found: T | None = compiled.thing(rows, key)  # type: ignore[type-var]
    if found is None:
        text = _("There is none with this id that this token may see.")
        raise Refused(_("Not done. Mend the marked fields and send it again."), fields={name: text})
    return found


def _known_custom(thing: models.Model, given: Mapping[str, Any]) -> Mapping[str, Any]:
    known = {rule.name for rule in fields.rules_for(thing._meta.label_lower) if rule.custom}
    if given.keys() - known:
        text = _("There are no such custom fields: %(names)s.") % {
            "names": ", ".join(sorted(given.keys() - known))[:200]
        }
        raise Refused(text, fields={"custom": text})
    return given


def or_404(rows: models.QuerySet[T], **key: Any) -> T:  # type: ignore[type-var]
    """The one object of `rows` with `key`.

    Raises:
        Http404: there is none, or the person may not see it. Both look the same.
    """
    found = rows.filter(**key).first()
    if found is None:
        raise Http404
    return found
