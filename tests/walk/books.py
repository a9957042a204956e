"""What must hold wherever a walk stands: the invariants of the house, and the two pages of its book."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count

from servicebook.agenda.models import Obligation
from servicebook.agenda.queries import balances
from servicebook.agenda.worker import run_due
from servicebook.core import clock
from servicebook.core.invariants import violations
from servicebook.maintenance import scoping
from servicebook.maintenance.models import Plan
from servicebook.messaging.models import Delivery, Notice
from servicebook.messaging.sender import Sender
from servicebook.simulator.post import Letterbox


def work(until: datetime) -> None:
    """Let the worker do all that is due, and the post take what waits.

    Args:
        until: the latest moment that was seen: what is owed at once since then waits for it again when
            the clock is set back. A changed rule is followed once every process has read it.
    """
    run_due(max(until, clock.now()) + timedelta(minutes=1))
    post = Sender(open_way=Letterbox)
    while post.step():
        pass


def wrong() -> Iterator[str]:
    """Yield what is wrong once nothing is due."""
    for invariant, line in violations():
        yield f"{invariant.id} {invariant.says}: {line}"
    yield from _agenda()
    yield from _plans()
    said_twice = Notice.objects.values("key").annotate(times=Count("pk")).filter(times__gt=1)
    yield from (f"told twice: {one['key']}" for one in said_twice)
    waits = Delivery.objects.waiting().filter(ready_at__lte=clock.now(), channel=Delivery.Channel.MAIL)
    yield from (f"never sent: {one.key}" for one in waits)


def _agenda() -> Iterator[str]:
    """Nothing that is due stands, nothing failed, and what was owed is fired, cancelled, or ahead."""
    for row in Obligation.objects.armed().filter(ready_at__lte=clock.now()):
        yield f"{row} of {row.subject_type} {row.subject_id} is due and was not fired"
    for row in Obligation.objects.exclude(last_error=""):
        yield f"{row} of {row.subject_type} {row.subject_id}: {row.last_error}"
    owed = Obligation.objects.count()
    if owed != sum(one.fired + one.cancelled + one.armed for one in balances()):
        yield f"{owed} things were owed, and not each is fired, cancelled, or ahead"


def _plans() -> Iterator[str]:
    """Who is in a plan is who its scope names, and an ended one owes nothing."""
    for plan in Plan.objects.exclude(state=Plan.State.DRAFT).select_related("contract__customer"):
        if plan.state in scoping.FOLLOWED and scoping.is_out_of_step(plan):
            yield f"{plan} serves other units than stand under it"
        if plan.state == Plan.State.ENDED and plan.occurrences.uncalled().exists():
            yield f"{plan} has ended and still owes"
