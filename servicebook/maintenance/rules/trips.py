"""Trips that take several due tasks along, so that nobody drives to one address alone (S0.32).

Tasks at one site on one day are one visit, and without a proposal one trip. Visits near each other are put on
one day as far as each may be moved, the most urgent first. A contract may forbid it: its visits go alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from math import asin, cos, radians, sin, sqrt

DAY_MINUTES = 480  # of work and of driving between sites
NEAR_KM = 25  # from the first site of an area
BETWEEN_MINUTES = 30  # to another site nearby, where nobody knows how far it is
KM_PER_HOUR = 40
ROUNDABOUT = 1.3  # a road is so many times the straight line
EARTH_KM = 6371.0
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Place:
    """A site, and where it is.

    Attributes:
        regions: its region and those above it, the nearest first.
        at: latitude and longitude in degrees.
    """

    site: int
    city: str = ""
    regions: tuple[int, ...] = ()
    at: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """Work that is due.

    Attributes:
        may_move_days: so many days earlier or later at most; 0 when the window is agreed.
        forbidden_by: the number of the contract that forbids shared trips; empty: none does.
    """

    id: int
    place: Place
    due_on: date
    minutes: int
    may_move_days: int = 0
    forbidden_by: str = ""


class Alone(StrEnum):
    """Why a trip goes to one address only."""

    FORBIDDEN = "forbidden"  # the contract says so
    NOBODY_NEAR = "nobody_near"  # nothing else is due nearby
    OTHER_DAYS = "other_days"  # what is due nearby cannot be moved so far
    FULL = "full"  # it does not fit into one day with what is due nearby


@dataclass(frozen=True, slots=True)
class Stop:
    """A task on a trip: `moved` days later (below zero: earlier) than it is due."""

    task: Task
    moved: int


@dataclass(frozen=True, slots=True)
class Trip:
    """A day on which somebody drives out.

    Attributes:
        minutes: of the work, and of driving from site to site.
        saved: how many trips fewer than if each visit had its own.
        alone: why it goes to one address only; None when it does not.
        forbidden_by: the contract that forbids to share it.
    """

    day: date
    stops: tuple[Stop, ...]
    minutes: int
    saved: int
    alone: Alone | None = None
    forbidden_by: str = ""

    @property
    def sites(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(stop.task.place.site for stop in self.stops))


@dataclass(frozen=True, slots=True)
class Proposal:
    """All trips, by day, and how many it would have been with each visit on its own."""

    trips: tuple[Trip, ...]
    visits: int

    @property
    def saved(self) -> int:
        return self.visits - len(self.trips)


@dataclass(frozen=True, slots=True)
class _Visit:
    """Tasks of one site and one due day that are never torn apart."""

    tasks: tuple[Task, ...]
    days: tuple[date, ...]  # on which it may be

    @property
    def place(self) -> Place:
        return self.tasks[0].place

    @property
    def due_on(self) -> date:
        return self.tasks[0].due_on

    @property
    def forbidden_by(self) -> str:
        return self.tasks[0].forbidden_by

    @property
    def minutes(self) -> int:
        return sum(task.minutes for task in self.tasks)


def propose(
    tasks: Iterable[Task],
    *,
    today: date,
    suits: Callable[[Task, date], bool],
    day_minutes: int = DAY_MINUTES,
) -> Proposal:
    """Return which tasks to do on which trips. It is the same in whatever order the tasks come.

    Args:
        today: nothing is put before it; what is overdue counts as due today.
        suits: whether a task may be done on a day: somebody works then, and its plan and contract allow it.
        day_minutes: what one trip holds. A task that is longer has a trip to itself.

    In one area, and as long as the days hold everything, there is no way with fewer trips.
    """
    visits = list(_visits(tasks, today, suits, day_minutes))
    trips: list[Trip] = []
    for area in _areas(visit for visit in visits if not visit.forbidden_by):
        trips += _trips_in(area, today, day_minutes)
    for visit in visits:
        if visit.forbidden_by:
            day = _best_day([visit], today)
            trips.append(_trip(day, [visit], today, Alone.FORBIDDEN))
    trips.sort(key=lambda trip: (trip.day, trip.stops[0].task.id))
    return Proposal(tuple(trips), len(visits))


def near(one: Place, other: Place) -> bool:
    """Whether two sites are near enough for one trip.

    By their distance; where that is not known, in the same city; where no city is known, in one region.
    """
    if one.site == other.site:
        return True
    if one.at and other.at:
        return kilometres(one.at, other.at) <= NEAR_KM
    if one.city and other.city:
        same_name = one.city.casefold() == other.city.casefold()
        # Two villages of one name are told apart by their regions; districts of a city have it above them.
        somewhere = not one.regions or not other.regions
        return same_name and (somewhere or bool({*one.regions[:2]} & {*other.regions[:2]}))
    return bool(one.regions and one.regions[:1] == other.regions[:1])


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance as the crow flies."""
    (lat1, lon1), (lat2, lon2) = (map(radians, each) for each in (one, other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def minutes_between(one: Place, other: Place) -> int:
    """Return how long it takes from one site to another nearby."""
    if one.site == other.site:
        return 0
    if one.at and other.at:
        return round(kilometres(one.at, other.at) * ROUNDABOUT / KM_PER_HOUR * 60)
    return BETWEEN_MINUTES


def _visits(
    tasks: Iterable[Task], today: date, suits: Callable[[Task, date], bool], day_minutes: int
) -> Iterator[_Visit]:
    """What is done at one site on one day, under one forbidding contract or none, in pieces of a day."""

    def key(task: Task) -> tuple[int, date, str]:
        return task.place.site, task.due_on, task.forbidden_by

    for _key, together in groupby(sorted(tasks, key=lambda task: (*key(task), task.id)), key):
        piece: list[Task] = []
        for task in together:
            if piece and sum(one.minutes for one in piece) + task.minutes > day_minutes:
                yield _visit(piece, today, suits)
                piece = []
            piece.append(task)
        yield _visit(piece, today, suits)


def _visit(tasks: Sequence[Task], today: date, suits: Callable[[Task, date], bool]) -> _Visit:
    """The days are those to which all of its tasks may be moved; the due day where none suits them."""
    due = max(tasks[0].due_on, today)
    reach = min(task.may_move_days for task in tasks)
    around = [due + n * _DAY for n in range(-reach, reach + 1)]
    days = tuple(day for day in around if day >= today and all(suits(task, day) for task in tasks))
    return _Visit(tuple(tasks), days or (due,))


def _areas(visits: Iterable[_Visit]) -> list[list[_Visit]]:
    """Visits near each other: each goes to the first area whose first site is near."""
    ordered = sorted(visits, key=lambda visit: (visit.place.site, visit.due_on, visit.tasks[0].id))
    areas: list[list[_Visit]] = []
    of_site: dict[int, list[_Visit]] = {}
    for visit in ordered:
        area = of_site.get(visit.place.site)
        if area is None:
            area = next((one for one in areas if near(one[0].place, visit.place)), None)
        if area is None:
            areas.append(area := [])
        area.append(visit)
        of_site[visit.place.site] = area
    return areas


def _trips_in(area: Sequence[_Visit], today: date, day_minutes: int) -> Iterator[Trip]:
    """The visit that can wait least chooses the day on which most others can come along."""
    left = sorted(area, key=lambda visit: (visit.days[-1], visit.due_on, visit.tasks[0].id))
    trips: list[list[_Visit]] = []
    while left:
        along = [_along(left, day, day_minutes) for day in left[0].days]
        best = max(along, key=len)  # the first of several as good
        left = [visit for visit in left if visit not in best]
        trips.append(best)
    for visits in trips:
        if len(_sites(visits)) == 1:
            _take_one_along(visits, trips, day_minutes)
    for visits in trips:
        yield _trip(_best_day(visits, today), visits, today, _why_alone(visits, area))


def _along(left: Sequence[_Visit], day: date, day_minutes: int) -> list[_Visit]:
    """The first visit, and what fits on the same day with it."""
    found = [left[0]]
    minutes = left[0].minutes
    for visit in left[1:]:
        if day in visit.days:
            more = _more(found, visit)
            if minutes + more <= day_minutes:
                found.append(visit)
                minutes += more
    return found


def _take_one_along(lone: list[_Visit], trips: Sequence[list[_Visit]], day_minutes: int) -> None:
    """Give a trip to one address a visit of another trip that keeps two addresses without it."""
    for other in trips:
        for visit in other:
            rest = [one for one in other if one is not visit]
            if (
                other is not lone
                and visit.place.site != lone[0].place.site
                and len(_sites(rest)) > 1
                and _common_days([*lone, visit])
                and max(_minutes([*lone, visit]), _minutes(rest)) <= day_minutes
            ):
                other.remove(visit)
                lone.append(visit)
                return


def _minutes(visits: Sequence[_Visit]) -> int:
    """The work, and the way to each next site from the nearest before it."""
    return visits[0].minutes + sum(_more(visits[:at], visits[at]) for at in range(1, len(visits)))


def _more(before: Sequence[_Visit], visit: _Visit) -> int:
    return visit.minutes + min(minutes_between(one.place, visit.place) for one in before)


def _sites(visits: Iterable[_Visit]) -> set[int]:
    return {visit.place.site for visit in visits}


def _common_days(visits: Sequence[_Visit]) -> set[date]:
    return set(visits[0].days).intersection(*(visit.days for visit in visits[1:]))


def _best_day(visits: Sequence[_Visit], today: date) -> date:
    """The day on which all of them may be, with the fewest days moved; of two, the earlier."""

    def moved(day: date) -> int:
        return sum(abs((day - max(visit.due_on, today)).days) * len(visit.tasks) for visit in visits)

    return min(_common_days(visits), key=lambda day: (moved(day), day))


def _trip(day: date, visits: Sequence[_Visit], today: date, alone: Alone | None) -> Trip:
    stops = [Stop(task, (day - task.due_on).days) for visit in visits for task in visit.tasks]
    return Trip(
        day=day,
        stops=tuple(stops),
        minutes=_minutes(visits),
        saved=len(visits) - 1,
        alone=alone,
        forbidden_by=visits[0].forbidden_by,
    )


def _why_alone(visits: Sequence[_Visit], area: Sequence[_Visit]) -> Alone | None:
    """Why a trip goes to one address; None when it does not."""
    sites = _sites(visits)
    if len(sites) > 1:
        return None
    others = [visit for visit in area if visit.place.site not in sites]
    if not others:
        return Alone.NOBODY_NEAR
    days = _common_days(visits)
    return Alone.FULL if any(days & set(visit.days) for visit in others) else Alone.OTHER_DAYS
