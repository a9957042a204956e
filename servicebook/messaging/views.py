"""Messages that left the house, wait to leave it, or could not."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from servicebook.accounts.models import User
from servicebook.accounts.requests import SignedInRequest
from servicebook.agenda.subjects import with_subjects
from servicebook.core import exports
from servicebook.core.errors import NotAllowed, Refused
from servicebook.core.listing import Listing, Sort, count
from servicebook.customers.models import Contact
from servicebook.messaging import actions, chats, suppressing, unsubscribing, wishes
from servicebook.messaging.forms import STATES, DeliveryFilter
from servicebook.messaging.models import Delivery
from servicebook.messaging.receivers import Person, way_today

COLUMNS = (
    exports.Column("To", lambda row: row.to_name),
    exports.Column("Address", lambda row: row.to_address),
    exports.Column("Subject", lambda row: row.subject_line),
    exports.Column("About", lambda row: str(row.about or "")),
    exports.Column("State", lambda row: row.get_state_display()),
    exports.Column("Queued", lambda row: row.queued_at),
    exports.Column("Settled", lambda row: row.settled_at),
    exports.Column("Attempts", lambda row: row.attempts),
    exports.Column("Error", lambda row: row.last_error),
)


@require_safe
def deliveries(request: HttpRequest) -> HttpResponseBase:
    """Waiting · sent · not deliverable."""
    visible = Delivery.objects.visible_to(request.user)
    asked = request.GET.get("state", "")
    state = asked if asked in dict(STATES) else Delivery.State.WAITING
    listing = Listing(
        request,
        with_subjects(visible.defer("body", "references"), "about"),
        sorts={"new": Sort(gettext_lazy("Queued"), ("-pk",))},
        filter_form=DeliveryFilter,
        columns=COLUMNS,
        filename="deliveries",
        initial={"state": Delivery.State.WAITING},
    )
    tabs = [(name, label, count(visible.filter(state=name)), name == state) for name, label in STATES]
    return listing.response(
        "messaging/deliveries.html", "messaging/_deliveries.html", {"tabs": tabs, "state": state}
    )


@require_safe
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """One message as it was written, and what became of it."""
    row = get_object_or_404(Delivery.objects.visible_to(request.user), pk=pk)
    person = row.contact or row.user
    context = {
        "delivery": row,
        "said": _for_others(row),
        "today": way_today(person, row.channel) if row.state == Delivery.State.DEAD and person else None,
    }
    return render(request, "messaging/delivery.html", context)


@require_POST
def wish(request: SignedInRequest, pk: int) -> HttpResponse:
    """Keep how a contact wants to be written to."""
    contact = get_object_or_404(Contact.objects.visible_to(request.user), pk=pk)
    first, unsubscribed = request.POST.get("first", ""), "unsubscribed" in request.POST
    try:
        wishes.wish(contact.pk, first=first, unsubscribed=unsubscribed, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Saved. The next message goes so."))
    return redirect(contact)


@require_POST
def lift(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send to an address of a contact again."""
    contact = get_object_or_404(Contact.objects.visible_to(request.user), pk=pk)
    asked = request.POST.get("suppression", "")
    known = {str(one.pk): one for one in suppressing.suppressed_of([contact])[contact.pk]}
    if asked in known:
        suppressing.lift(known[asked].pk, by=request.user, contact=contact)
        messages.success(request, _("Messages go to %(to)s again.") % {"to": known[asked].address})
    else:
        messages.error(request, _("Nothing stands in the way of messages there any more."))
    return redirect(contact)


@require_POST
def end_chat(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write no longer into a chat that a contact linked."""
    contact = get_object_or_404(Contact.objects.visible_to(request.user), pk=pk)
    _end(request, contact)
    return redirect(contact)


@require_POST
def end_own_chat(request: SignedInRequest) -> HttpResponse:
    """Write no longer into an own chat."""
    _end(request, request.user)
    return redirect("accounts:me")


def _end(request: SignedInRequest, person: Person) -> None:
    asked = request.POST.get("chat", "")
    try:
        chats.end_for(person, int(asked) if asked.isdecimal() and len(asked) < 19 else 0, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Nothing is sent to this chat any more."))


def _for_others(row: Delivery) -> str:
    """What a message says, without the links by which a customer answers: nobody else answers by them."""
    said = row.body
    if row.contact is not None:
        own = unsubscribing.url_of(row.contact.pk)
        for link in {own, row.url, *row.notices.values_list("url", flat=True)} - {""}:
            said = said.replace(link, _("(a link that is for %(name)s only)") % {"name": row.to_name})
    return said


@require_POST
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    if not isinstance(request.user, User):
        raise NotAllowed(_("Sign in first."))
    row = get_object_or_404(Delivery.objects.visible_to(request.user), pk=pk)
    try:
        actions.send_again(row.pk, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The message is sent again now."))
    return redirect(row)
