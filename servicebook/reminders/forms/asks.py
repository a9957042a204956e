"""What a person of the house writes down about a question: an answer by phone, or a decision."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import User
from servicebook.contracts.actions import Why
from servicebook.contracts.models import Contract, RefusalReason
from servicebook.contracts.models.choices import Initiator
from servicebook.customers.entity_forms import RefusingForm
from servicebook.customers.forms import MomentField, people
from servicebook.customers.models import Decision
from servicebook.equipment.forms import day_field
from servicebook.maintenance.models import Heard, Occurrence
from servicebook.reminders.actions.asks import heard_answers
from servicebook.reminders.forms.answers import answers_of
from servicebook.reminders.models import Ask


class HeardForm(RefusingForm):
    """The customer answered, but not through the link."""

    answer = forms.ChoiceField(label=_("Answer"), error_messages={"required": _("Choose what was answered.")})
    by_name = forms.CharField(label=_("Who answered"), max_length=120)
    channel = forms.ChoiceField(label=_("How"), initial=Heard.PHONE)
    note = forms.CharField(label=_("In their words"), max_length=500, required=False)

    def __init__(self, ask: Ask, *args: Any, **kwargs: Any) -> None:
        initial = {"by_name": ask.contact.name if ask.contact else ""}
        super().__init__(*args, auto_id="heard_%s", initial=initial, **kwargs)
        said = {code: _(said) for code, said in answers_of(ask)} | {"other": _("Something else")}
        for name, choices in (
            # Nothing is chosen beforehand: nobody said it yet.
            (
                "answer",
                [("", _("Choose what was answered")), *((one, said[one]) for one in heard_answers(ask))],
            ),
            ("channel", [one for one in Heard.choices if one[0] != Heard.LINK]),
        ):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices


class HandForm(RefusingForm):
    """Somebody else looks after it."""

    to = forms.ModelChoiceField(User.objects.none(), label=_("Who looks after it"))

    def __init__(self, ask: Ask, *args: Any, **kwargs: Any) -> None:
        initial = {"to": ask.holder_id if ask.holder_is_here else None}
        super().__init__(*args, auto_id="hand_%s", initial=initial, **kwargs)
        to = self.fields["to"]
        if isinstance(to, forms.ModelChoiceField):
            to.queryset, to.empty_label = people(), "–"


class DecideForm(RefusingForm):
    """How the silence ends (S0.40)."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        # Nothing is chosen beforehand: a decision is made, not overlooked.
        choices=[("", _("Choose what was decided")), *Decision.choices],
        error_messages={"required": _("Choose what was decided.")},
    )
    note = forms.CharField(label=_("What was decided, and why"), max_length=200)

    def __init__(self, ask: Ask, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="decide_%s", **kwargs)
        thing = ask.about
        if isinstance(thing, Occurrence):
            self.fields["next_on"] = day_field(label=_("New day, to reschedule"), required=False)
        else:
            self.fields["next_at"] = MomentField(label=_("Ask again from, to reschedule"), required=False)
        if isinstance(thing, Contract):
            self.fields["reason"] = forms.ModelChoiceField(
                RefusalReason.objects.filter(active=True), label=_("Reason, to cancel"), required=False
            )
            self.fields["initiator"] = forms.ChoiceField(
                label=_("Who does not want to go on"),
                choices=[("", "–"), *Initiator.choices],
                required=False,
            )
            self.fields["known_on"] = day_field(label=_("Known since"), required=False)

    def decided(self) -> dict[str, Any]:
        """What `deciding.decide` takes."""
        values = dict(self.cleaned_data)
        if "reason" in values:
            facts = {name: values.pop(name) for name in ("reason", "initiator", "known_on")}
            values["why"] = Why(**facts, note=values["note"])
        return values
