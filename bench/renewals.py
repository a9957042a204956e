"""Whether contracts that end later make those dearer that are due now.

The same number of renewals is announced beside few contracts and beside many, with everything that
the many owe on the agenda.
"""

import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from bench.figures import Figure

DUE = 300
ROUNDS = 3
FEW, MANY = 1_000, 200_000
AT_A_TIME = 5_000
TITLE = "bench renewal"


def measure() -> list[Figure]:
    """Fill the database up to each size in turn, announce, and compare. Leaves no contract behind."""
    from servicebook.agenda.worker import run_due

    run_due()  # what is due of other contracts would be counted, too
    part, costs, figures = "Renewals", list[float](), list[Figure]()
    try:
        there = 0
        for goal in (FEW, MANY):
            began = time.perf_counter()
            _contracts(goal - there, ends_in=400)
            armed = (goal - there) / (time.perf_counter() - began)
            there = goal
            _analyze()
            rates = [_announced() for _round in range(ROUNDS)]
            costs.append(1 / median(rates))
            figures.append(Figure(part, f"armed per second, up to {goal:,} contracts", armed, "1/s"))
            figures.append(Figure(part, f"announced per second, {goal:,} contracts", median(rates), "1/s"))
        figures.append(Figure(part, f"cost with {MANY:,} over {FEW:,}", costs[1] / costs[0], "×", 1.2))
    finally:
        _remove()
    return figures


def _contracts(count: int, *, ends_in: int) -> None:
    """Write running contracts with all that they owe."""
    from django.db import transaction

    from servicebook import agenda
    from servicebook.accounts.models import User
    from servicebook.contracts.models import Contract, ContractSpell, ContractVersion
    from servicebook.core import clock
    from servicebook.customers.models import Customer

    now = clock.now()
    today = now.date()
    owner = User.objects.filter(is_active=True).earliest("pk")
    customers = list(Customer.objects.order_by("pk").values_list("pk", flat=True)[:500])
    for start in range(0, count, AT_A_TIME):
        with transaction.atomic():
            rows = Contract.objects.bulk_create(
                Contract(
                    number=f"B{time.monotonic_ns() % 10**15}",
                    title=TITLE,
                    customer_id=customers[number % len(customers)],
                    owner=owner,
                    state="active",
                    starts_on=_day(today, -200),
                    ends_on=_day(today, ends_in + number % 200 if ends_in > 90 else ends_in),
                    currency="KZT",
                )
                for number in range(start, min(start + AT_A_TIME, count))
            )
            ContractSpell.objects.bulk_create(
                ContractSpell(contract=row, state="active", started_at=now) for row in rows
            )
            ContractVersion.objects.bulk_create(
                ContractVersion(contract=row, number=1, valid_from=row.starts_on, in_force=True)
                for row in rows
            )
            agenda.refresh_many(rows, new=True)
        _settle()


def _settle() -> None:
    """What begins at once is not what is measured."""
    from servicebook.agenda.models import Obligation

    Obligation.objects.filter(kind="contracts.terms_begin", state="armed").update(
        state="cancelled", because="bench", settled_at=_now()
    )


def _announced() -> float:
    """Let contracts come into their last 30 days, and announce them; how many per second."""
    from servicebook.agenda.models import Obligation
    from servicebook.agenda.worker import run_due

    _contracts(DUE, ends_in=20)
    due = Obligation.objects.filter(kind="contracts.renewal", state="armed", due_at__lte=_now())
    ids = list(due.values_list("pk", flat=True))
    # They are due now: what is long late is done at a steady rate, and that is not measured here.
    due.update(ready_at=_now() - timedelta(minutes=1))
    began = time.perf_counter()
    run_due()
    seconds = time.perf_counter() - began
    if len(ids) != DUE or Obligation.objects.filter(pk__in=ids).exclude(state="fired").exists():
        raise RuntimeError("not every renewal that was due was announced")
    return DUE / seconds


def _now() -> datetime:
    from servicebook.core import clock

    return clock.now()


def _day(today: date, days: int) -> date:
    return today + timedelta(days=days)


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for name in ("agenda_obligation", "contracts_contract"):
            cursor.execute(f"ANALYZE {name}")


def _remove() -> None:
    from django.contrib.contenttypes.models import ContentType

    from servicebook.agenda.models import Obligation
    from servicebook.contracts.models import Contract, ContractSpell, ContractVersion
    from servicebook.customers.models import Promise

    ours: Sequence[Any] | Any = Contract.objects.filter(title=TITLE)
    kind = ContentType.objects.get_for_model(Contract)
    promises = Promise.objects.filter(about_type=kind, about_id__in=ours.values("pk"))
    of_promises = ContentType.objects.get_for_model(Promise)
    Obligation.objects.filter(subject_type=of_promises, subject_id__in=promises.values("pk"))._raw_delete(
        "default"
    )
    Obligation.objects.filter(subject_type=kind)._raw_delete("default")
    promises._raw_delete("default")
    for model in (ContractSpell, ContractVersion):
        model.objects.filter(contract__in=ours.values("pk"))._raw_delete("default")
    ours._raw_delete("default")
