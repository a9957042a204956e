"""The calendar, the proposals of trips, and the figures of scheduled work."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from servicebook.accounts.models import Role
from servicebook.contracts.models import ContractVersion
from servicebook.core import clock
from servicebook.maintenance.models import (
    Checklist,
    ChecklistItem,
    ChecklistVersion,
    Occurrence,
    PartNeed,
    Trip,
    Worksheet,
    WorksheetLine,
)
from servicebook.maintenance.queries import calendar, due, figures, trips
from servicebook.maintenance.queries.figures import Came
from servicebook.maintenance.rules.standing import Standing
from servicebook.maintenance.rules.trips import Alone
from servicebook.sla.models import ServiceHours
from servicebook.testing import (
    close_ticket,
    make_asset,
    make_contract,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_site,
    make_user,
    make_work_type,
)
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Spell, Ticket

DAY = timedelta(days=1)
APRIL = date(2026, 4, 15)


@pytest.fixture
def dispatcher(db, set_clock):
    set_clock("2026-04-01 09:00")
    make_user(Role.MANAGER)
    return make_user(Role.DISPATCHER)


# The calendar.


@pytest.mark.req("S3.4")
def test_a_month_shows_whole_weeks_with_the_first_of_each_day(dispatcher):
    plan = make_plan()
    for _each in range(7):
        make_occurrence(plan, due_on=APRIL)
    outside = make_occurrence(plan, due_on=date(2026, 3, 30))
    make_occurrence(plan, due_on=date(2026, 3, 29))
    gone = make_occurrence(plan, due_on=APRIL)
    Occurrence.objects.filter(pk=gone.pk).update(cancelled_at=clock.now(), because="Sold")

    weeks = calendar.month(due.listed(dispatcher), APRIL)

    days = [day for week in weeks for day in week]
    assert (days[0].on, days[-1].on, len(weeks)) == (date(2026, 3, 30), date(2026, 5, 3), 5)
    assert [day.on for day in days if day.in_month] == [date(2026, 4, 1) + n * DAY for n in range(30)]
    busy = next(day for day in days if day.on == APRIL)
    assert (busy.count, len(busy.rows), busy.more) == (7, 5, 2)
    assert days[0].rows == [outside]
    assert {row.standing for day in days for row in day.rows} == {Standing.AHEAD, Standing.OVERDUE}
    assert sum(day.count for day in days) == 8


@pytest.mark.parametrize("count", [1, 6])
def test_a_month_takes_five_statements(count, dispatcher, django_assert_num_queries):
    for n in range(count):
        make_planned(make_occurrence(due_on=APRIL + n * DAY))

    with django_assert_num_queries(5):  # counts, which, rows, parts, windows
        weeks = calendar.month(due.listed(dispatcher), APRIL)
        shown = [str(row) for week in weeks for day in week for row in day.rows]

    assert len(shown) == count


# Grouped trips.


def at(city, day, *, plan=None, contract=None, **fields):
    """A task of an hour at a site of its own, which may be moved by a week."""
    customer = make_customer()
    site = make_site(customer, city=city, **fields)
    plan = plan or make_plan(customer, contract=contract, standard_minutes=60, may_move_days=7)
    return make_occurrence(plan, asset=make_asset(customer, site=site), due_on=day)


def proposed(user, **options):
    rows = due.due(user, until=date(2026, 5, 31))
    return trips.propose(rows, now=clock.now(), **options)


@pytest.mark.req("S0.32")
def test_what_is_due_nearby_shares_a_trip(dispatcher):
    one, other = at("Almaty", APRIL), at("Almaty", APRIL + 2 * DAY)
    far = at("Aktau", APRIL)

    found = proposed(dispatcher)

    assert [(trip.day, trip.ids) for trip in found.shared] == [(APRIL, [one.pk, other.pk])]
    assert [stop.moved for stop in found.shared[0].stops] == [0, -2]
    assert [site.city for site in found.shared[0].sites] == ["Almaty", "Almaty"]
    assert [(trip.ids, trip.alone) for trip in found.single] == [([far.pk], Alone.NOBODY_NEAR)]
    assert (found.visits, found.saved, found.cut) == (3, 1, False)


@pytest.mark.req("S0.32")
def test_a_contract_that_forbids_it_is_named(dispatcher):
    contract = make_contract(version={"own_trips": True})
    own = at("Almaty", APRIL, contract=contract)
    at("Almaty", APRIL)
    at("Almaty", APRIL)

    found = proposed(dispatcher)

    assert [(trip.ids, trip.alone, trip.forbidden_by) for trip in found.single] == [
        ([own.pk], Alone.FORBIDDEN, contract.number)
    ]
    assert len(found.shared) == 1


@pytest.mark.req("S0.32")
def test_the_version_counts_that_is_in_force_on_the_due_day(dispatcher):
    contract = make_contract(version={"own_trips": True})
    changed = {"number": 2, "valid_from": APRIL, "in_force": True, "own_trips": False}
    ContractVersion.objects.create(contract=contract, **changed)
    draft = {"number": 3, "valid_from": date(2026, 4, 2), "in_force": False, "own_trips": True}
    ContractVersion.objects.create(contract=contract, **draft)
    before, after = at("Almaty", APRIL - DAY, contract=contract), at("Almaty", APRIL, contract=contract)

    found = {task.id: task.forbidden_by for task in trips.tasks([before, after])}

    assert found == {before.pk: contract.number, after.pk: ""}


@pytest.mark.req("S0.32")
def test_an_agreed_window_stays_and_a_trip_that_is_made_is_not_proposed_again(dispatcher):
    agreed = at("Almaty", APRIL)
    span = {"window_from": clock.now(), "window_until": clock.now() + DAY, "window_agreed_at": clock.now()}
    Occurrence.objects.filter(pk=agreed.pk).update(**span, window_agreed_by="A", window_channel="phone")
    other = at("Almaty", APRIL + 2 * DAY)
    made = at("Almaty", APRIL)
    trip = Trip.objects.create(day=APRIL, title="North")
    Occurrence.objects.filter(pk=made.pk).update(trip=trip)

    found = proposed(dispatcher)

    assert [(trip.day, trip.ids) for trip in found.shared] == [(APRIL, [agreed.pk, other.pk])]
    assert found.single == []


@pytest.mark.req("S0.32")
def test_what_was_agreed_for_a_day_that_is_over_is_not_proposed(dispatcher):
    yesterday = clock.today(ZoneInfo(settings.TIME_ZONE)) - DAY
    agreed, other = at("Almaty", yesterday), at("Almaty", yesterday)
    span = {"window_from": clock.now() - DAY, "window_until": clock.now(), "window_agreed_at": clock.now()}
    Occurrence.objects.filter(pk=agreed.pk).update(**span, window_agreed_by="A", window_channel="phone")

    found = proposed(dispatcher)

    assert [trip.ids for trip in [*found.shared, *found.single]] == [[other.pk]]


def test_a_task_is_moved_only_to_a_day_that_its_plan_and_contract_allow(dispatcher):
    """APRIL is a Wednesday."""
    fridays = ServiceHours.objects.create(name="Fridays", week=[[], [], [], [], [[540, 1080]], [], []])
    contract = make_contract(ends_on=APRIL)
    one = at("Almaty", APRIL, plan=make_plan(weekdays=[0, 2], may_move_days=7))
    by_hours = at("Almaty", APRIL, plan=make_plan(hours=fridays))
    ends = at("Almaty", APRIL, contract=contract)
    plain = at("Almaty", APRIL)
    from_then = at("Almaty", APRIL, plan=make_plan(starts_on=APRIL, ends_on=APRIL + DAY))

    def days(occurrence):
        week = [APRIL + n * DAY for n in range(-2, 5)]
        return [day.strftime("%a") for day in week if trips.suits(occurrence, day)]

    assert days(one) == ["Mon", "Wed"]
    assert days(by_hours) == ["Fri"]
    assert days(ends) == ["Mon", "Tue", "Wed"]
    assert days(plain) == ["Mon", "Tue", "Wed", "Thu", "Fri"]
    assert days(from_then) == ["Wed", "Thu"]


def test_the_standard_time_of_the_work_type_counts_where_the_plan_has_none(dispatcher):
    work = make_work_type("cleaning", standard_minutes=45)
    one = at("Almaty", APRIL, plan=make_plan(work_type=work))

    assert trips.tasks([one])[0].minutes == 45


@pytest.mark.parametrize("count", [1, 5])
def test_proposals_take_four_statements(count, dispatcher, django_assert_num_queries):
    for _each in range(count):
        make_planned(at("Almaty", APRIL, contract=make_contract()))
    due.levels()

    with django_assert_num_queries(4):  # where what is due begins (2), the rows, the clauses
        found = proposed(dispatcher)
        shown = [str(stop.occurrence.asset) for trip in [*found.shared, *found.single] for stop in trip.stops]

    assert len(shown) == count


def test_no_more_is_looked_at_than_can_be(dispatcher):
    soonest = at("Almaty", APRIL)
    at("Almaty", APRIL + DAY)

    found = proposed(dispatcher, most=1)

    assert found.cut
    assert [trip.ids for trip in found.single] == [[soonest.pk]]


# Done on time.


def closed(one, day, *, by):
    """Its ticket, closed at noon of a day."""
    close_ticket(one.ticket, by=by)
    Ticket.objects.filter(pk=one.ticket_id).update(closed_at=datetime.fromisoformat(f"{day} 12:00+05:00"))


def settled(one, day="2026-04-02"):
    """Window and access agreed on a day."""
    at = datetime.fromisoformat(f"{day} 12:00+05:00")
    span = {"window_from": at, "window_until": at + DAY, "window_agreed_at": at, "access_agreed_at": at}
    Occurrence.objects.filter(pk=one.pk).update(**span, window_agreed_by="A", window_channel="phone")


def planned(day=APRIL, **plan):
    return make_planned(make_occurrence(make_plan(**plan), due_on=day))


def left_over(one):
    """A required line of its worksheet that nobody did."""
    version = ChecklistVersion.objects.create(checklist=Checklist.objects.create(name="UPS"), number=1)
    item = ChecklistItem.objects.create(version=version, position=1, text="Test the battery")
    sheet = Worksheet.objects.update_or_create(ticket=one.ticket, defaults={"version": version})[0]
    WorksheetLine.objects.create(worksheet=sheet, item=item)


def waits(one, reason, since, until=None):
    at = [day and datetime.fromisoformat(f"{day} 12:00+05:00") for day in (since, until)]
    Spell.objects.filter(ticket=one.ticket).update(started_at=at[0], ended_at=at[0])
    Spell.objects.create(
        ticket=one.ticket, status="waiting", waiting_for=reason, started_at=at[0], ended_at=at[1]
    )


def on_time(by):
    closed(planned(), "2026-04-15", by=by)


def a_day_late_for_nothing(by):
    one = planned(needs_window=False)
    closed(one, "2026-04-16", by=by)


def half_done(by):
    one = planned()
    left_over(one)
    closed(one, "2026-04-15", by=by)


def no_window(by):
    planned()


def window_too_late(by):
    settled(planned(), "2026-04-16")


def no_access(by):
    planned(needs_window=False, access="Ask the guard")


def waited_for_access(by):
    waits(planned(), "access", "2026-04-14", "2026-04-20")


def waited_for_access_earlier(by):
    one = planned(needs_window=False)
    waits(one, "access", "2026-04-10", "2026-04-12")


def waited_for_a_part(by):
    waits(planned(), "delivery", "2026-04-14")


def no_part(by):
    one = planned(needs_window=False)
    PartNeed.objects.create(occurrence=one, name="Battery")


def part_too_late(by):
    one = planned(needs_window=False)
    late = datetime.fromisoformat("2026-04-16 12:00+05:00")
    PartNeed.objects.create(occurrence=one, name="Battery", state="reserved", changed_at=late)


def part_in_time(by):
    one = planned(needs_window=False)
    PartNeed.objects.create(occurrence=one, name="Battery", state="reserved", changed_at=clock.now())


def called_off(by):
    one = planned(needs_window=False)
    tickets.withdraw(one.ticket_id, because="Off", by=by)


def never_called(by):
    make_occurrence(due_on=APRIL)


@pytest.mark.req("S0.63")
@pytest.mark.parametrize(
    ("happens", "came"),
    [
        (on_time, Came.ON_TIME),
        (half_done, Came.PARTLY),
        (a_day_late_for_nothing, Came.OTHER),
        (no_window, Came.WINDOW),
        (window_too_late, Came.WINDOW),
        (no_access, Came.ACCESS),
        (waited_for_access, Came.ACCESS),
        (waited_for_access_earlier, Came.OTHER),
        (waited_for_a_part, Came.PARTS),
        (no_part, Came.PARTS),
        (part_too_late, Came.PARTS),
        (part_in_time, Came.OTHER),
        (called_off, Came.OTHER),
        (never_called, Came.OTHER),
    ],
)
def test_what_came_of_scheduled_work(happens, came, dispatcher):
    happens(dispatcher)

    (april,) = figures.months(Occurrence.objects.all(), since=date(2026, 4, 1), until=date(2026, 4, 30))

    assert april.came == {came: 1}


@pytest.mark.req("S0.63")
def test_figures_are_by_month_and_quarter_with_the_reasons(dispatcher, django_assert_num_queries):
    on_time(dispatcher)
    on_time(dispatcher)
    no_window(dispatcher)
    closed(planned(date(2026, 6, 30)), "2026-06-30", by=dispatcher)
    planned(date(2026, 7, 1))
    skipped, cancelled, rest = (make_occurrence(due_on=APRIL, part=n // 2) for n in range(3))
    Occurrence.objects.filter(pk=skipped.pk).update(skipped_at=clock.now(), because="Asked to")
    Occurrence.objects.filter(pk=cancelled.pk).update(cancelled_at=clock.now(), because="Sold")

    with django_assert_num_queries(1):
        every = Occurrence.objects.visible_to(dispatcher)
        months = figures.months(every, since=date(2026, 4, 1), until=date(2026, 7, 31))
    quarters = figures.quarters(months)

    assert [(one.first.month, one.due, one.on_time, one.percent, one.skipped) for one in months] == [
        (4, 3, 2, 66, 1),
        (6, 1, 1, 100, 0),
        (7, 1, 0, 0, 0),
    ]
    assert [(one.first.month, one.due, one.percent, one.missed) for one in quarters] == [
        (4, 4, 75, [(Came.WINDOW, 1)]),
        (7, 1, 0, [(Came.WINDOW, 1)]),
    ]
    assert rest.part == 1  # what a visit left over is not scheduled work of its own
