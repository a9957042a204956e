"""The page behind the link at the foot of a mail: stop what no contract asks for, or get it again."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from servicebook.accounts.api_auth import Allowance
from servicebook.accounts.public_pages import private, too_many
from servicebook.core import preferences
from servicebook.customers.models import Contact
from servicebook.messaging import unsubscribing, wishes
from servicebook.messaging.models import Wish

# A mail provider asks for many of its people; who tries tokens is stopped. Each process counts for itself.
requests_of_an_address = Allowance(60)
ONE_CLICK = ("List-Unsubscribe", "One-Click")


# Mail providers send neither cookies nor a token (RFC 8058). The address itself is the secret: whoever has
# it may do what is done here, and a foreign page that had it could play the provider anyway.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET only shows: scanners of mails follow links. POST stops or starts."""
    if later := too_many(request, requests_of_an_address):
        return later
    contact = unsubscribing.find(token)
    if contact is None:
        raise Http404
    language = contact.language or contact.customer.language or settings.LANGUAGE_CODE
    with translation.override(language):
        if request.method != "POST":
            return _page(request, contact)
        return _posted(request, contact)


def _posted(request: HttpRequest, contact: Contact) -> HttpResponse:
    name, value = ONE_CLICK
    if request.POST.get(name) == value:
        wishes.unsubscribe(contact.pk)
        return _page(request, contact)  # 200: a provider follows no redirect
    match request.POST.get("wish"):
        case "stop":
            wishes.unsubscribe(contact.pk)
        case "back":
            wishes.come_back(contact.pk)
        case _:
            return _page(request, contact, status=422)
    return private(redirect(request.path))


def _page(request: HttpRequest, contact: Contact, *, status: int = 200) -> HttpResponse:
    wish = Wish.objects.filter(contact=contact).first()
    context = {
        "contact": contact,
        "company": preferences.current().company,
        "since": wish.unsubscribed_at if wish else None,
    }
    return private(render(request, "messaging/unsubscribe.html", context, status=status))
