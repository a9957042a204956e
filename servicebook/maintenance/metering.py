"""What a meter foretells of an occurrence, how such forecasts turned out, and both as a drawing (S0.24)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from servicebook.core import clock
from servicebook.equipment.models import Meter
from servicebook.maintenance import states, totals
from servicebook.maintenance.models import Occurrence, Plan
from servicebook.maintenance.rules import forecast as rules
from servicebook.maintenance.rules.forecast import Accuracy, Forecast, Tested

WIDTH, HEIGHT, EDGE = 640, 180, 8  # of the drawing, in its own units
MOST_POINTS = 120
TESTED_SHOWN = 5


@dataclass(frozen=True)
class Plot:
    """The drawing: the use as a line, the target across, the range of the forecast, today."""

    line: str  # "x,y x,y …"
    ahead: str  # from the last reading to the forecast
    target_y: float
    range_x: float
    range_width: float
    now_x: float
    since: date
    until: date
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True)
class Outlook:
    """A meter with what it showed last, and what follows from it."""

    meter: Meter
    used: Decimal
    last_at: datetime | None
    target: Decimal | None
    forecast: Forecast | None
    tested: Sequence[Tested]
    accuracy: Accuracy | None
    plot: Plot | None


def outlook(one: Occurrence) -> Outlook | None:
    """Return what the meter of an occurrence foretells; None for one that has nothing to do with a meter."""
    meter = one.enrolment.meter
    if meter is None or one.plan.rule == Plan.Rule.CALENDAR:
        return None
    known = totals.counted([meter.pk]).get(meter.pk, totals.Counted())
    readings = known.latest
    course = [(at, used + known.before) for at, used in rules.course(readings)]
    today = clock.today(states.zone(one))
    target = one.meter_at
    over = one.ticket is not None and not one.ticket.is_open
    told = None
    if target is not None and not over:
        told = rules.forecast(readings, target=target - known.before, today=today)
    step = one.plan.meter_step
    tested = rules.backtest(readings, step=step) if step and step > 0 else []
    return Outlook(
        meter=meter,
        used=course[-1][1] if course else Decimal(0),
        last_at=course[-1][0] if course else None,
        target=target,
        forecast=told,
        tested=tested[-TESTED_SHOWN:][::-1],
        accuracy=rules.accuracy(tested),
        plot=_plot(course, target, told, today),
    )


def _plot(
    course: Sequence[tuple[datetime, Decimal]], target: Decimal | None, told: Forecast | None, today: date
) -> Plot | None:
    """Draw the use so far and where it leads; nothing while there is no line to draw."""
    if len(course) < 2:
        return None
    course = _thinned(course)
    since = course[0][0]
    end = max(course[-1][0], _noon(today), _noon(told.latest) if told else since)
    span = max(end - since, timedelta(days=1))
    lowest = course[0][1]
    highest = max(course[-1][1], target or lowest, lowest + 1)

    def x(at: datetime) -> float:
        return round(EDGE + (at - since) / span * (WIDTH - 2 * EDGE), 1)

    def y(value: Decimal) -> float:
        share = float((value - lowest) / (highest - lowest))
        return round(HEIGHT - EDGE - share * (HEIGHT - 3 * EDGE), 1)

    points = [f"{x(at)},{y(value)}" for at, value in course]
    reached = target if told and target is not None else None
    start = x(_noon(told.earliest)) if told else 0.0
    return Plot(
        line=" ".join(points),
        ahead=f"{points[-1]} {x(_noon(told.on))},{y(reached)}" if told and reached is not None else "",
        target_y=y(target) if target is not None else -1.0,
        range_x=start,
        range_width=max(2.0, round(x(_noon(told.latest)) - start, 1)) if told else 0.0,
        now_x=x(_noon(today)),
        since=since.date(),
        until=end.date(),
    )


def _thinned(course: Sequence[tuple[datetime, Decimal]]) -> Sequence[tuple[datetime, Decimal]]:
    step = -(-len(course) // MOST_POINTS)
    kept = course[::step]
    return kept if kept[-1] == course[-1] else [*kept, course[-1]]


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
