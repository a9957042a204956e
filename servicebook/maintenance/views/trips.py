"""Going there anyway: trips that are proposed, made, and taken apart again (S0.32)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts.veiling import numbers_shown
from servicebook.core import clock
from servicebook.core.errors import Refused
from servicebook.maintenance import lists
from servicebook.maintenance.actions import trips as actions
from servicebook.maintenance.actions._base import NotValid
from servicebook.maintenance.models import Occurrence, Trip
from servicebook.maintenance.queries import due as queries
from servicebook.maintenance.queries import trips as proposals
from servicebook.maintenance.queries.trips import ProposedTrip
from servicebook.maintenance.states import RELATED
from servicebook.rights import OFFICE

SHOWN = 30  # proposed trips; they change when one is made
LONGEST_SHOWN = timedelta(days=60)  # trips that are planned, ahead


@dataclass(frozen=True)
class Offer:
    """A proposed trip with the name that it would get."""

    trip: ProposedTrip
    title: str


@dataclass(frozen=True)
class Refusal:
    """A trip that was not made: what was typed, with what speaks against it at its place."""

    day: str
    title: str
    tasks: Sequence[tuple[Occurrence, str]]
    said: str  # what belongs to none of them
    wrong: Mapping[str, str]
    day_is_one: bool


def trips(request: SignedInRequest) -> HttpResponse:
    """What can share a journey, how many journeys that saves, and what stands alone for which reason."""
    return _page(request, request.GET)


def _page(request: SignedInRequest, asked: QueryDict, refusal: Refusal | None = None) -> HttpResponse:
    days = lists.horizon_of(asked.get("horizon", ""))
    read = asked.copy()
    read["horizon"] = str(days)  # nothing was asked: the form says what the list shows
    form = lists.DueFilter(read, user=request.user)
    form.is_valid()
    rows: Any = form.apply(queries.due(request.user, until=lists.until(days)))
    found = proposals.propose(rows, now=clock.now())
    context = {
        "form": form,
        "filtered": any(value for name, value in form.cleaned_data.items() if name != "horizon"),
        "found": found,
        "offers": [Offer(one, title_of(one)) for one in found.shared[:SHOWN]],
        "more": max(0, len(found.shared) - SHOWN),
        "single": found.single[:SHOWN],
        "shown": numbers_shown((one.forbidden_by for one in found.single[:SHOWN]), request.user),
        "more_single": max(0, len(found.single) - SHOWN),
        "standing": _standing(request),
        "may_plan": request.user.has_role(*OFFICE),
        "query": asked.urlencode(),
        "refusal": refusal,
    }
    return render(request, "maintenance/trips.html", context, status=422 if refusal else 200)


@require_POST
def make(request: SignedInRequest) -> HttpResponse:
    """Make a proposed trip: its tasks go to its day, and get their tickets. Refused, it stays as typed."""
    asked = [pk for pk in request.POST.getlist("occurrence") if pk.isdecimal() and len(pk) < 19]
    seen = Occurrence.objects.visible_to(request.user).filter(pk__in=asked[: actions.MOST + 1])
    query = QueryDict(request.POST.get("query", "")[:2000])
    try:
        day = _day(request.POST.get("day", ""))
        ids = list(seen.values_list("pk", flat=True))
        trip = actions.make_trip(day, ids, title=request.POST.get("title", ""), by=request.user)
    except Refused as refused:
        return _page(request, query, _refusal(request, seen, refused))
    back = f"{reverse('maintenance:trips')}?{query.urlencode()}"
    number = trip.occurrences.count()
    said = ngettext(
        "“%(title)s” is made, with %(count)d task.", "“%(title)s” is made, with %(count)d tasks.", number
    )
    messages.success(request, said % {"title": trip.title, "count": number})
    return redirect(f"{back}#trip-{trip.pk}")


@require_POST
def apart(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let the tasks of a trip go on by themselves."""
    trip = get_object_or_404(Trip.objects.visible_to(request.user), pk=pk)
    actions.take_apart(trip.pk, by=request.user)
    messages.success(request, _("“%(title)s” is taken apart.") % {"title": trip.title})
    return redirect("maintenance:trips")


def _day(text: str) -> date:
    """
    Raises:
        NotValid: it is no day.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        sentence = _("Give the day of the trip, such as 2026-12-01.")
        raise NotValid(sentence, fields={"day": sentence}) from None


def _refusal(request: SignedInRequest, seen: "QuerySet[Occurrence]", refused: Refused) -> Refusal:
    wrong = {name: str(text) for name, text in (refused.fields or {}).items()}
    rows = seen.select_related("plan", "customer", "site", "asset__model").order_by("due_on", "pk")
    day = request.POST.get("day", "")[:40]
    try:
        date.fromisoformat(day)
    except ValueError:
        day_is_one = False
    else:
        day_is_one = True
    return Refusal(
        day=day,
        title=request.POST.get("title", "")[:1000],
        tasks=[(one, wrong.get(f"occurrences.{one.pk}", "")) for one in rows],
        said=wrong.get("occurrences", "") or ("" if wrong else str(refused)),
        wrong=wrong,
        day_is_one=day_is_one,
    )


def title_of(trip: ProposedTrip) -> str:
    """What a proposed trip would be called: where it goes."""
    cities = list(dict.fromkeys(site.city for site in trip.sites if site.city))
    names = cities or [site.name for site in trip.sites]
    said = ", ".join(names[:2])
    return f"{said} +{len(names) - 2}" if len(names) > 2 else said


def _standing(request: SignedInRequest) -> list[tuple[Trip, list[Occurrence]]]:
    """The trips that are planned from today on, with their tasks. Four statements."""
    today = clock.today(ZoneInfo(settings.TIME_ZONE))
    rows = queries.listed(request.user).select_related("trip", *RELATED, "asset__model")
    ahead = rows.filter(trip__day__gte=today, trip__day__lte=today + LONGEST_SHOWN)
    tasks = list(ahead.order_by("trip__day", "trip", "site", "pk")[:300])
    queries.mark(tasks)
    found: dict[int, tuple[Trip, list[Occurrence]]] = {}
    for one in tasks:
        if one.trip is not None:
            found.setdefault(one.trip.pk, (one.trip, []))[1].append(one)
    return list(found.values())
