"""One mechanism for all lists of reference data (S0.55): see, add, change, switch off, put in order.

An app declares a `Directory` for its model and includes its `urls()`. Every save is checked,
recorded in the journal and seen by all processes within a second.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import translation
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from servicebook.core import reference
from servicebook.core.exports import Column
from servicebook.core.listing import FilterForm, Listing, Sort

Text = str | LazyText


class WordsFilter(FilterForm):
    """Which rows of a long list are shown."""

    q = forms.CharField(label=gettext_lazy("Name"), max_length=80)

    def apply(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        text = self.cleaned_data.get("q")
        return queryset.filter(name__icontains=text) if text else queryset


@dataclass
class Directory:
    """A list of reference data and its screens.

    Attributes:
        route: the name of its list ("tickets:reasons"); the other routes are made of it:
            `_add`, `_change`, `_switch` where rows have `active`, `_move` where they are in order.
        address: where it stands ("settings/reasons/").
        record: `journal.record`; handed in, because the journal stands below this floor.
        group: a field within whose values the order counts ("entity"); the whole list when empty.
        long: filtered and in pages by name, for lists of any length; else shown whole.
    """

    model: type[models.Model]
    route: str
    address: str
    title: Text
    intro: Text
    add: Text
    form: type[forms.ModelForm[Any]]
    columns: Sequence[Column]
    record: Callable[..., None]
    related: Sequence[str] = ()
    group: str = ""
    long: bool = False
    extra: str = ""  # a template that stands above the list
    context: Callable[[], dict[str, Any]] = field(default=dict)

    @cached_property
    def ordered(self) -> bool:
        return self._has("position")

    @cached_property
    def switchable(self) -> bool:
        return self._has("active")

    def urls(self) -> list[URLPattern]:
        """The routes, for the app's `urlpatterns`."""
        name = self.route.split(":")[1]
        either = require_http_methods(["GET", "HEAD", "POST"])
        found = [
            path(self.address, require_safe(self.listing), name=name),
            path(f"{self.address}new/", either(self.added), name=f"{name}_add"),
            path(f"{self.address}<int:pk>/", either(self.changed), name=f"{name}_change"),
        ]
        if self.switchable:
            found.append(
                path(f"{self.address}<int:pk>/switch/", require_POST(self.switched), name=f"{name}_switch")
            )
        if self.ordered:
            found.append(path(f"{self.address}<int:pk>/move/", require_POST(self.moved), name=f"{name}_move"))
        return found

    def listing(self, request: HttpRequest) -> Any:
        """The list, those in use first."""
        if self.long:
            shown = Listing(
                request,
                self._rows(),
                sorts={"name": Sort(_("Name"), ("name",))},
                filter_form=WordsFilter,
                columns=self.columns,
                filename=self.route.split(":")[1],
            )
            return shown.response("directory/long.html", "directory/_rows.html", self._shown(shown.page.rows))
        rows = list(self._rows())
        if self.switchable:
            rows.sort(key=lambda row: not getattr(row, "active", True))
        return render(request, "directory/list.html", self._shown(rows))

    def added(self, request: HttpRequest) -> HttpResponse:
        return self._edit(request, self.model())

    def changed(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._edit(request, get_object_or_404(self.model, pk=pk))

    @transaction.atomic
    def switched(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a row out of use, or back. What refers to it keeps it."""
        row: Any = get_object_or_404(self.model._default_manager.select_for_update(), pk=pk)
        row.active = not row.active
        row.save(update_fields=["active"])
        verb = "reference.switched_on" if row.active else "reference.switched_off"
        self._record(verb, row, request)
        return redirect(self.route)

    @transaction.atomic
    def moved(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Move a row one place up or down (`to`), within its group."""
        moving = get_object_or_404(self.model, pk=pk)
        rows = self.model._default_manager.order_by("position", "pk").select_for_update()
        if self.group:
            rows = rows.filter(**{self.group: getattr(moving, self.group)})
        if self.switchable:
            rows = rows.filter(active=True)
        found: list[Any] = list(rows)
        step = {"up": -1, "down": 1}.get(request.POST.get("to", ""), 0)
        at = found.index(moving) if moving in found else -1
        if step and at >= 0 and 0 <= at + step < len(found):
            found[at], found[at + step] = found[at + step], found[at]
            for number, row in enumerate(found, start=1):
                row.position = number
            self.model._default_manager.bulk_update(found, ["position"])
            self._record("reference.moved", moving, request)
        return redirect(self.route)

    def _edit(self, request: HttpRequest, row: Any) -> HttpResponse:
        new = row.pk is None
        form = self.form(request.POST if request.method == "POST" else None, instance=row)
        if request.method == "POST" and form.is_valid() and self._saved(form, request, new=new):
            messages.success(request, _("Saved: %(what)s.") % {"what": row})
            return redirect(self.route)
        context = {"directory": self, "form": form, "row": None if new else row, "back": reverse(self.route)}
        return render(request, "directory/edit.html", context)

    def _saved(self, form: forms.ModelForm[Any], request: HttpRequest, *, new: bool) -> bool:
        try:
            with transaction.atomic():
                row = form.save(commit=False)
                if new and self.ordered:
                    last = self.model._default_manager.aggregate(last=models.Max("position"))["last"]
                    row.position = (last or 0) + 1
                row.save()
                form.save_m2m()
                with translation.override(settings.LANGUAGE_CODE):  # the journal is the house's
                    said = ", ".join(str(form.fields[n].label) for n in form.changed_data)
                facts = {} if new else {"fields": said}
                self._record("reference.added" if new else "reference.changed", row, request, **facts)
        except IntegrityError:  # somebody else was quicker than the form's own check
            form.add_error(None, _("Somebody else just saved the same. Look at the list again."))
            return False
        return True

    def _record(self, verb: str, row: Any, request: HttpRequest, **facts: Any) -> None:
        with translation.override(settings.LANGUAGE_CODE):
            kind = str(self.model._meta.verbose_name)
        self.record(verb, row, by=request.user, kind=kind, name=str(row), **facts)
        reference.changed()

    def _rows(self) -> models.QuerySet[Any]:
        return self.model._default_manager.select_related(*self.related)

    def _shown(self, rows: Sequence[Any]) -> dict[str, Any]:
        """What the table needs: each row with its cells and addresses."""
        lines = []
        live = [row for row in rows if getattr(row, "active", True)]
        for row in rows:
            peers = [one for one in live if not self.group or self._group(one) == self._group(row)]
            here = peers.index(row) if row in peers else -1
            lines.append(
                {
                    "row": row,
                    "cells": [(column.heading, column.value(row)) for column in self.columns],
                    "active": getattr(row, "active", True),
                    "change": reverse(f"{self.route}_change", args=[row.pk]),
                    "switch": reverse(f"{self.route}_switch", args=[row.pk]) if self.switchable else "",
                    "move": reverse(f"{self.route}_move", args=[row.pk]) if self.ordered else "",
                    "up": here > 0,
                    "down": 0 <= here < len(peers) - 1,
                }
            )
        add_url = reverse(f"{self.route}_add")
        return {"directory": self, "lines": lines, "add_url": add_url, **self.context()}

    def _group(self, row: Any) -> Any:
        return getattr(row, self.group)

    def _has(self, name: str) -> bool:
        try:
            self.model._meta.get_field(name)
        except FieldDoesNotExist:
            return False
        return True
