"""The board of renewals by month."""

from datetime import date

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts import board
from servicebook.contracts.models import Contract


@require_safe
def renewals(request: SignedInRequest) -> HttpResponse:
    """Which contracts end when, and how each goes on."""
    form = board.BoardFilter(request.GET or None)
    seen: QuerySet[Contract] = Contract.objects.visible_to(request.user)
    if form.is_bound and form.is_valid():
        seen = form.apply(seen)
    this = board.this_month()
    first = _month(request.GET.get("from", ""), this)
    context = {
        "form": form,
        "filtered": form.is_bound and any(form.cleaned_data.values()),
        "months": board.months(seen, first),
        "earlier": f"{board.month_after(first, -board.MONTHS):%Y-%m}",
        "later": f"{board.month_after(first, board.MONTHS):%Y-%m}",
        "this": this,
        "first": first,
    }
    return render(request, "contracts/renewals.html", context)


def _month(text: str, otherwise: date) -> date:
    """Read "2026-10"; what is no month is not asked."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return otherwise
