"""Reminders of contracts: many due in one minute, beside many that are due later, and after a changed rule.

The same number of renewals is announced beside few contracts and beside many, with everything that
the many owe on the agenda.
"""

import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from bench.figures import Figure

KIND = "reminders.renewal"
DUE = 300
IN_ONE_MINUTE = 20_000
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
        for name, rate in _rearmed():
            figures.append(Figure(part, f"{name} per second", rate, "1/s", 20_000, True))
        seconds, told = _in_one_minute()
        name = f"{IN_ONE_MINUTE:,} reminders due in one minute, {told:,} messages in the outbox"
        figures.append(Figure(part, name, seconds, "s", 60))
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
    due = Obligation.objects.filter(kind=KIND, state="armed", due_at__lte=_now())
    ids = list(due.values_list("pk", flat=True))
    # They are due now: what is long late is done at a steady rate, and that is not measured here.
    due.update(ready_at=_now() - timedelta(minutes=1))
    began = time.perf_counter()
    run_due()
    seconds = time.perf_counter() - began
    if len(ids) != DUE or Obligation.objects.filter(pk__in=ids).exclude(state="fired").exists():
        raise RuntimeError("not every renewal that was due was announced")
    return DUE / seconds


def _rearmed() -> list[tuple[str, float]]:
    """Follow a rule that was changed, and one that says what stands already; contracts per second."""
    from servicebook.core import clock
    from servicebook.reminders.actions.following import follow
    from servicebook.reminders.models import Ladder

    ladder = Ladder.objects.get(what="renewal", contract=None)
    stage = ladder.stages.order_by("pk").first()
    before, rates = stage.offset, []
    try:
        for name, offset in (
            ("contracts followed a changed rule,", before + 1),
            ("contracts looked at for an unchanged one,", before + 1),
        ):
            type(stage).objects.filter(pk=stage.pk).update(offset=offset)
            Ladder.objects.filter(pk=ladder.pk).update(changed_at=clock.now())
            _forget_rules()
            began, parts = time.perf_counter(), 1
            while follow(ladder.pk):
                parts += 1
            rates.append((name, MANY / (time.perf_counter() - began)))
    finally:
        type(stage).objects.filter(pk=stage.pk).update(offset=before)
        Ladder.objects.filter(pk=ladder.pk).update(changed_at=clock.now())
        _forget_rules()
        while follow(ladder.pk):
            pass
    return rates


def _forget_rules() -> None:
    from servicebook.core import reference

    reference.changed()


def _in_one_minute() -> tuple[float, int]:
    """Let many contracts come into the same stage in one minute; seconds until all is in the outbox."""
    from servicebook.agenda.models import Obligation
    from servicebook.agenda.worker import run_due
    from servicebook.messaging.models import Delivery

    _contracts(IN_ONE_MINUTE, ends_in=20)
    due = Obligation.objects.filter(kind=KIND, state="armed", due_at__lte=_now())
    ids = list(due.values_list("pk", flat=True))
    due.update(ready_at=_now() - timedelta(minutes=1))
    _analyze()
    newest = Delivery.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    began = time.perf_counter()
    run_due()
    seconds = time.perf_counter() - began
    fired = Obligation.objects.filter(pk__in=ids, state="fired").count()
    if fired != len(ids) or fired < IN_ONE_MINUTE:
        raise RuntimeError(f"{fired} of {IN_ONE_MINUTE} reminders were fired")
    return seconds, Delivery.objects.filter(pk__gt=newest).count()


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
    from servicebook.messaging.models import Delivery, Notice
    from servicebook.reminders.models import Ask

    ours: Sequence[Any] | Any = Contract.objects.filter(title=TITLE)
    kind = ContentType.objects.get_for_model(Contract)
    promises = Promise.objects.filter(about_type=kind, about_id__in=ours.values("pk"))
    of_promises = ContentType.objects.get_for_model(Promise)
    asks = Ask.objects.filter(about_type=kind, about_id__in=ours.values("pk"))
    of_asks = ContentType.objects.get_for_model(Ask)
    for subjects, rows in ((of_promises, promises), (of_asks, asks)):
        owed = Obligation.objects.filter(subject_type=subjects, subject_id__in=rows.values("pk"))
        owed._raw_delete("default")
    told = Notice.objects.filter(about_type=kind, about_id__in=ours.values("pk"))
    deliveries = list(told.values_list("delivery", flat=True))
    Notice.objects.filter(delivery__in=deliveries)._raw_delete("default")  # of promises that came due, too
    Delivery.objects.filter(pk__in=deliveries)._raw_delete("default")
    asks._raw_delete("default")
    Obligation.objects.filter(subject_type=kind)._raw_delete("default")
    promises._raw_delete("default")
    for model in (ContractSpell, ContractVersion):
        model.objects.filter(contract__in=ours.values("pk"))._raw_delete("default")
    ours._raw_delete("default")
