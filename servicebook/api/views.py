"""The description of the API, for programs and for people."""

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from pydantic_core import to_json

from servicebook.api.reference import groups
from servicebook.api.site import DESCRIPTION, openapi
from servicebook.core.api import JSON


@cache
def _description() -> bytes:
    return to_json(openapi())


def description(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1 of everything under /api/v1/."""
    return HttpResponse(_description(), content_type=JSON)


def reference(request: HttpRequest) -> HttpResponse:
    """The same for people: plain pages, so that the strict policy holds here too."""
    about = DESCRIPTION.split("\n\n")
    return render(request, "api/reference.html", {"about": about, "groups": groups()})
