"""The one page on which a contract is entered, a draft changed, and terms amended."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts import actions, explaining, patterns, showing
from servicebook.contracts.document import Document
from servicebook.contracts.forms.acts import AmendForm
from servicebook.contracts.forms.whole import Whole, fresh
from servicebook.contracts.models import LIVE, Contract, ContractTemplate
from servicebook.contracts.models.choices import State
from servicebook.contracts.views.contracts import seen
from servicebook.core.errors import Refused
from servicebook.customers.models import Customer
from servicebook.customers.picking import number_in


def new(request: SignedInRequest) -> HttpResponse:
    """Enter a contract, from blank or from a template (S2.5)."""
    asked = number_in(request.GET.get("customer", ""))
    customer = Customer.objects.visible_to(request.user).filter(pk=asked or 0).first()
    templates = list(ContractTemplate.objects.filter(active=True))
    template = next((one for one in templates if str(one.pk) == request.GET.get("template")), None)
    pattern = patterns.read(template) if template else None
    begin = fresh(customer=customer, user=request.user, pattern=pattern)
    if template:
        begin = begin.model_copy(update={"template": template.name})
    whole = Whole(user=request.user, data=_typed(request), initial=begin)
    context = {"new": True, "templates": templates, "template": template, "customer": customer}
    return _entered(request, whole, None, context)


def edit(request: SignedInRequest, number: str) -> HttpResponse:
    """Change a draft as a whole."""
    one = seen(request, number)
    if one.state != State.DRAFT:
        messages.error(request, _("What is in force is amended, from a date on; the past stays as it was."))
        return redirect(one)
    begin = Document.of(one, one.versions.latest("number"))
    whole = Whole(user=request.user, data=_typed(request), initial=begin, seen=one.version)
    return _entered(request, whole, one, {})


def _entered(
    request: SignedInRequest, whole: Whole, one: Contract | None, context: Mapping[str, Any]
) -> HttpResponse:
    if whole.changes_rows:
        return _with_rows(request, whole, one, context)
    document = whole.document() if request.method == "POST" else None
    if document:
        try:
            saved = actions.save_draft(document, by=request.user, contract=one, seen=whole.seen)
        except Refused as refused:
            whole.take(refused)
        else:
            messages.success(request, _("%(number)s is saved as a draft.") % {"number": saved.number})
            return redirect(saved)
    return _form(request, whole, one, context)


def amend(request: SignedInRequest, number: str) -> HttpResponse:
    """Agree on new terms from a day on; what was decided before keeps its own."""
    one = seen(request, number)
    if one.state not in LIVE:
        messages.error(
            request, _("%(number)s is not in force, so there is nothing to amend.") % {"number": one.number}
        )
        return redirect(one)
    begin = Document.of(one, one.versions.latest("number"))
    whole = Whole(user=request.user, data=_typed(request), initial=begin, only_terms=True)
    form = AmendForm(_typed(request), contract=one)
    form.quiet = whole.changes_rows
    context = {"amendment": form}
    if whole.changes_rows:
        return _with_rows(request, whole, one, context)
    terms = whole.terms_given() if request.method == "POST" else None
    if form.is_valid() and terms:
        given = form.cleaned_data
        try:
            actions.amend(one.pk, terms, by=request.user, **given)
        except Refused as refused:
            _share(refused, form, whole)
        else:
            messages.success(request, _("The new terms hold from the day that you said."))
            return redirect(one)
    return _form(request, whole, one, context)


def _share(refused: Refused, form: AmendForm, whole: Whole) -> None:
    """Put what an amendment is refused for at its own fields, the rest into the terms."""
    own = {name: text for name, text in refused.fields.items() if name in form.fields}
    others = {name: text for name, text in refused.fields.items() if name not in own}
    for name, text in own.items():
        form.add_error(name, text)
    if others or not own:
        whole.take(Refused(refused.text, fields=others))


def _typed(request: SignedInRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _with_rows(
    request: SignedInRequest, whole: Whole, one: Contract | None, context: Mapping[str, Any]
) -> HttpResponse:
    """The form as it was typed with one row more or less; for htmx only the rows of that kind."""
    name = request.POST.get("more") or request.POST.get("less", "").rpartition("-")[0]
    if "HX-Request" in request.headers and name in whole.rows:
        return render(request, "contracts/_rows.html", {"rows": whole.rows[name]})
    return _form(request, whole, one, context)


def _form(
    request: SignedInRequest, whole: Whole, one: Contract | None, context: Mapping[str, Any]
) -> HttpResponse:
    amendment = context.get("amendment")
    wrong = whole.number_of_errors + (len(amendment.errors) if amendment else 0)
    shown = {**context, "whole": whole, "contract": one, "wrong": wrong}
    status = 422 if wrong else 200
    return render(request, "contracts/form.html", shown, status=status)


@require_POST
def preview(request: SignedInRequest) -> HttpResponse:
    """What is typed so far, as it will be tested; nothing is saved."""
    number = request.POST.get("of", "")
    if number:
        one = seen(request, number)
        begin = Document.of(one, one.versions.latest("number"))
    else:
        begin = fresh(customer=None, user=request.user)
    whole = Whole(user=request.user, data=request.POST, initial=begin, only_terms="title" not in request.POST)
    sketch = whole.sketch()
    lines = showing.lines_of(showing.Clauses.sketched(sketch.terms), sketch.currency)
    context: dict[str, Any] = {"lines": lines, "sketch": sketch}
    if lines:
        context |= explaining.of_typed(sketch.terms, sketch)
    return render(request, "contracts/_reading.html", context)
