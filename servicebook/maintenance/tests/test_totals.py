"""A meter with many readings is foretold as from all of them, and reads few of them (S0.24, S0.31)."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from servicebook.accounts.models import User
from servicebook.agenda.worker import run_due
from servicebook.equipment.models import Meter, Reading
from servicebook.equipment.rules.readings import Read, marked
from servicebook.maintenance import totals
from servicebook.maintenance.actions import plans
from servicebook.maintenance.metering import outlook
from servicebook.maintenance.models import Occurrence, Plan
from servicebook.maintenance.rules.forecast import forecast, total_use
from servicebook.testing import make_asset, make_customer, make_reason, make_user, make_work_type

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.24", "S0.31")]

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def meter() -> Meter:
    return Meter.objects.create(asset=make_asset(make_customer()), name="Runtime", unit="h")


def store(meter: Meter, values: list[int], *, step: timedelta = timedelta(hours=8)) -> list[Read]:
    """Store readings as they are written down, each saying whether the meter began again."""
    reads = marked([Read(BEGIN + step * place, Decimal(value)) for place, value in enumerate(values)])
    rows = [Reading(meter=meter, read_at=one.at, value=one.value, is_reset=one.is_reset) for one in reads]
    Reading.objects.bulk_create(rows)
    return reads


def life(readings: int, *, per: int = 5, begin: int = 0) -> list[int]:
    return [begin + per * place for place in range(readings)]


@pytest.mark.parametrize(
    "values",
    [
        life(30),
        life(900),
        [*life(300), *life(600)],  # it began again long ago
        [*life(300), *life(300, per=2), *life(700)],
        [*life(300), 900_000, *life(900, begin=1500)],  # a slip of the hand, long ago
        [*life(300), 1, *life(900, begin=1500)],
        [*life(500), *life(400)],  # exactly where the latest begin
        [*life(499), *life(401)],
        [*life(501), *life(399)],
    ],
)
def test_the_total_is_that_of_all_readings(meter, values):
    reads = store(meter, values)
    assert totals.counted([meter.pk])[meter.pk].used == total_use(reads)
    middle = reads[len(reads) * 3 // 4].at
    known = [one for one in reads if one.at <= middle]
    assert totals.counted([meter.pk], until=middle)[meter.pk].used == total_use(known)


@pytest.mark.parametrize("seed", range(6))
def test_the_total_is_that_of_all_readings_whatever_happened(meter, seed):
    chance, value, values = random.Random(seed), 0, []
    for _place in range(1500):
        value = 0 if chance.random() < 0.004 else value + chance.randint(0, 9)
        values.append(value * 50 + 9999 if chance.random() < 0.003 else value)
    reads = store(meter, values)
    assert totals.counted([meter.pk])[meter.pk].used == total_use(reads)


def test_each_meter_counts_for_itself_in_three_statements(meter, django_assert_num_queries):
    others = [Meter.objects.create(asset=meter.asset, name=f"Meter {n}", unit="h") for n in range(4)]
    stored = {one.pk: store(one, [*life(200 + 300 * n), *life(500)]) for n, one in enumerate(others)}
    with django_assert_num_queries(3):
        found = totals.counted([meter.pk, *stored])
    assert meter.pk not in found
    assert {pk: one.used for pk, one in found.items()} == {pk: total_use(all_) for pk, all_ in stored.items()}


def test_few_of_many_readings_are_read(meter):
    store(meter, [*life(3000), *life(3000)], step=timedelta(hours=1))
    known = totals.counted([meter.pk])[meter.pk]
    assert len(known.latest) == totals.READINGS_READ
    assert known.before == 5 * 2999
    around = totals._around_resets({meter.pk: known.latest[0].at})
    assert len(around[meter.pk]) < 60


@pytest.fixture
def manager(set_clock: Any) -> User:
    set_clock("2026-01-05 09:00")
    make_reason("maintenance", downtime_risk=1)
    return make_user("manager")


def test_an_old_reset_does_not_put_off_the_next_visit(meter, manager):
    reads = store(meter, [*life(400), *life(700)])  # 15 hours a day; it began again in May
    plan = Plan(
        customer=meter.asset.customer, title="Check", work_type=make_work_type(), rule="meter",
        meter_name="Runtime", meter_step=Decimal(1000), shift="keep",
    )  # fmt: skip
    plans.save_plan(plan, [], by=manager)
    plans.activate(plan.pk, by=manager)
    run_due()
    one = Occurrence.objects.get(plan=plan)
    told = forecast(reads, target=Decimal(6000), today=date(2026, 1, 5))
    assert one.meter_at == 6000  # 1 995 hours before, 3 495 since
    assert told is not None
    assert abs((one.due_on - told.on).days) <= 1

    seen = outlook(one)
    assert seen is not None
    assert (seen.used, seen.target) == (total_use(reads), Decimal(6000))
    assert seen.forecast is not None
    assert seen.forecast.on == one.due_on
