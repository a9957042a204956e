"""What is typed while somebody speaks. Everything but the matter itself may stay as it is."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import User
from servicebook.core.own_fields import OwnFields
from servicebook.customers.models import Contact, Customer
from servicebook.equipment.models import Asset
from servicebook.intake.phone.queries import Caller
from servicebook.tickets import directory
from servicebook.tickets.forms import DOWNTIME


class CallForm(OwnFields, forms.Form):
    """A call of somebody at a known customer, or a colleague's request for one."""

    title = forms.CharField(
        label=_("What is the matter"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    asset = forms.TypedChoiceField(label=_("Equipment"), coerce=int, required=False, empty_value=None)
    reason = forms.TypedChoiceField(label=_("Reason"), coerce=int, required=False, empty_value=None)
    downtime = forms.TypedChoiceField(
        label=_("What stands still"), coerce=int, required=False, empty_value=None
    )
    text = forms.CharField(
        label=_("In their words"), required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=20_000
    )
    contact = forms.TypedChoiceField(label=_("Who asks"), coerce=int, required=False, empty_value=None)
    name = forms.CharField(label=_("Name, if new"), max_length=120, required=False)
    phone = forms.CharField(label=_("Phone, if new"), max_length=40, required=False)
    on_site_contact = forms.CharField(label=_("On-site contact"), max_length=120, required=False)
    preferred_window = forms.CharField(label=_("Preferred window"), max_length=120, required=False)
    ticket = forms.ChoiceField(label=_("Where to note it"), required=False, widget=forms.RadioSelect)

    def __init__(self, *args: Any, caller: Caller, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.caller = caller
        self._choose(
            "asset", [("", _("Not known yet")), *((one.pk, self._unit(one)) for one in self._units())]
        )
        reasons = [(one.pk, one.name) for one in directory.reasons().values()]
        self._choose("reason", [("", _("As the words say")), *reasons])
        self._choose("downtime", [("", _("As the reason says")), *DOWNTIME])
        people = [(one.pk, f"{one.name}, {one.position}".rstrip(", ")) for one in caller.people]
        self._choose("contact", [("", _("Somebody new or unknown")), *people])
        known = [(one.number, f"{one.number} {one.title}") for one in caller.open_tickets]
        self._choose("ticket", [("", _("A new ticket")), *known])
        self.add_own("tickets.ticket", ask=False)  # a word on an open ticket needs none of them

    def _units(self) -> list[Asset]:
        units = list(self.caller.units)
        chosen = self.caller.asset
        return units if chosen is None or chosen in units else [chosen, *units]

    def _unit(self, one: Asset) -> str:
        return " · ".join(filter(None, [str(one), one.site.name if one.site else ""]))

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices

    def chosen_asset(self) -> Asset | None:
        return self.unit(self.cleaned_data["asset"])

    def unit(self, pk: int | None) -> Asset | None:
        """The unit of the caller with this id."""
        return next((one for one in self._units() if one.pk == pk), None)

    def chosen_contact(self) -> Contact | None:
        return next((one for one in self.caller.people if one.pk == self.cleaned_data["contact"]), None)


class NewCallerForm(OwnFields, forms.Form):
    """A call of somebody whom nobody knows, at a customer who may be new too."""

    company = forms.CharField(label=_("Customer"), max_length=200)
    is_new = forms.BooleanField(label=_("It is a new customer"), required=False)
    name = forms.CharField(label=_("Who calls"), max_length=120)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    title = forms.CharField(
        label=_("What is the matter"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    reason = forms.TypedChoiceField(label=_("Reason"), coerce=int, required=False, empty_value=None)
    downtime = forms.TypedChoiceField(
        label=_("What stands still"), coerce=int, required=False, empty_value=None
    )
    text = forms.CharField(
        label=_("In their words"), required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=20_000
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.user = user
        for name, choices in (
            (
                "reason",
                [("", _("As the words say")), *((r.pk, r.name) for r in directory.reasons().values())],
            ),
            ("downtime", [("", _("As the reason says")), *DOWNTIME]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = choices
        self.add_own("tickets.ticket")

    def known_customer(self) -> Customer | None:
        """The customer whose name was typed; None when there is none."""
        typed = " ".join(self.cleaned_data["company"].split())
        return Customer.objects.visible_to(self.user).filter(name__iexact=typed, active=True).first()
