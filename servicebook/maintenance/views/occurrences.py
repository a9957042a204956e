"""One occurrence: what is due, what is agreed, what may fail, what it needs, and what was done (S0.26)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts.veiling import numbers_shown
from servicebook.core import clock
from servicebook.core.errors import Changed, NotAllowed, Refused
from servicebook.customers import sections
from servicebook.customers.queries import receivers_of
from servicebook.equipment.queries import path_of
from servicebook.maintenance import plain_words, schedules, states, worksheets
from servicebook.maintenance.actions.calling import standard_minutes
from servicebook.maintenance.acts.base import Act, offered
from servicebook.maintenance.acts.occurrences import ACTS
from servicebook.maintenance.acts.parts import ACTS as PART_ACTS
from servicebook.maintenance.forms.base import ActForm
from servicebook.maintenance.metering import outlook
from servicebook.maintenance.models import ChecklistItem, Heard, Kit, Occurrence, PartNeed, Window, Worksheet
from servicebook.maintenance.queries.due import mark
from servicebook.maintenance.queries.following import shown_next
from servicebook.maintenance.rules.worksheet import progress
from servicebook.rights import STOCK

NEEDED = (
    "contract", "plan__contract__customer", "plan__work_type", "plan__checklist", "plan__owner", "customer",
    "site__responsible", "site__customer", "asset__model", "asset__place", "enrolment__meter",
    "ticket__owner", "ticket__contact", "trip",
)  # fmt: skip
ITEMS_SHOWN = 30


def occurrence(request: SignedInRequest, pk: int) -> HttpResponse:
    """The task at a glance, from long before its day until after it."""
    one = seen(request, pk)
    mark([one])
    user = request.user
    needs = list(one.parts.select_related("kit", "by"))
    for need in needs:
        need.occurrence = one
        need.acts = offered(PART_ACTS, need, user)  # type: ignore[attr-defined]
    around = Occurrence.objects.filter(enrolment=one.enrolment_id, part=0).order_by("nominal_on")
    later = around.filter(nominal_on__gt=one.nominal_on, cancelled_at=None)
    following = shown_next(one, user)
    windows = list(one.windows.filter(state=Window.State.OPEN))
    contact = one.ticket.contact if one.ticket else None
    under = one.contract or one.plan.contract
    if one.ticket is None:
        contact = next(iter(receivers_of(one.customer, "access", site=one.site)), None)
    context: dict[str, Any] = {
        "one": one,
        "acts": offered(ACTS, one, user),
        "road": _road(one, needs),
        "windows": windows,
        "wished": any(not each.ours for each in windows),
        "channel": dict(Heard.choices).get(one.window_channel, one.window_channel),
        "needs_access": states.needs_access(one),
        "needs": needs,
        "kits": Kit.objects.filter(active=True) if needs and user.has_role(*STOCK) else [],
        "contact": contact,
        "place": path_of(one.asset.place) if one.asset else "",
        "minutes": standard_minutes(one.plan),
        "window": plain_words.window_of(one.plan),
        "rule": plain_words.rule_of(one.plan),
        "meter": outlook(one),
        "before": around.filter(nominal_on__lt=one.nominal_on).select_related("ticket").last(),
        "after": None if following else later.first(),
        "moves": schedules.moves(one.plan),
        "rest": Occurrence.objects.filter(follows=one).select_related("ticket").first(),
        "shown": numbers_shown([under.number] if under else [], user),
        "under": under,
        "history": sections.history_of(one, most=sections.asked(request, "history", sections.HISTORY)),
        **following,
        **_work(one),
    }
    return render(request, "maintenance/occurrence.html", context)


def act(request: SignedInRequest, pk: int, do: str) -> HttpResponse:
    """Ask what an act on an occurrence needs, or do it."""
    one = seen(request, pk)
    return _acted(request, ACTS.get(do), one, one, str(one.plan.title))


def part(request: SignedInRequest, pk: int, do: str) -> HttpResponse:
    """Ask what an act on a part needs, or do it."""
    visible = Occurrence.objects.visible_to(request.user)
    rows = PartNeed.objects.filter(occurrence__in=visible).select_related("kit")
    need = get_object_or_404(rows, pk=pk)
    one = seen(request, need.occurrence_id)
    need.occurrence = one
    return _acted(request, PART_ACTS.get(do), need, one, f"{need} · {one.plan.title}")


def seen(request: SignedInRequest, pk: int) -> Occurrence:
    """The occurrence, if the person may see it."""
    return get_object_or_404(Occurrence.objects.visible_to(request.user).select_related(*NEEDED), pk=pk)


def _acted(
    request: SignedInRequest, wanted: Act[Any] | None, thing: Any, one: Occurrence, title: str
) -> HttpResponse:
    if wanted is None:
        raise Http404
    if not request.user.has_role(*wanted.roles):
        raise NotAllowed(_("Your role does not include this. Ask a dispatcher to do it."))
    # What the address names is chosen already: one of the windows.
    typed = request.POST if request.method == "POST" else None
    form = wanted.form(typed, about=thing, initial=request.GET.dict())
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, wanted.run(thing, form.cleaned_data, request.user))
        except Refused as refused:
            _blame(form, refused, wanted, one)
        else:
            return redirect(one)
    context = {"act": wanted, "form": form, "about": one, "title": title}
    return render(request, "maintenance/act.html", context, status=422 if form.errors else 200)


def _blame(form: ActForm, refused: Refused, wanted: Act[Any], one: Occurrence) -> None:
    """Show a refusal at its fields; after it, the person has seen the occurrence as it is now."""
    renamed = wanted.renamed or {}
    form.take(Refused(refused.text, fields={renamed.get(k, k): v for k, v in refused.fields.items()}))
    if isinstance(refused, Changed) and "seen" in form.fields:
        form.data = form.data.copy()  # type: ignore[attr-defined]
        now = Occurrence.objects.values_list("version", flat=True).get(pk=one.pk)
        form.data["seen"] = str(now)  # type: ignore[index]


def _work(one: Occurrence) -> dict[str, Any]:
    """What is to be done: the worksheet as it stands, else the checklist as it would be inherited today."""
    sheet = None
    if one.ticket:
        rows = Worksheet.objects.filter(ticket=one.ticket).select_related("version__checklist")
        sheet = rows.first()
    if sheet is not None:
        lines = worksheets.lines_of(sheet)
        return {
            "sheet": sheet,
            "progress": progress([worksheets.as_rule(line) for line in lines]),
            "findings": [line for line in lines if line.outcome in ("failed", "not_done") or line.deviates],
        }
    if one.plan.checklist is None:
        return {}
    version = one.plan.checklist.versions.order_by("-number").first()
    items = ChecklistItem.objects.filter(version=version)[:ITEMS_SHOWN]
    return {"version": version, "items": list(items)}


WORDS: dict[str, LazyText] = {
    "ticket": gettext_lazy("Ticket"),
    "window": gettext_lazy("Window"),
    "access": gettext_lazy("Access"),
    "parts": gettext_lazy("Parts"),
    "work": gettext_lazy("Work"),
}


def _road(one: Occurrence, needs: list[PartNeed]) -> list[dict[str, Any]]:
    """Whether it is ready to go: a step for each thing that must be there, and the work itself."""
    missing = any(need.state == PartNeed.State.NEEDED for need in needs)
    steps = {"ticket": one.ticket is not None}
    if one.plan.needs_window:
        steps["window"] = one.window_agreed_at is not None
    if states.needs_access(one):
        steps["access"] = one.access_agreed_at is not None
    if needs or one.plan.parts:
        steps["parts"] = bool(needs) and not missing
    steps["work"] = one.ticket is not None and one.ticket.was_done
    late = clock.today(states.zone(one)) > one.due_on
    road, now = [], True
    for name, reached in steps.items():
        css = "ok" if reached else ("late" if late else "now") if now else ""
        now = now and reached
        road.append({"label": WORDS[name], "css": css})
    return road
