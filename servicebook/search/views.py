"""The search box: hits while typing, and a page of its own without JavaScript."""

from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from servicebook.search.queries import find

MOST = 32  # some of every kind


def find_page(request: HttpRequest) -> HttpResponse:
    """Hits for `?q=`, grouped by kind. An htmx request gets the list alone."""
    query = request.GET.get("q", "")[:100]
    hits = find(query, request.user, MOST) if query else []  # type: ignore[arg-type]
    context = {
        "query": query,
        "groups": [(kind, list(group)) for kind, group in groupby(hits, key=lambda hit: hit.kind)],
    }
    partial = "HX-Request" in request.headers
    return render(request, "search/_hits.html" if partial else "search/results.html", context)
