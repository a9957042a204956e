"""Reminders of contracts: many due in one minute, beside many that are due later, and after a changed rule.

The same number of renewals is announced beside few contracts and beside many, with everything that
the many owe on the agenda. Each customer here has somebody who decides, and so is asked: what is
measured ends with a message for them in the outbox.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from statistics import median
from typing import Any

from bench.figures import Figure

KIND = "reminders.renewal"
DUE = 300
IN_ONE_MINUTE = 20_000
ROUNDS = 3
FEW, MANY = 1_000, 200_000
TO_FEW, FEW_PEOPLE = 5_000, 500  # many reminders that few people get: ten in one message
AT_A_TIME = 5_000
TITLE = "bench renewal"
ANALYZED = (
    "agenda_obligation",
    "contracts_contract",
    "customers_customer",
    "customers_contact",
    "customers_promise",
    "reminders_ask",
    "messaging_delivery",
    "messaging_notice",
)


def measure() -> list[Figure]:
    """Fill the database up to each size in turn, announce, and compare. Leaves no contract behind."""
    from servicebook.agenda.worker import run_due

    run_due()  # what is due of other contracts would be counted, too
    part, costs, figures = "Renewals", list[float](), list[Figure]()
    try:
        people, everybody = _customers(FEW_PEOPLE), _customers(IN_ONE_MINUTE)
        there = 0
        for goal in (FEW, MANY):
            began = time.perf_counter()
            _contracts(goal - there, people, ends_in=400)
            armed = (goal - there) / (time.perf_counter() - began)
            there = goal
            _analyze()
            rates = [_announced(people) for _round in range(ROUNDS)]
            costs.append(1 / median(rates))
            figures.append(Figure(part, f"armed per second, up to {goal:,} contracts", armed, "1/s"))
            figures.append(Figure(part, f"announced per second, {goal:,} contracts", median(rates), "1/s"))
        figures.append(Figure(part, f"cost with {MANY:,} over {FEW:,}", costs[1] / costs[0], "×", 1.2))
        for name, rate in _rearmed():
            figures.append(Figure(part, f"{name} per second", rate, "1/s", 20_000, True))
        for count, whose, target in ((IN_ONE_MINUTE, everybody, 60), (TO_FEW, people, None)):
            seconds = _fired(count, whose)
            name = f"{count:,} reminders due in one minute, outbox for {len(whose):,} people"
            figures.append(Figure(part, name, seconds, "s", target))
    finally:
        _remove()
    return figures


def _customers(count: int) -> list[int]:
    """Write customers with one person each who decides, and may be written to; return their ids."""
    from django.db import transaction

    from servicebook.core import inserts
    from servicebook.customers.models import Contact, Customer

    with transaction.atomic():
        one = Customer(notes=TITLE)
        rows = [inserts.like(one, name=f"{TITLE} {number}") for number in range(count)]
        inserts.insert_many(rows)
        person = Contact(notes=TITLE, is_main=True, is_decision_maker=True)
        inserts.add(
            [
                inserts.like(
                    person, customer_id=row.pk, name=f"Person {row.pk}", email=f"who{row.pk}@bench.example"
                )
                for row in rows
            ]
        )
    return [row.pk for row in rows]


def _contracts(count: int, customers: Sequence[int], *, ends_in: int) -> None:
    """Write running contracts with all that they owe, one customer after the other."""
    from django.db import transaction

    from servicebook import agenda
    from servicebook.accounts.models import User
    from servicebook.contracts.models import Contract, ContractSpell, ContractVersion
    from servicebook.core import clock, inserts

    now = clock.now()
    today = now.date()
    begin = _day(today, -200)
    owner = User.objects.filter(is_active=True).earliest("pk")
    contract = Contract(title=TITLE, owner=owner, state="active", starts_on=begin, currency="KZT")
    spell = ContractSpell(state="active", started_at=now)
    version = ContractVersion(number=1, valid_from=begin, in_force=True)
    batch = time.monotonic_ns() // 10**6 % 10**9
    for start in range(0, count, AT_A_TIME):
        with transaction.atomic():
            rows = [
                inserts.like(
                    contract,
                    number=f"B{batch:09d}{number:06d}",
                    customer_id=customers[number % len(customers)],
                    ends_on=_day(today, ends_in + number % 200 if ends_in > 90 else ends_in),
                )
                for number in range(start, min(start + AT_A_TIME, count))
            ]
            inserts.insert_many(rows)
            for one in (spell, version):
                inserts.add([inserts.like(one, contract_id=row.pk) for row in rows])
            agenda.refresh_many(rows, new=True)
        _settle()


def _settle() -> None:
    """What begins at once is not what is measured."""
    from servicebook.agenda.models import Obligation

    Obligation.objects.filter(kind="contracts.terms_begin", state="armed").update(
        state="cancelled", because="bench", settled_at=_now()
    )


def _announced(customers: Sequence[int]) -> float:
    """Let contracts come into their last 30 days, and announce them; how many per second."""
    return DUE / _fired(DUE, customers)


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


def _fired(count: int, customers: Sequence[int]) -> float:
    """Let contracts come into their last 30 days, and ask about them; seconds until all is in the outbox.

    Raises:
        RuntimeError: less was fired, or less was written to the customers or to ours.
    """
    from servicebook.agenda.models import Obligation
    from servicebook.agenda.worker import run_due
    from servicebook.messaging.models import Notice

    _contracts(count, customers, ends_in=20)
    due = Obligation.objects.filter(kind=KIND, state="armed", due_at__lte=_now())
    ids = list(due.values_list("pk", flat=True))
    # They are due now: what is long late is done at a steady rate, and that is not measured here.
    due.update(ready_at=_now() - timedelta(minutes=1))
    _analyze()
    newest = Notice.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    began = time.perf_counter()
    run_due()
    seconds = time.perf_counter() - began
    fired = Obligation.objects.filter(pk__in=ids, state="fired").count()
    if not fired == len(ids) == count:
        raise RuntimeError(f"{fired} of {len(ids)} reminders were fired, not {count}")
    _demand_told(newest, count, people=min(count, len(customers)))
    return seconds


def _demand_told(newest: int, count: int, *, people: int) -> None:
    """Refuse a figure of reminders that did not reach the outbox.

    Args:
        newest: the last notice before them.
        people: to how many they are, each with a message of the day.
    """
    from django.db.models import Count

    from servicebook.messaging.models import Notice

    waiting = Notice.objects.filter(pk__gt=newest, delivery__state="waiting")
    theirs = waiting.filter(delivery__contact__notes=TITLE, text="renewal_notice").aggregate(
        notices=Count("pk"), messages=Count("delivery", distinct=True)
    )
    ours = waiting.filter(delivery__user__isnull=False, text="step").count()
    if theirs != {"notices": count, "messages": people} or ours < count:
        raise RuntimeError(f"{count} reminders to {people} people left {theirs} for them and {ours} for ours")


def _now() -> datetime:
    from servicebook.core import clock

    return clock.now()


def _day(today: date, days: int) -> date:
    return today + timedelta(days=days)


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for name in ANALYZED:
            cursor.execute(f"ANALYZE {name}")


def _remove() -> None:
    """Leave no contract, nobody who was asked and nothing that was told; the journal keeps what it has."""
    from django.db.models import Q

    from servicebook.agenda.models import Obligation
    from servicebook.contracts.models import Contract, ContractSpell, ContractVersion
    from servicebook.customers.models import Contact, Customer, Promise
    from servicebook.messaging.models import Delivery, Notice
    from servicebook.reminders.models import Ask

    ours: Any = Contract.objects.filter(title=TITLE)
    steps = Promise.objects.filter(customer__notes=TITLE)
    asks = Ask.objects.filter(customer__notes=TITLE)
    about = (Q(about_type=_type(rows.model), about_id__in=rows.values("pk")) for rows in (steps, asks, ours))
    told = Notice.objects.filter(reduce(or_, about))
    deliveries = list(told.order_by().values_list("delivery", flat=True).distinct())
    told._raw_delete("default")
    # A message to one of ours may carry what others' contracts owe, too.
    Delivery.objects.filter(pk__in=deliveries, notices=None).delete()
    for rows in (steps, asks, ours):
        owed = Obligation.objects.filter(subject_type=_type(rows.model), subject_id__in=rows.values("pk"))
        owed._raw_delete("default")
    of_contracts = (
        model.objects.filter(contract__in=ours.values("pk")) for model in (ContractSpell, ContractVersion)
    )
    everyone = (model.objects.filter(notes=TITLE) for model in (Contact, Customer))
    doomed: Iterable[Any] = (asks, steps, *of_contracts, ours, *everyone)
    for rows in doomed:
        rows._raw_delete("default")


def _type(model: Any) -> Any:
    from django.contrib.contenttypes.models import ContentType

    return ContentType.objects.get_for_model(model)
