"""Several due tasks on one journey, the clauses that forbid it, and the way back (S0.32)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from servicebook.accounts.models import Role
from servicebook.core.errors import Refused
from servicebook.journal.models import Entry
from servicebook.maintenance.actions import moving, trips, windows
from servicebook.maintenance.actions.trips import TripRefused
from servicebook.maintenance.models import Occurrence, Trip
from servicebook.testing import (
    Program,
    make_asset,
    make_contract,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_reason,
    make_region,
    make_site,
    make_user,
)
from servicebook.tickets.models import Ticket

pytestmark = pytest.mark.django_db
THURSDAY = date(2026, 4, 30)


@pytest.fixture
def boss(set_clock):
    set_clock("2026-04-10 09:00")
    make_reason("maintenance")
    return make_user(Role.MANAGER)


@pytest.fixture
def schools(boss):
    """Two schools of one city; the second is due a few days later."""
    region, customer = make_region(), make_customer(name="Schools")
    plan = make_plan(customer)
    found = []
    for days in (0, 4):
        site = make_site(customer, region=region, city="Aktobe")
        asset = make_asset(customer, site=site)
        found.append(make_occurrence(plan, asset=asset, due_on=THURSDAY + timedelta(days=days)))
    return found


def ids(tasks) -> list[int]:
    return [task.pk for task in tasks]


@pytest.mark.req("S0.32")
def test_a_trip_takes_tasks_along_and_calls_them_once(schools, boss):
    made = [trips.make_trip(THURSDAY, ids(schools), title="Schools of Aktobe", by=boss) for _n in range(2)]

    trip = made[0]
    assert made[1] == trip
    assert (trip.city, trip.region, trip.made_by) == ("Aktobe", schools[0].site.region, boss)
    rows = list(Occurrence.objects.filter(trip=trip).select_related("ticket").order_by("pk"))
    assert [row.due_on for row in rows] == [THURSDAY] * 2
    assert [row.moved_because for row in rows] == ["", "going there anyway: Schools of Aktobe"]
    assert Ticket.objects.count() == 2
    assert {row.ticket.due_at for row in rows} == {datetime(2026, 4, 30, 18, 59, tzinfo=UTC)}
    assert Entry.objects.filter(verb="occurrence.on_trip").count() == 2


@pytest.mark.req("S0.32")
def test_a_clause_that_forbids_shared_trips_is_named(boss):
    customer = make_customer()
    contract = make_contract(customer, number="C-OWN", version={"own_trips": True})
    plan = make_plan(customer, contract=contract)
    site = make_site(customer)
    own = [make_occurrence(plan, asset=make_asset(customer, site=site), due_on=THURSDAY) for _n in range(2)]
    other = make_occurrence(due_on=THURSDAY)
    with pytest.raises(TripRefused, match="C-OWN says that its visits are not combined") as refused:
        trips.make_trip(THURSDAY, ids([own[0], other]), title="Both", by=boss)
    assert list(refused.value.fields) == [f"occurrences.{own[0].pk}"]

    assert trips.make_trip(THURSDAY, ids(own), title="One address", by=boss).occurrences.count() == 2


def test_everything_that_speaks_against_a_trip_stands_at_its_task(schools, boss):
    first, second = schools
    on_trip, skipped, far, agreed, nowhere = (make_occurrence(first.plan, due_on=THURSDAY) for _n in range(5))
    Occurrence.objects.filter(pk=on_trip.pk).update(trip=Trip.objects.create(day=THURSDAY, title="Other"))
    moving.skip(skipped.pk, because="closed", by=boss)
    Occurrence.objects.filter(pk=far.pk).update(due_on=THURSDAY + timedelta(days=8))
    Occurrence.objects.filter(pk=nowhere.pk).update(site=None)
    windows.agree_window(
        agreed.pk,
        starts_at=datetime(2026, 4, 29, 5, tzinfo=UTC),
        ends_at=datetime(2026, 4, 29, 7, tzinfo=UTC),
        by_name="B.",
        channel="phone",
        by=boss,
    )
    wanted = [first, second, on_trip, skipped, far, agreed, nowhere]
    with pytest.raises(TripRefused) as refused:
        trips.make_trip(THURSDAY, ids(wanted), title="All", by=boss)

    said = {int(name.removeprefix("occurrences.")): text for name, text in refused.value.fields.items()}
    assert said.keys() == {one.pk for one in (on_trip, skipped, far, agreed, nowhere)}
    assert "on the trip “Other” already" in said[on_trip.pk]
    assert "is skipped (closed)" in said[skipped.pk]
    assert "due on 8 May 2026 and may be moved by 7 days" in said[far.pk]
    assert "A window is agreed for 29 Apr 2026" in said[agreed.pk]
    assert "It is at no site" in said[nowhere.pk]
    assert not Trip.objects.filter(title="All").exists()
    assert Occurrence.objects.get(pk=second.pk).due_on == second.due_on


@pytest.mark.parametrize(
    ("day", "title", "count", "field"),
    [
        (THURSDAY, " ", 2, "title"),
        (THURSDAY, "Trip", 1, "occurrences"),
        (date(2026, 4, 9), "Trip", 2, None),  # has passed
        (date(2026, 5, 2), "Trip", 2, None),  # a Saturday
    ],
)
def test_what_is_no_trip_is_refused(day, title, count, field, schools, boss):
    with pytest.raises(Refused) as refused:
        trips.make_trip(day, ids(schools[:count]), title=title, by=boss)

    assert list(refused.value.fields) == ([field] if field else [f"occurrences.{pk}" for pk in ids(schools)])


def test_a_trip_taken_apart_leaves_its_tasks_where_they_are(schools, boss):
    trip = trips.make_trip(THURSDAY, ids(schools), title="Schools", by=boss)
    for _time in range(2):
        trips.take_apart(trip.pk, by=boss)

    assert list(Occurrence.objects.order_by("pk").values_list("trip", "due_on")) == [(None, THURSDAY)] * 2
    assert not Trip.objects.exists()
    assert Entry.objects.filter(verb="occurrence.off_trip", subject_type__model="occurrence").count() == 2


def test_what_goes_to_another_day_leaves_its_trip(schools, boss):
    trip = trips.make_trip(THURSDAY, ids(schools), title="Schools", by=boss)
    moving.move(schools[0].pk, to=date(2026, 5, 4), because="a holiday", by=boss)
    assert ids(trip.occurrences.all()) == [schools[1].pk]


def test_programs_make_trips_of_what_they_see(schools, boss):
    program, tasks = Program(boss), sorted(ids(schools))
    body = {"day": "2026-04-30", "title": "Schools", "occurrences": tasks}
    made = program.call("POST", "/trips", body)
    assert (made.status_code, made.json()["occurrences"]) == (201, tasks)
    path = f"/trips/{made.json()['id']}"
    assert program.call("GET", path).json() == made.json()

    account_manager = Program(make_user(Role.ACCOUNT_MANAGER))
    hidden = account_manager.call("POST", "/trips", body)
    missing = account_manager.call("POST", "/trips", {**body, "occurrences": [2**40, 2**40 + 1]})
    assert (hidden.status_code, list(hidden.json()["fields"])) == (422, [f"occurrences.{pk}" for pk in tasks])
    assert missing.json()["detail"] == hidden.json()["detail"]
    assert account_manager.call("GET", path).status_code == 404

    assert program.call("POST", f"{path}/take-apart", {}).json() == tasks
    assert program.call("GET", path).status_code == 404


def test_a_ticket_is_made_through_the_api_once(boss):
    program, task = Program(boss), make_occurrence()
    for _time in range(2):
        made = program.call("POST", f"/due-maintenance/{task.pk}/call", {}).json()
    assert made["ticket"] == Ticket.objects.get().number

    paused = make_occurrence(make_plan(state="paused", state_because="rebuilding"))
    answer = program.call("POST", f"/due-maintenance/{paused.pk}/call", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_called")
    assert make_planned(task).ticket == Ticket.objects.get()
