"""One ticket: what it is, where it stands, what was said and done, what comes next."""

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from servicebook.accounts.requests import SignedInRequest
from servicebook.core import clock, own_fields
from servicebook.core import fields as core_fields
from servicebook.core.drafts import drafts_of
from servicebook.core.errors import Changed, NotAllowed, Refused
from servicebook.customers.actions import keep_promise
from servicebook.customers.models import Promise
from servicebook.equipment import queries as equipment
from servicebook.files.actions import attach
from servicebook.files.models import Document
from servicebook.rights import DESK, SERVICE
from servicebook.tickets import actions, acts, answering, queries, showing
from servicebook.tickets.models import Link, Ticket

MOST_FILES = 20
SHOWS = ("messages", "work")


def ticket(request: SignedInRequest, number: str) -> HttpResponse:
    rows = queries.with_what_is_there(queries.whole(request.user))
    return _page(request, get_object_or_404(rows, number=number))


@require_POST
def say(request: SignedInRequest, number: str) -> HttpResponse:
    """Answer the customer, or keep a note. A refusal keeps what was typed."""
    ticket = _found(request, number)
    text, is_note = request.POST.get("text", ""), request.POST.get("do") == "note"
    try:
        if is_note:
            said = actions.add_note(ticket.pk, text=text, by=request.user)
        else:
            said = actions.reply(ticket.pk, text=text, by=request.user, **_way(request, ticket))
    except Refused as refusal:
        chosen = request.POST.get("to", "")
        return _page(request, ticket, typed=text, chosen=chosen, refused=str(refusal), status=422)
    messages.success(request, _("The note is kept.") if is_note else _("Your answer is on its way."))
    return redirect(f"{said.ticket.get_absolute_url()}#composer")


def act(request: SignedInRequest, number: str, do: str) -> HttpResponse:
    """One act on a ticket: its form, and the move itself."""
    ticket = _found(request, number)
    act = acts.ACTS.get(do)
    if act is None:
        raise Http404
    if not acts.may(act, request.user):
        raise NotAllowed(_("Your role does not include this. Ask a dispatcher to do it."))
    form = act.form(
        request.POST if request.method == "POST" else None,
        ticket=ticket,
        user=request.user,
        **_initial(request, do, ticket),
    )
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                _attach(request, ticket)
                said, to = act.run(ticket, form.cleaned_data, request.user)
        except Refused as refusal:
            if not form.fields:
                messages.error(request, str(refusal))
                return redirect(ticket)
            _blame(form, refusal, act)
            if isinstance(refusal, Changed) and "seen" in form.fields:
                form.look_again()
        else:
            messages.success(request, said)
            return redirect(to)
    context = {"ticket": ticket, "act": act, "do": do, "form": form, "closes": do == "close"}
    if do == "close":
        context["promises"] = queries.promises_about(ticket)
    return render(request, "tickets/act.html", context, status=422 if form.errors else 200)


@require_POST
def keep(request: SignedInRequest, number: str, pk: int) -> HttpResponse:
    """Tick off a promise about the ticket."""
    ticket = _found(request, number)
    about = [one.pk for one in queries.promises_about(ticket)]
    promise = get_object_or_404(Promise.objects.visible_to(request.user).filter(pk__in=about), pk=pk)
    keep_promise(promise.pk, by=request.user)
    messages.success(request, _("Kept: %(what)s") % {"what": promise.text})
    return redirect(ticket)


@require_POST
def unlink(request: SignedInRequest, number: str, pk: int) -> HttpResponse:
    ticket = _found(request, number)
    link = get_object_or_404(Link.objects.filter(source=ticket) | Link.objects.filter(target=ticket), pk=pk)
    actions.unlink(link.pk, by=request.user)
    return redirect(ticket)


def _found(request: SignedInRequest, number: str) -> Ticket:
    return get_object_or_404(queries.whole(request.user), number=number)


