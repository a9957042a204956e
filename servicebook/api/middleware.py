"""A short way to the API: it has no use for sessions, cookies, forms or pages."""

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import resolve
from django.utils import translation
from django.utils.translation import gettext as _

from servicebook.core.api import PREFIX, problem


class ShortWay:
    """Answers what is under /api/v1/ past the middleware of pages, so that cookies mean nothing there.

    Each operation's own check (`accounts.api_auth.Bearer`) stands in place of the rights table.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        with translation.override(settings.LANGUAGE_CODE):
            answer = self._answer(request)
        if not answer.streaming and not answer.has_header("Content-Length"):
            answer.headers["Content-Length"] = str(len(answer.content))
        return answer

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return problem(422, "invalid", _("An address must not contain the character NUL."))
        request.get_host()  # an address that is not ours is refused here too
        try:
            match = resolve(request.path_info)
        except Http404:
            return problem(404, "not_found", _("The API has no such address."))
        request.resolver_match = match
        answer: HttpResponse = match.func(request, *match.args, **match.kwargs)
        if isinstance(answer, HttpResponseNotAllowed):
            refusal = problem(405, "method_not_allowed", _("This address does not take that method."))
            refusal.headers["Allow"] = answer.headers["Allow"]
            return refusal
        return answer
