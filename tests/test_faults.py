"""The database away, a request too large: a sentence, nothing granted, and what was typed is kept."""

import html
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from psycopg.errors import DeadlockDetected, SerializationFailure

from servicebook.accounts.models import Role
from servicebook.customers.models import Customer
from servicebook.rights import ROUTES
from servicebook.testing import PASSWORD, Program, make_customer, make_user

pytestmark = pytest.mark.django_db


@contextmanager
def database_away(because: Exception | None = None) -> Iterator[None]:
    """Each statement fails as when the server is gone or the file is locked for too long."""

    def gone(*args: Any) -> None:
        raise OperationalError("database is locked") from because

    with ExitStack() as stack:
        stack.enter_context(connection.execute_wrapper(gone))
        yield


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.trust("B27")
def test_without_the_database_no_page_is_granted_to_anybody(client):
    client.force_login(make_user(Role.ADMINISTRATOR))
    names = [name for name, roles in ROUTES.items() if "*" not in roles]
    asked = 0
    for name in names:
        try:
            address = reverse(name)
        except Exception:  # noqa: BLE001, S112 - it needs arguments
            continue
        with database_away():
            answer = client.get(address)
        asked += 1
        assert answer.status_code in (503, 405), name
        assert "Traceback" not in answer.content.decode()
    assert asked > 20


@pytest.mark.trust("B27")
def test_without_the_database_nobody_signs_in(client):
    person = make_user(Role.DISPATCHER)
    with database_away():
        answer = client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert answer.status_code == 503
    assert PASSWORD not in answer.content.decode()
    assert client.get("/").status_code == 302


@pytest.mark.trust("B27")
def test_without_the_database_the_api_answers_with_a_problem(client):
    program = Program(make_user(Role.ADMINISTRATOR), raise_request_exception=False)
    with database_away():
        answer = program.call("GET", "/customers")
    assert answer.status_code == 503
    assert answer.json()["code"] == "busy"
    assert answer["Retry-After"]


def test_what_was_typed_while_the_book_was_busy_is_sent_again_with_one_button(client):
    client.force_login(make_user(Role.DISPATCHER))
    typed = {"name": 'School "12" <b>', "notes": "first line\nsecond line"}
    with database_away():
        answer = client.post(reverse("customers:new_customer"), typed)
    page = answer.content.decode()
    assert answer.status_code == 503
    again = {
        html.unescape(name): html.unescape(value)
        for name, value in re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', page)
    }
    assert again.pop("csrfmiddlewaretoken")
    assert again == typed
    assert f'action="{reverse("customers:new_customer")}"' in page
    assert not Customer.objects.exists()


MET = pytest.mark.parametrize("error", [DeadlockDetected, SerializationFailure])


@MET
@pytest.mark.trust("2.4")
def test_two_who_met_are_told_so_and_may_send_again(client, error):
    client.force_login(make_user(Role.DISPATCHER))
    with database_away(error()):
        answer = client.post(reverse("customers:new_customer"), {"name": "School 12"})
    page = answer.content.decode()
    assert answer.status_code == 503
    assert "Somebody changed this at the same moment. Nothing was lost or half done: try again." in page
    assert 'name="name" value="School 12"' in page
    assert "does not answer" not in page
    assert not Customer.objects.exists()


@MET
@pytest.mark.trust("2.4")
def test_a_program_that_met_another_is_told_so(error):
    program = Program(make_user(Role.ADMINISTRATOR), raise_request_exception=False)
    with database_away(error()):
        answer = program.call("POST", "/customers", {"name": "School 12"})
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert "at the same moment" in answer.json()["detail"]
    assert not Customer.objects.exists()


@pytest.mark.trust("B28")
def test_a_foreign_form_gets_no_button_to_send_it_again():
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    client.force_login(make_user(Role.DISPATCHER))
    with database_away():
        answer = client.post(
            reverse("customers:new_customer"), {"name": "Forged"}, headers={"Origin": "https://evil.example"}
        )
    assert answer.status_code == 503
    assert "Forged" not in answer.content.decode()


@pytest.mark.trust("B27")
def test_an_error_of_ours_shows_no_traceback(client, monkeypatch):
    def broken(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError("a detail for the log")

    client.force_login(make_user(Role.DISPATCHER))
    monkeypatch.setattr(Customer.objects.__class__, "get_queryset", broken)
    answer = client.get(reverse("customers:customers"))
    assert answer.status_code == 500
    assert "detail for the log" not in answer.content.decode()
    assert "An error of ours" in answer.content.decode()


@pytest.mark.trust("B20")
def test_a_form_with_too_much_text_is_refused_with_a_sentence(client):
    client.force_login(make_user(Role.DISPATCHER))
    answer = client.post(reverse("customers:new_customer"), {"name": "x", "notes": "x" * 3_000_000})
    assert answer.status_code == 413
    assert "Too much at once" in answer.content.decode()
    many = {f"field{number}": "" for number in range(2_100)}
    assert client.post(reverse("customers:new_customer"), many).status_code == 413


@pytest.mark.trust("B20")
@pytest.mark.parametrize("address", ["/accounts/login/", "/import/", "/api/v1/documents"])
def test_a_body_beyond_every_limit_is_refused_before_it_is_read(client, address, settings):
    settings.LARGEST_BODY = 1000

    class Unread:
        def read(self, *args: Any) -> bytes:
            raise AssertionError("read a body that was too large")

        readline = read

    answer = client.generic(
        "POST",
        address,
        "",
        CONTENT_LENGTH="1001",
        content_type="multipart/form-data; boundary=x",
        **{"wsgi.input": Unread()},
    )
    assert answer.status_code == 413


def test_the_twin_a_body_within_the_limit_is_read(client):
    make_customer()
    assert client.post("/accounts/login/", {"login": "a@b.example", "password": "x"}).status_code == 200
