"""What the card of a person's own browsers does, and the service worker that rings."""

from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from servicebook.accounts.api_auth import Allowance
from servicebook.accounts.public_pages import private, too_many
from servicebook.accounts.requests import SignedInRequest
from servicebook.core.errors import Refused
from servicebook.messaging import browsers
from servicebook.messaging.rules.agents import label_of

WORKER = Path(settings.BASE_DIR) / "static" / "sw.js"
moves_of_an_address = Allowance(60)


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script stands at the root, so that it serves every page of this host; always asked for anew."""
    response = HttpResponse(WORKER.read_bytes(), content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_POST
def switch_on(request: SignedInRequest) -> HttpResponse:
    """Let the browser that asks ring for the person who is signed in."""
    sent = {name: request.POST.get(name, "") for name in ("endpoint", "p256dh", "auth")}
    response = _back()
    try:
        reach = browsers.switch_on(
            request.user, label=label_of(request.headers.get("User-Agent", "")), **sent
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return response
    messages.success(request, _("This browser rings for reminders from now on."))
    # By it the browser is known when its person signs out, whatever became of the session meanwhile.
    response.set_signed_cookie(
        browsers.COOKIE,
        str(reach.pk),
        salt=browsers.SALT,
        max_age=browsers.KEPT,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@require_POST
def switch_off(request: SignedInRequest, pk: int) -> HttpResponse:
    reach = browsers.switch_off(request.user, pk)
    if reach is None:
        raise Http404
    messages.success(request, _("%(browser)s does not ring any more.") % {"browser": reach.label})
    return _back()


@require_POST
def ring(request: SignedInRequest) -> HttpResponse:
    try:
        browsers.ring(request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("It is on its way. Each browser below should ring within seconds."))
    return _back()


# The service worker has neither a page nor its token. The old address and its secret stand for both.
@csrf_exempt
@require_POST
def moved(request: HttpRequest) -> HttpResponse:
    """The push service gave a browser another address. Also without a session: it may have ended."""
    if later := too_many(request, moves_of_an_address):
        return later
    names = ("old", "old_auth", "endpoint", "p256dh", "auth")
    sent = {name: request.POST.get(name, "") for name in names}
    try:
        found = browsers.move(**sent)
    except Refused:
        found = False
    if not found:
        raise Http404
    return private(HttpResponse(status=204))


def _back() -> HttpResponse:
    return redirect("accounts:me")
