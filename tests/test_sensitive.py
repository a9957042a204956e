"""What a sensitive contract is called is read by its owner and the leads alone, on every page (S1.2).

Every page and every operation is opened with such a contract in the book; those of maintenance and reminders
with their files, and with what they answer when something is sent. A new route joins by itself.
"""

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from servicebook import journal
from servicebook.accounts.api_auth import requests_of_a_token
from servicebook.accounts.models import Role, User
from servicebook.agenda.worker import run_due
from servicebook.api.site import operations
from servicebook.contracts.models import Contract, ContractVersion
from servicebook.core import clock, reference
from servicebook.files import store
from servicebook.maintenance.actions.plans import save_plan
from servicebook.maintenance.models import Plan
from servicebook.reminders.models import Ladder
from servicebook.testing import (
    Program,
    make_asset,
    make_occurrence,
    make_user,
    sign_contract,
)
from tests.test_rights import routes
from tests.world import World, make_world, stand_of

pytestmark = [pytest.mark.django_db, pytest.mark.req("S1.2"), pytest.mark.trust("B1")]
SECRET = "Zecret9"  # stands in the number and in the title
OURS = ("maintenance:", "reminders:")
FILES = ("", "csv", "xlsx")


@pytest.fixture
def world(tmp_path, settings) -> Iterator[World]:
    settings.CONFIG = settings.CONFIG.model_copy(update={"files_url": f"file://{tmp_path}/files"})
    store.storage.cache_clear()
    world = make_world()
    _hide(world)
    yield world
    store.storage.cache_clear()


def _hide(world: World) -> None:
    """Put the plan of `mine` under a sensitive contract that ends soon and goes by itself on its trips."""
    today, mine, boss = clock.now().date(), world.mine, make_user(Role.MANAGER)
    secret = sign_contract(
        mine.customer,
        owner=boss,
        title=f"{SECRET} vault",
        sensitive=True,
        starts_on=today - timedelta(days=300),
        ends_on=today + timedelta(days=25),
    )
    ContractVersion.objects.filter(contract=secret).update(own_trips=True)
    Contract.objects.filter(pk=secret.pk).update(number=f"C-{SECRET}")
    secret.refresh_from_db()
    plan = Plan.objects.get(pk=mine.plan.pk)
    plan.contract = secret
    save_plan(plan, [], by=boss)
    for verb in ("plan.carried_over", "plan.revived"):
        journal.record(verb, plan, before="C-2025-000001", after=secret.number)
    make_occurrence(plan, asset=make_asset(mine.customer, site=mine.site), due_on=today)
    mine.plan, mine.contract = plan, secret
    Ladder.objects.create(what="renewal", contract=secret)
    run_due()


def _named_on_pages(world: World, person: User) -> set[str]:
    """The pages, files of them, and what is answered there, at which a person reads its name."""
    client = Client(raise_request_exception=False)
    client.force_login(person)
    found = set()
    for route in routes():
        ours = route.name.startswith(OURS)
        stand = stand_of(route.address)
        for arguments in stand.variants(world.mine) if stand else [{}]:
            url = reverse(route.name, kwargs=arguments)
            what = f"{route.name} {arguments.get('do', '')}".strip()
            for export in FILES if ours else ("",):
                answer = _undone(client.get, url, {"export": export} if export else {})
                if SECRET in answer:
                    found.add(f"{what} {export}".strip())
            if ours and SECRET not in url and SECRET in _undone(client.post, url, follow=True):
                found.add(f"{what} POST")
    return found


def _named_to_programs(world: World, person: User) -> set[str]:
    program = Program(person, raise_request_exception=False)
    found = set()
    for (address, method), known in operations().items():
        stand = stand_of(address)
        path = address.removeprefix("api/v1")
        for name, value in (stand.arguments(world.mine) if stand else {}).items():
            for place in (f"<{name}>", f"<int:{name}>"):
                path = path.replace(place, str(value))
        if SECRET in _undone(program.call, method, path):
            found.add(known.id)
    return found


def _undone(ask: Callable[..., Any], *given: Any, **more: Any) -> str:
    """All that an answer says, inside of files as well; whatever it wrote is taken back."""
    with transaction.atomic():
        answer = ask(*given, **more)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        transaction.set_rollback(True)
    reference.drop()
    if body[:2] == b"PK":
        parts = zipfile.ZipFile(io.BytesIO(body))
        body = b"".join(parts.read(name) for name in parts.namelist())
    return body.decode(errors="replace")


@pytest.mark.slow
@pytest.mark.parametrize("who", [Role.DISPATCHER, Role.ACCOUNT_MANAGER, Role.ENGINEER])
def test_nobody_else_reads_what_a_sensitive_contract_is_called(world, who, monkeypatch):
    monkeypatch.setattr(requests_of_a_token, "per_minute", 10_000_000)
    person = world.people[who]

    assert _named_on_pages(world, person) == set()
    assert _named_to_programs(world, person) == set()


@pytest.mark.slow
def test_the_leads_do_read_it(world, monkeypatch):
    monkeypatch.setattr(requests_of_a_token, "per_minute", 10_000_000)
    manager = world.people[Role.MANAGER]

    assert _named_on_pages(world, manager) >= {
        "maintenance:edit", "maintenance:occurrence", "maintenance:plan", "maintenance:plans",
        "maintenance:plans csv", "maintenance:plans xlsx", "maintenance:trips", "reminders:asks",
        "reminders:ladders", "reminders:of_contract", "reminders:own_ladder", "reminders:rehearsal",
    }  # fmt: skip
    assert _named_to_programs(world, manager) >= {"list_plans", "read_plan", "read_plan_history"}
