"""The matrix of rights: every route and every operation × everybody × own, foreign and missing things.

What is expected comes from the one table (`servicebook.rights`) and from `visible_to`, so that a new
route joins by itself; one that stands in no table, or whose address nothing stands at, fails here.
"""

import re
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from itertools import product
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from servicebook.accounts.api_auth import requests_of_a_token, wrong_keys_of_an_address
from servicebook.accounts.middleware import PUBLIC, RightsTable
from servicebook.accounts.models import Role, User
from servicebook.api.site import operations
from servicebook.core import reference
from servicebook.customers.models import Customer, CustomerQuerySet, SiteQuerySet
from servicebook.files import store
from servicebook.rights import API, ROUTES
from servicebook.testing import Program
from tests.world import MARKER, STANDS, World, has_arguments, make_world, missing, sees, stand_of

pytestmark = pytest.mark.django_db
SIGN_IN = "/accounts/login/"
CSRF = "a" * 32
EVERYBODY = ["nobody", "deactivated", *Role.values]
WRITES = re.compile(
    r'\s*(?P<verb>INSERT|UPDATE|DELETE)\b(?: INTO| FROM| OR \w+ INTO)? "?(?P<table>\w+)', re.I
)
OF_A_SESSION = ("django_session", "accounts_apitoken")  # that it was used
SCOPED = (Role.ACCOUNT_MANAGER, Role.ENGINEER)


class Route(NamedTuple):
    name: str
    address: str  # as the resolver writes it: "customers/<int:pk>/"


def routes() -> list[Route]:
    """Every route of the pages; the API's operations are walked by their own test."""
    return sorted({one for one in _walk(get_resolver()) if not one.name.startswith("api:")})


def _walk(resolver: URLResolver, before: str = "", space: str = "") -> Iterator[Route]:
    for one in resolver.url_patterns:
        address = before + str(one.pattern)
        if isinstance(one, URLPattern):
            yield Route(f"{space}{one.name}", address)
        else:
            yield from _walk(one, address, f"{space}{one.namespace}:" if one.namespace else space)


@pytest.fixture
def world(tmp_path, settings) -> Iterator[World]:
    settings.CONFIG = settings.CONFIG.model_copy(update={"files_url": f"file://{tmp_path}/files"})
    store.storage.cache_clear()
    yield make_world()
    store.storage.cache_clear()


@pytest.mark.trust("B2")
def test_every_route_stands_in_the_table_and_the_table_holds_nothing_else():
    names = {one.name for one in routes()}

    assert names - ROUTES.keys() == set(), "say in servicebook/rights.py who may open these"
    assert ROUTES.keys() - names == set(), "these routes are gone; take them out of servicebook/rights.py"
    for name, roles in ROUTES.items():
        assert roles == PUBLIC or roles <= set(Role.values), name


@pytest.mark.trust("B2")
def test_every_operation_stands_in_the_table_and_something_stands_at_every_address():
    assert {one.id for one in operations().values()} == API.keys()
    addresses = [one.address for one in routes()] + [address for address, _method in operations()]
    unknown = [one for one in addresses if has_arguments(one) and stand_of(one) is None]
    assert unknown == [], "say in tests/world.py what stands at these addresses"
    without_acts = [one for one in addresses if ":do>" in one and not (stand_of(one) or STANDS[0]).acts]
    assert without_acts == [], "say in tests/world.py which acts there are at these addresses"


