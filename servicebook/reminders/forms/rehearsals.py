"""What a rehearsal shows: where, how far ahead, of which rule."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from servicebook.contracts.forms.choices import NumberChoice, Offered
from servicebook.core.listing import FilterForm, days
from servicebook.reminders.models import What
from servicebook.reminders.rehearsing import AHEAD

HORIZONS = (7, 14, 30, 60, 90)


def days_field() -> forms.TypedChoiceField:
    """How far ahead; empty stands for the usual month."""
    return forms.TypedChoiceField(
        label=_("Days ahead"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[("" if number == AHEAD.days else number, days(number)) for number in HORIZONS],
    )


class RehearsalForm(FilterForm):
    """Where and how far ahead. Only that of the whole house asks for the rule."""

    what = forms.ChoiceField(label=_("Rule"), choices=[("", _("All")), *What.choices])
    region = NumberChoice(label=_("Only in"), empty=_("everywhere"))
    days = days_field()

    def __init__(self, *args: Any, of_the_house: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not of_the_house:
            del self.fields["what"]
        Offered().to(self)

    def asked(self) -> dict[str, Any]:
        """What `rehearsing.rehearse` takes; a value that does not fit is left out."""
        self.is_valid()
        given = self.cleaned_data
        return {
            "what": given.get("what") or "",
            "region": given.get("region"),
            "days": given.get("days") or AHEAD.days,
        }


class DaysForm(forms.Form):
    """How far ahead the rule that is being edited is rehearsed."""

    prefix = "rehearsal"
    days = days_field()

    def asked(self) -> int:
        return int(self.cleaned_data.get("days") or AHEAD.days) if self.is_valid() else AHEAD.days
