"""What a year of maintenance owes, computed the slow way from plans, histories and the agreed rules.

Nothing here asks the ladders or the schedules of the program: the rules are written down once more.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.contrib.contenttypes.models import ContentType

from servicebook.customers.models import Promise
from servicebook.equipment.models import Asset, Warranty
from servicebook.journal.models import Entry
from servicebook.maintenance.models import Enrolment, Occurrence, Plan
from servicebook.reminders.models import Ask

ALMATY = ZoneInfo("Asia/Almaty")  # of all schools
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NEVER = datetime.max.replace(tzinfo=UTC)
FALLS = ("occurrence.moved_and_reopened", "occurrence.window_reopened", "occurrence.skipped")
Key = tuple[str, int, str, str]  # kind, subject, occurrence, stage


@dataclass
class Expected:
    """When what fires; what may or may not, for its reason ended in that very moment; what is still ahead."""

    fires: dict[Key, datetime] = field(default_factory=dict)
    at_the_same_moment: set[Key] = field(default_factory=set)
    ahead: set[Key] = field(default_factory=set)


@dataclass(frozen=True)
class Spell:
    """Something stood from one moment to another, counted from a day or a moment."""

    since: datetime
    until: datetime
    occurrence: str
    stages: Sequence[tuple[str, datetime]]
    limit: datetime = NEVER  # nothing of it is said from then on
    left_out: frozenset[str] = frozenset()


def morning(day: date, hour: int = 9) -> datetime:
    return datetime.combine(day, time(hour), ALMATY).astimezone(UTC)


def days_of(plan: Plan, last: date) -> Iterator[tuple[date, date]]:
    """Yield each day of a plan's rule up to `last`, and the working day on which it is due."""
    anchor, number = plan.anchor_on, 0
    while True:
        months = anchor.month - 1 + number * plan.every
        year, month = anchor.year + months // 12, months % 12 + 1
        day = anchor.day
        while True:
            try:
                nominal = date(year, month, day)
                break
            except ValueError:
                day -= 1
        if nominal > last:
            return
        step = -1 if plan.shift == "previous" else 1
        due = nominal
        while due.weekday() > 4:
            due += step * DAY
        if due > last:  # no working day is left on that side
            due = nominal
            while due.weekday() > 4:
                due -= step * DAY
        yield nominal, due
        number += 1


def owed_days(plan: Plan, last: date) -> set[tuple[int, str, str]]:
    """Return (enrolment, nominal day, due day) of every unit or site from the day it came under the plan."""
    found = set()
    for one in Enrolment.objects.filter(plan=plan):
        for nominal, due in days_of(plan, last):
            if nominal >= one.since:
                found.add((one.pk, nominal.isoformat(), due.isoformat()))
    return found


def histories() -> Mapping[int, list[Entry]]:
    """Return the entries of each occurrence in their order, but for what they tell of the next one."""
    kind = ContentType.objects.get_for_model(Occurrence)
    found: dict[int, list[Entry]] = defaultdict(list)
    rows = Entry.objects.filter(subject_type=kind).exclude(verb="occurrence.next_confirmed")
    for entry in rows.order_by("pk"):
        found[entry.subject_id].append(entry)
    return found


@dataclass(frozen=True)
class Piece:
    """From when until when an occurrence had an open ticket for one day, its window agreed or not."""

    since: datetime
    until: datetime
    day: date
    agreed: bool


def lives(one: Occurrence, entries: Sequence[Entry]) -> Iterator[Piece]:
    """Tell the life of an occurrence by its history, a piece for each day and state of agreement."""
    moves = [entry for entry in entries if "before" in entry.facts and "after" in entry.facts]
    day = date.fromisoformat(moves[0].facts["before"]) if moves else one.due_on
    since, agreed = one.called_at, False
    for entry in entries:
        if entry.at >= (since or NEVER):
            yield Piece(since, entry.at, day, agreed)
            since = entry.at
        if entry in moves:
            day = date.fromisoformat(entry.facts["after"])
        if entry.verb.startswith("occurrence.window_agreed"):
            agreed = True
        elif entry.verb in FALLS or entry.verb.startswith("occurrence.windows_wished"):
            agreed = False
        if entry.verb in ("occurrence.skipped", "occurrence.cancelled"):
            since = None
        elif entry.verb == "occurrence.brought_back" and one.called_at:
            since = max(entry.at, one.called_at)
    ends = (one.ticket.closed_at if one.ticket else None) or NEVER
    if since and since < ends:
        yield Piece(since, ends, day, agreed)