class Walker:
    """One person, or nobody, at every route."""

    def __init__(self, world: World, who: str) -> None:
        self.world, self.who = world, who
        self.person: User | None = world.people.get(who)
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        if self.person:
            self.client.force_login(self.person)
        self.session = self.client.cookies.get("sessionid")

    def deviations(self, among: list[Route]) -> list[str]:
        """What is not as the table says, in words."""
        return [text for route in among for text in self._at(route)]

    def _at(self, route: Route) -> Iterator[str]:
        stand = stand_of(route.address)
        own = list(stand.variants(self.world.mine)) if stand else [{}]
        foreign = list(stand.variants(self.world.theirs)) if stand else []
        for method, place in product(("GET", "POST"), range(len(own))):
            mine = own[place]
            answer = self.ask(route, mine, method)
            where = f"{self.who} {method} {route.name} {mine.get('do', '')}".rstrip()
            yield from (f"{where}: {text}" for text in self._judged(route, method, answer, mine, stand))
            if stand and stand.behind and self._may(route):
                theirs = foreign[place]
                yield from (f"{where}: {text}" for text in self._foreign(route, method, stand, theirs))
        if self._may(route) and not has_arguments(route.address):
            yield from self._leaks(route)

    def _judged(self, route: Route, method: str, answer: Any, mine: Any, stand: Any) -> Iterator[str]:
        status = answer.status_code
        if status >= 500:
            yield f"{status}"
        roles = ROUTES.get(route.name, frozenset())
        if roles == PUBLIC:
            return
        if self.person is None or not self.person.is_active:
            if status != 302 or not answer["Location"].startswith(SIGN_IN):
                yield f"{status} and not the way to sign in"
            return
        if not self._may(route):
            if status != 403:
                yield f"{status} for a role that does not include it"
            yield from (f"refused, and yet {line}" for line in answer.wrote)
            return
        visible = stand is None or stand.behind is None or sees(self.person, stand.behind(self.world.mine))
        # Some acts of a page are for fewer roles than the page itself.
        forbidden = () if "do" in mine else (403,)
        if visible and status in ((404, *forbidden) if method == "GET" else (404,)):
            yield f"{status} for what the role includes"
        if method == "POST" and status != 405:
            without = self.ask(route, mine, "POST", csrf=False)
            if without.status_code != 403:
                yield f"{without.status_code} without a token against forged forms"

    def _foreign(self, route: Route, method: str, stand: Any, theirs: Any) -> Iterator[str]:
        assert self.person
        if sees(self.person, stand.behind(self.world.theirs)):
            return
        answer, nothing = self.ask(route, theirs, method), self.ask(route, missing(theirs), method)
        if answer.status_code not in (404, 405):
            yield f"{answer.status_code} for something foreign"
        elif _body(answer) != _body(nothing) or answer.status_code != nothing.status_code:
            yield "something foreign is told from something missing"
        yield from (f"something foreign, and yet {line}" for line in answer.wrote)

    def _leaks(self, route: Route) -> Iterator[str]:
        """Lists, searches and exports hold nothing foreign."""
        if self.who not in SCOPED:
            return
        for query in ("", "?export=csv", f"?q={MARKER[:4]}", "?status=all"):
            answer = self.ask(route, {}, "GET", query=query)
            if MARKER in _body(answer):
                yield f"{self.who} GET {route.name}{query}: shows something foreign"
            if answer.status_code >= 500:
                yield f"{self.who} GET {route.name}{query}: {answer.status_code}"

    def _may(self, route: Route) -> bool:
        roles = ROUTES.get(route.name, frozenset())
        if roles == PUBLIC or self.person is None or not self.person.is_active:
            return False
        return not roles.isdisjoint(self.person.roles)

    def ask(self, route: Route, arguments: Any, method: str, *, csrf: bool = True, query: str = "") -> Any:
        """Send one request; whatever it wrote is taken back."""
        self.client.cookies = SimpleCookie({"csrftoken": CSRF})
        if self.session:
            self.client.cookies["sessionid"] = self.session.value
        headers = {"X-CSRFToken": CSRF} if csrf and method == "POST" else {}
        address = reverse(route.name, kwargs=arguments or None) + query
        wrote: list[str] = []
        with transaction.atomic(), connection.execute_wrapper(writing_down(wrote)):
            answer = self.client.generic(
                method, address, headers=headers, content_type="application/x-www-form-urlencoded"
            )
            answer.wrote = wrote
            answer.whole = b"".join(answer) if answer.streaming else answer.content
            transaction.set_rollback(True)
        reference.drop()
        return answer


