"""The tickets of the due list in one click: at once, or in parts while a page says how far it is (S3.5)."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from servicebook.accounts.requests import SignedInRequest
from servicebook.core import clock
from servicebook.maintenance.actions import call_runs as actions
from servicebook.maintenance.queries import call_runs
from servicebook.maintenance.queries import due as queries
from servicebook.maintenance.queries.conditions import RUNS, UNCALLED
from servicebook.maintenance.showing import what_was_made
from servicebook.maintenance.views.due import filtered


@require_POST
def make(request: SignedInRequest) -> HttpResponse:
    """Make the tickets of the chosen lines, or of the whole list; a second press makes none (S3.5).

    What rests is no part of the whole list: its lines, which stay without a ticket, hide nothing behind them.
    """
    query = QueryDict(request.POST.get("query", ""))
    back = f"{reverse('maintenance:due')}?{query.urlencode()}"
    if request.POST.get("do") == "all":
        rows = filtered(request, query).filter(UNCALLED, RUNS)
    else:
        picked = [pk for pk in request.POST.getlist("pick") if pk.isdecimal() and len(pk) < 19]
        rows = queries.listed(request.user).filter(pk__in=picked[: actions.MOST])
        if not rows.exists():
            messages.error(request, _("Tick the lines that shall become tickets."))
            return redirect(back)
    _tell(request, actions.ask(rows, by=request.user))
    return redirect(back)


def _tell(request: SignedInRequest, asked: actions.Asked) -> None:
    said = []  # of a run nothing: the page that follows shows it, and its end
    if asked.run is None and (asked.chosen or not asked.in_hand):
        said.append(what_was_made(asked.made, left=asked.chosen - asked.made))
    if asked.in_hand:
        already = ngettext(
            "%(count)d ticket was being made already.",
            "%(count)d tickets were being made already.",
            asked.in_hand,
        )
        said.append(already % {"count": asked.in_hand})
    if asked.chosen == actions.MOST:
        said.append(_("There may be more: press again."))
    if said:
        messages.add_message(request, messages.SUCCESS if asked.made else messages.INFO, " ".join(said))


@require_safe
@never_cache
def making(request: SignedInRequest) -> HttpResponse:
    """The part of the due list that follows what is being made."""
    runs = call_runs.shown(request.user, now=clock.now())
    return render(request, "maintenance/_runs.html", {"runs": runs})
