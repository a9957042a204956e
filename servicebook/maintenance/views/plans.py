"""The list of plans, the page of one, and the one page on which it is written."""

from typing import Any

from django.contrib import messages
from django.db.models import OuterRef
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts.veiling import number_for, numbers_shown
from servicebook.core import fields, related
from servicebook.core.errors import NotAllowed, Refused
from servicebook.core.listing import Listing, Sort
from servicebook.customers import picking, sections
from servicebook.maintenance import lists, plain_words
from servicebook.maintenance.acts.base import offered
from servicebook.maintenance.acts.plans import ACTS
from servicebook.maintenance.models import Enrolment, Plan
from servicebook.maintenance.previewing import preview as previewed
from servicebook.maintenance.queries import rounds
from servicebook.maintenance.queries.due import first_day
from servicebook.maintenance.veiling import veil_history
from servicebook.maintenance.whom import whom, with_scopes
from servicebook.rights import OFFICE

NEXT = "next_on"


def plans(request: SignedInRequest) -> HttpResponseBase:
    """All plans that a person may see, each with its next day."""
    rows = Plan.objects.visible_to(request.user).select_related("customer", "owner")
    rows = rows.annotate(contract_number=number_for(request.user)).prefetch_related(with_scopes())
    found = Listing(
        request,
        rows.annotate(**{NEXT: first_day(plan=OuterRef("pk"))}),
        sorts=lists.PLAN_SORTS,
        filter_form=lists.PlanFilter,
        columns=lists.PLAN_COLUMNS,
        filename="maintenance-plans",
        initial={"state": lists.CURRENT},
    )
    for one in found.page.rows if not request.GET.get("export") else ():
        one.said = plain_words.rule_of(one)  # type: ignore[attr-defined]
        one.whom = whom(one)  # type: ignore[attr-defined]
    context = {"may_edit": request.user.has_role(*OFFICE)}
    return found.response("maintenance/plans.html", "maintenance/_plans.html", context)


def plan(request: SignedInRequest, number: str) -> HttpResponseBase:
    """One plan: its rule in words, its rounds, who is in it, and what was done about it."""
    one = seen(request, number)
    enrolled = Enrolment.objects.filter(plan=one, ended_at=None).select_related("asset__model", "site")
    found = Listing(
        request,
        enrolled.annotate(**{NEXT: first_day(enrolment=OuterRef("pk"))}),
        sorts={"next": Sort(_("Next"), (NEXT, "pk")), "since": Sort(_("Since"), ("since", "pk"))},
        target="enrolments",
        size=20,
    )
    context: dict[str, Any] = {
        "plan": one,
        "reading": plain_words.reading_of(one),
        "window": plain_words.window_of(one),
        "weekdays": plain_words.weekdays_of(one.weekdays),
        "acts": offered(ACTS, one, request.user),
        "may_edit": request.user.has_role(*OFFICE) and one.state != Plan.State.ENDED,
        "picked": picking.label(one),
        "custom": fields.shown(one),
    }
    if request.headers.get("HX-Target", "") != found.target:
        related.fetch([one], with_scopes())
        history = sections.history_of(one, most=sections.asked(request, "history", sections.HISTORY))
        veil_history(history.rows, request.user)
        context |= {
            "rounds": rounds.of(one, request.user),
            "scopes": list(one.scopes.all()),
            "whom": whom(one),
            "left": Enrolment.objects.filter(plan=one, ended_at__isnull=False).count(),
            "history": history,
            "shown": numbers_shown([one.contract.number] if one.contract else [], request.user),
        }
    return found.response("maintenance/plan.html", "maintenance/_enrolments.html", context)


def preview(request: SignedInRequest, number: str) -> HttpResponse:
    """A year of the plan, before it is switched on."""
    one = seen(request, number)
    context = {
        "plan": one,
        "year": previewed(one),
        "said": plain_words.rule_of(one),
        "acts": offered(ACTS, one, request.user),
        "may_edit": request.user.has_role(*OFFICE) and one.state != Plan.State.ENDED,
    }
    return render(request, "maintenance/preview.html", context)


def act(request: SignedInRequest, number: str, do: str) -> HttpResponse:
    """Ask what an act on a plan needs, or do it."""
    one = seen(request, number)
    wanted = ACTS.get(do)
    if wanted is None:
        raise Http404
    if not request.user.has_role(*wanted.roles):
        raise NotAllowed(_("Your role does not include this. Ask a dispatcher to do it."))
    form = wanted.form(request.POST if request.method == "POST" else None, about=one)
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, wanted.run(one, form.cleaned_data, request.user))
        except Refused as refused:
            form.take(refused)
        else:
            return redirect(one)
    context = {"act": wanted, "form": form, "about": one, "title": str(one), "plan": one}
    return render(request, "maintenance/act.html", context, status=422 if form.errors else 200)


def pick(request: SignedInRequest) -> HttpResponse:
    """Suggestions for a field that asks for a plan."""
    return picking.options(request, picking.found(Plan, request, request.user))


def seen(request: SignedInRequest, number: str) -> Plan:
    """The plan of this number, if the person may see it."""
    rows = Plan.objects.visible_to(request.user).select_related(
        "customer", "contract__customer", "work_type", "checklist", "owner", "team", "hours"
    )
    return get_object_or_404(rows, number=number)
