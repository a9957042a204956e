"""What a request gets that ended in a fault: the database is away or busy, or the request is too large."""

import sys

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views import defaults

from servicebook.core.api import PREFIX, problem

AWAY = (OperationalError, InterfaceError)
MET = ("40P01", "40001")  # what PostgreSQL calls a deadlock, and two that cannot be put one after the other
TRY_AGAIN_AFTER_SECONDS = 5
NOT_REPEATED = ("csrfmiddlewaretoken", "password")  # nor a field whose name holds one of them


def server_error(request: HttpRequest) -> HttpResponse:
    """The answer after an exception that nobody handled. The log says which."""
    error = sys.exc_info()[1]
    if isinstance(error, AWAY):
        return away(request, met=getattr(error.__cause__, "sqlstate", None) in MET)
    if request.path_info.startswith(PREFIX):
        detail = _("An error of ours. Nothing was saved; the log of the server says why.")
        return problem(500, "error", detail)
    return defaults.server_error(request)


def away(request: HttpRequest, *, met: bool) -> HttpResponse:
    """The database does not answer, or somebody holds it for too long: nothing was done.

    Or two `met`: each held what the other waited for, and the database took this one back.
    What was typed stands in the page, to be sent once more with one button.
    """
    if request.path_info.startswith(PREFIX):
        detail = _("The database is away or busy. Nothing was saved; send it again in a moment.")
        if met:
            detail = _("Somebody changed this at the same moment. Nothing was lost or half done: try again.")
        answer = problem(503, "busy", detail)
    else:
        repeats = request.method == "POST" and "HX-Request" not in request.headers and _is_ours(request)
        values = {
            "met": met,
            "path": request.get_full_path(),
            "is_page": request.method in ("GET", "HEAD"),
            "repeats": repeats,
            "fields": _typed(request) if repeats else [],
            "csrf_token": get_token(request) if repeats else "",
            "had_files": repeats and bool(request.FILES),
        }
        answer = HttpResponse(render_to_string("away.html", values), status=503)
    answer.headers["Retry-After"] = str(TRY_AGAIN_AFTER_SECONDS)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _is_ours(request: HttpRequest) -> bool:
    """Whether a form of ours was sent: another site's must not get a button that sends it."""
    return _FormCheck(server_error).process_view(request, server_error, (), {}) is None


class _FormCheck(CsrfViewMiddleware):
    """Django's check, without its page of refusal, which would ask the database who is there."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return HttpResponse(status=403)


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    return [
        (name, str(value))
        for name, values in request.POST.lists()
        if not any(word in name for word in NOT_REPEATED)
        for value in values
    ]


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The answer to a request that could not be read."""
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return too_large(request)
    return defaults.bad_request(request, exception)


def too_large(request: HttpRequest) -> HttpResponse:
    """The answer to a request of more than is taken at once."""
    if request.path_info.startswith(PREFIX):
        return problem(413, "too_large", _("That is more than is taken at once. Send it in parts."))
    return HttpResponse(render_to_string("413.html"), status=413)
