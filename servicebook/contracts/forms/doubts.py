"""What is asked when a contract may not go on: why, who, since when (S0.66); and what of its price."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from servicebook.contracts import queries, renewals
from servicebook.contracts.forms.acts import WHY, ActForm
from servicebook.contracts.models import Contract, RefusalReason
from servicebook.contracts.models.choices import Initiator, State
from servicebook.contracts.rules import indexation
from servicebook.equipment.forms import day_field


class WhyForm(ActForm):
    """Reason, initiator and the day on which it became clear."""

    reason = forms.ModelChoiceField(RefusalReason.objects.none(), label=_("Reason"), empty_label="–")
    initiator = forms.ChoiceField(
        label=_("Who does not want to go on"), choices=[("", "–"), *Initiator.choices]
    )
    known_on = day_field(label=_("Known since"))

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "reason": contract.refusal_reason_id,
            "initiator": contract.refusal_initiator,
            "known_on": contract.refusal_known_on or queries.today(contract.customer),
            **kwargs.get("initial", {}),
        }
        super().__init__(*args, contract=contract, **kwargs)
        reason = self.fields["reason"]
        if isinstance(reason, forms.ModelChoiceField):
            reason.queryset = RefusalReason.objects.filter(active=True)


class DoubtForm(WhyForm):
    """Also what the customer said."""

    note = forms.CharField(label=_("In their words"), max_length=250, required=False, widget=WHY)

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, contract=contract, initial={"note": contract.refusal_note}, **kwargs)


class CancelForm(WhyForm):
    """A draft is only put away; of what is in force it is kept why, who and since when."""

    because = forms.CharField(label=_("Why"), max_length=250, widget=WHY)
    on = day_field(label=_("Its last day"), required=False, help_text=_("Empty: it ends at once."))

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, contract=contract, **kwargs)
        if contract.state == State.DRAFT:
            for name in ("reason", "initiator", "known_on", "on"):
                del self.fields[name]


class PriceForm(ActForm):
    """A new price, announced to the customer."""

    percent = forms.DecimalField(label=_("By how many percent"), max_digits=6, decimal_places=3)
    applies_on = day_field(label=_("From which day"))

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        day = indexation.next_rise(
            contract.starts_on,
            contract.ends_on,
            today=queries.today(contract.customer),
            notice_days=contract.index_notice_days,
        )
        kwargs["initial"] = {
            "percent": contract.index_percent,
            "applies_on": day,
            **kwargs.get("initial", {}),
        }
        super().__init__(*args, contract=contract, **kwargs)
        self.fields["percent"].help_text = renewals.said_preview(contract)


class WithdrawPriceForm(ActForm):
    because = forms.CharField(label=_("Why"), max_length=250, widget=WHY)
