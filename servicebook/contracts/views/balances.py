"""The ledger of one line of a contract: every grant and use, who made it and about which ticket."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts import amounts
from servicebook.contracts.models import Balance, BalanceEntry, IncludedService
from servicebook.contracts.showing import name_of
from servicebook.contracts.views.contracts import seen

SHOWN = 200
TAKES = (BalanceEntry.Kind.RESERVE, BalanceEntry.Kind.USE, BalanceEntry.Kind.EXPIRE)


def balance(request: SignedInRequest, number: str, code: str) -> HttpResponse:
    """Each period of a line, the newest first, with its entries (S0.17, S2.7)."""
    one = seen(request, number)
    rows = IncludedService.objects.filter(version__contract=one, code=code).select_related("category")
    line = get_object_or_404(rows.order_by("-version__number")[:1])
    periods = list(one.balances.filter(code=code).order_by("-starts_on"))
    entries = list(
        BalanceEntry.objects.filter(balance__in=periods)
        .select_related("by")
        .prefetch_related("about")
        .order_by("-pk")[: SHOWN + 1]
    )
    for entry in entries:
        said = amounts.amount(line.service, entry.amount, one.currency)
        entry.said = f"−{said}" if entry.kind in TAKES else f"+{said}"  # type: ignore[attr-defined]
    kept: dict[int, list[BalanceEntry]] = {}
    for entry in entries[:SHOWN]:
        kept.setdefault(entry.balance_id, []).append(entry)
    context = {
        "contract": one,
        "line": line,
        "name": name_of(line),
        "periods": [(each, _sums(each, one.currency), kept.get(each.pk, [])) for each in periods],
        "more": len(entries) > SHOWN,
    }
    return render(request, "contracts/balance.html", context)


def _sums(one: Balance, currency: str) -> dict[str, str]:
    """The sums of a period as text; `left` is empty where there is no limit."""
    said = {
        "granted": one.granted,
        "used": one.used,
        "reserved": one.reserved or None,
        "left": None if one.granted is None else one.granted - one.used - one.reserved,
    }
    return {
        name: "" if value is None else amounts.amount(one.service, value, currency)
        for name, value in said.items()
    }
