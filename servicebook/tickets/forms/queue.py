"""What the queue is filtered by, and what a person keeps of it."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.core.listing import FilterForm
from servicebook.search.engines import holding
from servicebook.search.models import Indexed
from servicebook.search.rules import terms
from servicebook.tickets import directory
from servicebook.tickets.forms.base import people_choices
from servicebook.tickets.models import OPEN, Coverage, Kind, Priority, Status, Ticket, WaitingReason

# Hours within which a deadline comes.
DUE = (
    (0, _("Overdue")),
    (1, _("Within an hour")),
    (4, _("Within 4 hours")),
    (24, _("Within a day")),
    (72, _("Within 3 days")),
)

CALLED_OFF = "called_off"  # planned work that is closed and was not done


class QueueFilter(FilterForm):
    """What the queue shows. An empty status means every open ticket."""

    for_user = True

    q = forms.CharField(label=_("Text"), max_length=100, widget=forms.TextInput(attrs={"type": "search"}))
    status = forms.ChoiceField(label=_("Status"))
    owner = forms.ChoiceField(label=_("Owner"))
    priority = forms.TypedChoiceField(label=_("Priority"), coerce=int, empty_value=None)
    reason = forms.TypedChoiceField(label=_("Reason"), coerce=int, empty_value=None)
    waiting_for = forms.ChoiceField(label=_("Waiting for"))
    due = forms.TypedChoiceField(label=_("Deadline"), coerce=int, empty_value=None)
    coverage = forms.ChoiceField(label=_("Coverage"))
    kind = forms.ChoiceField(label=_("Kind"))
    region = forms.TypedChoiceField(label=_("Region"), coerce=int, empty_value=None)
    customer = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)
    asset = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)
    contract = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)
    closed_within = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=366)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        every = [("", _("Any"))]
        self._choose(
            "status", [("", _("Open")), *Status.choices, (CALLED_OFF, _("Called off")), ("all", _("All"))]
        )
        self._choose("owner", [*every, ("me", _("Me")), *people_choices()])
        self._choose("priority", [*every, *Priority.choices])
        self._choose("reason", [*every, *((one.pk, one.name) for one in directory.reasons().values())])
        self._choose("waiting_for", [*every, *WaitingReason.choices])
        self._choose("due", [*every, *DUE])
        self._choose("coverage", [*every, *Coverage.choices])
        self._choose("kind", [*every, *Kind.choices])
        self._choose("region", [*every, *((pk, name) for pk, name in directory.region_names().items())])

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices

    def apply(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.cleaned_data
        status = chosen.get("status") or ("closed" if chosen.get("closed_within") else "")
        if status == "":
            queryset = queryset.filter(status__in=OPEN)
        elif status == CALLED_OFF:
            queryset = queryset.filter(status=Status.CLOSED).exclude(withdrawn_because="")
        elif status == Status.CLOSED:
            queryset = queryset.filter(status=status, withdrawn_because="")
        elif status != "all":
            queryset = queryset.filter(status=status)
        for name in (
            "priority", "waiting_for", "kind", "customer", "asset", "reason", "coverage", "contract",
        ):  # fmt: skip
            if chosen.get(name):
                queryset = queryset.filter(**{name: chosen[name]})
        if chosen.get("region"):
            queryset = queryset.filter(region__in=directory.region_and_below(chosen["region"]))
        if owner := chosen.get("owner"):
            queryset = queryset.filter(owner=self.user.pk if owner == "me" else int(owner))
        if chosen.get("due") is not None:
            until = clock.now() + timedelta(hours=chosen["due"])
            queryset = queryset.filter(next_deadline_at__lte=until)
        if days := chosen.get("closed_within"):
            queryset = queryset.filter(closed_at__gte=clock.now() - timedelta(days=days))
        if words := terms(chosen.get("q") or ""):
            kind = ContentType.objects.get_for_model(Ticket)
            found = holding(Indexed.objects.filter(subject_type=kind), words)
            queryset = queryset.filter(pk__in=found.values("subject_id"))
        return queryset


class SavedViewForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    shared = forms.BooleanField(label=_("For everybody"), required=False)
    query = forms.CharField(max_length=500, required=False, widget=forms.HiddenInput)
