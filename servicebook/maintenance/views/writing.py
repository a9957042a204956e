"""The one page on which a plan is written, and how it reads while it is typed."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts.models import Contract
from servicebook.contracts.rules.terms import Scope
from servicebook.core.errors import Refused
from servicebook.core.listing import count as counted
from servicebook.customers.models import Customer, Site
from servicebook.customers.picking import number_in
from servicebook.equipment.models import Asset, AssetModel
from servicebook.maintenance import plain_words, scoping
from servicebook.maintenance.actions.plans import save_plan
from servicebook.maintenance.forms.plans import WholePlan, fresh
from servicebook.maintenance.models import Plan, PlanScope
from servicebook.maintenance.views.plans import seen


def new(request: SignedInRequest) -> HttpResponse:
    """Write a plan, from blank or for what the address names: a customer, a contract, a site, a unit."""
    plan, scopes = _begun(request)
    whole = WholePlan(user=request.user, plan=plan, scopes=scopes, data=_typed(request))
    return _written(request, whole, {"new": True})


def edit(request: SignedInRequest, number: str) -> HttpResponse:
    """Change a plan; what it owes follows, what has its ticket stays."""
    plan = seen(request, number)
    if plan.state == Plan.State.ENDED:
        messages.error(request, _("%(number)s has ended. Write a new plan.") % {"number": plan.number})
        return redirect(plan)
    rows = plan.scopes.select_related("asset__model", "site", "model__category")
    whole = WholePlan(user=request.user, plan=plan, scopes=list(rows), data=_typed(request))
    return _written(request, whole, {"old": Plan.objects.get(pk=plan.pk)})


def _written(request: SignedInRequest, whole: WholePlan, context: Mapping[str, Any]) -> HttpResponse:
    if whole.changes_rows:
        name = request.POST.get("more") or request.POST.get("less", "").rpartition("-")[0]
        if "HX-Request" in request.headers and name in whole.rows:
            return render(request, "contracts/_rows.html", {"rows": whole.rows[name]})
        return _form(request, whole, context)
    if request.method == "POST" and whole.is_valid():
        version = whole.seen
        plan, scopes = whole.put()
        try:
            saved = save_plan(plan, scopes, by=request.user, seen=version)
        except Refused as refused:
            whole.take(refused)
        else:
            return _saved(request, saved)
    return _form(request, whole, context)


def _saved(request: SignedInRequest, plan: Plan) -> HttpResponse:
    if plan.state == Plan.State.DRAFT:
        messages.success(request, _("%(number)s is saved as a draft.") % {"number": plan.number})
        return redirect("maintenance:preview", plan.number)
    messages.success(
        request, _("%(number)s is saved. What has no ticket yet follows it.") % {"number": plan.number}
    )
    return redirect(plan)


def _form(request: SignedInRequest, whole: WholePlan, context: Mapping[str, Any]) -> HttpResponse:
    wrong = whole.number_of_errors
    shown = {**context, "whole": whole, "wrong": wrong}
    return render(request, "maintenance/form.html", shown, status=422 if wrong else 200)


@require_POST
def reading(request: SignedInRequest) -> HttpResponse:
    """What is typed so far, in words, with its first days and its units; nothing is saved."""
    number = request.POST.get("of", "")
    typed = {name: values for name, values in request.POST.lists() if name not in ("more", "less")}
    whole = WholePlan(
        user=request.user,
        plan=seen(request, number) if number else Plan(),
        scopes=[],
        data=MultiValueDict(typed),
    )
    plan, scopes = whole.put()
    context: dict[str, Any] = {"plan": plan, "reading": plain_words.reading_of(plan)}
    named = whole.head.sees_every_customer and any(_scope(one) != Scope() for one in scopes)
    if plan.customer_id or plan.contract_id or named:
        context["units"] = counted(_units(plan, scopes))
    return render(request, "maintenance/_reading.html", context)


def _units(plan: Plan, scopes: list[PlanScope]) -> Any:
    if plan.customer_id is None and plan.contract is not None:
        plan.customer = plan.contract.customer
    asked = scoping.Scopes([_scope(one) for one in scopes], scoping.contract_scopes(plan.contract))
    return scoping.units_of(plan, asked)


def _scope(one: PlanScope) -> Scope:
    return Scope(one.asset_id, one.site_id, one.model_id, one.category_id, one.region_id)


def _begun(request: SignedInRequest) -> tuple[Plan, list[PlanScope]]:
    """A fresh plan with what the address names, of what the person may see."""
    asked, user = request.GET, request.user
    contract = Contract.objects.visible_to(user).select_related("customer")
    contract_row = contract.filter(number=asked.get("contract", "").replace("\0", "")[:40]).first()
    asset = _named(Asset.objects.visible_to(user).select_related("model", "customer"), asked.get("asset"))
    site = _named(Site.objects.visible_to(user).select_related("customer"), asked.get("site"))
    model = _named(AssetModel.objects.select_related("category"), asked.get("model"))
    customer = _named(Customer.objects.visible_to(user), asked.get("customer"))
    of = contract_row or asset or site
    plan = fresh(customer=of.customer if of else customer, contract=contract_row)
    if asset or site or model:
        return plan, [PlanScope(asset=asset, site=None if asset else site, model=None if asset else model)]
    return plan, []


def _named(rows: Any, text: str | None) -> Any:
    pk = number_in(text or "")
    return rows.filter(pk=pk).first() if pk else None


def _typed(request: SignedInRequest) -> Any:
    return request.POST if request.method == "POST" else None
