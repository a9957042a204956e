"""Whatever is done to a balance, in whatever order: the ledger equals a slow replay in memory."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servicebook.accounts.models import Role
from servicebook.contracts.actions import balances
from servicebook.contracts.invariants import books_add_up, nothing_overdrawn
from servicebook.contracts.models import Balance
from servicebook.testing import make_contract, make_ticket, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.17", "S2.7")]
LIMIT = 300
STEP = 15

steps = st.lists(
    st.tuples(
        st.sampled_from(["use", "reserve", "give_back", "release"]),
        st.integers(0, 4),  # the key
        st.integers(1, 200),  # minutes
        st.sampled_from([1, 2, 3]),  # the month
        st.sampled_from([Decimal(1), Decimal("1.5"), Decimal(2)]),
    ),
    max_size=12,
)


class Slow:
    """One line of 300 minutes a month, in whole steps of a quarter, kept in plain dictionaries."""

    def __init__(self):
        self.moved = {}  # (kind, key) → month, work, takes
        self.undone = set()

    def left(self, month):
        standing = [row for key, row in self.moved.items() if key not in self.undone]
        return LIMIT - sum(takes for where, _work, takes in standing if where == month)

    def take(self, kind, key, minutes, month, factor):
        if (kind, key) not in self.moved:
            left = self.left(month)
            fits = int(left / factor * 100) / Decimal(100)
            if minutes <= fits:
                whole = -(-minutes // STEP) * STEP * factor
                self.moved[kind, key] = (month, Decimal(minutes), min(whole, left))
            else:
                self.moved[kind, key] = (month, fits, left if fits else Decimal(0))
        return self.moved[kind, key][1]

    def undo(self, kind, key):
        if (kind, key) in self.moved:
            self.undone.add((kind, key))

    def sums(self):
        found = defaultdict(lambda: {"use": Decimal(0), "reserve": Decimal(0)})
        for (kind, key), (month, _work, takes) in self.moved.items():
            found[month][kind] += 0 if (kind, key) in self.undone else takes
        return defaultdict(
            lambda: (0, 0), {month: (one["reserve"], one["use"]) for month, one in found.items()}
        )


def months_opened():
    return {row.starts_on.month for row in Balance.objects.all()}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=steps)
def test_the_ledger_equals_a_slow_replay(steps):
    slow = Slow()
    with transaction.atomic():
        make_user(Role.MANAGER)  # somebody owns the ticket
        line = {"service": "labour", "limit": LIMIT, "period": "month", "code": "labour"}
        contract = make_contract(type="sla", included=[line])
        ticket = make_ticket(customer=contract.customer)
        how = {"version_id": contract.versions.get().pk, "about": ticket, "by": None}
        for kind, key, minutes, month, factor in steps:
            name = f"{kind}-{key}"
            if kind in ("use", "reserve"):
                done = getattr(balances, kind)(
                    contract.pk,
                    "labour",
                    Decimal(minutes),
                    on=date(2026, month, 10),
                    key=name,
                    factor=factor,
                    **how,
                )
                assert done.covered == slow.take(kind, name, minutes, month, factor)
                assert done.covered + done.billed == minutes
            elif kind == "give_back":
                balances.give_back(f"use-{key}", about=ticket, by=None)
                slow.undo("use", f"use-{key}")
            else:
                balances.release(f"reserve-{key}", about=ticket, by=None)
                slow.undo("reserve", f"reserve-{key}")
        for row in Balance.objects.all():
            assert (row.reserved, row.used) == slow.sums()[row.starts_on.month]
        assert {month for month, moved in slow.sums().items() if any(moved)} <= months_opened()
        assert [*books_add_up(), *nothing_overdrawn()] == []
        transaction.set_rollback(True)
