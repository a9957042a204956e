from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from servicebook.agenda.models import Obligation
from servicebook.agenda.registry import DUTIES, title_of
from servicebook.agenda.subjects import about_what_holds
from servicebook.core import clock
from servicebook.core.listing import FilterForm

State = Obligation.State
STATES = (
    ("armed", _("To come")),
    ("due", _("Due")),
    ("fired", _("Fired")),
    ("cancelled", _("Cancelled")),
    ("failed", _("Failed")),
)


def in_state(rows: QuerySet[Obligation], state: str) -> QuerySet[Obligation]:
    """Narrow to a tab of the page: "due" is what is armed and past its moment."""
    if state == "due":
        return rows.filter(state=State.ARMED, due_at__lte=clock.now())
    return rows.filter(state=state)


class AgendaFilter(FilterForm):
    q = forms.CharField(label=_("About"), max_length=100)
    kind = forms.ChoiceField(label=_("Kind"))
    state = forms.ChoiceField(label=_("State"), choices=STATES, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.attrs["placeholder"] = _("number, name, serial")
        kinds = sorted(((kind, title_of(kind)) for kind in DUTIES), key=lambda one: one[1])
        self.fields["kind"].choices = [("", _("All kinds")), *kinds]  # type: ignore[attr-defined]

    def clean(self) -> None:
        # A tab is a place, not a filter: "show all" stays away when nothing else was chosen.
        self.tab = self.cleaned_data.pop("state", "") or "armed"

    def apply(self, queryset: QuerySet[Obligation]) -> QuerySet[Obligation]:
        chosen = self.cleaned_data
        rows = in_state(queryset, self.tab)
        if kind := chosen.get("kind"):
            rows = rows.filter(kind=kind)
        if text := chosen.get("q"):
            rows = rows.filter(about_what_holds(text, type_field="subject_type", id_field="subject_id"))
        return rows
