"""What the next days bring, before a rule, plan or contract is switched on. Looking writes nothing."""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts.models import Contract
from servicebook.core import exports
from servicebook.maintenance.models import Plan
from servicebook.reminders import days_ahead
from servicebook.reminders.forms.rehearsals import RehearsalForm
from servicebook.reminders.rehearsing import rehearse


@require_safe
def of_the_house(request: SignedInRequest) -> HttpResponseBase:
    """All that the rules in force bring."""
    return _page(request, RehearsalForm(request.GET, of_the_house=True), {}, title=_("Reminders"))


@require_safe
def of_contract(request: SignedInRequest, number: str) -> HttpResponseBase:
    """What a contract brings, which may be a draft."""
    seen = Contract.objects.visible_to(request.user).select_related("customer", "owner", "successor")
    one = get_object_or_404(seen, number=number)
    return _page(request, RehearsalForm(request.GET), {"contract": one}, title=f"{one.number} {one.title}")


@require_safe
def of_plan(request: SignedInRequest, number: str) -> HttpResponseBase:
    """What a maintenance plan brings, which may be a draft."""
    seen = Plan.objects.visible_to(request.user).select_related("contract__successor", "customer", "owner")
    one = get_object_or_404(seen, number=number)
    return _page(request, RehearsalForm(request.GET), {"plan": one}, title=f"{one.number} {one.title}")


def _page(
    request: SignedInRequest, form: RehearsalForm, of: dict[str, Any], *, title: str
) -> HttpResponseBase:
    asked = form.asked()
    found = rehearse(**of, **asked)
    wanted = request.GET.get("export", "")
    if wanted:
        return exports.export(days_ahead.rows(found), days_ahead.COLUMNS, wanted, "rehearsal")  # type: ignore[arg-type]
    context = {
        **of,
        "form": form,
        "title": title,
        "days": asked["days"],
        "narrowed": bool(asked["what"] or asked["region"]),
        "ahead": days_ahead.ahead(found),
    }
    return render(request, "reminders/rehearsal.html", context)
