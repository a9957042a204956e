"""Ladders through clocks that jump, and through the nights in which they are changed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from servicebook import agenda
from servicebook.accounts.models import Role
from servicebook.agenda import audit
from servicebook.agenda.models import Obligation
from servicebook.agenda.registry import DUTIES
from servicebook.agenda.worker import run_due
from servicebook.contracts.models import Contract
from servicebook.core import clock, leases, reference
from servicebook.journal.models import Entry
from servicebook.maintenance.models import Occurrence
from servicebook.messaging.models import Delivery, Notice
from servicebook.reminders.models import Ask, Ladder
from servicebook.reminders.queries import FIRED
from servicebook.reminders.rules import ladders
from servicebook.testing import (
    make_contact,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_region,
    make_ticket,
    make_user,
    sign_contract,
)
from servicebook.tickets import actions as tickets

pytestmark = [pytest.mark.django_db, pytest.mark.trust("B24")]
BERLIN, LORD_HOWE = "Europe/Berlin", "Australia/Lord_Howe"
Clock = Callable[[str], datetime]


@pytest.fixture
def contract(set_clock: Clock) -> Contract:
    """It ends on 31 December; its ladder is armed."""
    set_clock("2026-06-01 09:00")
    customer = make_customer()
    make_contact(customer, is_main=True, is_decision_maker=True)
    return sign_contract(customer)


@pytest.fixture
def visit(set_clock: Clock) -> Occurrence:
    """It is due on 30 April, and its ticket was just made."""
    set_clock("2026-04-16 06:00")
    make_user(Role.MANAGER)
    one = make_planned(make_occurrence(make_plan(followed=0)))
    agenda.refresh(one)
    return one


def said(what: str) -> list[str]:
    """Which stages stand in a history, each with its moment in UTC."""
    rows = Entry.objects.filter(verb__in=FIRED, facts__what=what).order_by("pk")
    return [f"{one.facts['stage']} {one.at:%m-%d %H:%M}" for one in rows]


def go(moment: datetime, *subjects: object) -> None:
    """Let a worker, and somebody who changes the subjects, come at a moment."""
    clock.set_to(moment)
    for one in subjects:
        agenda.refresh(type(one).objects.get(pk=one.pk))  # type: ignore[attr-defined]
    run_due()


@pytest.mark.req("S0.34")
def test_a_clock_that_jumps_thirty_days_says_a_stage_once_and_the_later_ones_on_their_days(
    contract, set_clock
):
    right = set_clock("2026-10-03 09:00")
    go(right, contract)
    assert said("renewal") == ["before-90 10-03 04:00"]

    go(right + timedelta(days=30), contract)  # wrong: it is 3 October
    early = said("renewal")
    assert early == ["before-90 10-03 04:00", "before-60 11-02 04:00"]

    for day in (3, 20, 29, 30):
        go(right + timedelta(days=day), contract)
        assert said("renewal") == early
    go(set_clock("2026-12-01 09:00"), contract)
    go(set_clock("2026-12-24 09:00"), contract)
    assert said("renewal") == [*early, "before-30 12-01 04:00", "before-7 12-24 04:00"]
    assert [str(one) for one in audit.everything()] == []


@pytest.mark.req("S0.33")
def test_what_a_wrong_clock_left_out_is_said_on_its_day_when_the_clock_is_right_again(visit, set_clock):
    right = set_clock("2026-04-16 09:00")
    go(right, visit)
    go(right + timedelta(days=30), visit)
    assert said("maintenance") == ["before-14 04-16 04:00", "after-1 05-16 04:00"]

    for day in ("2026-04-16 09:05", "2026-04-23 09:00", "2026-04-29 09:00", "2026-05-01 09:00"):
        go(set_clock(day), visit)
    assert said("maintenance")[2:] == ["before-7 04-23 04:00", "before-1 04-29 04:00"]
    assert [str(one) for one in audit.everything()] == []


@pytest.mark.req("S0.33", "S0.34")
@pytest.mark.parametrize("slept", [False, True], ids=["worked before", "slept through the stage before"])
def test_a_clock_that_goes_back_an_hour_says_nothing_again(contract, set_clock, slept):
    if not slept:
        go(set_clock("2026-10-02 09:00"), contract)
    due = set_clock("2026-11-01 09:00")
    go(due, contract)
    first = said("renewal")
    assert first[-1] == "before-60 11-01 04:00"
    told = Delivery.objects.count()

    for minutes in (-60, -30, -1, 0, 1, 60):
        go(due + timedelta(minutes=minutes), contract)
    assert said("renewal") == first
    assert Delivery.objects.count() == told
    assert [str(one) for one in audit.everything()] == []


def repeat_an_older_stage(contract: Contract) -> list[str]:
    """A worker slept through a stage, said the next, and its clock goes back by hours and days."""
    due = datetime(2026, 11, 1, 4, tzinfo=UTC)
    go(due, contract)
    assert said("renewal") == ["before-60 11-01 04:00"]
    for hours in (-2, -26, -500, -1, 0, 3):
        go(due + timedelta(hours=hours), contract)
    return said("renewal")


@pytest.mark.req("S0.33", "S0.34")
def test_a_clock_that_goes_back_by_hours_says_no_older_stage_after_a_later_one(contract):
    assert repeat_an_older_stage(contract) == ["before-60 11-01 04:00"]
    assert [str(one) for one in audit.everything()] == []
    go(datetime(2026, 12, 1, 4, tzinfo=UTC), contract)
    assert said("renewal")[1:] == ["before-30 12-01 04:00"]


def out_of_order(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no stage of a kind be overtaken."""
    monkeypatch.setitem(DUTIES, kind, replace(DUTIES[kind], in_order=False))


