"""Every page that needs no argument, on a desktop and a phone, light and dark."""

import pytest
from django.urls import NoReverseMatch, reverse

from servicebook import rights
from servicebook.accounts.middleware import PUBLIC
from servicebook.accounts.models import Role
from servicebook.testing import make_user
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.looks import faults

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NOT_PAGES = {"account_logout", "account_signup"}


def routes(*, public):
    """(name, path) of the routes without arguments that people open."""
    found = []
    for name, roles in rights.ROUTES.items():
        if (roles == PUBLIC) != public or not roles or name in NOT_PAGES or name.startswith("api"):
            continue
        try:
            found.append((name, reverse(name)))
        except NoReverseMatch:
            continue
    return found


@pytest.mark.parametrize(("size", "theme"), [(DESKTOP, "light"), (PHONE, "dark")])
@pytest.mark.django_db(transaction=True)
def test_every_page_is_sound(open_browser, size, theme):
    everything = make_user(*Role.values, name="Aigul Kassenova")
    page = open_browser(everything, size=size, theme=theme)
    wrong = []

    for name, path in routes(public=False):
        answer = page.request.get(path)
        if "text/html" not in answer.headers.get("content-type", "") or answer.status == 405:
            continue
        answer = page.goto(path)
        assert answer.status == 200, f"{name}: {answer.status}"
        wrong += [f"{name} {fault}" for fault in faults(page)]

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("size", "theme"), [(DESKTOP, "dark"), (PHONE, "light")])
@pytest.mark.django_db(transaction=True)
def test_every_public_page_is_sound(open_browser, size, theme):
    page = open_browser(size=size, theme=theme)
    wrong = []

    for name, path in routes(public=True):
        answer = page.request.get(path)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        page.goto(path)
        wrong += [f"{name} {fault}" for fault in faults(page)]

    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db(transaction=True)
def test_the_watch_sees_a_broken_policy_and_another_host(desk, watched):
    desk.goto("/")

    desk.evaluate("""() => {
      const image = new Image(); image.src = "http://other.example/x.png"; document.body.append(image);
      document.body.setAttribute("style", "color: red");
    }""")
    desk.wait_for_timeout(200)

    assert any("img-src" in text for text in watched.wrong)
    assert any("style-src" in text for text in watched.wrong)
    assert any(fault.startswith("inline") for fault in faults(desk))
    watched.wrong.clear()
