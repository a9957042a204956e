"""Forms of people, teams and keys. What the rules refuse stands at the field that caused it."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from servicebook.accounts import queries
from servicebook.accounts.models import Role, Team, User
from servicebook.accounts.scopes import SCOPES
from servicebook.core.listing import FilterForm


def zones() -> list[tuple[str, str]]:
    """Time zones for a choice, the organisation's own first."""
    names = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    own = _("As the organisation: %(zone)s") % {"zone": settings.TIME_ZONE}
    return [("", own), *((name, name.replace("_", " ")) for name in names)]


def languages() -> list[tuple[str, Any]]:
    return [("", _("As the browser asks")), *settings.LANGUAGES]


class UserFilter(FilterForm):
    """Which people are listed; those with access unless asked otherwise."""

    q = forms.CharField(label=_("Name or e-mail"), max_length=80)
    role = forms.ChoiceField(label=_("Role"), choices=[("", _("Any role")), *Role.choices])
    no_access = forms.BooleanField(label=_("Without access"))

    def apply(self, queryset: QuerySet[User]) -> QuerySet[User]:
        chosen = self.cleaned_data
        found = queryset.filter(is_active=not chosen.get("no_access"))
        if chosen.get("q"):
            found = found.filter(Q(name__icontains=chosen["q"]) | Q(email__icontains=chosen["q"]))
        return queries.with_role(found, chosen["role"]) if chosen.get("role") else found


class OwnSettingsForm(forms.Form):
    """What a person chooses alone."""

    phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=languages, required=False)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=zones,
        required=False,
        help_text=_("All moments are shown in it."),
    )


class UserForm(OwnSettingsForm):
    """A person, as an administrator sees it."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), help_text=_("The person signs in with it."))
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=Role.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Roles say which pages are there and whose customers are seen."),
    )
    team = forms.ModelChoiceField(
        label=_("Team"),
        queryset=Team.objects.all(),
        required=False,
        help_text=_("Engineers also see the tickets of their team."),
    )
    field_order = ["name", "email", "roles", "team", "phone", "language", "time_zone"]


class TeamForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Team
        fields = ["name", "lead"]
        labels = {"name": _("Name"), "lead": _("Lead")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lead"].queryset = User.objects.filter(is_active=True)  # type: ignore[attr-defined]

    def validate_unique(self) -> None:
        """The action says it, whatever the case of the letters."""


class TokenForm(forms.Form):
    """A key for a program."""

    name = forms.CharField(
        label=_("Program"), max_length=80, help_text=_("Which program uses the key, such as “Telephone”.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"), choices=lambda: list(SCOPES.items()), widget=forms.CheckboxSelectMultiple
    )
    expires_on = forms.DateField(
        label=_("Until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("The last day; empty for no end."),
    )

    def expires_at(self) -> datetime | None:
        """The end of the last day, where the person is."""
        day = self.cleaned_data["expires_on"]
        tz = timezone.get_current_timezone() or ZoneInfo(settings.TIME_ZONE)
        return datetime.combine(day, time.max, tz) if day else None
