"""How occurrences stand, as conditions of lists. What `states` says of a row, they say in SQL.

A called one goes by its ticket's `due_at`, the end of its day where the work is; one without a ticket by the
day of the house.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from servicebook.contracts.models.choices import State
from servicebook.maintenance.models import PartNeed, Plan
from servicebook.maintenance.rules import risk
from servicebook.maintenance.rules.risk import Code
from servicebook.maintenance.states import NEEDS_AGREEMENT
from servicebook.tickets.models import OPEN, Status

# From the start of a day so many days ahead until the last minute of the due day.
AT_RISK_BEFORE = timedelta(days=risk.DAYS_AHEAD, hours=23, minutes=59)

STANDS = Q(skipped_at=None, cancelled_at=None)
UNCALLED = STANDS & Q(ticket=None)
# What `schedules.runs` says: a ticket may be made now.
RUNS = Q(plan__state=Plan.State.ACTIVE) & (Q(plan__contract=None) | Q(plan__contract__state=State.ACTIVE))
UNDER_WAY = STANDS & Q(ticket__status__in=OPEN)  # it has an open ticket
CALLED_OFF = Q(ticket__isnull=False) & ~Q(ticket__withdrawn_because="")
CLOSED_AS_DONE = Q(ticket__status=Status.CLOSED, ticket__merged_into=None, ticket__withdrawn_because="")

NO_WINDOW = Q(plan__needs_window=True, window_agreed_at=None)
NEEDS_ACCESS = ~Q(plan__access="") | Q(site__accessibility__in=NEEDS_AGREEMENT)
NO_ACCESS = Q(access_agreed_at=None) & NEEDS_ACCESS
NO_PARTS = Q(Exists(PartNeed.objects.filter(occurrence=OuterRef("pk"), state=PartNeed.State.NEEDED)))
WHY: Mapping[Code, Q] = {Code.WINDOW: NO_WINDOW, Code.ACCESS: NO_ACCESS, Code.PARTS: NO_PARTS}


def is_overdue(now: datetime) -> Q:
    """Whose day is over, and nothing came of it."""
    today = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    return (UNDER_WAY & Q(ticket__due_at__lte=now)) | (UNCALLED & Q(due_on__lt=today))


def is_at_risk(now: datetime, *reasons: Code) -> Q:
    """What may fail for one of `reasons`, or for any when none is named."""
    why = Q(pk__in=[])
    for code in reasons or Code:
        why |= WHY[code]
    return UNDER_WAY & Q(ticket__due_at__lte=now + AT_RISK_BEFORE) & why