def writing_down(wrote: list[str]) -> Callable[..., Any]:
    """Return what keeps in `wrote` which tables are written, but for what a session needs."""

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        found = WRITES.match(sql)
        if found and found["table"] not in OF_A_SESSION:
            wrote.append(f"{found['verb']} {found['table']}".lower())
        return execute(sql, params, many, context)

    return watch


def _body(answer: Any) -> str:
    """The answer's text without what differs by request."""
    text = answer.whole.decode(errors="replace")
    return re.sub(r"[0-9A-Za-z]{64}", "", text)


@pytest.mark.slow
@pytest.mark.req("S0.56")
@pytest.mark.trust("B1", "B2", "B28")
@pytest.mark.parametrize("who", EVERYBODY)
def test_everybody_opens_what_the_table_says_and_sees_what_is_theirs(world, who):
    assert Walker(world, who).deviations(routes()) == []


def test_without_the_table_the_matrix_would_say_so(world, monkeypatch):
    monkeypatch.setattr(RightsTable, "process_view", lambda *_anything: None)
    some = [one for one in routes() if one.name in ("accounts:users", "desk:preferences")]

    assert len(Walker(world, Role.ENGINEER).deviations(some)) >= len(some) > 0


@pytest.mark.parametrize(
    ("rows", "route"), [(CustomerQuerySet, "customers:customer"), (SiteQuerySet, "customers:site")]
)
def test_without_visible_to_the_matrix_would_say_so(world, monkeypatch, rows, route):
    walker = Walker(world, Role.ENGINEER)
    guarded = rows.visible_to
    some = [one for one in routes() if one.name == route]
    assert walker.deviations(some) == []
    monkeypatch.setattr("tests.test_rights.sees", lambda person, thing: thing != _theirs(world, thing))
    monkeypatch.setattr(rows, "visible_to", lambda self, user: self)

    assert walker.deviations(some) != []
    assert guarded is not rows.visible_to


def test_without_the_watch_nobody_would_see_what_is_written(world):
    with transaction.atomic(), connection.execute_wrapper(writing_down(wrote := [])):
        Customer.objects.filter(pk=world.mine.customer.pk).update(name="Other")
        Customer.objects.create(name="New")
        Customer.objects.get(name="New").delete()
        transaction.set_rollback(True)

    assert [one for one in wrote if one.endswith("customers_customer")] == [
        "update customers_customer",
        "insert customers_customer",
        "delete customers_customer",
    ]


def _theirs(world: World, thing: Any) -> Any:
    return next((one for one in vars(world.theirs).values() if one == thing), None)


def _operations() -> list[tuple[str, str, str]]:
    return sorted((known.id, address, method) for (address, method), known in operations().items())


@pytest.mark.slow
@pytest.mark.trust("B1", "B2")
@pytest.mark.parametrize("who", Role.values)
def test_every_operation_does_for_a_token_what_the_table_says(world, who, monkeypatch):
    monkeypatch.setattr(requests_of_a_token, "per_minute", 10_000_000)
    person = world.people[who]
    program = Program(person, raise_request_exception=False)
    narrow = Program(person, "settings:read", raise_request_exception=False)
    found = []
    for name, address, method in _operations():
        stand = stand_of(address)
        mine = stand.arguments(world.mine) if stand else {}
        answer = _call(program, address, method, mine)
        where, need = f"{who} {method} {name}", API[name]
        if answer.status_code >= 500:
            found.append(f"{where}: {answer.status_code}")
        if need.roles.isdisjoint(person.roles):
            if answer.status_code != 403:
                found.append(f"{where}: {answer.status_code} for a role that does not include it")
            found += [f"{where}: refused, and yet {line}" for line in answer.wrote]
            continue
        if (
            need.scope not in ("", "settings:read")
            and _call(narrow, address, method, mine).status_code != 403
        ):
            found.append(f"{where}: open without the scope {need.scope}")
        if MARKER in answer.whole.decode(errors="replace") and who in SCOPED:
            found.append(f"{where}: shows something foreign")
        if stand and stand.behind and not sees(person, stand.behind(world.theirs)):
            theirs = stand.arguments(world.theirs)
            foreign = _call(program, address, method, theirs)
            nothing = _call(program, address, method, missing(theirs))
            if method == "GET" and foreign.status_code != 404:
                found.append(f"{where}: {foreign.status_code} for something foreign")
            if (foreign.status_code, foreign.whole) != (nothing.status_code, nothing.whole):
                found.append(f"{where}: something foreign is told from something missing")
            if foreign.status_code < 400:
                found.append(f"{where}: {foreign.status_code} for something foreign")
            found += [f"{where}: something foreign, and yet {line}" for line in foreign.wrote]

    assert found == []


