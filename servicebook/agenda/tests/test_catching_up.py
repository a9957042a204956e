"""After an outage: each once, in due order, at a steady rate, and fresh work beside it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from servicebook import agenda
from servicebook.agenda import Due
from servicebook.agenda.models import Lane, Obligation, ObligationQuerySet
from servicebook.agenda.registry import DUTIES, Registered
from servicebook.agenda.rules.catching_up import Allowance
from servicebook.agenda.rules.pauses import MOST_ATTEMPTS, PAUSES, pause_after
from servicebook.agenda.worker import run_due, steps
from servicebook.agenda.worker.steps import in_time
from servicebook.core import clock
from servicebook.customers.models import Region

NOW = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)


class Reminder:
    def __init__(self) -> None:
        self.fired: list[str] = []

    def owed(self, region: Region) -> Iterator[Due]:
        for hour in range(72):
            yield Due(NOW + timedelta(hours=hour), f"h{hour:02}")

    def fire(self, region: Region, due: Due, *, at: datetime) -> None:
        self.fired.append(due.occurrence)


@pytest.fixture
def reminder() -> Iterator[Reminder]:
    duty = Reminder()
    DUTIES["test.reminder"] = Registered("test.reminder", Region, Lane.PROMISES, duty)
    clock.set_to(NOW - timedelta(hours=1))
    yield duty
    del DUTIES["test.reminder"]


@pytest.mark.django_db
@pytest.mark.trust("B23")
def test_three_days_of_outage_are_made_up_for_in_order_and_each_once(reminder):
    agenda.refresh(Region.objects.create(name="a"), new=True)
    clock.set_to(NOW + timedelta(days=3))
    run_due()
    run_due()
    assert reminder.fired == [f"h{hour:02}" for hour in range(72)]


@pytest.mark.django_db
@pytest.mark.trust("B23")
def test_what_is_late_is_paced_and_fresh_work_does_not_wait_for_it(reminder, monkeypatch):
    monkeypatch.setattr(settings.CONFIG, "catch_up_per_second", 10)
    agenda.refresh(Region.objects.create(name="a"), new=True)
    clock.set_to(NOW + timedelta(hours=60))
    step = in_time()
    step(lambda: False)
    assert reminder.fired[0] == "h60"  # due right now
    assert reminder.fired[1:] == [f"h{hour:02}" for hour in range(10)]
    step(lambda: False)
    assert len(reminder.fired) < 21  # only what the time between allowed


@pytest.mark.django_db
def test_a_worker_that_is_told_to_stop_gives_back_what_it_did_not_begin(reminder):
    agenda.refresh(Region.objects.create(name="a"), new=True)
    clock.set_to(NOW + timedelta(minutes=5))
    step = in_time()
    assert step(lambda: True) == 0
    assert not Obligation.objects.exclude(token="").exists()
    asked = iter([False, False, True, True, True, True])
    step(lambda: next(asked, True))
    assert not Obligation.objects.armed().exclude(token="").exists()


def test_an_allowance_grows_with_time_and_never_beyond_a_second():
    allowance = Allowance(10)
    assert allowance.at(100.0) == 10
    allowance.take(10)
    assert allowance.at(100.0) == 0
    assert allowance.at(100.35) == 3
    assert allowance.at(200.0) == 10
    allowance.take(4)
    assert allowance.at(200.0) == 6


def test_pauses_grow_until_a_person_looks():
    pauses = [pause_after(attempt) for attempt in range(1, MOST_ATTEMPTS)]
    assert pauses == sorted(PAUSES)
    assert pause_after(MOST_ATTEMPTS) is None


# The twins: without its guard the same outage ends otherwise, so the tests above are not blind.


@pytest.mark.django_db
def test_without_due_order_the_latest_would_come_first(reminder, monkeypatch):
    ready = ObligationQuerySet.ready
    monkeypatch.setattr(ObligationQuerySet, "ready", lambda self, *of: ready(self, *of).order_by("-pk"))
    agenda.refresh(Region.objects.create(name="a"), new=True)
    clock.set_to(NOW + timedelta(days=3))
    run_due()
    assert reminder.fired == [f"h{hour:02}" for hour in reversed(range(72))]


@pytest.mark.django_db
def test_without_memory_of_what_was_fired_all_is_done_again(reminder):
    region = Region.objects.create(name="a")
    agenda.refresh(region, new=True)
    clock.set_to(NOW + timedelta(days=3))
    run_due()
    Obligation.objects.filter(state="fired").delete()
    agenda.refresh(region)
    run_due()
    assert reminder.fired == [f"h{hour:02}" for hour in range(72)] * 2


@pytest.mark.django_db
def test_without_a_pace_all_that_is_late_is_done_in_one_go(reminder, monkeypatch):
    monkeypatch.setattr(settings.CONFIG, "catch_up_per_second", 10)
    monkeypatch.setattr(Allowance, "at", lambda _self, _moment: steps.AT_A_TIME)
    agenda.refresh(Region.objects.create(name="a"), new=True)
    clock.set_to(NOW + timedelta(hours=60))
    in_time()(lambda: False)
    assert len(reminder.fired) == 61


@pytest.mark.django_db
def test_without_knowing_what_is_late_fresh_work_waits_behind_it(reminder, monkeypatch):
    monkeypatch.setattr(steps, "LATE_AFTER", timedelta(days=9))
    agenda.refresh(Region.objects.create(name="a"), new=True)
    clock.set_to(NOW + timedelta(hours=60))
    in_time()(lambda: False)
    assert reminder.fired[0] == "h00"
    assert reminder.fired[-1] == "h60"
