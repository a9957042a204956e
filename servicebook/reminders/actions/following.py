"""A changed rule: what stands on the agenda follows, in steps between which urgent work goes on."""

from django.db import transaction

from servicebook import agenda
from servicebook.core import clock
from servicebook.reminders.actions import asks
from servicebook.reminders.kinds import KINDS
from servicebook.reminders.models import Ask, Ladder, What

AT_A_TIME = 1000  # subjects


@transaction.atomic
def follow(ladder_id: int) -> bool:
    """Arm the next AT_A_TIME subjects of a ladder anew; whether there are more."""
    ladder = Ladder.objects.select_for_update().get(pk=ladder_id)
    kind = KINDS[What(ladder.what)]
    rows = kind.candidates(contract=ladder.contract_id).filter(pk__gt=ladder.followed_up_to)
    subjects = list(rows.order_by("pk")[:AT_A_TIME])
    kind.gather(subjects)
    now = clock.now()
    agenda.rearm(kind.name, ((one.pk, list(kind.owed(one, now=now))) for one in subjects))
    if ladder.what == What.SILENCE:
        _look_anew(subjects)
    more = len(subjects) == AT_A_TIME
    ladder.followed_up_to = subjects[-1].pk if more else 0
    ladder.followed = ladder.followed if more else ladder.changed_at
    ladder.save(update_fields=["followed", "followed_up_to"])
    return more


def _look_anew(rows: list[Ask]) -> None:
    """The next look at what nobody answered is at the stages of today's ladder."""
    now = clock.now()
    for row in rows:
        row.next_at = asks.next_at(row, now=now)
    Ask.objects.bulk_update(rows, ["next_at"], batch_size=500)
