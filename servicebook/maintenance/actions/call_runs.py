"""Many tickets by one press: a modest number at once, more of them by the worker, in parts (S3.5)."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import OperationalError, transaction

from servicebook import agenda
from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.maintenance.actions.calling import call
from servicebook.maintenance.models import CallRun
from servicebook.maintenance.models.occurrences import OccurrenceQuerySet
from servicebook.maintenance.queries.call_runs import in_hand

log = logging.getLogger("servicebook.maintenance")

MOST = 10_000  # tickets by one press
MADE_AT_ONCE = 200  # while the person waits
A_PART = 100  # of a run, in one transaction


@dataclass(frozen=True)
class Asked:
    """What became of a press: of `chosen` tasks `made` have a ticket now, or all follow in a run.

    `in_hand` others were left to the run that makes them already.
    """

    chosen: int
    in_hand: int
    made: int = 0
    run: CallRun | None = None


@transaction.atomic
def ask(rows: OccurrenceQuerySet, *, by: User) -> Asked:
    """Call the tasks of `rows`, which `by` may see: at once, or in a run when they are many.

    Which they are is read here, once: what comes to the list later is no part of it. What another run has in
    hand is left to that one, so a second press makes nothing and starts nothing.
    """
    # Of two presses the second waits here, and reads what became of the first. In this mode nobody waits for
    # whoever only names the person.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    busy = in_hand()
    found = list(rows.order_by("due_on", "pk").values_list("pk", flat=True)[: MOST + len(busy)])
    chosen = [pk for pk in found if pk not in busy][:MOST]
    waiting = sum(pk in busy for pk in found)
    if len(chosen) <= MADE_AT_ONCE:
        made = call(chosen, by=by) if chosen else []
        return Asked(chosen=len(chosen), in_hand=waiting, made=len(made))
    run = CallRun.objects.create(by=by, ids=chosen, total=len(chosen))
    agenda.refresh(run, new=True)
    return Asked(chosen=len(chosen), in_hand=waiting, run=run)


@transaction.atomic
def step(run_id: int) -> bool:
    """Call the next part of a run, and move its cursor; return whether all is taken."""
    run = CallRun.objects.select_for_update(of=("self",)).select_related("by").get(pk=run_id)
    part = run.ids[run.taken : run.taken + A_PART]
    made, failed = _called(part, by=run.by)
    run.taken += len(part)
    run.made += made
    run.failed += failed
    over = run.taken == run.total
    if over and run.finished_at is None:
        run.ids, run.finished_at = [], clock.now()
    run.save(update_fields=["taken", "made", "failed", "ids", "finished_at"])
    return over


def _called(ids: Sequence[int], *, by: User) -> tuple[int, int]:
    """Return how many tickets were made, and how many tasks failed. One that fails stops no other.

    Raises:
        OperationalError: the database is at fault, not a task. The agenda does the part again later.
    """
    try:
        with transaction.atomic():
            return len(call(ids, by=by)), 0
    except OperationalError:
        raise
    except Exception:
        if len(ids) == 1:
            log.warning("the ticket of occurrence %d cannot be made", ids[0], exc_info=True)
            return 0, 1
    each = [_called([pk], by=by) for pk in ids]
    return sum(made for made, _failed in each), sum(failed for _made, failed in each)
