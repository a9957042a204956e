"""The queue: filters, saved views, and one move for many tickets."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts.models import Contract
from servicebook.core import clock
from servicebook.core.errors import NotAllowed, Refused
from servicebook.core.exports import Column
from servicebook.core.listing import Listing, Sort
from servicebook.customers.models import Customer
from servicebook.equipment.models import Asset
from servicebook.rights import OFFICE
from servicebook.tickets import actions, directory, forms, queries
from servicebook.tickets.models import SavedView, Ticket, WaitingReason
from servicebook.tickets.rules.status import NEEDS_A_DATE

ROWS = 20
FOR_THE_OFFICE = ("assign", "merge")  # as on the page of one ticket
SORTS = {
    "new": Sort(gettext_lazy("Newest"), ("-pk",)),
    "priority": Sort(gettext_lazy("Priority"), ("priority", "-pk")),
    "due": Sort(gettext_lazy("Deadline"), ("next_deadline_at", "pk")),
    "since": Sort(gettext_lazy("Longest as it is"), ("status_since", "pk")),
}
# The views that everybody has.
STANDARD = (
    (gettext_lazy("All open"), ""),
    (gettext_lazy("My open"), "owner=me&sort=priority"),
    (gettext_lazy("Unstarted"), "status=queued&sort=priority"),
    (gettext_lazy("Waiting"), "status=waiting&sort=since"),
    (gettext_lazy("Critical"), "priority=1"),
    (gettext_lazy("Due today"), "due=24&sort=due"),
    (gettext_lazy("Complaints"), "kind=complaint"),
    (gettext_lazy("Planned"), "kind=planned&sort=due"),
    (gettext_lazy("Closed this week"), "status=closed&closed_within=7"),
)


@dataclass(frozen=True)
class Tab:
    name: str
    query: str
    current: bool
    view: SavedView | None = None


def queue(request: SignedInRequest) -> HttpResponseBase:
    listing = Listing(
        request,
        queries.listed(request.user),
        sorts=SORTS,
        filter_form=forms.QueueFilter,
        columns=columns(),
        filename="tickets",
        size=ROWS,
    )
    if listing.target == request.headers.get("HX-Target") or request.GET.get("export"):
        return listing.response("tickets/queue.html", "tickets/_queue.html", _bulk_choices(request))
    here = _canonical(request.GET)
    context = {
        "tabs": _tabs(request, here),
        "here": here,
        "about": _about(request, listing.form.cleaned_data),
        "sorts": SORTS,
        **_bulk_choices(request),
    }
    return listing.response("tickets/queue.html", "tickets/_queue.html", context)


def columns() -> list[Column]:
    return [
        Column(_("Number"), lambda one: one.number),
        Column(_("Title"), lambda one: one.title),
        Column(_("Customer"), lambda one: one.customer.name),
        Column(_("Site"), lambda one: one.site.name if one.site else ""),
        Column(_("Serial number"), lambda one: one.asset.serial if one.asset else ""),
        Column(_("Reason"), lambda one: one.reason.name),
        Column(_("Kind"), lambda one: one.get_kind_display()),
        Column(_("Priority"), lambda one: one.get_priority_display()),
        Column(
            _("Status"), lambda one: _("Called off") if one.withdrawn_because else one.get_status_display()
        ),
        Column(_("Waiting for"), lambda one: one.get_waiting_for_display() if one.waiting_for else ""),
        Column(_("Deadline"), lambda one: one.next_deadline_at),
        Column(_("Coverage"), lambda one: one.get_coverage_display()),
        Column(_("Owner"), lambda one: one.owner.name),
        Column(_("Opened"), lambda one: one.opened_at),
        Column(_("Closed"), lambda one: one.closed_at),
    ]


@require_POST
def bulk(request: SignedInRequest) -> HttpResponse:
    """Do one thing to the ticked tickets; say which refused, and why."""
    back = reverse("tickets:queue") + _query_of(request)
    asked = {int(value) for value in request.POST.getlist("pick") if value.isdecimal() and len(value) < 19}
    if len(asked) > actions.MOST:
        most = {"most": actions.MOST}
        messages.error(request, _("At most %(most)d tickets at once. Tick fewer; nothing was done.") % most)
        return redirect(back)
    picked = Ticket.objects.visible_to(request.user).filter(pk__in=asked)
    try:
        outcome = _run(request, picked)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(back)
    if outcome.done:
        done = ngettext("%(count)d ticket: done.", "%(count)d tickets: done.", len(outcome.done))
        messages.success(request, done % {"count": len(outcome.done)})
    for why in list(outcome.refused.values())[:10]:
        messages.error(request, why)
    return redirect(back)


@require_POST
def save_view(request: SignedInRequest) -> HttpResponse:
    form = forms.SavedViewForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the view a name of at most 60 characters."))
        return redirect("tickets:queue")
    view = actions.save_view(by=request.user, **form.cleaned_data)
    messages.success(request, _("The view “%(name)s” is kept.") % {"name": view.name})
    return redirect(f"{reverse('tickets:queue')}?{view.query}")


@require_POST
def remove_view(request: SignedInRequest, pk: int) -> HttpResponse:
    visible = SavedView.objects.filter(pk__in=[one.pk for one in queries.saved_views(request.user)])
    view = get_object_or_404(visible, pk=pk)
    actions.remove_view(view, by=request.user)
    messages.success(request, _("The view “%(name)s” is gone.") % {"name": view.name})
    return redirect("tickets:queue")


def _run(request: SignedInRequest, picked: Any) -> actions.Outcome:
    asked, by = request.POST, request.user
    if asked.get("do", "") in FOR_THE_OFFICE and not by.has_role(*OFFICE):
        raise NotAllowed(_("Your role does not include this. Ask a dispatcher to do it."))
    match asked.get("do", ""):
        case "start":
            return actions.each(picked, actions.start, by=by)
        case "assign":
            to = asked.get("to", "")
            if not to.isdecimal() or int(to) not in directory.people():
                raise actions.NotValid(_("Choose who gets the tickets."))
            return actions.each(picked, actions.assign, to=directory.people()[int(to)], by=by)
        case "wait":
            waiting_for, day = asked.get("waiting_for", ""), asked.get("expected_on", "")
            if waiting_for not in WaitingReason.values:
                raise actions.NotValid(_("Choose what the tickets wait for."))
            if waiting_for in NEEDS_A_DATE and not day:
                raise actions.NotValid(_("Give the day on which the part or delivery is expected."))
            return actions.each(picked, actions.wait, waiting_for=waiting_for, expected_on=_day(day), by=by)
        case "note":
            return actions.each(picked, actions.add_note, text=asked.get("note", ""), by=by)
        case "merge":
            other = Ticket.objects.visible_to(by).filter(number=asked.get("into", "").strip().upper()).first()
            if other is None:
                raise actions.NotValid(
                    _("No ticket has this number. Give the number of the ticket that goes on.")
                )
            return actions.each(picked.exclude(pk=other.pk), actions.merge, into=other, by=by)
    raise actions.NotValid(_("Choose what to do with the tickets."))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise actions.NotValid(_("Give the day as 2026-12-31.")) from None


def _bulk_choices(request: SignedInRequest) -> dict[str, Any]:
    return {
        "people": directory.people().values(),
        "waiting_reasons": WaitingReason.choices,
        "office": request.user.has_role(*OFFICE),
    }


def _tabs(request: SignedInRequest, here: str) -> list[Tab]:
    tabs = [Tab(str(name), query, _canonical(QueryDict(query)) == here) for name, query in STANDARD]
    kept = queries.saved_views(request.user)
    return tabs + [
        Tab(view.name, view.query, _canonical(QueryDict(view.query)) == here, view) for view in kept
    ]


def _canonical(asked: QueryDict) -> str:
    """A query without its page and empty values, in one order, so that two can be compared."""
    kept = asked.copy()
    for name in list(kept):
        if name in actions.NOT_KEPT or not any(kept.getlist(name)):
            kept.pop(name)
    return "&".join(sorted(kept.urlencode().split("&")))


def _query_of(request: HttpRequest) -> str:
    """The filter from which a bulk move came."""
    asked = QueryDict(request.POST.get("query", "")[:1000])
    return f"?{asked.urlencode()}" if asked else ""


def _about(request: SignedInRequest, chosen: dict[str, Any]) -> list[str]:
    """What the hidden parts of the filter mean, in words."""
    said = []
    if pk := chosen.get("customer"):
        customer = Customer.objects.visible_to(request.user).filter(pk=pk).first()
        said.append(_("Customer: %(name)s") % {"name": customer or "–"})
    if pk := chosen.get("asset"):
        asset = Asset.objects.visible_to(request.user).select_related("model").filter(pk=pk).first()
        said.append(_("Equipment: %(name)s") % {"name": asset or "–"})
    if pk := chosen.get("contract"):
        contract = Contract.objects.visible_to(request.user).filter(pk=pk).first()
        said.append(_("Contract: %(name)s") % {"name": contract or "–"})
    if days := chosen.get("closed_within"):
        said.append(
            ngettext("Closed within %(days)d day", "Closed within %(days)d days", days) % {"days": days}
        )
    return said


def waiting(request: SignedInRequest) -> HttpResponse:
    """Hours lost per waiting reason (S0.49)."""
    periods = {7: _("7 days"), 30: _("30 days"), 90: _("90 days"), 365: _("A year")}
    asked = request.GET.get("days", "")
    days = int(asked) if asked.isdecimal() and int(asked) in periods else 30
    now = clock.now()
    rows = queries.hours_lost(request.user, since=now - timedelta(days=days), until=now)
    most = max((row.lost for row in rows), default=timedelta(0))
    shown = [(row, row.lost / timedelta(hours=1), 100 * (row.lost / most) if most else 0) for row in rows]
    context = {
        "rows": shown,
        "days": days,
        "periods": periods.items(),
        "sum": sum((row.lost for row in rows), timedelta(0)) / timedelta(hours=1),
    }
    return render(request, "tickets/waiting.html", context)
