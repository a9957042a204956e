"""Who a request is from: a person who has signed in, or an address."""

from django.conf import settings
from django.http import HttpRequest

from servicebook.accounts.models import User


class SignedInRequest(HttpRequest):
    """What views take: the rights table lets nobody else through."""

    user: User


def address_of(request: HttpRequest) -> str:
    """Return the address that a request comes from, for limits.

    Behind proxies of ours it is what the first of them saw; what a caller writes before it counts for
    nothing (B14).
    """
    proxies = settings.CONFIG.trusted_proxies
    passed_on = request.headers.get("X-Forwarded-For", "").split(",")
    seen = passed_on[-proxies].strip() if 0 < proxies <= len(passed_on) else ""
    return (seen or request.META.get("REMOTE_ADDR", ""))[:60]