@pytest.mark.trust("B2", "B16")
@pytest.mark.parametrize("key", ["", "Bearer sb_wrong", "deactivated"])
def test_no_operation_is_open_without_a_token_in_force(world, key, monkeypatch):
    monkeypatch.setattr(wrong_keys_of_an_address, "per_minute", 10_000_000)
    header = {"Authorization": key} if key.startswith("Bearer") else {}
    client: Client = Client(headers=header, raise_request_exception=False)
    if key == "deactivated":
        person = world.people[Role.ADMINISTRATOR]
        client = Program(person, raise_request_exception=False)
        User.objects.filter(pk=person.pk).update(is_active=False)
    found = {}
    for name, address, method in _operations():
        stand = stand_of(address)
        answer = _call(client, address, method, stand.arguments(world.mine) if stand else {})
        if answer.status_code != 401:
            found[name] = answer.status_code

    assert found == {}


def _call(client: Client, address: str, method: str, arguments: dict[str, Any]) -> Any:
    """Call an operation with an empty body; whatever it wrote is taken back."""
    path = "/" + address
    for name, value in arguments.items():
        path = re.sub(rf"<(\w+:)?{name}>", str(value), path)
    wrote: list[str] = []
    with transaction.atomic(), connection.execute_wrapper(writing_down(wrote)):
        answer = client.generic(
            method,
            path,
            "" if method == "GET" else "{}",
            content_type="application/json",
            headers={"Idempotency-Key": f"{method} {path}"},
        )
        answer.wrote = wrote  # type: ignore[attr-defined]
        answer.whole = b"".join(answer) if answer.streaming else answer.content  # type: ignore[attr-defined]
        transaction.set_rollback(True)
    reference.drop()
    return answer


@pytest.mark.trust("B28")
@pytest.mark.parametrize(
    "path", ["/", SIGN_IN, "/nothing-here/", "/settings/", "/api/v1/customers", "/api/docs"]
)
def test_every_answer_carries_a_strict_policy(client, administrator, path):
    client.force_login(administrator)

    answer = client.get(path, follow=True)

    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.trust("B28")
def test_a_form_of_another_origin_is_refused(administrator):
    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator)
    client.cookies["csrftoken"] = CSRF
    address = reverse("accounts:add_team")

    foreign = client.post(
        address, {"name": "Evil"}, headers={"X-CSRFToken": CSRF, "Origin": "https://evil.example"}
    )
    own = client.post(address, {"name": "Good"}, headers={"X-CSRFToken": CSRF, "Origin": "http://testserver"})

    assert (foreign.status_code, own.status_code) == (403, 302)


@pytest.mark.trust("B14")
@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "evil.example:80", "[::1].evil"])
def test_a_forged_host_is_refused(client, host):
    assert client.get(SIGN_IN, headers={"host": host}).status_code == 400


@pytest.mark.trust("B14")
def test_a_forged_forwarded_host_changes_no_address(client):
    answer = client.get("/", headers={"x-forwarded-host": "evil.example", "x-forwarded-proto": "https"})

    assert "evil" not in answer["Location"]
    assert not settings.USE_X_FORWARDED_HOST
