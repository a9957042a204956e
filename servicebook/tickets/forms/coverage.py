"""What was found, what is extra, what the customer agreed to, and what of a contract was used."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from servicebook.contracts.amounts import price_of_one
from servicebook.contracts.models.choices import Service, Unless
from servicebook.contracts.rules.terms import FOUND
from servicebook.customers.forms import MomentField
from servicebook.tickets import directory
from servicebook.tickets.forms.base import MoveForm, offer
from servicebook.tickets.models import Charge, Ticket

YES_NO = (("", _("Not known yet")), ("yes", _("Yes")), ("no", _("No")))


class HappenedForm(MoveForm):
    """When somebody was there, or when it worked again."""

    at = MomentField(label=_("When"), required=False, help_text=_("Empty: now."))


class FoundForm(MoveForm):
    """What may change the verdict (S0.20)."""

    signs = forms.MultipleChoiceField(
        label=_("Signs of"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(one.value, Unless(one).label) for one in FOUND],
    )
    component = forms.CharField(
        label=_("What failed"),
        max_length=80,
        required=False,
        help_text=_("A part of the unit that has a warranty of its own, such as the battery."),
    )
    consumable = forms.ChoiceField(label=_("Are the parts consumables?"), required=False, choices=YES_NO)

    def prepare(self) -> None:
        found = self.ticket.circumstances
        self.fields["signs"].initial = found.get("signs", [])
        self.fields["component"].initial = found.get("component", "")
        self.fields["consumable"].initial = {True: "yes", False: "no"}.get(found.get("consumable"), "")

    def clean_consumable(self) -> bool | None:
        return {"yes": True, "no": False}.get(self.cleaned_data["consumable"])


class ExtraForm(MoveForm):
    """A line of the rate card (S0.21)."""

    extra = forms.TypedChoiceField(label=_("Extra work"), coerce=int, widget=forms.RadioSelect)
    quantity = forms.DecimalField(
        label=_("How much"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        initial=1,
        help_text=_("Visits, diagnostics; minutes of work; for parts their price."),
    )
    note = forms.CharField(label=_("Note"), max_length=150, required=False)
    without_consent = forms.BooleanField(
        label=_("I answer for it: the customer has not agreed yet"), required=False
    )

    def prepare(self) -> None:
        lines = directory.rate_card(self.ticket.customer).values()
        prices = [price_of_one(one.service, one.price, one.currency) for one in lines]
        offer(self, "extra", [(one.pk, f"{one} · {price}") for one, price in zip(lines, prices, strict=True)])


class ConsentForm(MoveForm):
    """The customer's word before the work."""

    what = forms.CharField(label=_("What was agreed"), max_length=250)
    amount = forms.DecimalField(
        label=_("Up to"), required=False, min_value=0, max_digits=14, decimal_places=2
    )
    how = forms.ChoiceField(label=_("Agreed by"), choices=Ticket.Agreement, widget=forms.RadioSelect)
    who = forms.CharField(label=_("Who agreed"), max_length=120)

    def prepare(self) -> None:
        self.fields["who"].initial = self.ticket.contact.name if self.ticket.contact else ""


class UseForm(MoveForm):
    """A visit, a diagnostic or parts: from the contract as far as it goes, the rest is billed."""

    service = forms.ChoiceField(label=_("What"), widget=forms.RadioSelect)
    amount = forms.DecimalField(
        label=_("How much"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        initial=1,
        help_text=_("Visits or diagnostics; for parts their price."),
    )
    note = forms.CharField(label=_("Note"), max_length=150, required=False)

    def prepare(self) -> None:
        counted = (Service.VISIT, Service.DIAGNOSTIC, Service.PARTS)
        offer(self, "service", [(one.value, one.label) for one in counted])


class DropChargeForm(MoveForm):
    charge = forms.TypedChoiceField(label=_("Which"), coerce=int, widget=forms.RadioSelect)
    because = forms.CharField(label=_("Why"), max_length=200)

    def prepare(self) -> None:
        standing: list[Any] = list(Charge.objects.filter(ticket=self.ticket, dropped_at=None))
        offer(
            self,
            "charge",
            [(one.pk, f"{one.get_service_display()} · {one} · {one.because}") for one in standing],
        )
