"""What came by mail: what waits for a person, and what was understood."""

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from servicebook.accounts.requests import SignedInRequest
from servicebook.core import exports
from servicebook.core.errors import Refused
from servicebook.core.listing import FilterForm, Listing, Sort, count
from servicebook.customers.models import Customer
from servicebook.files import store
from servicebook.intake.mail import actions
from servicebook.intake.mail.placing import place_sender
from servicebook.intake.models import ReceivedMail
from servicebook.tickets.models import Ticket


class MailFilter(FilterForm):
    """Which mails; what waits for a person first."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        choices=[("", gettext_lazy("Any")), *ReceivedMail.State.choices],
    )
    sender = forms.CharField(label=gettext_lazy("Sender"), max_length=100)

    def apply(self, queryset: QuerySet[ReceivedMail]) -> QuerySet[ReceivedMail]:
        chosen = self.cleaned_data
        if chosen.get("state"):
            queryset = queryset.filter(state=chosen["state"])
        if chosen.get("sender"):
            queryset = queryset.filter(sender__icontains=chosen["sender"].strip().lower())
        return queryset


def unsorted_tickets() -> QuerySet[Ticket]:
    """Open tickets of senders whom nobody knows."""
    return Ticket.objects.open().filter(customer__external_ref=actions.UNSORTED)


@require_safe
def mail(request: SignedInRequest) -> HttpResponseBase:
    found = Listing(
        request,
        ReceivedMail.objects.select_related("message__ticket", "raw"),
        sorts={"new": Sort(_("Newest"), ("-pk",))},
        filter_form=MailFilter,
        columns=[
            exports.Column(_("Received"), lambda row: row.received_at),
            exports.Column(_("From"), lambda row: row.sender),
            exports.Column(_("Subject"), lambda row: row.subject_line),
            exports.Column(_("State"), lambda row: row.get_state_display()),
            exports.Column(_("Ticket"), lambda row: row.message.ticket.number if row.message else ""),
            exports.Column(_("Why"), lambda row: row.because),
        ],
        filename="mail",
    )
    aside = count(ReceivedMail.objects.filter(state=ReceivedMail.State.PUT_ASIDE))
    context = {"aside": aside, "unsorted": unsorted_tickets().select_related("contact").order_by("-pk")[:20]}
    return found.response("intake/mail.html", "intake/_mail.html", context)


@require_safe
def raw(request: SignedInRequest, pk: int) -> FileResponse:
    """The mail as it came, to be kept or opened elsewhere; never shown inside a page."""
    row = get_object_or_404(ReceivedMail.objects.select_related("raw"), pk=pk)
    answer = FileResponse(
        store.open_bytes(row.raw),
        as_attachment=True,
        filename=f"mail-{row.pk}.eml",
        content_type="application/octet-stream",
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@require_POST
def again(request: SignedInRequest, pk: int) -> HttpResponse:
    """Understand a mail that was put aside once more; `anyway` makes a ticket of whatever it is."""
    row = get_object_or_404(ReceivedMail, pk=pk)
    row = actions.try_again(row.pk, by=request.user, anyway=request.POST.get("anyway") == "1")
    if row.message is not None:
        messages.success(request, _("It is %(number)s now.") % {"number": row.message.ticket.number})
        return redirect(row.message.ticket)
    messages.warning(request, _("It stays aside: %(because)s") % {"because": row.because})
    return redirect("intake:mail")


class PlaceForm(forms.Form):
    company = forms.CharField(
        label=gettext_lazy("Customer"),
        max_length=200,
        help_text=gettext_lazy("The name as it stands in the book, or a part that only one customer has."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def place(request: SignedInRequest, number: str) -> HttpResponse:
    """Say to which customer an unknown sender belongs."""
    ticket = get_object_or_404(
        Ticket.objects.visible_to(request.user).select_related("customer", "contact"), number=number
    )
    form = PlaceForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        typed = " ".join(form.cleaned_data["company"].split())
        listed = (
            Customer.objects.visible_to(request.user)
            .filter(active=True)
            .exclude(external_ref=actions.UNSORTED)
        )
        found = list(listed.filter(name__iexact=typed)[:1]) or list(listed.filter(name__icontains=typed)[:6])
        if len(found) == 1:
            try:
                placed = place_sender(ticket.pk, customer=found[0], by=request.user)
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                said = {"count": len(placed), "customer": found[0]}
                messages.success(request, _("Placed with %(customer)s. Tickets: %(count)s.") % said)
                return redirect(ticket)
        elif found:
            names = ", ".join(one.name for one in found)
            form.add_error("company", _("Several fit: %(names)s. Type one of them.") % {"names": names})
        else:
            form.add_error(
                "company", _("No customer has this name. Add the customer first, then place the mail.")
            )
    first = ticket.messages.order_by("pk").first()
    context = {"ticket": ticket, "form": form, "first": first}
    return render(request, "intake/place.html", context, status=422 if form.errors else 200)
