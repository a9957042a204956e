"""Arming, moving, cancelling and firing, in one process."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from servicebook import agenda
from servicebook.agenda import AGAIN, Due
from servicebook.agenda.models import Lane, Obligation
from servicebook.agenda.registry import DUTIES, Many, Registered
from servicebook.agenda.rules.pauses import MOST_ATTEMPTS
from servicebook.agenda.worker import firing, run_due
from servicebook.core import clock
from servicebook.customers.models import Region
from servicebook.journal.models import Entry

NOW = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


class Scripted:
    """A duty whose dates and deeds a test writes down."""

    def __init__(self) -> None:
        self.dues: dict[str, list[Due]] = {}
        self.deeds: dict[str, Callable[[Any], object]] = {}
        self.fired: list[str] = []

    def owed(self, region: Region) -> Iterator[Due]:
        yield from self.dues.get(region.name, [])

    def fire(self, region: Region, due: Due, *, at: datetime) -> object:
        self.fired.append(f"{region.name} {due.occurrence}".strip())
        Region.objects.create(name=f"made for {region.name} {due.occurrence} {len(self.fired)}")
        if deed := self.deeds.get(f"{region.name} {due.occurrence}".strip()):
            return deed(region)
        return None


@pytest.fixture
def duty() -> Iterator[Scripted]:
    scripted = Scripted()
    DUTIES["test.scripted"] = Registered("test.scripted", Region, Lane.PROMISES, scripted)
    clock.set_to(NOW)
    yield scripted
    del DUTIES["test.scripted"]


def region(duty: Scripted, name: str, *dues: Due) -> Region:
    made = Region.objects.create(name=name)
    duty.dues[name] = list(dues)
    agenda.refresh(made, new=True)
    return made


def made_rows() -> int:
    return Region.objects.filter(name__startswith="made for").count()


def states() -> dict[str, str]:
    return {row.occurrence: row.state for row in Obligation.objects.all()}


def test_what_is_due_fires_once_and_the_rest_waits(duty):
    region(duty, "a", Due(NOW - HOUR, "late"), Due(NOW, "now"), Due(NOW + HOUR, "later"))

    assert run_due() == 2
    assert run_due() == 0

    assert duty.fired == ["a late", "a now"]
    assert states() == {"late": "fired", "now": "fired", "later": "armed"}


def test_a_date_that_moves_takes_its_obligation_along(duty):
    a = region(duty, "a", Due(NOW, "end"))
    duty.dues["a"] = [Due(NOW + HOUR, "end")]
    agenda.refresh(a)

    assert run_due() == 0
    clock.set_to(NOW + HOUR)
    assert run_due() == 1


def test_what_is_owed_no_longer_is_cancelled_and_armed_again_when_it_is(duty):
    a = region(duty, "a", Due(NOW, "end"))
    duty.dues["a"] = []
    agenda.refresh(a, because="the contract was cancelled")
    assert [row.because for row in Obligation.objects.all()] == ["the contract was cancelled"]
    assert run_due() == 0

    duty.dues["a"] = [Due(NOW, "end")]
    agenda.refresh(a)
    assert run_due() == 1


def test_what_was_fired_stays_fired_whatever_a_refresh_finds(duty):
    a = region(duty, "a", Due(NOW, "end"))
    run_due()
    duty.dues["a"] = [Due(NOW - HOUR, "end")]
    agenda.refresh(a)

    assert run_due() == 0
    assert duty.fired == ["a end"]


def test_a_handler_may_refresh_its_own_subject(duty):
    region(duty, "a", Due(NOW, "first"), Due(NOW, "second"))

    def done(subject: Region) -> None:
        duty.dues["a"] = []  # nothing is owed any more, the other one least of all
        agenda.refresh(subject)

    duty.deeds["a first"] = done
    run_due()

    assert states() == {"first": "fired", "second": "cancelled"}
    assert duty.fired == ["a first"]


def test_a_handler_may_arm_the_next_one_at_once(duty):
    region(duty, "a", Due(NOW, "first"))

    def done(subject: Region) -> None:
        duty.dues["a"] = [Due(NOW, "first"), Due(NOW, "next")]
        agenda.refresh(subject)

    duty.deeds["a first"] = done
    assert run_due() == 2
    assert states() == {"first": "fired", "next": "fired"}


def test_one_bad_row_holds_up_nobody_and_leaves_no_half_work(duty):
    for name in "abc":
        region(duty, name, Due(NOW, "x"))

    def fail(_subject: Region) -> None:
        raise RuntimeError("the printer is on fire")

    duty.deeds["b x"] = fail
    run_due()

    assert made_rows() == 2
    bad = Obligation.objects.get(state="armed")
    assert bad.attempts == 1
    assert "printer" in bad.last_error
    assert bad.ready_at > NOW


def test_after_its_last_attempt_it_is_put_aside_for_a_person(duty):
    a = region(duty, "a", Due(NOW, "x"))

    def fail(_subject: Region) -> None:
        raise RuntimeError("no")

    duty.deeds["a x"] = fail
    run_due(until=NOW + timedelta(days=2))

    row = Obligation.objects.get()
    assert (row.state, row.attempts) == ("failed", MOST_ATTEMPTS)
    assert duty.fired == ["a x"] * (MOST_ATTEMPTS + 1)  # the first time it was part of a batch
    assert made_rows() == 0
    assert Entry.objects.get(verb="obligation.put_aside").subject_id == a.pk


def test_long_work_is_done_in_chunks_behind_what_is_more_urgent(duty):
    region(duty, "a", Due(NOW - HOUR, "import"))
    region(duty, "b", Due(NOW, "reminder"))
    chunks = iter([AGAIN, AGAIN, None])
    duty.deeds["a import"] = lambda _subject: next(chunks)
    run_due()

    assert duty.fired == ["a import", "b reminder", "a import", "a import"]
    assert made_rows() == 4
    assert set(states().values()) == {"fired"}


def test_an_obligation_whose_subject_is_gone_is_cancelled_with_the_reason(duty):
    region(duty, "a", Due(NOW, "x")).delete()
    run_due()
    assert Obligation.objects.get().because == "what it was about is gone"


def test_an_unknown_kind_is_put_aside_and_named(duty):
    region(duty, "a", Due(NOW, "x"))
    Obligation.objects.update(kind="gone.kind", attempts=MOST_ATTEMPTS - 1)
    run_due()
    row = Obligation.objects.get()
    assert row.state == "failed"
    assert "gone.kind" in row.last_error


def test_two_obligations_of_one_subject_see_each_others_change(duty):
    region(duty, "a", Due(NOW, "first"), Due(NOW, "second"))
    seen = []
    duty.deeds["a first"] = lambda _subject: Region.objects.filter(name="a").update(name="renamed") and None
    duty.deeds["renamed second"] = lambda subject: seen.append(subject.name)
    run_due()
    assert seen == ["renamed"]


@pytest.mark.trust("B23")
@pytest.mark.parametrize("seconds", [60.0, -1.0], ids=["in one transaction", "each in its own"])
def test_what_an_earlier_one_of_the_same_claim_cancelled_is_not_fired(duty, monkeypatch, caplog, seconds):
    monkeypatch.setattr(firing, "SLICE_SECONDS", seconds)
    caplog.set_level("INFO", "servicebook.agenda")
    region(duty, "a", Due(NOW, "x"))
    other = region(duty, "b", Due(NOW, "y"))
    region(duty, "c", Due(NOW, "z"))

    def cancel(_subject: Any) -> None:
        duty.dues["b"] = []
        agenda.refresh(other)

    duty.deeds["a x"] = cancel
    run_due()

    assert duty.fired == ["a x", "c z"]
    assert states() == {"x": "fired", "y": "cancelled", "z": "fired"}
    assert "one by one" not in caplog.text  # with thousands to make up for, that is what takes long


@pytest.mark.trust("B24")
def test_a_clock_that_jumps_back_repeats_nothing(duty):
    region(duty, "a", Due(NOW, "x"), Due(NOW + HOUR, "y"))
    clock.set_to(NOW + 2 * HOUR)
    run_due()
    clock.set_to(NOW - HOUR)
    run_due()
    clock.set_to(NOW + timedelta(days=30))
    run_due()
    assert duty.fired == ["a x", "a y"]


@pytest.mark.parametrize("count", [1, 40])
def test_the_statements_of_a_batch_do_not_grow_with_it(
    duty, count, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(firing, "SLICE_SECONDS", 60)
    for number in range(count):
        region(duty, f"r{number}", Due(NOW, "x"))
    with django_assert_max_num_queries(17 + count):  # each handler writes one row
        run_due()
    assert len(duty.fired) == count


@pytest.mark.parametrize("count", [1, 40])
def test_refreshing_many_takes_as_many_statements_as_refreshing_one(
    duty, count, django_assert_max_num_queries
):
    regions = [region(duty, f"r{number}", Due(NOW, "x")) for number in range(count)]
    for one in regions:
        duty.dues[one.name] = [Due(NOW + HOUR, "x"), Due(NOW, "y")]
    with django_assert_max_num_queries(5):
        agenda.refresh_many(regions)
    assert Obligation.objects.count() == 2 * count


def test_who_lacks_what_a_duty_needs_is_not_asked_and_owes_nothing(duty):
    DUTIES["test.scripted"] = Registered("test.scripted", Region, Lane.PROMISES, duty, needs="time_zone")
    region(duty, "north", Due(NOW + HOUR, "1"))
    south = region(duty, "south", Due(NOW + HOUR, "1"))
    assert not Obligation.objects.exists()

    south.time_zone = "Asia/Almaty"
    agenda.refresh(south)
    assert [one.subject for one in Obligation.objects.armed()] == [south]

    south.time_zone = ""
    agenda.refresh(south)
    assert not Obligation.objects.armed().exists()


class Counted(Many):
    """Keeps which columns were read of its subjects."""

    by_id = True

    def __init__(self) -> None:
        self.unread: list[set[str]] = []

    def owed(self, region: Region) -> Iterator[Due]:
        yield Due(NOW, "1")

    def fire_many(self, fired: Any, *, at: datetime) -> None:
        self.unread += [one.get_deferred_fields() for one, _due in fired]


@pytest.mark.parametrize("alone", [True, False])
def test_a_duty_that_goes_by_ids_reads_nothing_else_unless_another_does(duty, alone):
    counted = Counted()
    DUTIES["test.counted"] = Registered("test.counted", Region, Lane.PROMISES, counted)
    try:
        region(duty, "north", *([] if alone else [Due(NOW, "2")]))
        region(duty, "south")
        run_due()
    finally:
        del DUTIES["test.counted"]
    assert [("name" in unread) for unread in counted.unread] == [alone, alone]
