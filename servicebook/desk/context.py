"""What the shell of every page needs. Nothing is read before a template asks for it."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.functional import cached_property

from servicebook.accounts.models import User
from servicebook.contracts import board
from servicebook.desk import navigation
from servicebook.desk.navigation import Figure, Group
from servicebook.desk.queries import figures

THEMES = ("light", "dark")
THEME_COOKIE = "theme"


class Shell:
    """The menu, the search box and the first button, for one request."""

    def __init__(self, request: HttpRequest, user: User) -> None:
        self._request, self._user = request, user

    @cached_property
    def groups(self) -> list[Group]:
        return navigation.menu(self._user, self._request.path, self._figures())

    @property
    def search_url(self) -> str:
        return self._open("search:find")

    @property
    def new_ticket_url(self) -> str:
        return self._open("tickets:new")

    @property
    def look_url(self) -> str:
        return navigation.address("desk:look")

    @property
    def alarm_url(self) -> str:
        """Where a page asks whether the workers live; empty for those who cannot mend it."""
        return self._open("agenda:silence")

    def _open(self, route: str) -> str:
        return navigation.address(route) if navigation.may_open(self._user, route) else ""

    @cached_property
    def waiting(self) -> figures.Waiting:
        return figures.waiting_for(self._user)

    def _figures(self) -> Mapping[str, Figure]:
        found = {
            "today": Figure(str(self.waiting.number or ""), late=self.waiting.late),
            "tickets": Figure(str(figures.open_tickets(self._user) or "")),
        }
        if navigation.may_open(self._user, "contracts:renewals"):
            found["renewals"] = Figure(str(board.to_decide(self._user) or ""))
        return found


def shell(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get(THEME_COOKIE, "")
    found: dict[str, Any] = {"theme": theme if theme in THEMES else ""}
    user = getattr(request, "user", None)
    if isinstance(user, User) and user.is_active:
        found["shell"] = Shell(request, user)
    return found
