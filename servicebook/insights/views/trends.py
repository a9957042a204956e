"""Support under all contracts: months in a row, and the contracts that need a look (S1.7, S1.11)."""

from collections.abc import Sequence
from itertools import takewhile

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from servicebook.accounts.requests import SignedInRequest
from servicebook.insights import wording
from servicebook.insights.queries import trends as queries
from servicebook.insights.rules.compliance import share, tone


def _from_the_first(months: Sequence[queries.Month]) -> Sequence[queries.Month]:
    """The months since anything happened; always the last one."""
    quiet = list(takewhile(lambda one: not (one.opened or one.closed or one.promised), months[:-1]))
    return months[len(quiet) :]


@require_safe
def trends(request: SignedInRequest) -> HttpResponse:
    months = queries.months(request.user)
    promised, kept = sum(one.promised for one in months), sum(one.kept for one in months)
    whole = share(kept, promised)
    weak = queries.weak_contracts(request.user)
    context = {
        "months": [(one, tone(one.percent)) for one in reversed(_from_the_first(months))],
        "opened": sum(one.opened for one in months),
        "closed": sum(one.closed for one in months),
        "this_month": months[-1],
        "promised": promised,
        "kept": kept,
        "percent": whole,
        "tone": tone(whole),
        "weak": [(one, [wording.say(said) for said in one.found.because]) for one in weak],
        "weak_days": queries.WEAK_DAYS,
        "looked_at": queries.LOOKED_AT,
    }
    return render(request, "insights/trends.html", context)
