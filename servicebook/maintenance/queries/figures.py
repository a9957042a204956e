"""How much of the scheduled work was done on time, and why the rest was not (S0.63)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext_lazy as _

from servicebook.maintenance.models import PartNeed, WorksheetLine
from servicebook.maintenance.models.occurrences import OccurrenceQuerySet
from servicebook.maintenance.queries.conditions import CLOSED_AS_DONE, NEEDS_ACCESS
from servicebook.tickets.models import Spell, WaitingReason


class Came(models.TextChoices):
    """What came of scheduled work by the end of its day."""

    ON_TIME = "on_time", _("Done on time")
    ACCESS = "access", _("No access")
    PARTS = "parts", _("No part")
    WINDOW = "window", _("Window not agreed")
    PARTLY = "partly", _("Partly done")
    OTHER = "other", _("Another reason")


@dataclass(frozen=True)
class Stretch:
    """A month or a quarter of scheduled work, by what came of it. What was skipped is not counted as due."""

    first: date
    came: Mapping[Came, int] = field(default_factory=dict)
    skipped: int = 0

    @property
    def due(self) -> int:
        return sum(self.came.values())

    @property
    def on_time(self) -> int:
        return self.came.get(Came.ON_TIME, 0)

    @property
    def percent(self) -> int | None:
        """The share done on time, rounded down: 100 is said only of all."""
        return self.on_time * 100 // self.due if self.due else None

    @property
    def missed(self) -> list[tuple[Came, int]]:
        """Why the others were not, most often first."""
        rest = [(why, count) for why, count in self.came.items() if why is not Came.ON_TIME and count]
        return sorted(rest, key=lambda one: (-one[1], one[0]))


def months(queryset: OccurrenceQuerySet, *, since: date, until: date) -> list[Stretch]:
    """Return the months in which work was due, the oldest first. One statement.

    Args:
        queryset: of `visible_to`. What was cancelled, and what a visit left over, is not counted.
        since, until: of the due day, both included; `until` lies before today, for the day is to be over.

    Only one reason counts for each: what its ticket waited for when the day was over, else the first of
    window, access and parts that was not settled by then.
    """
    rows = queryset.filter(due_on__gte=since, due_on__lte=until, cancelled_at=None, part=0)
    counted = (
        rows.select_related(None)
        .order_by()
        .annotate(_month=TruncMonth("due_on"), _skipped=_skipped(), _came=_what_came())
        .values_list("_month", "_skipped", "_came")
        .annotate(Count("pk"))
    )
    came: dict[date, dict[Came, int]] = {}
    skipped: dict[date, int] = {}
    for month, was_skipped, what, count in counted:
        of_month = came.setdefault(month, {})
        if was_skipped:
            skipped[month] = skipped.get(month, 0) + count
        else:
            of_month[Came(what)] = of_month.get(Came(what), 0) + count
    return [Stretch(month, came[month], skipped.get(month, 0)) for month in sorted(came)]


def quarters(months: Iterable[Stretch]) -> list[Stretch]:
    """Return months added up to the quarters of the calendar."""
    sums: dict[date, list[Stretch]] = {}
    for one in months:
        first = one.first.replace(month=(one.first.month - 1) // 3 * 3 + 1)
        sums.setdefault(first, []).append(one)
    return [_sum(first, of_quarter) for first, of_quarter in sorted(sums.items())]


def _sum(first: date, of_quarter: Sequence[Stretch]) -> Stretch:
    came = {what: sum(one.came.get(what, 0) for one in of_quarter) for what in Came}
    return Stretch(first, came, sum(one.skipped for one in of_quarter))


def _skipped() -> Case:
    return Case(When(skipped_at__isnull=False, then=Value(True)), default=Value(False))


def _what_came() -> Case:
    """What came of an occurrence whose day is over: the first line that fits."""
    lines = WorksheetLine.objects.filter(
        worksheet__ticket=OuterRef("ticket"),
        item__required=True,
        outcome__in=[WorksheetLine.Outcome.OPEN, WorksheetLine.Outcome.NOT_DONE],
    )
    in_time = CLOSED_AS_DONE & Q(ticket__closed_at__lte=F("ticket__due_at"))
    late_access = Q(access_agreed_at=None) | Q(access_agreed_at__gt=F("ticket__due_at"))
    late_window = Q(window_agreed_at=None) | Q(window_agreed_at__gt=F("ticket__due_at"))
    return Case(
        When(in_time & Q(Exists(lines)), then=Value(Came.PARTLY)),
        When(in_time, then=Value(Came.ON_TIME)),
        When(ticket=None, then=Value(Came.OTHER)),  # nobody was asked for anything
        When(_waited_for(WaitingReason.ACCESS), then=Value(Came.ACCESS)),
        When(_waited_for(WaitingReason.PART, WaitingReason.DELIVERY), then=Value(Came.PARTS)),
        When(Q(plan__needs_window=True) & late_window, then=Value(Came.WINDOW)),
        When(NEEDS_ACCESS & late_access, then=Value(Came.ACCESS)),
        When(_parts_came_late(), then=Value(Came.PARTS)),
        default=Value(Came.OTHER),
        output_field=models.CharField(),
    )


def _waited_for(*reasons: WaitingReason) -> Q:
    """Its ticket stood waiting for this when the day was over."""
    end = OuterRef("ticket__due_at")
    spells = Spell.objects.filter(ticket=OuterRef("ticket"), waiting_for__in=reasons, started_at__lte=end)
    return Q(Exists(spells.filter(Q(ended_at=None) | Q(ended_at__gt=end))))


def _parts_came_late() -> Q:
    """A part is still needed, or was reserved only after the day."""
    needs = PartNeed.objects.filter(occurrence=OuterRef("pk"))
    late = Q(state=PartNeed.State.RESERVED, changed_at__gt=OuterRef("ticket__due_at"))
    return Q(Exists(needs.filter(Q(state=PartNeed.State.NEEDED) | late)))
