"""Today, and the look that a person chooses."""

from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import get_current_timezone
from django.views.decorators.http import require_POST

from servicebook.accounts.actions import change_own_settings
from servicebook.accounts.models import Role
from servicebook.accounts.requests import SignedInRequest
from servicebook.core import clock
from servicebook.desk import tiles
from servicebook.desk.context import THEME_COOKIE, THEMES
from servicebook.desk.queries import today as queries
from servicebook.desk.rules import next_steps

A_YEAR = 365 * 24 * 3600


def today(request: SignedInRequest) -> HttpResponse:
    """What waits for this person, and what can go wrong today. A fixed number of statements."""
    user, now, tz = request.user, clock.now(), get_current_timezone()
    midnight = datetime.combine(now.astimezone(tz).date(), time(), tz)
    steps = queries.steps_of(user, now)
    leads = user.has_role(Role.ADMINISTRATOR, Role.MANAGER)
    context: dict[str, Any] = {
        "now": now.astimezone(tz),
        "greeting": next_steps.greeting(now.astimezone(tz).hour),
        "steps": steps,
        "clocks": queries.can_go_wrong(user, now, until=midnight + timedelta(days=1)),
        "may_fail": queries.may_fail(user, now),
        "tiles": tiles.of(user, midnight),
        "leads": leads,
    }
    if leads:
        context["late_by_person"] = queries.late_by_person(user, now)
        context["complaints"] = queries.pending_complaints(user)
        context["complaints_url"] = tiles.place(user, "tickets:queue", kind="complaint")
    return render(request, "desk/today.html", context)


@require_POST
def look(request: SignedInRequest) -> HttpResponse:
    """Keep the theme (in this browser) or the language (of this person) chosen in the menu."""
    to = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(to, {request.get_host()}, require_https=request.is_secure()):
        to = "/"
    response = HttpResponseRedirect(to)  # an address, never the name of a view
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