def maintenance() -> Iterator[tuple[str, int, Spell]]:
    """S0.33: 14, 7 and 1 days before the day and on the day after it, while the work is to be done."""
    known = histories()
    for one in Occurrence.objects.filter(ticket__isnull=False).select_related("ticket"):
        for piece in lives(one, known.get(one.pk, [])):
            offsets = (("before-14", -14), ("before-7", -7), ("before-1", -1), ("after-1", 1))
            stages = [(name, morning(piece.day + days * DAY)) for name, days in offsets]
            # Nobody is invited to what is agreed.
            left_out = frozenset({"before-14"} if piece.agreed else ())
            spell = Spell(piece.since, piece.until, piece.day.isoformat(), stages, left_out=left_out)
            yield "reminders.maintenance", one.pk, spell


def silence(asked: Mapping[int, Sequence[datetime]]) -> Iterator[tuple[str, int, Spell]]:
    """S0.36, S0.40: 48 and 72 hours and 5 days after somebody was asked; what is asked anew counts anew."""
    for ask in Ask.objects.all():
        moments = sorted({ask.asked_at, *asked.get(ask.pk, ())})
        for moment, following in zip(moments, [*moments[1:], NEVER], strict=True):
            stages = [("after-48h", 48 * HOUR), ("after-72h", 72 * HOUR), ("after-5", 5 * DAY)]
            until = min(following, ask.ended_at or NEVER)
            due = [(name, moment + after) for name, after in stages]
            yield "reminders.silence", ask.pk, Spell(moment, until, moment.isoformat(), due)


def promises() -> Iterator[tuple[str, int, Spell]]:
    """S0.4: at its moment and a day later, for a fortnight; what looks after a late one makes no more."""
    for one in Promise.objects.exclude(source="reminders.promise"):
        ended = min(one.kept_at or NEVER, one.dropped_at or NEVER)
        stages = [("on-time", one.due_at), ("after-1", one.due_at + DAY)]
        spell = Spell(one.made_at, ended, one.due_at.isoformat(), stages, one.due_at + 14 * DAY)
        yield "reminders.promise", one.pk, spell


def warranties(retired: Mapping[int, datetime]) -> Iterator[tuple[str, int, Spell]]:
    """30 days before a warranty of ours ends, until the end of its last day."""
    for one in Warranty.objects.filter(side=Warranty.Side.OURS).select_related("asset"):
        made = Entry.objects.filter(
            subject_type=ContentType.objects.get_for_model(Asset), subject_id=one.asset_id
        )
        since = made.order_by("pk").values_list("at", flat=True)[0]
        stages = [("before-30", morning(one.ends_on - 30 * DAY))]
        limit = morning(one.ends_on + DAY, 0)
        until = retired.get(one.asset_id, NEVER)
        spell = Spell(since, until, f"{one.pk}-{one.ends_on.isoformat()}", stages, limit)
        yield "reminders.warranty", one.asset_id, spell


def expected(spells: Iterator[tuple[str, int, Spell]], *, now: datetime) -> Expected:
    """Return what fires: of what had passed when a spell began the latest, at once; then each in time."""
    found = Expected()
    for kind, subject, spell in spells:
        passed = [name for name, at in spell.stages if at <= spell.since]
        if _is_near(spell):
            passed.append("")  # what is late is left to the next one
        for name, at in spell.stages:
            key = (kind, subject, spell.occurrence, name)
            moment = max(at, spell.since)
            if at >= spell.limit or spell.since >= spell.limit or name in {*passed[:-1], *spell.left_out}:
                continue
            if moment > now:
                found.ahead |= {key} if spell.until > now else set()
            elif moment == spell.until:
                found.at_the_same_moment.add(key)
            elif moment < spell.until and key not in found.fires:
                found.fires[key] = moment
    found.ahead -= found.fires.keys()
    found.at_the_same_moment -= found.fires.keys()
    return found


def _is_near(spell: Spell) -> bool:
    """Whether a spell began more than an hour after a stage, and at most an hour before the next one."""
    before = [at for _name, at in spell.stages if at <= spell.since]
    after = [at for _name, at in spell.stages if at > spell.since]
    return bool(before and after) and spell.since - before[-1] > HOUR and after[0] - spell.since <= HOUR