def test_without_the_order_of_stages_the_older_one_is_said(contract, monkeypatch):
    out_of_order("reminders.renewal", monkeypatch)
    assert repeat_an_older_stage(contract)[1:] == ["before-90 11-01 02:00"]


@pytest.mark.req("S0.36", "S0.40")
def test_a_silence_that_was_said_to_the_house_is_not_repeated_to_the_customer(set_clock):
    asked = datetime(2026, 3, 2, 4, tzinfo=UTC)
    one = ask("Asia/Almaty", asked)
    go(asked + timedelta(hours=72), one)
    go(asked + timedelta(hours=60), one)
    assert said("silence") == ["after-72h 03-05 04:00"]
    go(asked + timedelta(days=5), one)
    assert said("silence") == ["after-72h 03-05 04:00", "after-5 03-07 04:00"]
    assert [str(one) for one in audit.everything()] == []


@pytest.mark.req("S0.34")
def test_a_stage_that_waited_for_another_try_is_left_out_when_a_later_one_was_said(contract):
    """It failed, and its pause ends when the next one was said and the clock has gone back."""
    due = datetime(2026, 11, 1, 4, tzinfo=UTC)
    go(due, contract)
    older = Obligation.objects.filter(kind="reminders.renewal", stage="before-90")
    older.update(state="armed", because="", settled_at=None)
    clock.set_to(due - timedelta(hours=2))
    run_due()
    assert said("renewal") == ["before-60 11-01 04:00"]
    assert older.get().state == "cancelled"


@pytest.mark.req("S0.34")
def test_another_last_day_begins_its_ladder_anew(contract, manager):
    """What was said for the old one, and later, does not count."""
    go(datetime(2026, 12, 24, 4, tzinfo=UTC), contract)
    contract = Contract.objects.get(pk=contract.pk)
    contract.ends_on = date(2027, 2, 28)
    contract.save(update_fields=["ends_on"])
    go(datetime(2026, 12, 24, 5, tzinfo=UTC), contract)
    assert said("renewal") == ["before-7 12-24 04:00", "before-90 12-24 05:00"]
    assert [str(one) for one in audit.everything()] == []


