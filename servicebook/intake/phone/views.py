"""The phone screen and the internal request: find, note, save; one page without leaving it."""

from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise as LazyText
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from servicebook.accounts.models import User
from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts.deciding import Answer
from servicebook.contracts.remaining import remaining
from servicebook.contracts.veiling import veiled
from servicebook.core import own_fields
from servicebook.core.errors import Refused
from servicebook.intake.phone import actions, queries
from servicebook.intake.phone.forms import CallForm, NewCallerForm
from servicebook.intake.phone.queries import Caller
from servicebook.tickets import directory
from servicebook.tickets.models import Channel, Ticket


@dataclass(frozen=True)
class Screen:
    """One face of the same page."""

    route: str
    channel: str
    heading: str | LazyText
    hint: str | LazyText
    first_step: str | LazyText
    lately: str | LazyText  # the heading above who asked last
    strangers: bool  # whether somebody whom nobody knows can be added here


PHONE = Screen(
    "intake:phone",
    Channel.PHONE,
    gettext_lazy("Phone"),
    gettext_lazy("Number, name or serial"),
    gettext_lazy(
        "Type what you hear first: some digits of the number, a name, a serial. What is open with them, "
        "their equipment and the rules of access appear at once."
    ),
    gettext_lazy("Called lately"),
    strangers=True,
)
REQUEST = Screen(
    "intake:request",
    Channel.INTERNAL,
    gettext_lazy("Internal request"),
    gettext_lazy("Customer, site or serial"),
    gettext_lazy("Type for whom the work is: a customer, a site, or the serial of the unit."),
    gettext_lazy("Asked lately"),
    strangers=False,
)


@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: SignedInRequest) -> HttpResponse:
    return _screen(request, PHONE)


@require_http_methods(["GET", "HEAD", "POST"])
def internal_request(request: SignedInRequest) -> HttpResponse:
    return _screen(request, REQUEST)


def _screen(request: SignedInRequest, screen: Screen) -> HttpResponse:
    text = request.GET.get("q", "")[:100]
    if request.headers.get("HX-Target") == "found":
        context = {"screen": screen, "q": text, "matches": queries.find(text, request.user)}
        return render(request, "intake/_found.html", context)
    caller = _chosen(request, request.user)
    if caller is not None and request.headers.get("HX-Target") == "verdict":
        form = CallForm(request.GET, caller=caller)
        form.is_valid()  # what was typed so far
        return render(request, "intake/_verdict.html", {"answer": _foreseen(request, screen, form)})
    if caller is not None:
        return _known(request, screen, caller)
    matches = queries.find(text, request.user)
    if request.method == "GET" and len(matches) == 1:
        return redirect(f"{reverse(screen.route)}?{matches[0].query}")
    if screen.strangers and (request.method == "POST" or (text and not matches)):
        return _stranger(request, screen, text)
    recent = queries.recent(request.user, screen.channel) if not text else []
    return _page(request, screen, q=text, matches=matches, recent=recent)


def _chosen(request: SignedInRequest, user: User) -> Caller | None:
    numbers = {name: request.GET.get(name, "") for name in ("customer", "contact", "asset")}
    chosen = {
        name: int(value) if value.isdecimal() and len(value) < 19 else None for name, value in numbers.items()
    }
    customer = chosen["customer"]
    if customer is None:
        return None
    return queries.load(user, customer=customer, contact=chosen["contact"], asset=chosen["asset"])


