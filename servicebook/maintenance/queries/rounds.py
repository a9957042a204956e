"""The rounds of a plan: what is due on each of its days, and how far it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.maintenance.models import Occurrence, Plan
from servicebook.maintenance.queries.conditions import CLOSED_AS_DONE, UNDER_WAY, is_at_risk, is_overdue

PAST, COMING = 4, 8  # days that are shown


@dataclass(frozen=True)
class Round:
    """One day of a plan."""

    on: date
    tasks: int
    done: int
    under_way: int  # have an open ticket
    skipped: int
    overdue: int
    at_risk: int
    past: bool

    @property
    def percent(self) -> int:
        return self.done * 100 // self.tasks if self.tasks else 0


def of(plan: Plan, user: User) -> list[Round]:
    """Return the latest rounds of a plan and the coming ones, in order. Two statements.

    What was cancelled is left out, and what was skipped is no task any more.
    """
    now = clock.now()
    today = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    rows = Occurrence.objects.visible_to(user).filter(plan=plan, cancelled_at=None).order_by()
    counted = rows.values("due_on").annotate(
        tasks=Count("pk", filter=Q(skipped_at=None)),
        done=Count("pk", filter=CLOSED_AS_DONE),
        under_way=Count("pk", filter=UNDER_WAY),
        skipped=Count("pk", filter=Q(skipped_at__isnull=False)),
        overdue=Count("pk", filter=is_overdue(now)),
        at_risk=Count("pk", filter=is_at_risk(now)),
    )
    past = counted.filter(due_on__lt=today).order_by("-due_on")[:PAST]
    coming = counted.filter(due_on__gte=today).order_by("due_on")[:COMING]
    found: Sequence[Mapping[str, Any]] = [*reversed(past), *coming]
    return [_round(one, today) for one in found]


def _round(row: Mapping[str, Any], today: date) -> Round:
    facts = dict(row)
    on: date = facts.pop("due_on")
    return Round(on=on, past=on < today, **facts)
