"""Plans through clocks that jump, nights in which they are changed, and the ends of months."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from servicebook import agenda
from servicebook.agenda import audit
from servicebook.agenda.models import Obligation
from servicebook.agenda.worker import run_due
from servicebook.core import clock
from servicebook.maintenance.actions import plans
from servicebook.maintenance.duties import plans as duties
from servicebook.maintenance.models import Occurrence, Plan
from servicebook.maintenance.rules import recurrence
from servicebook.maintenance.rules.recurrence import Every
from servicebook.testing import make_asset, make_customer, make_reason, make_site, make_user, make_work_type
from servicebook.tickets.models import Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.trust("B24")]
BERLIN = ZoneInfo("Europe/Berlin")
LEAD = timedelta(days=14)


def start(now: str, *, zone: str = "", **rule: Any) -> Plan:
    """A plan with one unit at a site in `zone`, switched on and followed at a moment of UTC."""
    clock.set_to(datetime.fromisoformat(now).replace(tzinfo=UTC))
    make_reason("maintenance")
    manager = make_user("manager")
    customer = make_customer()
    make_asset(customer, site=make_site(customer, time_zone=zone))
    given = {"title": "Check", "every": 1, "every_unit": "months", "shift": "keep", **rule}
    plan = plans.save_plan(Plan(customer=customer, work_type=make_work_type(), **given), [], by=manager)
    plans.activate(plan.pk, by=manager)
    run_due()
    return plan


def called() -> dict[str, str]:
    """The day of each task that became a ticket → when it did, in UTC."""
    rows = Occurrence.objects.filter(ticket__isnull=False).order_by("due_on")
    assert Ticket.objects.count() == len(rows)
    return {one.due_on.isoformat(): f"{one.called_at:%Y-%m-%d %H:%M}" for one in rows if one.called_at}


def nothing_is_open() -> None:
    passed = Obligation.objects.filter(due_at__lte=clock.now())
    assert set(passed.values_list("state", flat=True)) <= {"fired", "cancelled"}
    assert [str(one) for one in audit.everything()] == []


@pytest.mark.req("S0.24", "S0.25")
@pytest.mark.parametrize(
    ("day", "year", "expected"),
    [
        (31, 2027, ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]),
        (31, 2028, ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]),
        (29, 2027, ["2027-01-29", "2027-02-28", "2027-03-29", "2027-04-29"]),
    ],
)
def test_every_month_has_its_ticket_fourteen_days_ahead_whatever_its_length(
    day: int, year: int, expected: list[str]
) -> None:
    start(f"{year}-01-10 00:00", anchor_on=date(2027, 1, day))

    run_due(until=datetime(year, 4, 20, tzinfo=UTC))

    # 06:00 in Almaty is 01:00 in UTC.
    assert called() == {one: f"{date.fromisoformat(one) - LEAD} 01:00" for one in expected}
    nothing_is_open()


@pytest.mark.req("S0.24", "S0.25")
def test_a_plan_of_29_february_comes_every_year_and_on_that_day_when_there_is_one() -> None:
    start("2026-01-10 00:00", every_unit="years", anchor_on=date(2024, 2, 29))

    run_due(until=datetime(2029, 2, 20, tzinfo=UTC))

    assert called() == {
        "2026-02-28": "2026-02-14 01:00",
        "2027-02-28": "2027-02-14 01:00",
        "2028-02-29": "2028-02-15 01:00",
        "2029-02-28": "2029-02-14 01:00",
    }
    nothing_is_open()


@pytest.mark.req("S0.25")
@pytest.mark.parametrize(
    ("night", "moment"),
    [
        (date(2026, 3, 29), "2026-03-29 04:00"),  # 06:00 of summer; the hour from two to three is left out
        (date(2026, 10, 25), "2026-10-25 05:00"),  # 06:00 of winter; it came twice
    ],
)
def test_in_both_nights_a_task_is_called_once_at_six_where_it_is_to_be_done(night: date, moment: str) -> None:
    evening = datetime.combine(night - timedelta(days=1), datetime.min.time(), UTC) + timedelta(hours=22)
    start(f"{evening:%Y-%m-%d %H:%M}", zone="Europe/Berlin", every_unit="years", anchor_on=night + LEAD)

    for _quarter in range(4 * 12):  # until ten in the morning, with a look at what is owed each time
        clock.set_to(clock.now() + timedelta(minutes=15))
        agenda.refresh_many(list(Occurrence.objects.all()))
        run_due()

    assert called() == {(night + LEAD).isoformat(): moment}
    assert datetime.fromisoformat(f"{moment}+00:00").astimezone(BERLIN).hour == 6
    nothing_is_open()


@pytest.mark.req("S0.25")
def test_a_clock_that_jumps_thirty_days_and_back_calls_each_task_once(
    set_clock: Callable[[str], datetime],
) -> None:
    start("2026-01-10 00:00", every=2, every_unit="weeks", anchor_on=date(2026, 2, 2))
    set_clock("2026-01-20 09:00")
    run_due()
    assert list(called()) == ["2026-02-02"]

    set_clock("2026-02-19 09:00")  # wrong by thirty days
    run_due()
    early = called()
    assert list(early) == ["2026-02-02", "2026-02-16", "2026-03-02"]

    for moment in ("2026-01-20 09:05", "2026-02-02 06:00", "2026-02-16 06:00", "2026-02-19 09:00"):
        set_clock(moment)  # and right again
        agenda.refresh_many(list(Occurrence.objects.all()))
        run_due()
    assert called() == early
    set_clock("2026-03-02 06:00")
    run_due()
    assert list(called()) == [*early, "2026-03-16"]
    nothing_is_open()


@pytest.mark.req("S0.25")
def test_a_clock_that_goes_back_an_hour_calls_nothing_again(set_clock: Callable[[str], datetime]) -> None:
    start("2026-01-10 00:00", every=2, every_unit="weeks", anchor_on=date(2026, 2, 2))
    for moment in ("2026-01-19 06:00", "2026-01-19 05:00", "2026-01-19 05:59", "2026-01-19 06:01"):
        set_clock(moment)
        agenda.refresh_many(list(Occurrence.objects.all()))
        run_due()
        assert called() == {"2026-02-02": "2026-01-19 01:00"}
    nothing_is_open()


# The twins: without its guard the same clock gives other days, another hour, or a second ticket.


@pytest.mark.parametrize(
    ("rule", "until", "lost"),
    [
        ({"anchor_on": date(2027, 1, 31)}, "2027-04-20", "2027-03-31"),
        ({"anchor_on": date(2024, 2, 29), "every_unit": "years"}, "2028-02-20", "2028-02-29"),
    ],
    ids=["31st", "29 February"],
)
def test_counted_from_the_day_before_the_end_of_the_month_is_lost(
    rule: dict[str, Any], until: str, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_month, day = recurrence._in_month, [31]

    def drifting(one: Every, month: int) -> date:
        """The day before was the 28th, so this one is, too."""
        day[0] = min(day[0], in_month(one, month).day)
        return in_month(one, month).replace(day=day[0])

    monkeypatch.setattr(recurrence, "_in_month", drifting)
    start("2027-01-10 00:00", **rule)
    run_due(until=datetime.fromisoformat(until).replace(tzinfo=UTC))
    assert lost not in called()
    assert f"{lost[:-2]}28" in called()


@pytest.mark.parametrize(
    ("night", "hours", "moment"),
    [(date(2026, 3, 29), 1, "2026-03-29 04:00"), (date(2026, 10, 25), 2, "2026-10-25 05:00")],
)
def test_by_the_hour_of_the_evening_before_a_task_is_called_at_another(
    night: date, hours: int, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening_before = timezone(timedelta(hours=hours))
    monkeypatch.setattr(
        duties, "_morning", lambda day, _zone: datetime.combine(day, duties.CALLED_AT, evening_before)
    )
    start(f"{night - timedelta(days=1)} 22:00", every_unit="years", anchor_on=night + LEAD)
    run_due(until=datetime.combine(night, datetime.max.time(), UTC))
    wrong = datetime.combine(night, duties.CALLED_AT, evening_before).astimezone(UTC)
    assert called() == {(night + LEAD).isoformat(): f"{wrong:%Y-%m-%d %H:%M}"}
    assert f"{wrong:%Y-%m-%d %H:%M}" != moment


@pytest.mark.parametrize("back", [timedelta(days=30), timedelta(hours=1)], ids=["30 days", "an hour"])
def test_without_memory_of_what_was_called_a_clock_that_goes_back_calls_it_again(back: timedelta) -> None:
    start("2026-01-10 00:00", every=2, every_unit="weeks", anchor_on=date(2026, 2, 2))
    due = datetime(2026, 1, 19, 1, tzinfo=UTC)
    run_due(until=due)
    assert list(called()) == ["2026-02-02"]

    Obligation.objects.filter(state="fired").delete()
    Occurrence.objects.update(ticket=None, called_at=None)
    for moment in (due - back, due):
        clock.set_to(moment)
        agenda.refresh_many(list(Occurrence.objects.all()))
        run_due()
    assert Ticket.objects.count() == 2