def _known(request: SignedInRequest, screen: Screen, caller: Caller) -> HttpResponse:
    """Somebody at a known customer."""
    initial = {
        "asset": caller.asset.pk if caller.asset else "",
        "contact": caller.contact.pk if caller.contact else "",
        "ticket": "",
    }
    form = CallForm(request.POST or None, caller=caller, initial=initial)
    if request.method == "POST" and form.is_valid():
        custom, typed = form.take_own(), form.cleaned_data
        try:
            ticket = actions.note(
                customer=caller.customer,
                title=typed["title"],
                by=request.user,
                channel=screen.channel,
                text=typed["text"],
                contact=form.chosen_contact(),
                new_name=typed["name"],
                new_phone=typed["phone"],
                asset=form.chosen_asset(),
                reason=directory.reasons().get(typed["reason"] or 0),
                downtime=typed["downtime"],
                on_site_contact=typed["on_site_contact"],
                preferred_window=typed["preferred_window"],
                custom=custom,
                ticket=next((one for one in caller.open_tickets if one.number == typed["ticket"]), None),
            )
        except Refused as refused:
            _show(form, refused)
        else:
            return _saved(request, screen, ticket)
    return _page(
        request,
        screen,
        caller=caller,
        form=form,
        answer=_foreseen(request, screen, form),
        remaining=remaining(caller.customer, request.user),
        status=422 if form.errors else 200,
    )


def _foreseen(request: SignedInRequest, screen: Screen, form: CallForm) -> Answer | None:
    """What would cover the call as far as it is noted (S0.23); None when nobody could take it."""
    caller = form.caller
    typed = form.cleaned_data if form.is_bound else form.initial
    try:
        answer = actions.foresee(
            customer=caller.customer,
            title=typed.get("title") or "",
            channel=screen.channel,
            by=request.user,
            asset=form.unit(typed.get("asset")),
            reason=directory.reasons().get(typed.get("reason") or 0),
            downtime=typed.get("downtime") or None,
        )
    except Refused:
        return None
    return replace(answer, decision=veiled(answer.decision, request.user))


def _stranger(request: SignedInRequest, screen: Screen, text: str) -> HttpResponse:
    """Somebody whom nobody knows."""
    is_number = queries.looks_like_phone(text)
    initial = {"phone": text} if is_number else {"name": text}
    form = NewCallerForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            ticket = _note_stranger(form, request.user, screen)
        except Refused as refused:
            _show(form, refused)
        else:
            return _saved(request, screen, ticket)
        typed.clear()
    return _page(request, screen, q=text, new_form=form, status=422 if form.errors else 200)


def _note_stranger(form: NewCallerForm, by: User, screen: Screen) -> Ticket:
    typed = form.cleaned_data
    customer, contact = form.known_customer(), None
    if customer is None:
        contact = actions.remember(
            company=typed["company"],
            name=typed["name"],
            phone=typed["phone"],
            email=typed["email"],
            is_new=typed["is_new"],
            by=by,
        )
        customer = contact.customer
    return actions.note(
        customer=customer,
        title=typed["title"],
        by=by,
        channel=screen.channel,
        text=typed["text"],
        contact=contact,
        new_name="" if contact else typed["name"],
        new_phone=typed["phone"],
        reason=directory.reasons().get(typed["reason"] or 0),
        downtime=typed["downtime"],
        custom=form.take_own(),
    )


def _show(form: CallForm | NewCallerForm, refused: Refused) -> None:
    """Put a refusal at the fields it speaks of; what was typed stays."""
    at_fields = {own_fields.at(form, name): text for name, text in refused.fields.items()}
    for name, text in at_fields.items():
        form.add_error(name, text)
    if not at_fields:
        form.add_error(None, str(refused))


def _saved(request: SignedInRequest, screen: Screen, ticket: Ticket) -> HttpResponse:
    number: object = ticket.number
    if Ticket.objects.visible_to(request.user).filter(pk=ticket.pk).exists():
        number = format_html('<a href="{}">{}</a>', ticket.get_absolute_url(), ticket.number)
    sentence = _("{number} · {priority} · {owner} takes care of it.")
    messages.success(
        request,
        format_html(sentence, number=number, priority=ticket.get_priority_display(), owner=ticket.owner.name),
    )
    return redirect(screen.route)


def _page(request: SignedInRequest, screen: Screen, *, status: int = 200, **context: object) -> HttpResponse:
    return render(request, "intake/phone.html", {"screen": screen, **context}, status=status)
