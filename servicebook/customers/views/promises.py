"""Promises: the list, one of them, and what becomes of it (S0.4)."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from servicebook.accounts.requests import SignedInRequest
from servicebook.core.errors import Refused
from servicebook.core.listing import Listing
from servicebook.customers import actions, lists, sections
from servicebook.customers.forms import DropForm, HandForm, MoveForm, PromiseForm
from servicebook.customers.models import Customer, Promise


def promises(request: SignedInRequest) -> HttpResponseBase:
    found = Listing(
        request,
        Promise.objects.visible_to(request.user).select_related("customer", "owner"),
        sorts=lists.PROMISE_SORTS,
        filter_form=lists.PromiseFilter,
        columns=lists.PROMISE_COLUMNS,
        filename="promises",
        initial={"state": "open"},
    )
    if "export" not in request.GET:
        sections.say_standing(found.page.rows)
    return found.response("customers/promises.html", "customers/_promises.html")


def promise(request: SignedInRequest, pk: int) -> HttpResponse:
    one = _seen(request, pk)
    return _page(request, one)


def _page(request: SignedInRequest, one: Promise, **forms: object) -> HttpResponse:
    sections.say_standing([one])
    context = {
        "promise": one,
        "about": one.about if one.about_type_id else None,
        "move_form": MoveForm(initial={"due_at": one.due_at}),
        "drop_form": DropForm(),
        "hand_form": HandForm(),
        "history": sections.history_of(one),
        **forms,
    }
    return render(request, "customers/promise.html", context, status=422 if forms else 200)


def new_promise(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write down what was promised to a customer."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    form = PromiseForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("text", "due_at", "owner", "why")}
        if form.tried(actions.make_promise, customer=customer, by=request.user, **given):
            messages.success(request, _("The promise is written down; it will remind its owner."))
            return redirect(customer)
    context = {"form": form, "customer": customer}
    return render(request, "customers/promise_form.html", context, status=422 if form.errors else 200)


@require_POST
def keep_promise(request: SignedInRequest, pk: int) -> HttpResponse:
    one = _seen(request, pk)
    try:
        actions.keep_promise(one.pk, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Kept: %(text)s") % {"text": one.text})
    # An address, never the name of a view.
    return HttpResponseRedirect(_back(request) or one.get_absolute_url())


@require_POST
def drop_promise(request: SignedInRequest, pk: int) -> HttpResponse:
    one = _seen(request, pk)
    form = DropForm(request.POST)
    if form.is_valid() and form.tried(
        actions.drop_promise, one.pk, because=form.cleaned_data["because"], by=request.user
    ):
        return redirect(one)
    return _page(request, one, drop_form=form)


@require_POST
def move_promise(request: SignedInRequest, pk: int) -> HttpResponse:
    one = _seen(request, pk)
    form = MoveForm(request.POST)
    if form.is_valid():
        given = {"due_at": form.cleaned_data["due_at"], "because": form.cleaned_data["because"]}
        if form.tried(actions.move_promise, one.pk, by=request.user, **given):
            return redirect(one)
    return _page(request, one, move_form=form)


@require_POST
def hand_promise(request: SignedInRequest, pk: int) -> HttpResponse:
    one = _seen(request, pk)
    form = HandForm(request.POST)
    if form.is_valid() and form.tried(
        actions.hand_promise, one.pk, to=form.cleaned_data["to"], by=request.user
    ):
        return redirect("customers:promises")
    return _page(request, one, hand_form=form)


def _seen(request: SignedInRequest, pk: int) -> Promise:
    seen = Promise.objects.visible_to(request.user).select_related("customer", "owner", "made_by")
    return get_object_or_404(seen, pk=pk)


def _back(request: SignedInRequest) -> str:
    """Where the person came from, if that is here."""
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}) else ""
