"""The agenda: what will happen by itself, what did, and what could not."""

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from servicebook.agenda import actions, audit, queries
from servicebook.agenda.forms import STATES, AgendaFilter, in_state
from servicebook.agenda.models import Obligation
from servicebook.agenda.registry import title_of
from servicebook.agenda.subjects import with_subjects
from servicebook.core import exports
from servicebook.core.errors import Refused
from servicebook.core.listing import Listing, Sort, count

if TYPE_CHECKING:
    from servicebook.accounts.models import User

SOONEST = Sort(_("Due"), ("due_at", "pk"))
LATEST = Sort(_("Due"), ("-due_at", "-pk"))
COLUMNS = (
    exports.Column("Kind", lambda row: title_of(row.kind)),
    exports.Column("About", lambda row: str(row.subject or "")),
    exports.Column("Occurrence", lambda row: row.occurrence),
    exports.Column("Stage", lambda row: row.stage),
    exports.Column("Due", lambda row: row.due_at),
    exports.Column("State", lambda row: row.get_state_display()),
    exports.Column("Settled", lambda row: row.settled_at),
    exports.Column("Attempts", lambda row: row.attempts),
    exports.Column("Because", lambda row: row.because or row.last_error),
)


@require_safe
def agenda(request: HttpRequest) -> HttpResponseBase:
    """Due · fired · cancelled · failed, with the state of the workers above."""
    visible = Obligation.objects.visible_to(cast("User", request.user))
    asked = request.GET.get("state", "")
    state = asked if asked in dict(STATES) else "armed"
    listing = Listing(
        request,
        with_subjects(visible),
        sorts={"due": SOONEST if state in {"armed", "due"} else LATEST},
        filter_form=AgendaFilter,
        columns=COLUMNS,
        filename="agenda",
        initial={"state": "armed"},
    )
    tabs = [(name, label, count(in_state(visible, name)), name == state) for name, label in STATES]
    context = {"tabs": tabs, "state": state, "pulses": queries.pulses(), "silence": queries.silence()}
    return listing.response("agenda/agenda.html", "agenda/_agenda.html", context)


@require_safe
def silence(request: HttpRequest) -> HttpResponse:
    """The alarm of every page of those who answer for the house; empty when all is well."""
    return render(request, "agenda/_silence.html", {"silence": queries.silence()})


@require_POST
def run_again(request: HttpRequest) -> HttpResponse:
    """Run the ticked failed ones again."""
    ids = [int(key) for key in request.POST.getlist("pick") if key.isdecimal() and len(key) < 19]
    try:
        number = actions.run_again(
            ids, because=request.POST.get("because", ""), by=cast("User", request.user)
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        said = ngettext("%(n)d is done again now.", "%(n)d are done again now.", number)
        messages.success(request, said % {"n": number})
    return redirect(f"{reverse('agenda:agenda')}?state=failed")


@require_safe
def balance(request: HttpRequest) -> HttpResponse:
    """Owed = fired + cancelled + to come + failed; and, when asked, a part of the audit."""
    context: dict[str, object] = {"balances": queries.balances()}
    if "audit" in request.GET:
        context["audit"] = audit.look(request.GET["audit"])
    return render(request, "agenda/balance.html", context)
