"""One question to a customer: how it stands, what was answered, how its silence ends."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from servicebook.accounts.requests import SignedInRequest
from servicebook.core import clock
from servicebook.customers import sections
from servicebook.reminders import queries
from servicebook.reminders.actions import asks, deciding
from servicebook.reminders.forms.asks import DecideForm, HandForm, HeardForm
from servicebook.reminders.kinds.silence import history_of, named
from servicebook.reminders.models import Ask
from servicebook.reminders.showing import shown
from servicebook.rights import LEADS


def ask(request: SignedInRequest, pk: int) -> HttpResponse:
    return _page(request, _seen(request, pk))


@require_POST
def heard(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write down what the customer answered by phone or in person."""
    one = _seen(request, pk)
    form = HeardForm(one, request.POST)
    if form.is_valid() and form.tried(asks.answer, one.pk, by=request.user, **form.cleaned_data):
        messages.success(request, _("The answer is kept; nobody asks any more."))
        return redirect(one)
    return _page(request, one, heard_form=form)


@require_POST
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record how the silence ends."""
    one = _seen(request, pk)
    form = DecideForm(one, request.POST)
    if form.is_valid() and form.tried(deciding.decide, one.pk, by=request.user, **form.decided()):
        messages.success(request, _("The decision is recorded."))
        return redirect(one)
    return _page(request, one, decide_form=form)


@require_POST
def hand(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give the question to somebody else of the house."""
    one = _seen(request, pk)
    form = HandForm(one, request.POST)
    if form.is_valid() and form.tried(asks.hand, one.pk, by=request.user, **form.cleaned_data):
        to = {"name": form.cleaned_data["to"].name}
        messages.success(request, _("%(name)s looks after it now.") % to)
        return redirect(one)
    return _page(request, one, hand_form=form)


def _page(request: SignedInRequest, one: Ask, **forms: object) -> HttpResponse:
    thing = one.about
    context = {
        "ask": one,
        "thing": thing,
        "about": shown(one),
        "named": named(one),
        "now": clock.now(),
        "heard_form": HeardForm(one),
        "decide_form": DecideForm(one),
        "hand_form": HandForm(one) if request.user.has_role(*LEADS) else None,
        "must_decide": queries.must_be_decided(one),
        "history": sections.history_of(history_of(thing) or one),
        **forms,
    }
    return render(request, "reminders/ask.html", context, status=422 if forms else 200)


def _seen(request: SignedInRequest, pk: int) -> Ask:
    seen = Ask.objects.visible_to(request.user).with_holder()
    return get_object_or_404(seen.select_related("customer", "contact", "owner", "decided_by"), pk=pk)
