"""An act on a contract: its page asks what is needed, and it is done."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts import acts
from servicebook.contracts.views.contracts import seen
from servicebook.core.errors import Refused


def act(request: SignedInRequest, number: str, do: str) -> HttpResponse:
    """Ask what the act needs, or do it."""
    one = seen(request, number)
    wanted = acts.ACTS.get(do)
    if wanted is None:
        raise Http404
    if do not in acts.offered(one):
        said = {"number": one.number, "state": one.get_state_display()}
        messages.error(request, _("%(number)s is in the state “%(state)s”: that cannot be done now.") % said)
        return redirect(one)
    form = wanted.form(request.POST or None, contract=one)
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, wanted.run(one, form.cleaned_data, request.user))
        except Refused as refused:
            form.take(refused)
        else:
            return redirect(one)
    context = {"contract": one, "act": wanted, "form": form}
    return render(request, "contracts/act.html", context, status=422 if form.errors else 200)
