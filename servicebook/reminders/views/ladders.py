"""Reminder rules: all on one page, and one to change (S0.33–S0.42)."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts.models import Contract
from servicebook.core.errors import Refused
from servicebook.customers import sections
from servicebook.customers.entity_forms import place
from servicebook.reminders import wording
from servicebook.reminders.actions import ladders as actions
from servicebook.reminders.days_ahead import Ahead
from servicebook.reminders.days_ahead import ahead as ahead_of
from servicebook.reminders.forms.ladders import LadderForm, StageForms
from servicebook.reminders.forms.rehearsals import DaysForm
from servicebook.reminders.ladders import standing
from servicebook.reminders.models import Ladder, Stage, What
from servicebook.reminders.rehearsing import rehearse
from servicebook.reminders.rules import ladders as rules
from servicebook.reminders.rules.ladders import Rung

OVERRIDES_SHOWN = 50


@require_safe
def ladders(request: SignedInRequest) -> HttpResponse:
    """What is announced when, to whom, with which next step, and the rules of single contracts."""
    rows = Ladder.objects.select_related("region", "contract__customer").prefetch_related("stages")
    house = {one.what: one for one in rows.filter(contract=None)}
    lines = [
        {
            "what": what,
            "ladder": house.get(what),
            "anchor": wording.ANCHORS[what],
            "steps": _steps(house.get(what)),
        }
        for what in What
    ]
    seen = Contract.objects.visible_to(request.user)
    own = sections.first(rows.filter(contract__in=seen).order_by("contract", "what"), OVERRIDES_SHOWN)
    return render(request, "reminders/ladders.html", {"lines": lines, "own": own})


@require_http_methods(["GET", "HEAD", "POST"])
def ladder(request: SignedInRequest, what: str) -> HttpResponse:
    """The rule of the house for one thing."""
    known = _what(what)
    found = Ladder.objects.filter(what=known, contract=None).first() or Ladder(what=known, active=False)
    return _edit(request, found, list(found.stages.all()) if found.pk else [], reverse("reminders:ladders"))


@require_http_methods(["GET", "HEAD", "POST"])
def own_ladder(request: SignedInRequest, what: str, number: str) -> HttpResponse:
    """The rule of one contract, which holds in place of the house's. A new one begins as a copy of it."""
    known = _what(what)
    contract = get_object_or_404(Contract.objects.visible_to(request.user), number=number)
    found = Ladder.objects.filter(what=known, contract=contract).first()
    if found:
        return _edit(request, found, list(found.stages.all()), contract.get_absolute_url())
    house = Ladder.objects.filter(what=known, contract=None).first()
    fresh = Ladder(what=known, contract=contract)
    if house:
        fresh.quiet_from, fresh.quiet_until = house.quiet_from, house.quiet_until
    stages = list(house.stages.all()) if house else []
    return _edit(request, fresh, stages, contract.get_absolute_url())


@require_POST
def drop_own_ladder(request: SignedInRequest, what: str, number: str) -> HttpResponse:
    """Let the rule of the house hold again."""
    contract = get_object_or_404(Contract.objects.visible_to(request.user), number=number)
    found = get_object_or_404(Ladder, what=_what(what), contract=contract)
    actions.drop_ladder(found.pk, by=request.user)
    messages.success(request, _("The rule of the house holds for %(number)s again.") % {"number": number})
    return redirect(contract)


def _edit(request: SignedInRequest, found: Ladder, stages: Sequence[Stage], back: str) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    rows = StageForms(
        _in_time(stages),
        what=found.what,
        data=data,
        add=bool(data and "more" in data),
        drop=data.get("less", "") if data else "",
    )
    form, days = LadderForm(data, ladder=found), DaysForm(data)
    ahead = None
    if data is not None and not {"more", "less"} & data.keys() and _both_valid(form, rows):
        form.put(found)
        try:
            if "rehearse" in data:
                ahead = _rehearsed(found, rows.stages(), days.asked())
            else:
                actions.save_ladder(found, rows.stages(), by=request.user, seen=form.cleaned_data["seen"])
        except Refused as refused:
            place(form, refused)
        else:
            if ahead is None:
                messages.success(request, _("Saved. What is on the agenda follows in a moment."))
                return redirect(back)
    wrong = bool(data is not None and (form.errors or any(one.errors for one in rows.forms)))
    context = {
        "ladder": found,
        "what": What(found.what),
        "anchor": wording.ANCHORS[found.what],
        "form": form,
        "rows": rows,
        "wrong": wrong,
        "back": back,
        "history": sections.history_of(found) if found.pk else None,
        "days_form": days,
        "days": days.asked(),
        "ahead": ahead,
        "narrowed": found.region_id is not None,
    }
    return render(request, "reminders/ladder.html", context, status=422 if wrong else 200)


def _rehearsed(found: Ladder, stages: list[Stage], days: int) -> Ahead:
    """What the rule would bring as it was typed, switched on. Nothing is saved."""
    actions.check(found, stages)
    actions.name(stages)
    return ahead_of(rehearse(ladder=standing(found, stages), contract=found.contract, days=days))


def _both_valid(form: LadderForm, rows: StageForms) -> bool:
    judged = [form.is_valid(), rows.is_valid()]
    return all(judged)


def _what(text: str) -> What:
    try:
        return What(text)
    except ValueError:
        raise Http404 from None


def _in_time(stages: Sequence[Stage]) -> list[Stage]:
    """The earliest first."""
    return sorted(stages, key=lambda one: rules.hours(Rung(one.name, one.offset, one.unit, one.side)))


def _steps(found: Ladder | None) -> list[dict[str, object]]:
    """The stages in words."""
    return [
        {"when": wording.when(one), "whom": wording.whom(one), "hears": wording.hears(one), "stage": one}
        for one in _in_time(list(found.stages.all()) if found else [])
    ]
