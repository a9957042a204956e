"""Checklists under Settings: their versions, who inherits them, and the next version (S0.58)."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from servicebook.accounts.requests import SignedInRequest
from servicebook.core.errors import Refused
from servicebook.customers import sections
from servicebook.maintenance.actions import checklists as actions
from servicebook.maintenance.forms.checklists import WholeChecklist
from servicebook.maintenance.models import Checklist, Plan, Worksheet
from servicebook.tickets.models import OPEN

PLANS_SHOWN = 12


def listing(request: SignedInRequest) -> HttpResponse:
    """All checklists, those in use first, each with its newest version and how many plans ask by it."""
    running = Q(plans__state__in=[Plan.State.ACTIVE, Plan.State.PAUSED, Plan.State.DRAFT])
    rows = Checklist.objects.annotate(
        newest=Max("versions__number"), users=Count("plans", filter=running, distinct=True)
    )
    return render(request, "maintenance/checklists.html", {"rows": rows.order_by("-active", "name")})


def new(request: SignedInRequest) -> HttpResponse:
    return _written(request, Checklist())


def checklist(request: SignedInRequest, pk: int) -> HttpResponse:
    """The newest version as it is; what is typed becomes the next one."""
    return _written(request, get_object_or_404(Checklist, pk=pk))


@require_POST
def switch(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a checklist out of use, or use it again; plans that have it keep it."""
    one = actions.switch(get_object_or_404(Checklist, pk=pk).pk, by=request.user)
    messages.success(
        request,
        (_("%(name)s is in use again.") if one.active else _("%(name)s is out of use.")) % {"name": one.name},
    )
    return redirect("maintenance:checklists")


def _written(request: SignedInRequest, one: Checklist) -> HttpResponse:
    version = one.versions.order_by("-number").first() if one.pk else None
    name = one.name
    whole = WholeChecklist(
        name=name, version=version, data=request.POST if request.method == "POST" else None
    )
    if whole.changes_rows and "HX-Request" in request.headers:
        return render(request, "contracts/_rows.html", {"rows": whole.items})
    if request.method == "POST" and not whole.changes_rows and whole.is_valid():
        rows, given = whole.ordered(), whole.head.cleaned_data
        one.name = given["name"]
        try:
            made = actions.publish(
                one,
                [row.item() for row in rows],
                by=request.user,
                regulation=given["regulation"],
                what_changed=given["what_changed"],
                seen=given["seen"],
            )
        except Refused as refused:
            whole.take(refused, rows)
        else:
            messages.success(
                request, _("%(version)s holds for every ticket from now on.") % {"version": made}
            )
            return redirect("maintenance:checklist", made.checklist_id)
    context: dict[str, Any] = {"whole": whole, "one": one, "name": name, "version": version}
    if one.pk:
        context |= _about(request, one)
    return render(
        request, "maintenance/checklist.html", context, status=422 if whole.number_of_errors else 200
    )


def _about(request: SignedInRequest, one: Checklist) -> dict[str, Any]:
    """Its versions, and what inherits them."""
    plans = Plan.objects.filter(checklist=one).exclude(state=Plan.State.ENDED)
    open_ones = Worksheet.objects.filter(version__checklist=one, ticket__status__in=OPEN)
    by_version: dict[int | None, int] = {}
    for pk in open_ones.values_list("version", flat=True)[:10_000]:
        by_version[pk] = by_version.get(pk, 0) + 1
    versions = list(one.versions.select_related("made_by").order_by("-number"))
    return {
        "versions": [(each, by_version.get(each.pk, 0)) for each in versions],
        "plans": sections.first(plans.order_by("title"), PLANS_SHOWN),
        "history": sections.history_of(one, most=sections.asked(request, "history", sections.HISTORY)),
    }
