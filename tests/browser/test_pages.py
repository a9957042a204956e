"""Every page on a desktop and a phone, light and dark; the objects are those of `tests.world`."""

from collections.abc import Iterator

import pytest
from django.urls import reverse

from servicebook import rights
from servicebook.accounts.middleware import PUBLIC
from servicebook.accounts.models import Role
from servicebook.files import store
from servicebook.testing import make_user
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.looks import faults
from tests.test_rights import routes
from tests.world import World, has_arguments, make_world, stand_of

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
NOT_PAGES = {"account_logout", "account_signup"}


@pytest.fixture
def world(transactional_db, tmp_path, settings) -> Iterator[World]:
    settings.CONFIG = settings.CONFIG.model_copy(update={"files_url": f"file://{tmp_path}/files"})
    store.storage.cache_clear()
    yield make_world()
    store.storage.cache_clear()


def addresses(world, *, public):
    """(name, path) of every route that people open, filled with the objects of the world."""
    for name, address in routes():
        roles = rights.ROUTES.get(name)
        if not roles or (roles == PUBLIC) != public or name in NOT_PAGES or name.startswith("api"):
            continue
        stand = stand_of(address)
        if stand:
            yield name, reverse(name, kwargs=stand.arguments(world.mine))
        elif not has_arguments(address):
            yield name, reverse(name)


def is_page(answer):
    """Whether an answer is a whole page: not a fragment, a file, or a refusal of GET."""
    html = "text/html" in answer.headers.get("content-type", "")
    return html and answer.status != 405 and answer.text().lstrip().lower().startswith("<!doctype")


def walk(page, found):
    """What is wrong with the pages, and how many there were."""
    wrong, seen = [], 0
    for name, path in found:
        answer = page.request.get(path)
        if is_page(answer):
            seen += 1
            status = page.goto(path).status
            wrong += [f"{name}: {status}"] if status != 200 else []
            wrong += [f"{name} {fault}" for fault in faults(page)]
    return wrong, seen


@pytest.mark.parametrize(("size", "theme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_every_page_is_sound(open_browser, world, size, theme):
    page = open_browser(make_user(*Role.values, name="Aigul Kassenova"), size=size, theme=theme)

    wrong, seen = walk(page, addresses(world, public=False))

    assert not wrong, "\n".join(wrong)
    assert seen > 30


@pytest.mark.parametrize(("size", "theme"), [(DESKTOP, "dark"), (PHONE, "light")])
def test_every_public_page_is_sound(open_browser, world, size, theme):
    wrong, seen = walk(open_browser(size=size, theme=theme), addresses(world, public=True))

    assert not wrong, "\n".join(wrong)
    assert seen > 2


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
