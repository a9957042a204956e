"""What was kept of what a contract promises: a page that prints as a report for the client review."""

from datetime import date, timedelta

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts import queries as contracts
from servicebook.contracts.models import Contract
from servicebook.contracts.models.choices import Measure
from servicebook.equipment.forms import day_field
from servicebook.equipment.models import Asset
from servicebook.insights.queries import compliance as queries
from servicebook.insights.queries import periods
from servicebook.insights.queries.periods import Days
from servicebook.insights.rules.compliance import tone
from servicebook.tickets.models import Priority

LONGEST = timedelta(days=3 * 366)
FIRST, LAST = date(1970, 1, 1), date(2199, 12, 31)


class PeriodForm(forms.Form):
    """Which days a report is about."""

    since = day_field(label=_("First day"))
    until = day_field(label=_("Last day"))

    def clean_since(self) -> date:
        return _in_time(self.cleaned_data["since"])

    def clean_until(self) -> date:
        until, since = _in_time(self.cleaned_data["until"]), self.cleaned_data.get("since")
        if since and until < since:
            raise forms.ValidationError(_("The last day is before the first. Swap the dates."))
        if since and until - since > LONGEST:
            raise forms.ValidationError(_("A report is about three years at most. Choose a shorter period."))
        return until


def _in_time(day: date) -> date:
    """Refuse a day at either end of the calendar, before or after which there is none."""
    if FIRST <= day <= LAST:
        return day
    raise forms.ValidationError(_("Choose a day from 1970 to 2199."))


@require_safe
def compliance(request: SignedInRequest, number: str) -> HttpResponse:
    """Per measure and priority what was promised and kept, the misses with reasons, the uptime (S1.5)."""
    contract = seen(request, number)
    usual = periods.last_year(contract)
    form = PeriodForm({"since": usual.since, "until": usual.until, **request.GET.dict()}, label_suffix="")
    days = Days(form.cleaned_data["since"], form.cleaned_data["until"]) if form.is_valid() else usual
    found, version = queries.compliance_of(contract, days), contracts.version_on(contract, days.until)
    uptime = queries.uptime_of(contract, days)
    promised = version.uptime_percent if version else None
    context = {
        "contract": contract,
        "form": form,
        "days": days,
        "found": found,
        "tone": tone(found.percent),
        "lines": [
            (Measure(line.measure).label, Priority(line.priority).label, line, tone(line.percent))
            for line in found.lines
        ],
        "misses": [(Measure(one.measure).label, one, queries.why(one.why)) for one in found.misses],
        "uptime": uptime,
        "uptime_promised": promised,
        "uptime_kept": promised is None or uptime.percent is None or uptime.percent >= promised,
        "worst": _worst(uptime.worst),
    }
    return render(request, "insights/compliance.html", context)


def seen(request: SignedInRequest, number: str) -> Contract:
    """The contract of this number, if the person may see it."""
    rows = Contract.objects.visible_to(request.user)
    related = ("customer", "owner", "predecessor", "successor", "refusal_reason")
    return get_object_or_404(rows.select_related(*related), number=number)


def _worst(pairs: tuple[tuple[int, int], ...]) -> list[tuple[Asset, timedelta]]:
    units = Asset.objects.select_related("model", "site").in_bulk([pk for pk, _seconds in pairs])
    return [(units[pk], timedelta(seconds=seconds)) for pk, seconds in pairs]
