"""What is due: the list in groups, all work, and the calendar (S3.4)."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts.rules.periods import months_later
from servicebook.core import clock
from servicebook.core.listing import Listing
from servicebook.maintenance import lists
from servicebook.maintenance.models.occurrences import OccurrenceQuerySet
from servicebook.maintenance.queries import calendar as calendars
from servicebook.maintenance.queries import call_runs
from servicebook.maintenance.queries import due as queries
from servicebook.maintenance.showing import GROUPS
from servicebook.rights import OFFICE

MOST_CHIPS = 24


def due(request: SignedInRequest) -> HttpResponseBase:
    """What is due within some days, overdue first, in groups."""
    within = _within(request, request.GET)
    found = Listing(
        request,
        within,
        sorts=lists.DUE_SORTS,
        filter_form=lists.DueFilter,
        columns=lists.DUE_COLUMNS,
        filename="due-maintenance",
        initial={"horizon": lists.USUAL_HORIZON},
    )
    form, rows = found.form, []
    assert isinstance(form, lists.DueFilter)  # noqa: S101 - as the list was asked for
    if not request.GET.get("export"):
        rows = list(found.page.rows)
        queries.mark(rows)
    context: dict[str, Any] = {
        "may_plan": request.user.has_role(*OFFICE),
        "rows": rows,
        "by": form.by,
        "by_word": GROUPS[form.by] if form.by else "",
        "group": form.chosen_group,
        "chips": MOST_CHIPS,
        "runs": call_runs.shown(request.user, now=clock.now()),  # read by the page alone, not by its list
    }
    if form.by and not request.GET.get("export"):
        context["groups"] = queries.grouped(form.apply_but_group(within), form.by, now=clock.now())
    return found.response("maintenance/due.html", "maintenance/_due.html", context)


def every(request: SignedInRequest) -> HttpResponseBase:
    """All maintenance of the past and of the future, done and skipped included (S3.6)."""
    found = Listing(
        request,
        queries.listed(request.user),
        sorts=lists.EVERY_SORTS,
        filter_form=lists.EveryFilter,
        columns=lists.DUE_COLUMNS,
        filename="maintenance",
    )
    rows = []
    if not request.GET.get("export"):
        rows = list(found.page.rows)
        queries.mark(rows)
    return found.response("maintenance/every.html", "maintenance/_every.html", {"rows": rows})


def calendar(request: SignedInRequest, month: str = "") -> HttpResponse:
    """A month of maintenance, day by day."""
    today = clock.today(ZoneInfo(settings.TIME_ZONE))
    first = _month(month) if month else today.replace(day=1)
    form = lists.WorkFilter(request.GET, user=request.user)
    form.is_valid()
    rows: Any = form.apply(queries.listed(request.user))
    context = {
        "form": form,
        "filtered": any(form.cleaned_data.values()),
        "weeks": calendars.month(rows, first),
        "first": first,
        "today": today,
        "this": today.replace(day=1),
        "earlier": f"{months_later(first, -1):%Y-%m}",
        "later": f"{months_later(first, 1):%Y-%m}",
    }
    return render(request, "maintenance/calendar.html", context)


def _month(text: str) -> date:
    """Read "2026-12". Raises Http404 for what is no month that has neighbours."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Http404 from None
    if not 1900 <= first.year <= 2200:
        raise Http404
    return first


def filtered(request: SignedInRequest, query: QueryDict) -> OccurrenceQuerySet:
    """The rows of the list that the person had before their eyes."""
    form = lists.DueFilter(query, user=request.user)
    form.is_valid()
    found: Any = form.apply(_within(request, query))
    return found  # type: ignore[no-any-return]


def _within(request: SignedInRequest, query: QueryDict) -> OccurrenceQuerySet:
    days = lists.horizon_of(query.get("horizon", ""))
    return queries.due(request.user, until=lists.until(days))
