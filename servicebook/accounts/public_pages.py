"""Pages for whoever holds a signed link: limited by address, and kept in no cache and no index."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from servicebook.accounts.api_auth import Allowance
from servicebook.accounts.requests import address_of


def too_many(request: HttpRequest, allowance: Allowance) -> HttpResponse | None:
    """Return the page that asks to wait; None while the address of `request` has some of `allowance` left."""
    wait = allowance.take(address_of(request))
    if not wait:
        return None
    response = render(request, "later.html", {"wait": wait}, status=429)
    response.headers["Retry-After"] = str(wait)
    return private(response)


def private(response: HttpResponse) -> HttpResponse:
    """Keep it out of caches and indexes; the policy of the site lets no other host learn the address."""
    add_never_cache_headers(response)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
