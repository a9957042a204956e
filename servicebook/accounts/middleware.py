"""The person behind a request: what the role may open, in which language and time zone."""

from collections.abc import Callable
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from servicebook.accounts.models import User
from servicebook.core.errors import NotAllowed
from servicebook.core.middleware import refusal_page

PUBLIC = frozenset({"*"})


class PersonsLanguageAndZone:
    """Shows pages in the language and time zone that the person chose, else the organisation's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not isinstance(user, User):
            return self.get_response(request)
        if user.language:  # else what the browser asked for, which LocaleMiddleware activated
            translation.activate(user.language)
            request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(ZoneInfo(user.time_zone or settings.TIME_ZONE)):
            return self.get_response(request)


class RightsTable:
    """Every route stands in the rights table; what is not listed is refused.

    Looks the route up in `settings.RIGHTS_TABLE` before any view runs.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.routes: dict[str, frozenset[str]] = import_module(settings.RIGHTS_TABLE).ROUTES

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        name = match.view_name if match else ""
        roles = self.routes.get(name, frozenset())
        if roles == PUBLIC:
            return None
        user = request.user
        if not isinstance(user, User) or not user.is_active:
            return _to_sign_in(request)
        if roles.isdisjoint(user.roles):
            # Returned, not raised: Django takes what is raised before a view for a fault of ours.
            text = _("Your role does not include this page. Ask an administrator if you need it.")
            return refusal_page(request, NotAllowed(text))
        return None


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send whoever is not signed in to do it, and back here after; a form's address shows no page."""
    back = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    if "HX-Request" in request.headers:  # else the sign-in would be swapped into a corner of the page
        here = request.headers.get("HX-Current-URL", "")
        address = redirect_to_login(urlsplit(here).path or "/")["Location"]
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect_to_login(back)
