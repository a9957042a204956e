"""A case to try: what a customer may ask for, from whom and when."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from servicebook.contracts.deciding import Question
from servicebook.contracts.forms.rows import LengthField
from servicebook.contracts.models import Contract
from servicebook.contracts.models.choices import Channel, Service, Unless
from servicebook.contracts.rules import terms
from servicebook.contracts.rules.coverage import usual
from servicebook.contracts.rules.terms import Asked
from servicebook.core import clock
from servicebook.customers.forms import MomentField
from servicebook.customers.models import Site
from servicebook.customers.picking import PickField
from servicebook.equipment.models import Asset

# Those that need different services as a rule (`rules.coverage.USUAL`).
REASONS = [
    ("failure", _("Failure")),
    ("maintenance", _("Maintenance")),
    ("configuration", _("Configuration")),
    ("consultation", _("Consultation")),
]
SIGNS = [(one.value, Unless(one).label) for one in terms.FOUND]
CONSUMABLE = [("", _("not known")), ("yes", _("yes")), ("no", _("no"))]


def this_moment() -> datetime:
    return clock.now().replace(second=0, microsecond=0)


class CaseForm(forms.Form):
    asset = PickField(route="equipment:pick_asset", exact="serial", label=_("Unit"), required=False)
    site = PickField(
        route="equipment:pick_site", label=_("Site"), required=False, help_text=_("Empty: that of the unit.")
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=REASONS)
    priority = forms.TypedChoiceField(
        label=_("Priority"), coerce=int, choices=[(number, f"P{number}") for number in range(1, 5)], initial=3
    )
    channel = forms.ChoiceField(label=_("Asked by"), choices=Channel.choices)
    moment = MomentField(label=_("When"), initial=this_moment)
    services = forms.MultipleChoiceField(
        label=_("What is needed"), choices=Service.choices, required=False,
        widget=forms.CheckboxSelectMultiple, help_text=_("None ticked: the usual of the reason."),
    )  # fmt: skip
    work = LengthField(label=_("Hours of work"), required=False)
    consumable = forms.ChoiceField(label=_("The parts are consumables"), choices=CONSUMABLE, required=False)
    signs = forms.MultipleChoiceField(
        label=_("What was found"), choices=SIGNS, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.contract = contract
        theirs = {"customer__in": type(contract.customer).objects.with_branches(contract.customer_id)}
        rows = {
            "asset": Asset.objects.filter(**theirs).select_related("model", "site"),
            "site": Site.objects.filter(**theirs),
        }
        for name, queryset in rows.items():
            field = self.fields[name]
            if isinstance(field, PickField):
                field.queryset, field.widget.query = queryset, f"customer={contract.customer_id}"

    def question(self) -> Question:
        """The case as the decision takes it."""
        given = self.cleaned_data
        asked = tuple(Asked(terms.Service(one)) for one in given["services"]) or usual(given["reason"])
        if given["work"]:
            asked = tuple(
                Asked(one.service, given["work"]) if one.service in terms.TIMED else one for one in asked
            )
        return Question(
            customer=self.contract.customer,
            moment=given["moment"],
            asset=given["asset"],
            site=given["site"],
            channel=given["channel"],
            reason=given["reason"],
            priority=given["priority"],
            asked=asked,
            signs=frozenset(terms.Unless(one) for one in given["signs"]),
            consumable={"yes": True, "no": False}.get(given["consumable"]),
        )
