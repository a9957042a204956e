"""One field for choosing a row out of any number: type a few letters, take one from the list.

What is chosen reads "Alpha LLP #12". It works without JavaScript too: a name that only one row has,
or the number alone ("#12"), is enough.
"""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from servicebook.accounts.models import User
from servicebook.search.queries import find_of

_NUMBER = re.compile(r"#(\d{1,18})\s*$")
MOST = 12


def label(row: Model | None) -> str:
    """Return how a chosen row reads in the field."""
    return f"{row} #{row.pk}" if row is not None else ""


class PickInput(forms.TextInput):
    """A text field with suggestions from the server."""

    template_name = "picking/input.html"
    route = ""
    query = ""  # narrows the suggestions: "customer=12"
    beside = ""  # another field of the form that narrows them: "customer"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        address = f"{reverse(self.route)}?field={name}" + (f"&{self.query}" if self.query else "")
        own = context["widget"]["attrs"]
        own["list"] = f"{own['id']}_list"
        own |= {
            "hx-get": address,
            "hx-trigger": "input changed delay:200ms",
            "hx-target": f"#{own['list']}",
            "hx-swap": "innerHTML",
            "hx-sync": "this:replace",
        }
        if self.beside:
            own["hx-include"] = f"#id_{self.beside}"
        return context


class PickField(forms.CharField):
    """A form field whose value is one row of `queryset`, or None.

    The form sets `queryset` to what the person may see before it is cleaned.
    """

    widget = PickInput

    def __init__(self, *, route: str, exact: str = "name", **options: Any) -> None:
        """`exact` is the field in which a whole name is looked for."""
        options.setdefault("max_length", 300)
        super().__init__(**options)
        self.exact = exact
        self.queryset: QuerySet[Any] | None = None
        self.widget.route = route
        self.widget.attrs.setdefault("autocomplete", "off")

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        if self.queryset is None:
            raise RuntimeError("the form says what can be picked")
        number = _NUMBER.search(text)
        wanted = {"pk": number[1]} if number else {f"{self.exact}__iexact": text}
        found = list(self.queryset.filter(**wanted)[:2])
        if len(found) == 1:
            return found[0]
        if found:
            raise forms.ValidationError(
                _("Several are called “%(text)s”. Choose one from the list.") % {"text": text}
            )
        raise forms.ValidationError(
            _("Nothing called “%(text)s” is known. Type a few letters and choose one.") % {"text": text}
        )


def number_in(text: str) -> int | None:
    """Return the number of a chosen row: of "Alpha LLP #12", "#12" or "12"."""
    found = _NUMBER.search(text)
    digits = found[1] if found else text
    return int(digits) if digits.isdecimal() and len(digits) < 19 else None


def typed(request: HttpRequest) -> str:
    """Return what stands in the field that asks for suggestions."""
    return request.GET.get(request.GET.get("field", ""), "")[:100]


def options(request: HttpRequest, rows: Iterable[tuple[str, str]]) -> HttpResponse:
    """Answer with suggestions: (label, detail) each."""
    return render(request, "picking/options.html", {"rows": list(rows)[:MOST]})


def found(model: type[Model], request: HttpRequest, user: User) -> list[tuple[str, str]]:
    """Return the suggestions of a findable model for what is typed."""
    hits = find_of(model, typed(request), user, most=MOST)
    return [(f"{hit.title} #{hit.subject_id}", hit.detail) for hit in hits]
