"""Service hours under Settings (S0.15, S0.55)."""

from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from servicebook.accounts.requests import SignedInRequest
from servicebook.core import clock
from servicebook.customers import sections
from servicebook.sla import actions, queries
from servicebook.sla.forms import HoursForm
from servicebook.sla.models import ServiceHours
from servicebook.sla.wording import say_openings, say_week

DAYS_SHOWN = 8


def listing(request: SignedInRequest) -> HttpResponse:
    """All service hours, those in use first, and whether they are open now."""
    now = clock.now()
    lines = [
        {"hours": one, "week": say_week(one.week), "outlook": queries.outlook(one, at=now)}
        for one in ServiceHours.objects.order_by("-active", "name")
    ]
    return render(request, "sla/hours_list.html", {"lines": lines})


def new(request: SignedInRequest) -> HttpResponse:
    return _edit(request, ServiceHours(week=[[]] * 7))


def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(ServiceHours, pk=pk))


def _edit(request: SignedInRequest, hours: ServiceHours) -> HttpResponse:
    known = ServiceHours.objects.get(pk=hours.pk) if hours.pk else None
    frozen = queries.frozen_until(known) if known else None
    in_use = frozen is not None
    own = known.days.filter(public=False, day__gt=frozen or date.min) if known else ()
    form = HoursForm(request.POST or None, hours=hours, in_use=in_use, shown=own)
    if request.method == "POST" and form.is_valid():
        form.put(hours)
        if form.tried(actions.save, hours, form.cleaned_data["days"], by=request.user):
            messages.success(request, _("%(name)s are saved.") % {"name": hours.name})
            return redirect("sla:hours")
    context: dict[str, object] = {"form": form, "hours": known, "in_use": in_use}
    if known:
        ahead = known.days.filter(day__gte=clock.now().date()).order_by("day")
        coming = sections.first(ahead, sections.asked(request, "days", DAYS_SHOWN))
        context |= {
            "outlook": queries.outlook(known, at=clock.now()),
            "week": say_week(known.week),
            "coming": coming,
            "coming_days": [(row, say_openings(row.openings)) for row in coming.rows],
            "history": sections.history_of(known, most=sections.asked(request, "history", sections.HISTORY)),
        }
    return render(request, "sla/hours_form.html", context, status=422 if form.errors else 200)
