"""Events and the payment plan of a contract (S3.1)."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts.actions import milestones as actions
from servicebook.contracts.forms.rows import NumberField
from servicebook.contracts.models import Milestone
from servicebook.contracts.views.contracts import seen
from servicebook.core.errors import Refused
from servicebook.customers.entity_forms import RefusingForm
from servicebook.equipment.forms import day_field

DOES = {
    "settle": (actions.settle_milestone, gettext_lazy("Settled.")),
    "reopen": (actions.reopen_milestone, gettext_lazy("Open again.")),
    "remove": (actions.remove_milestone, gettext_lazy("Taken away.")),
}


class MilestoneForm(RefusingForm):
    text = forms.CharField(label=gettext_lazy("What"), max_length=200)
    on = day_field(label=gettext_lazy("On"))
    amount = NumberField(
        label=pgettext_lazy("money", "Amount"),
        required=False,
        help_text=gettext_lazy("What is invoiced then, if anything."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def new_milestone(request: SignedInRequest, number: str) -> HttpResponse:
    return _edit(request, Milestone(contract=seen(request, number)))


@require_http_methods(["GET", "HEAD", "POST"])
def milestone(request: SignedInRequest, number: str, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(Milestone, contract=seen(request, number), pk=pk))


@require_POST
def move_milestone(request: SignedInRequest, number: str, pk: int, do: str) -> HttpResponse:
    """Settle one, open it again, or take it away."""
    one = get_object_or_404(
        Milestone.objects.select_related("contract"), contract=seen(request, number), pk=pk
    )
    if do not in DOES:
        return redirect(one.contract)
    action, said = DOES[do]
    try:
        action(one.pk, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, str(said))
    return redirect(f"{one.contract.get_absolute_url()}#milestones")


def _edit(request: SignedInRequest, one: Milestone) -> HttpResponse:
    initial = {"text": one.text, "on": one.on, "amount": one.amount} if one.pk else None
    form = MilestoneForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        for name in ("text", "on", "amount"):
            setattr(one, name, form.cleaned_data[name])
        if form.tried(actions.save_milestone, one, by=request.user):
            messages.success(request, _("The milestone is saved."))
            return redirect(f"{one.contract.get_absolute_url()}#milestones")
    context = {"form": form, "contract": one.contract, "milestone": one if one.pk else None}
    return render(request, "contracts/milestone.html", context, status=422 if form.errors else 200)
