"""Headers for every page, and one face for every refusal."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from servicebook.core.errors import NotAllowed, Refused
from servicebook.core.faults import too_large

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)
GetResponse = Callable[[HttpRequest], HttpResponse]


class ContentSecurityPolicy:
    """A strict policy on every answer: no inline script or style, nothing from another host."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        return response


class BodyLimit:
    """Refuses a body by its announced length, before a byte of it is read or written anywhere.

    Django limits what forms carry in text; files it would write to the disk, however large.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > settings.LARGEST_BODY:
            return too_large(request)
        return self.get_response(request)


class NoNulls:
    """The character NUL is no text: no address has it, and no database of ours keeps it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if "\x00" in request.path:
            raise Http404
        request.GET, request.POST = _without_nulls(request.GET), _without_nulls(request.POST)
        return None


def _without_nulls(given: Any) -> Any:
    """Return what was typed or asked for without NUL; the same object when there is none."""
    if not any("\x00" in text for name, values in given.lists() for text in (name, *values)):
        return given
    cleaned = QueryDict(mutable=True)
    for name, values in given.lists():
        cleaned.setlist(name.replace("\x00", ""), [value.replace("\x00", "") for value in values])
    return cleaned


class RefusalPages:
    """A refusal that no view handled becomes a page that says it, never a traceback."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return refusal_page(request, error) if isinstance(error, Refused) else None


def refusal_page(request: HttpRequest, refused: Refused) -> HttpResponse:
    """The page that says a refusal, with its status: 403 for a role, 409 for everything else."""
    status = 403 if isinstance(refused, NotAllowed) else 409
    return render(request, "refused.html", {"refused": refused}, status=status)
