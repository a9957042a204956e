"""A request behind the rights table, where a person has signed in."""

from django.http import HttpRequest

from servicebook.accounts.models import User


class SignedInRequest(HttpRequest):
    """What views take: the rights table lets nobody else through."""

    user: User
