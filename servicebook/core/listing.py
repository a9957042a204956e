"""Lists of any length: pages by key, counts that stop at 1 000, filters, sorting, export.

A page is found by the sort values and the primary key of the row before it, never by an offset,
so that page 10 000 costs what page 1 does and a row that comes or goes shifts nothing.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django import forms
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import F, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise as LazyText
from django.utils.functional import cached_property, lazy
from django.utils.translation import ngettext

from servicebook.core import exports
from servicebook.core.exports import Column

M = TypeVar("M", bound=Model)
ROWS = 50
COUNT_TO = 1000


def _days(number: int) -> str:
    return ngettext("%(days)d day", "%(days)d days", number) % {"days": number}


# "30 days" as a choice of a filter, in the language of whoever looks at it.
days = lazy(_days, str)


@dataclass(frozen=True)
class Count:
    """How many rows there are; `more` when counting stopped."""

    number: int
    more: bool = False

    def __str__(self) -> str:
        text = f"{self.number:,}".replace(",", "\N{NO-BREAK SPACE}")
        return f"{text}+" if self.more else text

    def __bool__(self) -> bool:
        return self.number > 0


def count(queryset: QuerySet[Any], up_to: int = COUNT_TO) -> Count:
    """Count rows, but never read more than `up_to` of them. One statement."""
    found = queryset.order_by()[: up_to + 1].count()
    return Count(min(found, up_to), more=found > up_to)


@dataclass(frozen=True)
class Page(Generic[M]):
    """Some rows of a list. `before` and `after` are the keys of the neighbouring pages, or empty."""

    rows: Sequence[M]
    before: str
    after: str
    count: Count | str = ""

    def __bool__(self) -> bool:
        return bool(self.rows)


@dataclass(frozen=True)
class _Key:
    """One part of the order: a field path, its direction, and whether it may be empty."""

    path: str
    down: bool
    nullable: bool
    kind: Callable[[Any], Any]

    @property
    def name(self) -> str:
        return f"_key_{self.path.replace('__', '_')}"


def page(
    queryset: QuerySet[M],
    order: Sequence[str],
    *,
    size: int = ROWS,
    before: str = "",
    after: str = "",
) -> Page[M]:
    """Return the page that follows the key `after`, precedes the key `before`, or is the first.

    Args:
        order: field paths, "-" for descending, as in `order_by`; the primary key is added when it
            is not the last. Empty values stand last in either direction.
        before, after: keys from another page of the same list. A broken one gives the first page.

    Costs one statement; `count` is left to the caller.
    """
    keys = _keys(queryset, order)
    values = _read(before or after, keys)
    back = bool(before) and values is not None
    rows = queryset.annotate(**{key.name: F(key.path) for key in keys})
    if values is not None:
        rows = rows.filter(_beyond(keys, values, back=back))
    found = list(rows.order_by(*[_ordering(key, back=back) for key in keys])[: size + 1])
    more = len(found) > size
    found = found[:size]
    if back:
        found.reverse()
    has_before = more if back else values is not None
    has_after = back or more
    return Page(
        rows=found,
        before=_write(found[0], keys) if found and has_before else "",
        after=_write(found[-1], keys) if found and has_after else "",
    )


def _keys(queryset: QuerySet[Any], order: Sequence[str]) -> list[_Key]:
    keys = [_key(queryset, part) for part in order]
    if not keys or keys[-1].path not in ("pk", "id"):
        keys.append(_key(queryset, "-pk" if keys and keys[-1].down else "pk"))
    return keys


def _key(queryset: QuerySet[Any], part: str) -> _Key:
    """What is known of a sort field; an annotation may be empty and is taken as its own type."""
    path, down = part.lstrip("-"), part.startswith("-")
    model: Any = queryset.model
    nullable = False
    annotation = queryset.query.annotations.get(path)
    if annotation is not None:
        to_python = getattr(getattr(annotation, "output_field", None), "to_python", _same)
        return _Key(path, down, nullable=True, kind=to_python)
    field: Any = None
    for name in path.split("__"):
        try:
            field = model._meta.pk if name == "pk" else model._meta.get_field(name)
        except FieldDoesNotExist:
            raise ValueError(f"{queryset.model.__name__} cannot be sorted by {path}") from None
        nullable = nullable or field.null
        model = field.related_model
    return _Key(path, down, nullable, getattr(field, "target_field", field).to_python)


def _same(value: Any) -> Any:
    return value


def _ordering(key: _Key, *, back: bool) -> Any:
    column = F(key.name)
    if not key.nullable:
        return column.desc() if key.down != back else column.asc()
    if back:  # empty values stand last, so they come first when the list is read backwards
        return column.asc(nulls_first=True) if key.down else column.desc(nulls_first=True)
    return column.desc(nulls_last=True) if key.down else column.asc(nulls_last=True)


def _beyond(keys: Sequence[_Key], values: Sequence[Any], *, back: bool) -> Q:
    """Rows after the one with `values` in the list's order (before it when `back`)."""
    found, same = Q(pk__in=[]), Q()
    for key, value in zip(keys, values, strict=True):
        found |= same & _further(key, value, back=back)
        same &= Q(**{f"{key.name}__isnull": True}) if value is None else Q(**{key.name: value})
    return found & _bound(keys[0], values[0], back=back)


def _further(key: _Key, value: Any, *, back: bool) -> Q:
    if value is None:  # nothing stands after the empty ones
        return Q(**{f"{key.name}__isnull": False}) if back else Q(pk__in=[])
    further = Q(**{f"{key.name}__{'lt' if key.down != back else 'gt'}": value})
    if key.nullable and not back:
        further |= Q(**{f"{key.name}__isnull": True})
    return further


