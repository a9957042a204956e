"""A changed rule: what stands on the agenda follows, in steps between which urgent work goes on."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from servicebook import agenda
from servicebook.core import clock, updates
from servicebook.reminders.actions import asking
from servicebook.reminders.kinds import KINDS
from servicebook.reminders.models import Ask, Ladder, What

AT_A_TIME = 10_000  # subjects


@transaction.atomic
def follow(ladder_id: int) -> bool:
    """Arm the next AT_A_TIME subjects of a ladder anew; whether there are more.

    They are locked, so that none gets another date while it is armed for this one.
    """
    ladder = Ladder.objects.select_for_update().get(pk=ladder_id)
    kind = KINDS[What(ladder.what)]
    rows = kind.candidates(contract=ladder.contract_id).filter(pk__gt=ladder.followed_up_to).order_by("pk")
    last = rows.values_list("pk", flat=True)[AT_A_TIME - 1 : AT_A_TIME].first()
    if last is not None:
        rows = rows.filter(pk__lte=last)
    agenda.rearm(kind.name, kind.owed_together(rows, of=_locked(rows), now=clock.now()))
    if ladder.what == What.SILENCE:
        _look_anew(list(rows))
    ladder.followed_up_to = last or 0
    ladder.followed = ladder.changed_at if last is None else ladder.followed
    ladder.save(update_fields=["followed", "followed_up_to"])
    return last is not None


def _locked(rows: QuerySet[Any]) -> set[int]:
    return set(rows.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def _look_anew(rows: list[Ask]) -> None:
    """The next look at what nobody answered is at the stages of today's ladder."""
    now = clock.now()
    KINDS[What.SILENCE].gather(rows)
    for row in rows:
        row.next_at = asking.next_at(row, now=now)
    updates.write_each(rows, ["next_at"])
