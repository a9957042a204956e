"""Who a program is: a bearer token, the person behind it, and what both may do.

A token narrows its person: an operation needs its scope in the token and one of its roles in the
person, and every object is one that the person may see. Cookies are not looked at, so no foreign
page can act through a browser.
"""

import time
from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer

from servicebook.accounts import tokens
from servicebook.accounts.models import ApiToken, User
from servicebook.accounts.requests import address_of
from servicebook.core.errors import NotAllowed, Refused

WRONG_KEYS_PER_MINUTE = 30


class Need(NamedTuple):
    """What an operation asks for: a scope of the token ("" for none), and a role of its person."""

    scope: str
    roles: frozenset[str]


class ScopeMissing(NotAllowed):
    code = "scope_missing"


class TooManyRequests(Refused):
    """`wait` is the number of seconds after which it would work."""

    code = "too_many_requests"

    def __init__(self, wait: int) -> None:
        self.wait = wait
        super().__init__(
            _("Too many requests with this token. Try again in %(wait)s seconds.") % {"wait": wait}
        )


class Allowance:
    """So many per minute and key, refilled evenly. Each process counts for itself."""

    LARGEST = 10_000  # keys at once; whoever was not seen for a minute has a full allowance again

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._left: dict[object, tuple[float, float]] = {}

    def take(self, key: object, *, cost: int = 1) -> int:
        """Take `cost` from the allowance of `key`; returns 0, or the seconds to wait for one."""
        moment = time.monotonic()
        left, since = self._left.get(key, (float(self.per_minute), moment))
        left = min(self.per_minute, left + (moment - since) * self.per_minute / 60)
        if left < 1:
            return max(1, int((1 - left) * 60 / self.per_minute + 0.999))
        if len(self._left) >= self.LARGEST:
            self._left = {k: v for k, v in self._left.items() if moment - v[1] < 60}
            if len(self._left) >= self.LARGEST:
                self._left.clear()
        self._left[key] = (left - cost, moment)
        return 0

    def forget(self) -> None:
        """Give everybody the full allowance again."""
        self._left.clear()


requests_of_a_token = Allowance(settings.CONFIG.api_requests_per_minute)
wrong_keys_of_an_address = Allowance(WRONG_KEYS_PER_MINUTE)


class Bearer(HttpBearer):
    """Looks up token and person with one statement, then the operation in the table of rights."""

    def __init__(self, operation_of: Callable[[HttpRequest], str]) -> None:
        super().__init__()
        self.operation_of = operation_of
        self.needs: dict[str, Need] = import_module(settings.RIGHTS_TABLE).API

    def __call__(self, request: HttpRequest) -> ApiToken:
        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.casefold() != "bearer" or not key:
            raise AuthenticationError
        return self.authenticate(request, key.strip())

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        known = tokens.owner_of(token)
        if known is None:
            wait = wrong_keys_of_an_address.take(address_of(request))
            if wait:
                raise TooManyRequests(wait)
            raise AuthenticationError
        wait = requests_of_a_token.take(known.pk)
        if wait:
            raise TooManyRequests(wait)
        may_use(known, self.needs.get(self.operation_of(request)))
        request.user = known.user
        return known


def may_use(token: ApiToken, need: Need | None) -> None:
    """Check an operation's need; one without a need is for nobody.

    Raises:
        ScopeMissing, NotAllowed
    """
    user: User = token.user
    if need is None or need.roles.isdisjoint(user.roles):
        raise NotAllowed(_("The role of the person behind this token does not include this operation."))
    if need.scope and need.scope not in token.scopes:
        raise ScopeMissing(
            _("This token has no scope %(scope)s. Make one that has it.") % {"scope": need.scope}
        )
