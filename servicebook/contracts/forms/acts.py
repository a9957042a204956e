"""What is asked when a contract moves: why, from when."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import User
from servicebook.contracts import queries
from servicebook.contracts.forms.quiet import QuietForm
from servicebook.contracts.forms.rows import minutes_in, number_in
from servicebook.contracts.models import Contract, IncludedService
from servicebook.contracts.models.choices import Period
from servicebook.contracts.rules import terms
from servicebook.contracts.rules.periods import months_later
from servicebook.contracts.showing import name_of
from servicebook.customers.entity_forms import RefusingForm
from servicebook.equipment.forms import day_field

WHY = forms.Textarea(attrs={"rows": 2})


class ActForm(RefusingForm):
    """Asks nothing but whether the person saw the contract as it is now."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        kwargs["initial"] = {"seen": contract.version, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)


class HoldForm(ActForm):
    because = forms.CharField(label=_("Why"), max_length=250, widget=WHY)


class ChangeForm(ActForm):
    """What may change in any state, because it is no term."""

    title = forms.CharField(label=_("Title"), max_length=200)
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), empty_label=None)
    review_on = day_field(label=_("Review on"), required=False)
    considerations = forms.CharField(
        label=_("Special considerations"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    external_ref = forms.CharField(label=_("Number in another system"), max_length=80, required=False)
    sensitive = forms.BooleanField(label=_("Only for its owner and the leads"), required=False)

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        own = ("title", "owner", "review_on", "considerations", "external_ref", "sensitive")
        kwargs["initial"] = {name: getattr(contract, name) for name in own}
        super().__init__(*args, contract=contract, **kwargs)
        owner = self.fields["owner"]
        if isinstance(owner, forms.ModelChoiceField):
            owner.queryset = User.objects.filter(is_active=True) | User.objects.filter(pk=contract.owner_id)


class AmendForm(QuietForm, ActForm):
    """From when new terms hold, and what changes."""

    valid_from = day_field(label=_("Valid from"), help_text=_("What was decided before keeps its terms."))
    what_changed = forms.CharField(label=_("What changes"), max_length=250)

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        first = months_later(queries.today(contract.customer).replace(day=1), 1)
        super().__init__(*args, contract=contract, initial={"valid_from": first}, **kwargs)


class PackForm(ActForm):
    """What the customer bought of a prepaid line, and because of which paper."""

    code = forms.ChoiceField(label=_("Of which line"))
    amount = forms.CharField(
        label=_("How much"), max_length=30, help_text=_("Hours as a length of time, such as 20 h.")
    )
    key = forms.CharField(
        label=_("By which invoice or agreement"),
        max_length=60,
        help_text=_("Its number. The same one adds nothing a second time."),
    )

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, contract=contract, **kwargs)
        lines = packs_of(contract)
        self.services = {one.code: one.service for one in lines}
        code = self.fields["code"]
        if isinstance(code, forms.ChoiceField):
            code.choices = [(one.code, name_of(one)) for one in lines]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        timed = self.services.get(given.get("code", "")) in terms.TIMED
        try:
            if given.get("amount"):
                typed = given["amount"]
                given["amount"] = Decimal(minutes_in(typed)) if timed else number_in(typed)
        except forms.ValidationError as error:
            self.add_error("amount", error)
        return given


def packs_of(contract: Contract) -> list[IncludedService]:
    """The prepaid lines that hold today."""
    version = queries.version_on(contract, queries.today(contract.customer))
    lines = version.included.filter(period=Period.PACK).select_related("category") if version else []
    return list(lines)
