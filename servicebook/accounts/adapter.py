"""Sign-in is for people of the house, whom an administrator adds."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class StaffOnly(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth without self-registration."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
