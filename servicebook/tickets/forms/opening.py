"""A new ticket for a chosen customer."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import User
from servicebook.core.own_fields import OwnFields
from servicebook.customers.models import Contact, Customer, Site
from servicebook.equipment.models import Asset
from servicebook.tickets import directory
from servicebook.tickets.forms.base import DOWNTIME, among, offer
from servicebook.tickets.models import KINDS_BY_HAND, Kind


class OpeningForm(OwnFields, forms.Form):
    """A new ticket for a chosen customer."""

    contact = forms.ModelChoiceField(
        Contact.objects.none(), label=_("Who asks"), required=False, empty_label=_("Nobody we know")
    )
    site = forms.ModelChoiceField(Site.objects.none(), label=_("Site"), required=False, empty_label="–")
    asset = forms.ModelChoiceField(
        Asset.objects.none(), label=_("Equipment"), required=False, empty_label=_("Not known yet")
    )
    title = forms.CharField(label=_("What is the matter"), max_length=200)
    text = forms.CharField(
        label=_("In their words"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    reason = forms.TypedChoiceField(label=_("Reason"), coerce=int)
    downtime = forms.TypedChoiceField(
        label=_("What stands still"), coerce=int, required=False, empty_value=None
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[(one.value, one.label) for one in KINDS_BY_HAND], initial=Kind.REQUEST
    )
    channel = forms.ChoiceField(label=_("How it came"), initial="phone")
    on_site_contact = forms.CharField(label=_("On-site contact"), max_length=120, required=False)
    preferred_window = forms.CharField(label=_("Preferred window"), max_length=120, required=False)
    acknowledge = forms.BooleanField(label=_("Mail the number to the contact"), required=False, initial=True)

    def __init__(self, *args: Any, user: User, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.user, self.customer = user, customer
        ours = Q(customer=customer)
        if customer.parent_id:  # a contact of the head office may ask for a branch
            ours |= Q(customer=customer.parent_id)
        self._among("contact", Contact.objects.visible_to(user).reachable().filter(ours).order_by("name"))
        self._among("site", Site.objects.visible_to(user).filter(customer=customer, active=True))
        units = Asset.objects.visible_to(user).filter(customer=customer).exclude(state=Asset.State.RETIRED)
        self._among("asset", units.select_related("model").order_by("model", "serial"))
        offer(self, "reason", [(one.pk, one.name) for one in directory.reasons().values()])
        offer(self, "downtime", [("", _("As the reason says")), *DOWNTIME])
        offer(
            self,
            "channel",
            [
                ("phone", _("Phone")),
                ("mail", _("E-mail")),
                ("messenger", _("Messenger")),
                ("internal", _("Internal request")),
            ],
        )
        self.add_own("tickets.ticket")

    def _among(self, name: str, queryset: QuerySet[Any]) -> None:
        chosen = self.data.get(name) or getattr(self.initial.get(name), "pk", None)
        among(self, name, queryset, chosen=chosen)
