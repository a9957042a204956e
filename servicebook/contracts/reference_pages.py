"""Reference data of contracts (S0.21, S0.55, S0.66, S2.5): templates, the rate card, reasons of refusal."""

from typing import Any

from babel.numbers import is_currency
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook import journal
from servicebook.contracts import amounts, patterns
from servicebook.contracts.models import Contract, ContractTemplate, ExtraService, RefusalReason
from servicebook.core import preferences
from servicebook.core.codes import code_for
from servicebook.core.directory import Directory
from servicebook.core.exports import Column
from servicebook.customers.picking import PickField


class RateCardForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ExtraService
        fields = ["name", "service", "price", "currency", "is_standard"]
        help_texts = {
            "price": gettext_lazy("Of a visit, a diagnostic, an hour; of parts, so many times their price."),
            "is_standard": gettext_lazy("Billed where neither a contract nor a person says otherwise."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.initial["currency"] = preferences.current().currency

    def clean_currency(self) -> str:
        currency = str(self.cleaned_data["currency"]).strip().upper()
        if not is_currency(currency):
            raise forms.ValidationError(
                _("This is no currency. One is written in three letters, such as KZT.")
            )
        return currency

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("price") is not None and given["price"] <= 0:
            self.add_error("price", _("A price of the rate card is above zero."))
        if given.get("is_standard") and self.instance.active:
            same = ExtraService.objects.filter(
                service=given.get("service", ""),
                currency=given.get("currency", ""),
                is_standard=True,
                active=True,
            )
            usual = same.exclude(pk=self.instance.pk).first()
            if usual:
                said = _("“%(name)s” is the usual one of its kind already. Take it from there first.")
                self.add_error("is_standard", said % {"name": usual.name})
        return given

    def validate_constraints(self) -> None:
        """`clean` says it in a sentence."""

    def save(self, commit: bool = True) -> Any:
        if not self.instance.code:
            self.instance.code = code_for(ExtraService, self.cleaned_data["name"])
        return super().save(commit)


class RefusalForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = RefusalReason
        fields = ["name"]


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new template is made from a contract; a known one only gets another name."""

    contract = PickField(
        route="contracts:pick", exact="number", label=gettext_lazy("Made from"),
        help_text=gettext_lazy("Its newest terms are taken; its units and sites stay behind."),
    )  # fmt: skip

    class Meta:
        model = ContractTemplate
        fields = ["name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contract = self.fields["contract"]
        if self.instance.pk:
            del self.fields["contract"]
        elif isinstance(contract, PickField):
            contract.queryset = Contract.objects.all()

    def save(self, commit: bool = True) -> Any:
        if self.instance.pk is None:
            pattern = patterns.of(self.cleaned_data["contract"])
            self.instance.type = pattern.type
            self.instance.terms = pattern.model_dump(mode="json")
        return super().save(commit)


def _price(row: ExtraService) -> str:
    return amounts.price_of_one(row.service, row.price, row.currency)


RATE_CARD = Directory(
    model=ExtraService,
    route="contracts:rate_card",
    address="settings/rate-card/",
    title=gettext_lazy("Rate card"),
    intro=gettext_lazy("What extra work costs where no contract includes it."),
    add=gettext_lazy("Add a service"),
    form=RateCardForm,
    columns=[
        Column(gettext_lazy("Name"), lambda row: row.name),
        Column(gettext_lazy("Kind"), lambda row: str(row.get_service_display())),
        Column(gettext_lazy("Price"), _price),
        Column(gettext_lazy("The usual one"), lambda row: _("yes") if row.is_standard else ""),
        Column(gettext_lazy("Code for programs"), lambda row: row.code),
    ],
    record=journal.record,
)
REFUSALS = Directory(
    model=RefusalReason,
    route="contracts:refusals",
    address="settings/refusal-reasons/",
    title=gettext_lazy("Reasons of refusal"),
    intro=gettext_lazy("Why a contract is not renewed."),
    add=gettext_lazy("Add a reason"),
    form=RefusalForm,
    columns=[Column(gettext_lazy("Name"), lambda row: row.name)],
    record=journal.record,
)
TEMPLATES = Directory(
    model=ContractTemplate,
    route="contracts:templates",
    address="settings/contract-templates/",
    title=gettext_lazy("Contract templates"),
    intro=gettext_lazy("Terms to begin with. A template is made from a contract that works well."),
    add=gettext_lazy("Make one from a contract"),
    form=TemplateForm,
    columns=[
        Column(gettext_lazy("Name"), lambda row: row.name),
        Column(gettext_lazy("Type"), lambda row: str(row.get_type_display())),
    ],
    record=journal.record,
)
