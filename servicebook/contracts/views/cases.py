"""Try a case: what the terms would decide, without a ticket."""

from django.http import HttpResponse
from django.shortcuts import render

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts.deciding import decide
from servicebook.contracts.forms.case import CaseForm
from servicebook.contracts.models import Contract
from servicebook.contracts.models.choices import State
from servicebook.contracts.rules import terms
from servicebook.contracts.terms import terms_of
from servicebook.contracts.views.contracts import seen


def case(request: SignedInRequest, number: str) -> HttpResponse:
    """The verdict on a made-up request of the contract's customer, with trace, price and deadlines."""
    one = seen(request, number)
    asked = "reason" in request.GET
    form = CaseForm(request.GET if asked else None, contract=one)
    answer = decide(form.question(), also=_as_if(one)) if asked and form.is_valid() else None
    context = {"contract": one, "form": form, "answer": answer}
    partial = request.headers.get("HX-Target", "") == "answer"
    return render(request, "contracts/_answer.html" if partial else "contracts/case.html", context)


def _as_if(one: Contract) -> tuple[terms.Standing, ...]:
    """A draft is tried as if it were active; others stand as they do."""
    if one.state != State.DRAFT:
        return ()
    version = one.versions.get()
    return (terms.Standing(terms_of(version.pk), terms.State.ACTIVE, one.starts_on, one.ends_on),)
