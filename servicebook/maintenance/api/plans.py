"""Plans: drafted, switched on, changed, paused, ended."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from servicebook.accounts.models import Team, User
from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts.document import Scope
from servicebook.contracts.models import Contract
from servicebook.contracts.veiling import number_for, numbers_shown
from servicebook.core import api
from servicebook.core.api import Line30, Page, Paging, answers
from servicebook.core.errors import Refused
from servicebook.customers.models import SEES_EVERY_CUSTOMER, Customer, Region, Site
from servicebook.equipment.models import Asset, AssetModel, Category
from servicebook.journal.api import EntryOut, history
from servicebook.maintenance.actions import plans as actions
from servicebook.maintenance.api.plan_shapes import (
    PlanBecause,
    PlanColumns,
    PlanDocument,
    PlanFilter,
    PlanOut,
    PlanRow,
    PlanWhole,
)
from servicebook.maintenance.models import Checklist, Plan, PlanScope
from servicebook.maintenance.veiling import veiled
from servicebook.sla.models import ServiceHours
from servicebook.tickets.models import WorkType

routes = Router()


@routes.get("", response=answers(Page[PlanRow]), summary="List maintenance plans")
def list_plans(request: SignedInRequest, find: Query[PlanFilter]) -> HttpResponse:
    """Plans that the person may see, newest first."""
    rows = Plan.objects.visible_to(request.user).annotate(contract_number=number_for(request.user))
    if "contract" in find.model_fields_set:
        rows = rows.filter(contract_number=find.contract)
        find.model_fields_set.discard("contract")
    return api.page(api.narrowed(rows, find), PlanRow, find, newest_first=True)


@routes.post("", response=answers(PlanOut, 201), summary="Draft a plan")
def draft_plan(request: SignedInRequest, body: PlanDocument) -> HttpResponse:
    """It gets its number at once, and owes nothing until it is activated."""
    plan = actions.save_plan(
        _written(Plan(), body, request.user), _scopes(body, request.user), by=request.user
    )
    return _whole(plan, request.user, 201)


@routes.get("/{plan}", response=answers(PlanOut), summary="Read a plan")
def read_plan(request: SignedInRequest, plan: Line30) -> HttpResponse:
    return _whole(one(request.user, plan), request.user)


@routes.put("/{plan}", response=answers(PlanOut), summary="Replace a plan")
def replace_plan(request: SignedInRequest, plan: Line30, body: PlanWhole) -> HttpResponse:
    """What follows from it changes in the background; tickets that were made stay as they are.

    A contract that the person may not see reads as null, and null leaves it.
    """
    found = _written(one(request.user, plan), body, request.user)
    scopes = _scopes(body, request.user)
    return _whole(actions.save_plan(found, scopes, by=request.user, seen=body.seen), request.user)


@routes.post("/{plan}/activate", response=answers(PlanOut), summary="Switch a plan on")
def activate_plan(request: SignedInRequest, plan: Line30) -> HttpResponse:
    """Refused while its rule is not whole, or no unit is in its scope."""
    return _whole(actions.activate(one(request.user, plan).pk, by=request.user), request.user)


@routes.post("/{plan}/pause", response=answers(PlanOut), summary="Pause a plan")
def pause_plan(request: SignedInRequest, plan: Line30, body: PlanBecause) -> HttpResponse:
    """No more tickets are made until it is resumed; what was made stays."""
    found = actions.pause(one(request.user, plan).pk, because=body.because, by=request.user)
    return _whole(found, request.user)


@routes.post("/{plan}/resume", response=answers(PlanOut), summary="Resume a plan")
def resume_plan(request: SignedInRequest, plan: Line30) -> HttpResponse:
    """What was due meanwhile is left out, with the reason of the pause."""
    return _whole(actions.resume(one(request.user, plan).pk, by=request.user), request.user)


@routes.post("/{plan}/end", response=answers(PlanOut), summary="End a plan")
def end_plan(request: SignedInRequest, plan: Line30, body: PlanBecause) -> HttpResponse:
    """For good; what is not called yet is cancelled."""
    found = actions.end(one(request.user, plan).pk, because=body.because, by=request.user)
    return _whole(found, request.user)


@routes.get("/{plan}/history", response=answers(Page[EntryOut]), summary="Read a plan's history")
def read_plan_history(request: SignedInRequest, plan: Line30, find: Query[Paging]) -> HttpResponse:
    rows = Plan.objects.visible_to(request.user).filter(number=plan)
    return history(rows, find, veil=partial(veiled, user=request.user))


def one(user: User, number: str) -> Plan:
    """The plan with this number.

    Raises:
        Http404: there is none, or the person may not see it.
    """
    rows = Plan.objects.visible_to(user).select_related("customer", "contract")
    return api.or_404(rows, number=number)


def _written(plan: Plan, body: PlanDocument, user: User) -> Plan:
    """The plan as the caller wrote it, with nothing of it saved. What was left out is as in a new one."""
    whole = PlanDocument.model_construct(
        _fields_set=PlanDocument.model_fields.keys() - {"contract", "parts", "scopes"},
        **{name: getattr(body, name) for name in PlanDocument.model_fields},
    )
    plan.custom = {}
    api.put(
        plan,
        whole,
        {
            "customer": Customer.objects.visible_to(user),
            "hours": ServiceHours.objects.all(),
            "work_type": WorkType.objects.all(),
            "checklist": Checklist.objects.all(),
            "owner": User.objects.filter(is_active=True),
            "team": Team.objects.all(),
        },
    )
    plan.contract = _contract(plan, body.contract, user)
    plan.parts = [part.model_dump() for part in body.parts]
    if plan.customer is None and plan.contract is None and not user.has_role(*SEES_EVERY_CUSTOMER):
        text = _("A plan for every customer is written by somebody who sees them all. Choose one customer.")
        raise Refused(text, code="not_valid", fields={"customer": text})
    return plan


def _contract(plan: Plan, number: str | None, user: User) -> Contract | None:
    """The contract with this number; one that the person may not see stays."""
    stored = plan.contract
    is_veiled = stored is not None and not numbers_shown([stored.number], user)
    if number is None:
        return stored if is_veiled else None
    if is_veiled:
        text = _("The plan stands under a contract that you may not see. Leave this out: it stays.")
        raise Refused(text, code="not_valid", fields={"contract": text})
    found = Contract.objects.visible_to(user).filter(number=number).select_related("customer").first()
    if found is None:
        text = _("There is none with this number that this token may see.")
        raise Refused(text, code="not_valid", fields={"contract": text})
    return found


def _scopes(body: PlanDocument, user: User) -> list[PlanScope]:
    """The rows of the scope, of things that the person may see."""
    seen: dict[str, Any] = {
        "asset": Asset.objects.visible_to(user),
        "site": Site.objects.visible_to(user),
        "model": AssetModel.objects.all(),
        "category": Category.objects.all(),
        "region": Region.objects.all(),
    }
    rows = []
    for place, scope in enumerate(body.scopes):
        for name, value in scope:
            if value is not None:
                api.related(seen[name], value, f"scopes.{place}.{name}")
        rows.append(PlanScope(**scope.columns()))
    return rows


def _whole(plan: Plan, user: User, status: int = 200) -> HttpResponse:
    rows = plan.scopes.all()
    scopes = [{name: getattr(row, f"{name}_id") for name in Scope.model_fields} for row in rows]
    number = plan.contract.number if plan.contract else None
    seen = {"contract": number if number and numbers_shown([number], user) else None}
    return api.reply({**api.shown(plan, PlanColumns), **seen, "scopes": scopes}, status)
