"""Grouped trips: what may never happen, a slow search for the fewest trips, and the network of schools."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicebook.maintenance.rules import trips as rules
from servicebook.maintenance.rules.trips import Alone, Place, Task

pytestmark = [pytest.mark.req("S0.32")]

TODAY = date(2026, 3, 2)  # a Monday
DAY = timedelta(days=1)
ALMATY, AKTAU = (43.24, 76.89), (43.65, 51.16)


def weekdays(_task: Task, on: date) -> bool:
    return on.weekday() < 5


def always(_task: Task, _on: date) -> bool:
    return True


def day(number: int) -> date:
    return TODAY + number * DAY


def task(key: int, due: int, *, site: int = 0, **fields) -> Task:
    place = fields.pop("place", None) or Place(site=site or key, city="Almaty")
    fields = {"minutes": 60, "may_move_days": 7, **fields}
    return Task(id=key, place=place, due_on=day(due), **fields)


def propose(*tasks, **options):
    return rules.propose(tasks, **{"today": TODAY, "suits": weekdays, **options})


def drawn(found):
    """Each trip as its day and its tasks."""
    return [((trip.day - TODAY).days, sorted(stop.task.id for stop in trip.stops)) for trip in found.trips]


PLACES = st.builds(
    Place,
    site=st.integers(1, 12),
    city=st.sampled_from(["", "Almaty", "almaty", "Aktau"]),
    regions=st.sampled_from([(), (3,), (4, 3), (5, 3), (6,)]),
    at=st.sampled_from([None, None, ALMATY, (43.3, 76.9), AKTAU]),
)
TASKS = st.lists(
    st.builds(
        Task,
        id=st.integers(1, 10**6),
        place=PLACES,
        due_on=st.integers(-10, 40).map(day),
        minutes=st.sampled_from([0, 30, 60, 200, 480, 700]),
        may_move_days=st.integers(0, 10),
        forbidden_by=st.sampled_from(["", "", "", "C-1", "C-2"]),
    ),
    max_size=25,
    unique_by=lambda one: one.id,
)


@given(TASKS, st.randoms(use_true_random=False))
def test_what_holds_of_every_proposal(tasks, random):
    found = propose(*tasks)

    stops = [stop for trip in found.trips for stop in trip.stops]
    assert sorted(stop.task.id for stop in stops) == sorted(one.id for one in tasks)  # each once
    for trip in found.trips:
        assert trip.day >= TODAY
        assert sum(stop.task.minutes for stop in trip.stops) <= trip.minutes
        assert trip.minutes <= rules.DAY_MINUTES or len(trip.stops) == 1
        assert bool(trip.alone) == (len(trip.sites) == 1)
        for stop in trip.stops:
            assert stop.moved == (trip.day - stop.task.due_on).days
            assert abs((trip.day - max(stop.task.due_on, TODAY)).days) <= stop.task.may_move_days
            assert weekdays(stop.task, trip.day) or not stop.moved or stop.task.due_on < TODAY
            assert stop.task.forbidden_by == trip.forbidden_by
        if trip.forbidden_by:
            assert trip.alone is Alone.FORBIDDEN
            assert len(trip.sites) == 1
    assert found.saved == found.visits - len(found.trips) == sum(trip.saved for trip in found.trips)
    assert found.saved >= 0

    random.shuffle(tasks)
    assert propose(*tasks) == found


def fewest(windows):
    """The slow search: the smallest set of days that touches every window."""
    days = sorted({end for _start, end in windows})
    for count in range(len(days) + 1):
        for chosen in combinations(days, count):
            if all(any(start <= one <= end for one in chosen) for start, end in windows):
                return count
    return len(windows)


@given(st.lists(st.tuples(st.integers(10, 40), st.integers(0, 8)), max_size=9))
def test_in_one_area_there_is_no_way_with_fewer_trips(dues):
    tasks = [task(n, due, may_move_days=move, minutes=0) for n, (due, move) in enumerate(dues, start=1)]
    found = propose(*tasks, suits=always, day_minutes=10**6)

    assert len(found.trips) == fewest([(due - move, due + move) for due, move in dues])


def test_near_sites_share_the_day_that_moves_least():
    found = propose(task(1, 14), task(2, 16), task(3, 16), task(4, 18))

    assert drawn(found) == [(16, [1, 2, 3, 4])]
    assert [stop.moved for stop in found.trips[0].stops] == [2, 0, 0, -2]
    assert (found.visits, found.saved) == (4, 3)
    assert found.trips[0].minutes == 4 * 60 + 3 * rules.BETWEEN_MINUTES


def test_a_day_off_is_nobodys_day():
    found = propose(task(1, 4, may_move_days=2), task(2, 6, may_move_days=2))  # Friday and Sunday

    assert drawn(found) == [(4, [1, 2])]
    assert propose(task(1, 5, may_move_days=0)).trips[0].day == day(5)  # agreed: it stays on Saturday


def test_a_task_is_not_moved_to_a_day_that_does_not_suit_it():
    def suits(one, on):
        return on <= day(14) if one.id == 1 else on >= day(16)

    assert drawn(propose(task(1, 14), task(2, 16), suits=suits)) == [(14, [1]), (16, [2])]


def test_units_at_one_site_on_one_day_are_one_visit_and_no_saving():
    found = propose(*[task(n, 14, site=7) for n in range(1, 5)])

    assert drawn(found) == [(14, [1, 2, 3, 4])]
    assert (found.visits, found.saved) == (1, 0)
    assert found.trips[0].alone is Alone.NOBODY_NEAR


def test_servers_and_workstations_of_one_school_share_a_trip():
    found = propose(task(1, 14, site=7), task(2, 17, site=7))

    assert drawn(found) == [(14, [1, 2])]
    assert found.saved == 1
    assert found.trips[0].alone is Alone.NOBODY_NEAR


@pytest.mark.parametrize(
    ("tasks", "why"),
    [
        ([task(1, 14)], [Alone.NOBODY_NEAR]),
        ([task(1, 14), task(2, 14, place=Place(2, city="Aktau"))], [Alone.NOBODY_NEAR] * 2),
        ([task(1, 14, may_move_days=3), task(2, 24, may_move_days=3)], [Alone.OTHER_DAYS] * 2),
        ([task(1, 14, minutes=400), task(2, 14, minutes=300)], [Alone.FULL] * 2),
        ([task(1, 14, minutes=900), task(2, 14)], [Alone.FULL] * 2),
        ([task(1, 14, forbidden_by="C-1"), task(2, 14)], [Alone.FORBIDDEN, Alone.NOBODY_NEAR]),
        ([task(1, 14, forbidden_by="C-1"), task(2, 14, forbidden_by="C-1")], [Alone.FORBIDDEN] * 2),
        ([task(1, 14, may_move_days=0), task(2, 15, may_move_days=0)], [Alone.OTHER_DAYS] * 2),
        ([task(1, 14), task(2, 14)], [None]),
    ],
)
def test_why_a_trip_goes_to_one_address(tasks, why):
    found = propose(*tasks)

    assert [trip.alone for trip in found.trips] == why


def test_a_visit_that_may_not_be_shared_is_named_with_its_contract():
    found = propose(task(1, 14, site=7, forbidden_by="C-1"), task(2, 14, site=7), task(3, 15))

    assert drawn(found) == [(14, [1]), (14, [2, 3])]
    assert found.trips[0].forbidden_by == "C-1"
    assert found.trips[1].alone is None


def test_what_does_not_fit_into_one_day_goes_on_the_next_trip():
    found = propose(*[task(n, 14, minutes=180) for n in range(1, 5)])

    assert drawn(found) == [(14, [1, 2]), (14, [3, 4])]
    assert all(trip.minutes <= rules.DAY_MINUTES for trip in found.trips)


def test_a_trip_to_one_address_gets_a_visit_of_a_full_one():
    found = propose(*[task(n, 14, minutes=120) for n in range(1, 5)])

    assert drawn(found) == [(14, [2, 3]), (14, [1, 4])]  # and not three on one and one alone


def test_what_is_overdue_goes_along_from_today_on():
    found = propose(task(1, -20, may_move_days=5), task(2, 3, may_move_days=5))

    assert drawn(found) == [(0, [1, 2])]
    assert [stop.moved for stop in found.trips[0].stops] == [20, -3]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Place(1), Place(1), True),
        (Place(1), Place(2), False),  # nobody knows where they are
        (Place(1, city="Almaty"), Place(2, city="ALMATY"), True),
        (Place(1, city="Almaty"), Place(2, city="Aktau"), False),
        (Place(1, city="Almaty"), Place(2), False),
        (Place(1, regions=(4, 3)), Place(2, regions=(4, 3)), True),
        (Place(1, regions=(4, 3)), Place(2, regions=(5, 3)), False),
        (Place(1, city="Almaty", regions=(4, 3, 1)), Place(2, city="Almaty", regions=(5, 3, 1)), True),
        (Place(1, city="Aksu", regions=(4, 3, 1)), Place(2, city="Aksu", regions=(6, 2, 1)), False),
        (Place(1, at=ALMATY), Place(2, at=(43.3, 76.9)), True),
        (Place(1, "Almaty", at=ALMATY), Place(2, "Almaty", at=AKTAU), False),
        (Place(1, "Almaty", at=ALMATY), Place(2, "Almaty"), True),
    ],
)
def test_what_is_near(one, other, expected):
    assert rules.near(one, other) is expected
    assert rules.near(other, one) is expected


def test_distances():
    assert rules.kilometres(ALMATY, ALMATY) == 0
    assert 2000 < rules.kilometres(ALMATY, AKTAU) < 2150
    assert rules.kilometres((0, 0), (0, 180)) == pytest.approx(20015, abs=1)
    assert rules.minutes_between(Place(1, at=ALMATY), Place(2, at=(43.3, 76.9))) in range(10, 20)
    assert rules.minutes_between(Place(1, at=ALMATY), Place(1, at=AKTAU)) == 0


def test_the_network_of_schools_saves_most_of_its_trips_and_takes_no_time():
    """Two hundred schools in ten districts: servers every quarter, workstations twice a year."""
    tasks = []
    for school in range(1, 201):
        place = Place(site=school, regions=(school % 10, 99))
        spread = school * 7 % 30
        tasks.append(replace(task(school, 10 + spread, place=place), minutes=90))
        tasks.append(replace(task(1000 + school, 10 + (spread + 4) % 30, place=place), minutes=120))

    found = propose(*tasks)

    assert found.visits == 400
    assert len(found.trips) <= 160
    assert not [trip for trip in found.trips if trip.alone]