def _bound(key: _Key, value: Any, *, back: bool) -> Q:
    """The same once more for the first field alone: an index can start there."""
    if key.nullable or value is None:
        return Q()
    return Q(**{f"{key.name}__{'lte' if key.down != back else 'gte'}": value})


def _write(row: Model, keys: Sequence[_Key]) -> str:
    values = [getattr(row, key.name) for key in keys]
    said = [value.isoformat() if isinstance(value, date) else value for value in values]
    text = json.dumps([str(value) if isinstance(value, Decimal) else value for value in said])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(token: str, keys: Sequence[_Key]) -> list[Any] | None:
    """The values of a key; None when there is none or it does not fit this list."""
    if not token or len(token) > 2000:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if not isinstance(values, list) or len(values) != len(keys):
            return None
        read = [None if value is None else key.kind(value) for key, value in zip(keys, values, strict=True)]
    except (ValueError, TypeError, ValidationError, binascii.Error, RecursionError, OverflowError):
        return None
    if any(value is None and not key.nullable for key, value in zip(keys, read, strict=True)):
        return None
    if any(isinstance(value, datetime) and value.tzinfo is None for value in read):
        return None
    if any(isinstance(value, int) and abs(value) > 2**63 - 1 for value in read):
        return None
    if any(isinstance(value, str) and "\x00" in value for value in read):
        return None
    return read


@dataclass(frozen=True)
class Sort:
    """A way to sort a list: what it is called and its fields, as in `order_by`."""

    label: str | LazyText
    fields: tuple[str, ...]

    def turned(self) -> tuple[str, ...]:
        """The same fields the other way round."""
        return tuple(part[1:] if part.startswith("-") else f"-{part}" for part in self.fields)


class FilterForm(forms.Form):
    """The filter of a list. A subclass declares optional fields and says what they do."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False

    def apply(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return `queryset` with the chosen values of `self.cleaned_data` applied."""
        return queryset


class Listing(Generic[M]):
    """One list page: filter, order, page, count, export, and the rows chosen for a bulk action.

    The page and the part that htmx swaps come from two templates: `template` includes `partial`
    inside `<div id="{{ listing.target }}">`. Both get `listing`; the partial shows `listing.page.rows`
    and ends with `{% pager listing.page %}`.
    """

    def __init__(
        self,
        request: HttpRequest,
        queryset: QuerySet[M],
        *,
        sorts: Mapping[str, Sort],
        filter_form: type[FilterForm] = FilterForm,
        columns: Sequence[Column] = (),
        filename: str = "list",
        size: int = ROWS,
        target: str = "listing",
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        """`sorts`' first entry is the default; `initial` are filter values of a fresh page."""
        self.request, self.sorts, self.columns = request, sorts, columns
        self.filename, self.size, self.target = filename, size, target
        self._initial = {name: str(value) for name, value in (initial or {}).items()}
        asked = request.GET.copy()
        if not self._touched(filter_form, request):
            for name, value in self._initial.items():
                asked[name] = value
        self.form = filter_form(asked, **self._form_arguments(filter_form))
        self.form.is_valid()  # a value that does not fit is shown at its field and left out
        self._queryset = queryset

    @staticmethod
    def _touched(filter_form: type[FilterForm], request: HttpRequest) -> bool:
        return any(name in request.GET for name in filter_form.base_fields)

    def _form_arguments(self, filter_form: type[FilterForm]) -> dict[str, Any]:
        """A filter that needs the person declares `for_user = True` and takes `user`."""
        return {"user": self.request.user} if getattr(filter_form, "for_user", False) else {}

    @property
    def sort_name(self) -> str:
        asked = self.request.GET.get("sort", "")
        return asked if asked.lstrip("-") in self.sorts else next(iter(self.sorts))

    @property
    def order(self) -> tuple[str, ...]:
        sort = self.sorts[self.sort_name.lstrip("-")]
        return sort.turned() if self.sort_name.startswith("-") else sort.fields

    @cached_property
    def rows(self) -> QuerySet[M]:
        """All rows that the filter leaves, unordered."""
        return self.form.apply(self._queryset)

    @cached_property
    def page(self) -> Page[M]:
        """The rows of this page and the count: two statements."""
        asked = self.request.GET
        found = page(
            self.rows,
            self.order,
            size=self.size,
            before=asked.get("before", ""),
            after=asked.get("after", ""),
        )
        single = not found.before and not found.after
        counted = Count(len(found.rows)) if single and found.rows else count(self.rows)
        return Page(found.rows, found.before, found.after, counted)

    @property
    def filtered(self) -> bool:
        """Whether the person asked for less than a fresh page shows; says which empty text fits."""
        return any(
            self.form[name].data not in (None, "", [], self._initial.get(name))
            for name, value in self.form.cleaned_data.items()
            if value not in (None, "", [], False)
        )

    def picked(self, among: QuerySet[M] | None = None) -> QuerySet[M]:
        """The rows ticked in a bulk form (`pick`), of those that the person may see."""
        ticked = [value for value in self.request.POST.getlist("pick") if value.isdecimal()][:COUNT_TO]
        return (among if among is not None else self._queryset).filter(pk__in=ticked)

    def response(
        self, template: str, partial: str, context: Mapping[str, Any] | None = None
    ) -> HttpResponseBase:
        """The export when `?export=` asks for it, the list alone for htmx, else the page."""
        asked = self.request.GET.get("export", "")
        if asked and self.columns:
            ordered = self.rows.order_by(*self.order, "pk")
            return exports.export(ordered, self.columns, asked, self.filename)  # type: ignore[arg-type]
        shown = {**(context or {}), "listing": self, "listing_target": self.target, "partial": partial}
        into = self.request.headers.get("HX-Target", "")
        return render(self.request, partial if into == self.target else template, shown)
