"""Two engineers book the last hour at the same moment: one gets it, the other's is billed (S0.17)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import close_old_connections, connection
from django.db.models import QuerySet

from servicebook.accounts.models import Role
from servicebook.contracts.actions import balances
from servicebook.contracts.invariants import books_add_up
from servicebook.contracts.models import Balance
from servicebook.testing import make_contract, make_ticket, make_user

pytestmark = [pytest.mark.req("S0.17"), pytest.mark.usefixtures("real_rows")]


@pytest.fixture(autouse=True)
def _somebody_owns_the_tickets(real_rows):
    make_user(Role.MANAGER)


LINE = {"service": "labour", "limit": 60, "period": "year", "code": "labour"}


def book_the_last_hour(contract, *, engineers=2):
    """Each engineer books an hour in a thread of their own, all at once; return what each got."""
    tickets = [make_ticket(customer=contract.customer) for _ in range(engineers)]
    version = contract.versions.get()
    together = Barrier(engineers)

    def book(place):
        close_old_connections()
        together.wait()
        try:
            return balances.use(
                contract.pk,
                "labour",
                Decimal(60),
                version_id=version.pk,
                on=date(2026, 3, 2),
                key=f"time-{place}",
                about=tickets[place],
                by=None,
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(engineers) as pool:
        return list(pool.map(book, range(engineers)))


@pytest.mark.parametrize("opened", [False, True])
def test_one_gets_it_and_the_others_work_is_billed(opened):
    contract = make_contract(included=[LINE])
    if opened:
        first = make_ticket(customer=contract.customer)
        how = {"version_id": contract.versions.get().pk, "on": date(2026, 3, 2), "about": first, "by": None}
        balances.reserve(contract.pk, "labour", Decimal(15), key="plan", **how)
        balances.release("plan", about=first, by=None)

    got = book_the_last_hour(contract, engineers=4)

    assert sorted((one.covered, one.billed) for one in got) == [(0, 60)] * 3 + [(60, 0)]
    assert Balance.objects.get().used == 60
    assert list(books_add_up()) == []


@pytest.mark.postgres
def test_without_the_lock_both_would_take_it(monkeypatch):
    """The twin: what the lock is for. Both see an hour left, and only the constraint stops the second."""
    contract = make_contract(included=[LINE])
    first = make_ticket(customer=contract.customer)
    how = {"version_id": contract.versions.get().pk, "on": date(2026, 3, 2), "about": first, "by": None}
    balances.reserve(contract.pk, "labour", Decimal(15), key="plan", **how)
    balances.release("plan", about=first, by=None)
    both_have_read = Barrier(2)
    take = balances._take

    def slowly(*args):
        both_have_read.wait()
        return take(*args)

    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_how: rows)
    monkeypatch.setattr(balances, "_take", slowly)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE contracts_balance DROP CONSTRAINT balance_is_never_overdrawn")
    try:
        got = book_the_last_hour(contract)
        overdrawn = Balance.objects.get().used
    finally:
        Balance.objects.update(used=0)
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE contracts_balance ADD CONSTRAINT balance_is_never_overdrawn"
                " CHECK (granted IS NULL OR granted >= reserved + used)"
            )

    assert [one.covered for one in got] == [60, 60]
    assert overdrawn == 120
