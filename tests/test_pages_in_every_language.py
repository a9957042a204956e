"""Every page of the staff opens in every language that the program speaks."""

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from servicebook.accounts.models import Role
from servicebook.files import store
from servicebook.rights import ROUTES
from tests.test_rights import Route, routes
from tests.world import World, make_world, stand_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
WHO = (Role.ADMINISTRATOR, Role.DISPATCHER)


@pytest.fixture
def world(tmp_path, settings) -> Iterator[World]:
    settings.CONFIG = settings.CONFIG.model_copy(update={"files_url": f"file://{tmp_path}/files"})
    store.storage.cache_clear()
    yield make_world()
    store.storage.cache_clear()


def pages(role: str) -> list[Route]:
    return [one for one in routes() if role in ROUTES.get(one.name, ())]


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_every_page_opens_in_the_persons_language(world, language):
    for role in WHO:
        person = world.people[role]
        person.language = language
        person.save(update_fields=["language"])
        client = Client()
        client.force_login(person)
        whole = 0
        for route in pages(role):
            stand = stand_of(route.address)
            arguments = stand.arguments(world.mine) if stand else None
            answer = client.get(reverse(route.name, kwargs=arguments))
            text = b"".join(answer) if answer.streaming else answer.content
            answer.close()
            assert answer.status_code < 500, route.name
            if b"<html lang" in text and route.name != "api:docs":
                whole += 1
                said = re.search(r'<html[^>]* lang="([^"]+)"', text.decode())
                assert said, route.name
                assert said[1] == language, route.name
                assert "%(" not in text.decode(), f"{route.name} shows a placeholder"
        assert whole > 20, "so few pages prove nothing"