@pytest.mark.req("S0.34")
@pytest.mark.trust("B23")
def test_what_a_dead_worker_held_when_the_clock_went_back_an_hour_is_said_after_that_hour(
    contract, set_clock
):
    due = set_clock("2026-11-01 09:00")
    leases.claim(Obligation.objects.filter(kind="reminders.renewal").ready(1, due), limit=10)
    go(due - timedelta(hours=1), contract)
    assert said("renewal") == []

    go(due + timedelta(minutes=2), contract)
    assert said("renewal") == ["before-60 11-01 04:02"]


# Both nights. The moments are written out by hand: in UTC, and as the clock on the wall shows them.
NIGHTS = [
    # In Berlin it is three o'clock after two. Five days after 02:30 there is no 02:30.
    pytest.param(BERLIN, "2026-03-24 01:30", "after-5 03-29 01:30", id="Berlin, spring"),  # 03:30
    # It is two o'clock twice, and 02:30 is said at the first.
    pytest.param(BERLIN, "2026-10-20 00:30", "after-5 10-25 00:30", id="Berlin, autumn"),  # 02:30 of summer
    # Clocks go half an hour forward at two: there is no 02:15.
    pytest.param(LORD_HOWE, "2026-09-28 15:45", "after-5 10-03 15:45", id="Lord Howe, spring"),  # 02:45
    # And half an hour back at two: it is a quarter to two twice.
    pytest.param(LORD_HOWE, "2026-03-30 14:45", "after-5 04-04 14:45", id="Lord Howe, autumn"),  # the first
]


def ask(zone: str, moment: datetime) -> Ask:
    """A customer in a zone who is asked at a moment."""
    manager = make_user(Role.MANAGER)
    customer = make_customer(region=make_region(time_zone=zone))
    clock.set_to(moment)
    ticket = make_ticket(customer=customer)
    tickets.start(ticket.pk, by=manager)
    tickets.wait(ticket.pk, waiting_for="client", by=manager)
    run_due()
    return Ask.objects.get()


def through_the_night(one: Ask, around: datetime) -> None:
    """From three hours before to three after, a worker and a change each ten minutes."""
    for minutes in range(-180, 181, 10):
        go(around + timedelta(minutes=minutes), one)


@pytest.mark.req("S0.36", "S0.40")
@pytest.mark.parametrize(("zone", "asked", "stage"), NIGHTS)
def test_a_stage_at_half_past_two_is_said_once_in_both_nights(zone, asked, stage):
    at = datetime.fromisoformat(asked).replace(tzinfo=UTC)
    one = ask(zone, at)

    through_the_night(one, at + timedelta(days=5))

    assert [said_once for said_once in said("silence") if said_once.startswith("after-5")] == [stage]
    passed = Obligation.objects.filter(kind="reminders.silence", due_at__lte=clock.now())
    assert set(passed.values_list("state", flat=True)) == {"fired", "cancelled"}
    assert [str(one) for one in audit.everything()] == []


@pytest.mark.req("S0.36")
@pytest.mark.parametrize(
    ("asked", "stage"),
    [
        ("2026-03-26 22:10", "after-48h 03-29 01:00"),  # 23:10 there; it is three after two
        ("2026-10-22 22:10", "after-48h 10-25 00:30"),  # 00:10 there; the first half past two
        (
            "2026-10-23 00:40",
            "after-48h 10-25 00:40",
        ),  # 02:40 there, when it is still summer: no rest any more
    ],
)
def test_quiet_hours_that_end_at_half_past_two_end_once_in_both_nights(asked, stage):
    Ladder.objects.filter(what="silence", contract=None).update(quiet_from=time(21), quiet_until=time(2, 30))
    reference.changed()
    at = datetime.fromisoformat(asked).replace(tzinfo=UTC)
    one = ask(BERLIN, at)

    through_the_night(one, at + timedelta(hours=50))

    assert said("silence") == [stage]
    assert [str(one) for one in audit.everything()] == []


