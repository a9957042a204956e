"""Sign-in is for people of the house, whom an administrator adds."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from servicebook import journal
from servicebook.accounts import leaving
from servicebook.accounts.models import User

log = logging.getLogger(__name__)


class StaffOnly(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth without self-registration, with our journal and our idea of a safe address."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Only a path of our own; a host name in `next` is refused, even one that we answer to (B15)."""
        if not url or not url.startswith("/") or not url.isascii() or not url.isprintable():
            return False
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link in the mail starts with the configured origin, whatever Host was asked for (B14)."""
        return password_link(key)

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        leaving.pass_on(request, to=user)
        journal.record("user.signed_in", user, by=user)

    def logout(self, request: HttpRequest) -> None:
        super().logout(request)
        leaving.pass_on(request, to=None)

    @transaction.atomic
    def set_password(self, user: User, password: str) -> None:
        super().set_password(user, password)
        journal.record("user.password_changed", user, by=user)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is down does not turn the page into an error; the person can try again."""
        try:
            super().send_mail(template_prefix, email, {**context, "current_site": settings.CONFIG.address})
        except OSError as error:  # smtplib's errors are OSErrors
            log.warning("the mail %s was not sent: %s", template_prefix, type(error).__name__)


def password_link(key: str) -> str:
    """Return the whole address at which the holder of `key` sets a password, once."""
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
    return f"{settings.CONFIG.address}{path.replace('UID-KEY', key)}"
