"""Several due tasks on one journey: going there anyway (S0.32)."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.accounts.models import User
from servicebook.contracts.veiling import numbers_shown
from servicebook.core import clock
from servicebook.core.errors import Refused
from servicebook.maintenance.actions import calling
from servicebook.maintenance.actions._base import (
    NotValid,
    check_day,
    line,
    locked,
    refuse_unless_to_do,
    settled,
    write,
)
from servicebook.maintenance.actions.moving import put_on
from servicebook.maintenance.models import Occurrence, Trip
from servicebook.maintenance.queries.trips import suits, tasks
from servicebook.maintenance.rules import windows as rules
from servicebook.maintenance.rules.trips import Task
from servicebook.maintenance.states import zone
from servicebook.tickets import wording

FEWEST, MOST = 2, 100
_GOING_THERE = gettext_lazy("going there anyway: %(title)s")


class TripRefused(NotValid):
    """A task cannot go along; `fields` names it: "occurrences.12"."""

    code = "trip_refused"


@transaction.atomic
def make_trip(day: date, occurrence_ids: Collection[int], *, title: str, by: User) -> Trip:
    """Put tasks on one journey: they go to its day, and those without a ticket get theirs.

    The same tasks on the same day again are the trip that stands already.

    Raises:
        TripRefused: a task cannot be on that day, is on another trip, or its contract forbids it.
        NotValid: no title, or fewer than two tasks.
    """
    title = line(title, "title", _("Name the trip, such as “Schools of Aktobe”."), longest=160)
    wanted = sorted(set(occurrence_ids))
    if not FEWEST <= len(wanted) <= MOST:
        sentence = _("Choose %(fewest)s to %(most)s tasks for one trip.") % {"fewest": FEWEST, "most": MOST}
        raise NotValid(sentence, fields={"occurrences": sentence})
    rows = [locked(pk) for pk in wanted]  # always in one order
    known = rows[0].trip
    if known and known.day == day and all(row.trip_id == known.pk for row in rows):
        return known
    _refuse(rows, day, by)
    trip = Trip.objects.create(day=day, title=title, made_at=clock.now(), made_by=by, **_where(rows))
    because = wording.in_house(_GOING_THERE) % {"title": title}
    for row in rows:
        if row.due_on != day:
            put_on(row, day, because=because, by=by)
        write(row, trip=trip)
        settled(row, "occurrence.on_trip", by=by, title=title, day=day, tasks=len(rows))
    calling.call([row.pk for row in rows if row.ticket_id is None], by=by)
    return trip


@transaction.atomic
def take_apart(trip_id: int, *, by: User) -> None:
    """Let the tasks of a trip go on by themselves, on the days on which they are. Gone, it stays gone."""
    trip = Trip.objects.select_for_update().filter(pk=trip_id).first()
    if trip is None:
        return
    for pk in Occurrence.objects.filter(trip=trip).order_by("pk").values_list("pk", flat=True):
        row = locked(pk)
        write(row, trip=None)
        settled(row, "occurrence.off_trip", by=by, title=trip.title)
    trip.delete()


def _refuse(rows: Sequence[Occurrence], day: date, by: User) -> None:
    """Refuse the trip for everything that speaks against it, each at its task."""
    known = {task.id: task for task in tasks(rows)}
    shown = numbers_shown((task.forbidden_by for task in known.values()), by)
    wrong = {}
    for row in rows:
        found = next(_against(row, day, known, shown), "")
        if found:
            wrong[f"occurrences.{row.pk}"] = f"{row.customer}, {row.plan.title}: {found}"
    if wrong:
        raise TripRefused(_("No trip yet. %(wrong)s") % {"wrong": " ".join(wrong.values())}, fields=wrong)


def _against(row: Occurrence, day: date, known: dict[int, Task], shown: Collection[str]) -> Iterator[str]:
    """What speaks against taking a task along on a day; `shown` are the contracts that may be named."""
    try:
        refuse_unless_to_do(row)
        check_day(row, day)
    except Refused as refused:
        yield str(refused)
    due_on = {"day": wording.day_in_house(row.due_on)}
    if row.trip:
        yield _("It is on the trip “%(trip)s” already. Take that apart first.") % {"trip": row.trip.title}
    if row.pk not in known:
        yield _("It is at no site. Say first where the equipment stands.")
        return
    task = known[row.pk]
    if row.window_agreed_at and day != row.due_on:
        yield _("A window is agreed for %(day)s. Ask the customer for another one first.") % due_on
    due = max(task.due_on, clock.today(zone(row)))
    if not rules.is_near(day, due_on=due, may_move_days=task.may_move_days):
        yield _("It is due on %(day)s and may be moved by %(most)s days. Choose a day nearer to it.") % {
            **due_on,
            "most": task.may_move_days,
        }
    if day != row.due_on and not suits(row, day):
        yield _("Nobody works there on this day. Choose a working day.")
    if task.forbidden_by and any(
        (one.place.site, one.forbidden_by) != (task.place.site, task.forbidden_by) for one in known.values()
    ):
        sentence = _("Contract %(number)s says that its visits are not combined with others. Leave it out.")
        if task.forbidden_by not in shown:
            sentence = _("Its contract says that its visits are not combined with others. Leave it out.")
        yield sentence % {"number": task.forbidden_by}


def _where(rows: Sequence[Occurrence]) -> dict[str, object]:
    """The region and the city of a trip, where its tasks have one in common."""
    regions = {row.site.region_id if row.site else None for row in rows}
    cities = {row.site.city if row.site else "" for row in rows}
    return {
        "region_id": regions.pop() if len(regions) == 1 else None,
        "city": cities.pop() if len(cities) == 1 else "",
    }