@pytest.mark.req("S0.34")
@pytest.mark.parametrize("night", [date(2026, 3, 29), date(2026, 10, 25)])
def test_a_stage_of_the_morning_after_comes_at_nine_where_the_customer_is(night, set_clock):
    set_clock("2026-01-10 09:00")
    customer = make_customer(region=make_region(time_zone=BERLIN))
    contract = sign_contract(customer, ends_on=night + timedelta(days=60))

    morning = datetime.combine(night, time(7), UTC)  # 09:00 of summer
    for quarter in range(-12, 13):
        go(morning + timedelta(minutes=15 * quarter), contract)

    hour = "07:00" if night.month == 3 else "08:00"
    assert said("renewal")[-1] == f"before-60 {night:%m-%d} {hour}"
    assert [one.split()[0] for one in said("renewal")].count("before-60") == 1


# The twins: without its guard the same clock repeats a stage, or says it at another hour.


def forget() -> None:
    """Let the agenda lose what was fired: the rows whose keys stand for it."""
    Obligation.objects.filter(state="fired").delete()


@pytest.mark.parametrize("back", [timedelta(days=30), timedelta(hours=1)], ids=["30 days", "an hour"])
def test_without_memory_of_what_was_fired_a_clock_that_goes_back_says_it_again(contract, set_clock, back):
    due = set_clock("2026-11-01 09:00")
    go(due, contract)
    told = Notice.objects.filter(key__contains="before-60").count()
    forget()
    go(due - back, contract)
    go(due, contract)
    assert [one.split()[0] for one in said("renewal")].count("before-60") == 2
    # A key of its own guards what people read.
    assert Notice.objects.filter(key__contains="before-60").count() == told > 0


def test_without_a_look_at_the_next_stage_the_one_before_is_made_up_for_an_hour_ahead_of_it(
    contract, set_clock, monkeypatch
):
    due = set_clock("2026-11-01 09:00")
    go(due, contract)
    monkeypatch.setattr(ladders, "NEAR", timedelta())
    out_of_order("reminders.renewal", monkeypatch)  # which guards it as well
    go(due - timedelta(minutes=30), contract)
    assert [one.split()[0] for one in said("renewal")] == ["before-60", "before-90"]


@pytest.mark.parametrize(("zone", "asked", "stage"), NIGHTS)
def test_with_the_other_reading_of_the_hour_a_stage_is_said_at_another(zone, asked, stage, monkeypatch):
    moment = ladders.moment

    def second(rung: ladders.Rung, anchor: datetime, tz: ZoneInfo) -> datetime:
        wall = anchor.astimezone(tz) + timedelta(days=rung.offset)
        return wall.replace(fold=1).astimezone(UTC) if rung.name == "after-5" else moment(rung, anchor, tz)

    monkeypatch.setattr(ladders, "moment", second)
    at = datetime.fromisoformat(asked).replace(tzinfo=UTC)
    through_the_night(ask(zone, at), at + timedelta(days=5))
    assert stage not in said("silence")


def test_without_memory_of_what_was_fired_the_hour_that_comes_twice_says_it_twice():
    one = ask(BERLIN, datetime(2026, 10, 20, 0, 30, tzinfo=UTC))
    for minute in (30, 90):  # 02:30 there, both times
        forget()
        go(datetime(2026, 10, 25, 0, tzinfo=UTC) + timedelta(minutes=minute), one)
    assert [said_at.split()[0] for said_at in said("silence")].count("after-5") == 2


def test_without_hours_of_rest_a_stage_is_said_in_the_night(monkeypatch):
    Ladder.objects.filter(what="silence", contract=None).update(quiet_from=time(21), quiet_until=time(2, 30))
    reference.changed()
    monkeypatch.setattr(ladders, "after_quiet", lambda at, _quiet, _zone: at)
    at = datetime(2026, 3, 26, 22, 10, tzinfo=UTC)
    through_the_night(ask(BERLIN, at), at + timedelta(hours=50))
    assert said("silence") == ["after-48h 03-28 22:10"]
