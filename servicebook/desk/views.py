from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from servicebook.accounts.actions import change_own_settings
from servicebook.accounts.requests import SignedInRequest
from servicebook.desk.context import THEME_COOKIE, THEMES

A_YEAR = 365 * 24 * 3600


def today(request: HttpRequest) -> HttpResponse:
    """What waits for this person, and what can go wrong today."""
    return render(request, "desk/today.html")


@require_POST
def look(request: SignedInRequest) -> HttpResponse:
    """Keep the theme (in this browser) or the language (of this person) chosen in the menu."""
    to = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(to, {request.get_host()}, require_https=request.is_secure()):
        to = "/"
    response = redirect(to)
    if "theme" in request.POST:
        theme = request.POST["theme"]
        if theme in THEMES:
            secure = settings.SESSION_COOKIE_SECURE
            response.set_cookie(
                THEME_COOKIE, theme, max_age=A_YEAR, samesite="Lax", httponly=True, secure=secure
            )
        else:
            response.delete_cookie(THEME_COOKIE, samesite="Lax")
    if request.POST.get("language") in dict(settings.LANGUAGES):
        change_own_settings(request.user, language=request.POST["language"])
    return response