def _page(
    request: SignedInRequest,
    ticket: Ticket,
    *,
    typed: str = "",
    chosen: str = "",
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    show = request.GET.get("show", "")
    show = show if show in SHOWS else ""
    entries, more = queries.history(ticket, show)
    works = not SERVICE.isdisjoint(request.user.roles)
    spent, spent_sum = queries.time_spent(ticket)
    usual, other_ways = answering.ways_of(ticket)
    context = {
        "ticket": ticket,
        "entries": entries,
        "more": more,
        "show": show,
        "road": queries.road(ticket),
        "acts": acts.offered(ticket, request.user),
        "works": works,
        "promises": queries.promises_about(ticket),
        "covered": showing.covered(ticket, request.user),
        "bars": showing.bars(ticket, clock.now()),
        "billed": showing.billed(ticket),
        "undelivered": queries.undelivered(ticket),
        "may_send_again": not DESK.isdisjoint(request.user.roles),
        "related": queries.related(ticket, request.user),
        "others": queries.others_of_customer(ticket, request.user),
        "past": queries.past_of_asset(ticket),
        **_unit(ticket),
        "spent": spent[:8],
        "spent_sum": spent_sum,
        "usual_way": usual,
        "other_ways": other_ways,
        "chosen_way": chosen,
        "own_fields": core_fields.shown(ticket),
        "typed": typed,
        "refused": refused,
    }
    return render(request, "tickets/ticket.html", context, status=status)


def _unit(ticket: Ticket) -> dict[str, Any]:
    """What a dispatcher needs of the unit: its exact place, past repairs, usual parts (S0.53)."""
    if ticket.asset is None:
        return {}
    return {
        "place": equipment.path_of(ticket.asset.place),
        "repairs": equipment.past_repairs(ticket.asset, most=3),
        "often": equipment.often_replaced(ticket.asset),
    }


def _way(request: SignedInRequest, ticket: Ticket) -> dict[str, Any]:
    """Whom an answer goes to, and over which channel, as it was chosen.

    Raises:
        NotValid: it was chosen, and is not there any more.
    """
    chosen = request.POST.get("to", "")
    if not chosen:
        return {}
    usual, others = answering.ways_of(ticket)
    found = next((one for one in (usual, *others) if one and one.value == chosen), None)
    if found is None:
        raise actions.NotValid(
            _("This way is not there any more. Choose another one; your text stands below.")
        )
    return {"to": found.contact, "channel": found.channel}


def _initial(request: SignedInRequest, do: str, ticket: Ticket) -> dict[str, Any]:
    if do == "close":
        drafted = drafts_of("tickets.close", ticket)
        return {"initial": {name: text for name, text in drafted.items() if not getattr(ticket, name)}}
    if do != "change":
        return {}
    names = (
        "title", "kind", "downtime", "contact", "site", "asset", "on_site_contact", "preferred_window",
    )  # fmt: skip
    initial = {name: getattr(ticket, name) for name in names}
    return {"initial": {**initial, "reason": ticket.reason_id, "work_type": ticket.work_type_id}}


def _attach(request: SignedInRequest, ticket: Ticket) -> None:
    """Keep the files that came with the form, the act or the photos of a closure."""
    for upload in request.FILES.getlist("files")[:MOST_FILES]:
        attach(
            ticket,
            name=upload.name or "",
            data=upload.read(),
            content_type=upload.content_type or "",
            kind=request.POST.get("files_kind", Document.Kind.ACT),
            by=request.user,
        )


def _blame(form: django_forms.Form, refusal: Refused, act: acts.Act) -> None:
    """Show a refusal at the fields that caused it; at the form when none did."""
    renamed = act.renamed or {}
    placed = False
    for name, sentence in refusal.fields.items():
        name = renamed.get(name, name)
        place = own_fields.at(form, name)
        if place:
            form.add_error(place, sentence)
            placed = True
    if not placed:
        form.add_error(None, str(refusal))
