"""What the organisation chose for itself, on one form."""

from typing import Any

from babel.numbers import list_currencies
from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from servicebook import journal
from servicebook.accounts.models import User
from servicebook.accounts.requests import SignedInRequest
from servicebook.core import preferences as chosen
from servicebook.core.errors import Refused
from servicebook.core.models import Preferences

COMMON = ("KZT", "RUB", "TRY", "CNY", "EUR", "USD", "GBP", "KGS", "UZS")


def currencies() -> list[tuple[str, str]]:
    """Currencies for a choice, those of our countries first."""
    return [(code, code) for code in [*COMMON, *sorted(list_currencies() - set(COMMON))]]


class PreferencesForm(forms.Form):
    company = forms.CharField(
        label=gettext_lazy("Name of the organisation"),
        max_length=120,
        help_text=gettext_lazy("Customers read it in every message."),
    )
    service_owner_id = forms.ModelChoiceField(
        label=gettext_lazy("Service owner"),
        queryset=User.objects.filter(is_active=True),
        required=False,
        help_text=gettext_lazy("Owns every ticket that no queue rule gives to anybody."),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=currencies)
    country = forms.RegexField(
        label=gettext_lazy("Country"),
        regex="^[A-Z]{2}$",
        help_text=gettext_lazy("Two letters, such as KZ: phone numbers without a country code are of it."),
    )
    repeat_window_days = forms.IntegerField(
        label=gettext_lazy("Repeat window, days"),
        help_text=gettext_lazy("7 to 30. The same reason on the same unit within it is a repeat."),
    )
    reopen_days = forms.IntegerField(
        label=gettext_lazy("Reopening, days"),
        help_text=gettext_lazy("0 to 90. A later reply to a closed ticket opens a new, linked one."),
    )
    ask_rating = forms.BooleanField(
        label=gettext_lazy("Ask customers how satisfied they were"), required=False
    )


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: SignedInRequest) -> HttpResponse:
    before = chosen.current().model_dump()
    form = PreferencesForm(request.POST if request.method == "POST" else None, initial=before)
    if request.method == "POST" and form.is_valid():
        try:
            _choose(form.cleaned_data, before, by=request.user)
        except Refused as refused:
            for name, message in refused.fields.items():
                form.add_error(name if name in form.fields else None, message)
        else:
            messages.success(request, _("Saved."))
            return redirect("desk:preferences")
    return render(request, "desk/preferences.html", {"form": form})


@transaction.atomic
def _choose(values: dict[str, Any], before: dict[str, Any], *, by: User) -> None:
    owner = values["service_owner_id"]
    after = {**values, "service_owner_id": owner.pk if owner else None}
    changes = {name: value for name, value in after.items() if value != before[name]}
    if not changes:
        return
    chosen.choose(**changes)
    said = "; ".join(f"{name}: {before[name]} → {value}" for name, value in changes.items())
    journal.record("preferences.changed", Preferences.objects.get(pk=1), by=by, changes=said)
