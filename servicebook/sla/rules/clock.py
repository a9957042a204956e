"""A clock is a fold over what happened: it can be read at any time, to the same second.

A clock runs from its start through the working time of its target's hours. It stands while it is
paused, ends when it is met or stopped, and goes on with what it had counted when it is opened again.
It is breached in the moment in which the whole target is counted, whatever comes after. A target that
changes keeps what was counted; the rest of the new one runs in the new hours from then on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from servicebook.sla.rules.hours import ALWAYS, Calendar, epoch

_ALWAYS_OPEN = Calendar(ALWAYS)


class Kind(StrEnum):
    """What moves a clock."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    TARGET = "target"
    MET = "met"
    STOPPED = "stopped"
    REOPENED = "reopened"


class State(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"  # in time
    MISSED = "missed"  # reached, but late
    STOPPED = "stopped"  # nobody waits for it any more


@dataclass(frozen=True)
class Event:
    """Something that happened to the clocks of a ticket.

    Attributes:
        at: aware; parts of a second are not counted.
        measure: whose clock it moves; empty: every clock.
        reason: why it pauses.
        minutes, calendar, warn_percent, binding: the target, whole, with `STARTED` and `TARGET`.
            No calendar: always open. No `warn_percent`: nobody is warned.
    """

    at: datetime
    kind: Kind
    measure: str = ""
    reason: str = ""
    minutes: int | None = None
    calendar: Calendar | None = None
    warn_percent: int | None = None
    binding: bool = True


@dataclass(frozen=True)
class Stretch:
    """A time in which the clock ran (`counted`) or was paused; `until` is None while it goes on.

    `seconds`: those of working time that counted; 0 in a pause.
    """

    since: datetime
    until: datetime | None
    counted: bool
    reason: str
    seconds: int


@dataclass(frozen=True)
class Reading:
    """What a clock shows.

    Attributes:
        counted: seconds of working time.
        due_at: when the whole target is counted, also when that is past; None while paused.
        warn_at: when `warn_percent` of it are counted, also when that is past; None while paused or done.
        breached_at: when the target was missed; it stays, also when the clock is met or changed later.
    """

    measure: str
    state: State
    started_at: datetime
    minutes: int
    counted: int
    due_at: datetime | None
    warn_at: datetime | None
    met_at: datetime | None
    breached_at: datetime | None
    binding: bool
    stretches: tuple[Stretch, ...]


def read(events: Sequence[Event], measure: str, *, now: datetime) -> Reading | None:
    """Return what the clock of `measure` shows at `now`; None when it has not started by then.

    The events may come in any order: they are taken by their moment, those of one second in the order
    given. What is told of the time before the start holds at the start; what comes after `now`, or
    changes nothing (a second pause, a pause of a clock that was met), is passed over.

    Raises:
        ValueError: a start or target without its minutes.
        NoWorkingTime: the target is not found in its hours.
    """
    now = _to_the_second(now)
    happened = sorted(
        (one for one in events if one.measure in ("", measure) and _to_the_second(one.at) <= now),
        key=lambda one: _to_the_second(one.at),
    )
    start = next((one for one in happened if one.kind is Kind.STARTED), None)
    if start is None:
        return None
    clock = _Clock(_Target.of(start))
    for one in happened:
        if one.kind is not Kind.TARGET or one.at >= start.at:
            clock.take(one)
    return clock.reading(measure, now)


@dataclass(frozen=True)
class _Target:
    since: datetime
    minutes: int
    calendar: Calendar
    warn_percent: int | None
    binding: bool

    @classmethod
    def of(cls, event: Event) -> "_Target":
        if event.minutes is None or event.minutes <= 0:
            raise ValueError(f"need the minutes of the target: {event!r}")
        return cls(
            _to_the_second(event.at),
            event.minutes,
            event.calendar or _ALWAYS_OPEN,
            event.warn_percent,
            event.binding,
        )

    @property
    def seconds(self) -> int:
        return self.minutes * 60

    @property
    def warn_seconds(self) -> int | None:
        return None if self.warn_percent is None else -(-self.seconds * self.warn_percent // 100)


@dataclass(frozen=True)
class _Run:
    """A stretch that was counted, with the seconds counted before it."""

    since: datetime
    before: int
    seconds: int
    calendar: Calendar


@dataclass(frozen=True)
class _End:
    """What was promised when the clock was met or stopped; a later target is for its reopening."""

    target: _Target
    due_at: datetime | None


class _Clock:
    """The state of the fold."""

    def __init__(self, target: _Target) -> None:
        self.started_at = self.since = target.since  # `since`: when the present stretch began
        self.target = target
        self.state = State.RUNNING
        self.reason = ""
        self.counted = 0  # before the present stretch
        self.met_at: datetime | None = None
        self.breached_at: datetime | None = None
        self.end: _End | None = None
        self.runs: list[_Run] = []
        self.stretches: list[Stretch] = []

    def take(self, event: Event) -> None:
        """Let the time go on to the event, then let it happen."""
        at = max(_to_the_second(event.at), self.started_at)
        match event.kind:
            case Kind.TARGET:
                self._go_on(at)
                self.target = _Target.of(event)
            case Kind.PAUSED if self.state is State.RUNNING:
                self._go_on(at)
                self.state, self.reason = State.PAUSED, event.reason
            case Kind.RESUMED if self.state is State.PAUSED:
                self._go_on(at)
                self.state, self.reason = State.RUNNING, ""
            case Kind.MET if not self.end:
                self._close(at, met=True)
            case Kind.STOPPED if not self.end:
                self._close(at, met=False)
            case Kind.REOPENED if self.end:
                self.state, self.since, self.met_at, self.end = State.RUNNING, at, None, None

    def reading(self, measure: str, now: datetime) -> Reading:
        target, due_at, warn_at, worked, stretches = self.target, None, None, 0, list(self.stretches)
        if self.end:
            target, due_at = self.end.target, self.end.due_at
        else:
            self._look(now)
            worked = self._worked(now)
            stretches.append(self._stretch(None, worked))
            if self.state is State.RUNNING:
                due_at, warn_at = self._promised(target.seconds), self._promised(target.warn_seconds)
        return Reading(
            measure=measure,
            state=self.state,
            started_at=self.started_at,
            minutes=target.minutes,
            counted=self.counted + worked,
            due_at=due_at,
            warn_at=warn_at,
            met_at=self.met_at,
            breached_at=self.breached_at,
            binding=target.binding,
            stretches=tuple(stretches),
        )

    def _close(self, at: datetime, *, met: bool) -> None:
        due_at = self._promised(self.target.seconds) if self.state is State.RUNNING else None
        self._go_on(at, in_time=met)
        self.end, self.reason = _End(self.target, due_at), ""
        if met:
            self.met_at = at
            self.state = State.MISSED if self.breached_at else State.MET
        else:
            self.state = State.STOPPED

    def _go_on(self, at: datetime, *, in_time: bool = False) -> None:
        """End the present stretch and begin the next; a clock that is done has none."""
        if self.end:
            return
        self._look(at, in_time=in_time)
        worked = self._worked(at)
        if at > self.since:
            self.stretches.append(self._stretch(at, worked))
        if worked:
            self.runs.append(_Run(self.since, self.counted, worked, self.target.calendar))
        self.counted, self.since = self.counted + worked, at

    def _look(self, at: datetime, *, in_time: bool = False) -> None:
        """Note a breach that came by `at`; with `in_time`, what happens at the due second is in time."""
        due_at = self._promised(self.target.seconds)
        if self.breached_at or due_at is None:
            return
        breached_at = max(due_at, self.since)
        if breached_at < at or (breached_at == at and not in_time):
            self.breached_at = breached_at

    def _promised(self, seconds: int | None) -> datetime | None:
        """When `seconds` of the target are counted; not before the target was set.

        None while that is not known, because the clock is paused.
        """
        if seconds is None:
            return None
        for run in self.runs:
            if run.before + run.seconds >= seconds:
                return max(run.calendar.deadline(run.since, seconds - run.before), self.target.since)
        if self.state is State.PAUSED:
            return None
        return self.target.calendar.deadline(self.since, seconds - self.counted)

    def _worked(self, until: datetime) -> int:
        return self.target.calendar.worked(self.since, until) if self.state is State.RUNNING else 0

    def _stretch(self, until: datetime | None, worked: int) -> Stretch:
        return Stretch(self.since, until, self.state is State.RUNNING, self.reason, worked)


def _to_the_second(at: datetime) -> datetime:
    """Raises ValueError for a naive moment."""
    return datetime.fromtimestamp(epoch(at), UTC)
