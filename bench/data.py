"""The database that is measured, and what the load maker needs to know of it."""

import os
from dataclasses import dataclass
from random import Random
from typing import Any


@dataclass
class Known:
    """Who calls, and what there is to call for."""

    key: str  # of a dispatcher's token
    cookie: str  # of the same person's session
    numbers: list[str]
    customers: list[int]
    assets: list[tuple[int, int, int]]  # customer, unit, contact; of customers without a contract
    covered: list[tuple[int, int, int]]  # the same, of customers with one
    words: list[str]
    reason: int
    owner: int


def prepare(*, customers: int, assets: int, tickets: int) -> float:
    """Bring the database to this size; returns the seconds that it took."""
    import time

    from django.core.management import call_command

    from servicebook.simulator import bulk
    from servicebook.tickets.models import Ticket

    began = time.perf_counter()
    call_command("migrate", verbosity=0, interactive=False)
    there = Ticket.objects.count()
    if there == 0:
        bulk.fill(customers=customers, assets=assets, tickets=tickets)
    elif there < tickets * 0.98:
        bulk.fill(customers=customers // 100, assets=assets // 100, tickets=tickets - there, seed=there)
    return time.perf_counter() - began


def know(*, seed: int = 1) -> Known:
    """Make a dispatcher with a token and a session, and pick what is asked for."""
    from django.conf import settings
    from django.test import Client

    from servicebook.accounts import tokens
    from servicebook.accounts.models import Role, User
    from servicebook.accounts.scopes import SCOPES
    from servicebook.contracts.models import Contract
    from servicebook.customers.models import Contact, Customer
    from servicebook.equipment.models import Asset
    from servicebook.tickets.models import Reason, Ticket

    user = User.objects.filter(email="dispatcher@bench.example").first()
    if user is None:
        user = User.objects.create_user("dispatcher@bench.example", name="Bench", roles=[Role.DISPATCHER])
    _token, key = tokens.issue(user, name="Bench", scopes=list(SCOPES), by=user)
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    dice = Random(seed)
    last = Ticket.objects.order_by("-pk")[0].pk
    first = Ticket.objects.order_by("pk")[0].pk
    picked = [dice.randint(first, last) for _ in range(600)]
    contacts: dict[int, int] = {c.customer_id: c.pk for c in Contact.objects.all()[:4000]}
    signed = set(Contract.objects.filter(state="active").values_list("customer", flat=True))
    assets, covered = [], []
    for one in Asset.objects.all()[:2000]:
        if one.customer_id in contacts:
            named = (one.customer_id, one.pk, contacts[one.customer_id])
            (covered if one.customer_id in signed else assets).append(named)
    return Known(
        key=key,
        cookie=client.cookies[settings.SESSION_COOKIE_NAME].value,
        numbers=list(
            Ticket.objects.filter(pk__in=picked, number__startswith="T-").values_list("number", flat=True)
        ),
        customers=list(Customer.objects.values_list("pk", flat=True)[:1000]),
        assets=assets,
        covered=covered,
        words=_words(dice),
        reason=Reason.objects.order_by("pk")[0].pk,
        owner=user.pk,
    )


def _words(dice: Random) -> list[str]:
    """What people type: a serial, a part of one, a name with a typo, two words, a number."""
    from servicebook.equipment.models import Asset
    from servicebook.tickets.models import Ticket

    serials = list(Asset.objects.values_list("serial", flat=True)[:500])
    issued = Ticket.objects.filter(number__startswith="T-").order_by("-pk")
    numbers = list(issued.values_list("number", flat=True)[:500])
    made: list[Any] = []
    for _ in range(40):
        made += [dice.choice(serials), dice.choice(serials)[3:8], f"school {dice.randint(1, 900)}"]
        made += ["scool", dice.choice(numbers), "server almaty", "overheats"]
    return made


def environment(port: int) -> dict[str, str]:
    """The settings of production, apart from the limit of requests, which would stop the measuring."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "servicebook.settings",
        "PORT": str(port),
        "API_REQUESTS_PER_MINUTE": "10000000",
        "PYTHONPATH": os.getcwd(),
    }
