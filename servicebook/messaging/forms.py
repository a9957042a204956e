from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from servicebook.agenda.subjects import about_what_holds
from servicebook.core.listing import FilterForm
from servicebook.customers.models import Contact
from servicebook.messaging.models import Delivery
from servicebook.search.queries import ids_holding

STATES = (
    (Delivery.State.WAITING, _("Waiting")),
    (Delivery.State.SENT, pgettext_lazy("message", "Sent")),
    (Delivery.State.DEAD, _("Not deliverable")),
    (Delivery.State.CANCELLED, _("Cancelled")),
)


class DeliveryFilter(FilterForm):
    q = forms.CharField(label=_("To or about"), max_length=100)
    state = forms.ChoiceField(label=_("State"), choices=STATES, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.attrs["placeholder"] = _("address, name, ticket number")

    def clean(self) -> None:
        # A tab is a place, not a filter: "show all" stays away when nothing else was chosen.
        self.tab = self.cleaned_data.pop("state", "") or Delivery.State.WAITING

    def apply(self, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        chosen = self.cleaned_data
        rows = queryset.filter(state=self.tab)
        if text := chosen.get("q"):
            rows = rows.filter(
                Q(to_address=text.strip())
                | about_what_holds(text, type_field="about_type", id_field="about_id")
                | Q(contact__in=ids_holding(Contact, text))
            )
        return rows
