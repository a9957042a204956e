"""The form of service hours: a week in seven fields, special days one a line."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from servicebook.customers.entity_forms import RefusingForm
from servicebook.sla import public_holidays
from servicebook.sla.models import ServiceHours, SpecialDay
from servicebook.sla.rules.hours import NotOpenings, Opening
from servicebook.sla.rules.typed import (
    NotADay,
    TypedDay,
    read_days,
    read_openings,
    write_days,
    write_openings,
)
from servicebook.sla.wording import WRONG

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class OpeningsField(forms.CharField):
    """The openings of one day: "8:00–12:00, 13:00–18:00"; empty is closed."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"placeholder": _("closed"), "autocomplete": "off"})
        super().__init__(required=False, max_length=120, widget=widget, **options)

    def clean(self, value: Any) -> tuple[Opening, ...]:
        try:
            return read_openings(super().clean(value))
        except NotOpenings as refused:
            raise forms.ValidationError(WRONG[refused.why]) from None


class SpecialDaysField(forms.CharField):
    """Special days, one a line."""

    def clean(self, value: Any) -> dict[date, TypedDay]:
        try:
            return read_days(super().clean(value))
        except NotADay as refused:
            raise forms.ValidationError(
                _("“%(line)s”: %(why)s"), params={"line": refused.line, "why": WRONG[refused.why]}
            ) from None


class HoursForm(RefusingForm):
    """Fields are checked one by one here, the week as a whole and what may change by the action."""

    name = forms.CharField(label=_("Name"), max_length=80)
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=40,
        required=False,
        help_text=_("Empty: that of the site. Else such as Asia/Almaty."),
    )
    holiday_country = forms.ChoiceField(
        label=_("Closed on public holidays of"),
        required=False,
        help_text=_("They are written out for this and the next two years, and each January for one more."),
    )
    days = SpecialDaysField(
        label=_("Special days"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5, "placeholder": "2026-12-31 9:00–13:00"}),
        help_text=_(
            "One a line: date, hours, name. Without hours it is closed. They go before public holidays."
        ),
    )
    active = forms.BooleanField(label=_("Active"), required=False, initial=True)

    def __init__(
        self, *args: Any, hours: ServiceHours, in_use: bool, shown: Iterable[SpecialDay], **kwargs: Any
    ) -> None:
        """`shown`: the days of their own that may still change."""
        if hours.pk:
            names = ("name", "time_zone", "holiday_country", "active")
            own = {row.day: TypedDay(_openings(row.openings), row.name) for row in shown}
            kwargs["initial"] = {
                **{name: getattr(hours, name) for name in names},
                **{day: write_openings(_openings(hours.week[at])) for at, day in enumerate(DAYS)},
                "days": write_days(own),
            }
        super().__init__(*args, **kwargs)
        for at, day in enumerate(DAYS):
            self.fields[day] = OpeningsField(label=WEEKDAYS[at])
        countries = public_holidays.countries(get_language() or "en")
        self.fields["holiday_country"].choices = [("", "–"), *countries.items()]  # type: ignore[attr-defined]
        for name in ("time_zone", *DAYS):
            self.fields[name].disabled = in_use
        if not hours.pk:
            del self.fields["active"]

    @property
    def week(self) -> list[forms.BoundField]:
        """The seven fields of the days."""
        return [self[day] for day in DAYS]

    def put(self, hours: ServiceHours) -> None:
        """Write what was typed into the row."""
        for name in ("name", "time_zone", "holiday_country", "active"):
            if name in self.fields:
                setattr(hours, name, self.cleaned_data[name])
        hours.week = [self.cleaned_data[day] for day in DAYS]


def _openings(stored: Iterable[Iterable[int]]) -> tuple[Opening, ...]:
    return tuple((opens, closes) for opens, closes in stored)
