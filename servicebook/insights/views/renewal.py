"""The year in review, and the renewal that is argued with it (S0.67, S1.12)."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts import actions, amounts, renewal_wording, renewals
from servicebook.contracts.actions.prices import PriceRefused, refuse_rise
from servicebook.contracts.forms.acts import ActForm
from servicebook.contracts.models import Contract
from servicebook.contracts.models.choices import Service
from servicebook.contracts.rules import advice
from servicebook.contracts.rules.renewal import last_day_to_refuse, next_term
from servicebook.core.errors import Refused
from servicebook.insights.queries.year import Review, review
from servicebook.insights.rules.compliance import tone
from servicebook.insights.views.compliance import seen


class RenewalForm(ActForm):
    """For how long and for how much; the terms are those of today."""

    months = forms.IntegerField(label=gettext_lazy("For how many months"), min_value=1, max_value=240)
    price = forms.DecimalField(
        label=gettext_lazy("Price"), max_digits=14, decimal_places=2, min_value=Decimal(0)
    )
    in_force = forms.BooleanField(
        label=gettext_lazy("Agreed already: put it in force, to take over on its first day"), required=False
    )


def renewal(request: SignedInRequest, number: str) -> HttpResponse:
    """Show what the year speaks for, and draft the offer."""
    contract = seen(request, number)
    found = review(contract)
    initial, because = _proposal(contract, found)
    form = RenewalForm(request.POST or None, contract=contract, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            following = actions.renew(contract.pk, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.take(refused)
        else:
            messages.success(request, _said(following))
            return redirect(following)
    context = {
        "contract": contract,
        "form": form,
        "found": found,
        "because": because,
        "advice": [
            (renewal_wording.KINDS[one.kind], renewal_wording.say(one.because)) for one in found.advice
        ],
        "included": [_line(one, contract) for one in found.year.included],
        "kept_tone": tone(found.kept.percent),
        "extra": amounts.money(found.year.extra, contract.currency),
        "worked": amounts.hours(found.year.minutes),
        "following": renewals.successor_of(contract),
        "last_day_to_refuse": last_day_to_refuse(contract.ends_on, contract.notice_days),
        "term": next_term(contract.ends_on, contract.renewal_months) if contract.renewal_months else None,
    }
    return render(request, "insights/renewal.html", context, status=422 if form.errors else 200)


def _proposal(contract: Contract, found: Review) -> tuple[dict[str, Any], str]:
    """What the form begins with, and why this price."""
    months = contract.renewal_months or 12
    first = next_term(contract.ends_on, months).starts_on
    changes = renewals.prices_of(contract)
    announced = renewals.announced_for(first, changes)
    price, because = contract.price, _("The price of today.")
    percent = advice.suggested_percent(list(found.advice)) or contract.index_percent
    if announced:
        price, because = announced.after, _("As it was announced to the customer.")
    elif percent:
        new = renewals.preview(contract, percent, changes)
        price, because = (
            new.after.amount,
            _("%(percent)s %% more than today: %(before)s → %(after)s.")
            % {
                "percent": amounts.number(percent),
                "before": amounts.money(new.before.amount, contract.currency),
                "after": amounts.money(new.after.amount, contract.currency),
            },
        )
    try:
        refuse_rise(contract, first, after=price)
    except PriceRefused as refused:
        price, because = contract.price, str(refused)
    return {"months": months, "price": int(price) if price == int(price) else price}, because


def _said(following: Contract) -> str:
    said = {"number": following.number, "day": amounts.day(following.starts_on)}
    if following.is_live:
        return _("%(number)s is in force and takes over on %(day)s.") % said
    return _("%(number)s is drafted. Change what was agreed otherwise, then activate it.") % said


def _line(used: advice.Used, contract: Contract) -> dict[str, Any]:
    return {
        "name": str(Service(used.service).label),
        "percent": min(100, used.percent),
        "tone": "late" if used.percent >= 100 else "risk" if used.percent <= advice.UNDERUSED else "done",
        "said": _("%(used)s of %(granted)s")
        % {
            "used": amounts.amount(used.service, used.used, contract.currency),
            "granted": amounts.amount(used.service, used.granted, contract.currency),
        },
    }
