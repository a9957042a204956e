"""No page falls over what stands in its address: the character NUL, no numbers, days out of time."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from servicebook.accounts.models import Role
from servicebook.core.middleware import NoNulls
from servicebook.files import store
from servicebook.rights import ROUTES
from tests.test_rights import Route, routes
from tests.world import World, make_world, stand_of

WHO = (Role.ADMINISTRATOR, Role.DISPATCHER)
# What views ask the address for besides the fields of their filters.
ASKED = [
    "q", "state", "site", "do", "customer", "whole", "version", "to", "template", "sort", "show",
    "record", "note", "model", "into", "inside", "horizon", "from", "until", "field", "days", "day",
    "contract", "parent", "before", "after", "asset", "page", "region", "owner", "team", "year", "month",
    "group_by", "kind", "next",
]  # fmt: skip
ODD = (
    "\0", "a\0b", "٣", "-1", "9" * 400, "0001-01-01", "9999-12-31", "2026-02-30", "é" * 5000, "%", "\ud83d"
)  # fmt: skip
FIELD = re.compile(r'<(?:input|select)[^>]* name="([^"]+)"')


@pytest.fixture
def world(tmp_path, settings) -> Iterator[World]:
    settings.CONFIG = settings.CONFIG.model_copy(update={"files_url": f"file://{tmp_path}/files"})
    store.storage.cache_clear()
    yield make_world()
    store.storage.cache_clear()


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("role", WHO)
def test_no_page_falls_over_what_stands_in_its_address(world, role):
    client = Client(raise_request_exception=False)
    client.force_login(world.people[role])
    fallen, filters = [], 0
    for route in pages(role):
        stand = stand_of(route.address)
        address = reverse(route.name, kwargs=stand.arguments(world.mine) if stand else None)
        names = fields_of(client, address)
        filters += bool(names)
        for text in ODD if names else ODD[:2]:
            value = text.encode("utf-8", "surrogatepass")
            if status(client, address, dict.fromkeys({*ASKED, *names}, value)) >= 500:
                fallen.append((route.name, text[:20]))
    assert fallen == []
    assert filters > 8, "so few filters prove nothing"


def pages(role: str) -> list[Route]:
    return [one for one in routes() if role in ROUTES.get(one.name, ())]


def fields_of(client: Client, address: str) -> set[str]:
    """The names of the fields of a page that are asked for by its address."""
    answer = client.get(address)
    if answer.streaming:
        answer.close()
        return set()
    forms = re.findall(r'<form[^>]*method="get".*?</form>', answer.content.decode(errors="replace"), re.S)
    return {name for form in forms for name in FIELD.findall(form)}


def status(client: Client, address: str, query: dict[str, Any]) -> int:
    answer = client.get(address, query)
    answer.close()
    return answer.status_code


@pytest.mark.parametrize("method", ["get", "post"])
def test_nul_is_taken_out_of_names_and_values(method):
    request = getattr(RequestFactory(), method)("/", {"a\0b": ["x\0y", "z"], "plain": "1"})
    NoNulls(lambda _request: HttpResponse()).process_view(request, None, (), {})
    given = request.GET if method == "get" else request.POST
    assert dict(given.lists()) == {"ab": ["xy", "z"], "plain": ["1"]}


def test_what_has_no_nul_stays_the_same():
    request = RequestFactory().get("/", {"q": "pump"})
    before = request.GET
    NoNulls(lambda _request: HttpResponse()).process_view(request, None, (), {})
    assert request.GET is before
