"""What a person does with the agenda."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import journal
from servicebook.agenda.models import Obligation
from servicebook.agenda.worker.waking import wake
from servicebook.core import clock
from servicebook.core.errors import Refused

if TYPE_CHECKING:
    from servicebook.accounts.models import User

MOST_AT_ONCE = 1000


class NothingToRun(Refused):
    """None of the chosen obligations is put aside."""

    code = "nothing_to_run"


@transaction.atomic
def run_again(ids: Sequence[int], *, because: str, by: "User | None") -> int:
    """Arm failed obligations again, due now; return how many.

    Args:
        because: what was mended; it stands in the history of what they are about.
    """
    because = because.strip()
    if not because:
        needed = _("Say what was mended, so that the next person knows why it is tried again.")
        raise Refused(needed, code="reason_missing", fields={"because": needed})
    failed = Obligation.objects.filter(pk__in=ids, state=Obligation.State.FAILED)
    rows = list(failed.select_for_update().order_by("pk")[:MOST_AT_ONCE])
    # On SQLite the read locked nothing: what counts is which rows the update still finds.
    again = failed.filter(pk__in=[row.pk for row in rows]).update(
        state=Obligation.State.ARMED, settled_at=None, ready_at=clock.now(), token="", attempts=0
    )
    if not again:
        raise NothingToRun(_("Only what was put aside can be run again, and nothing chosen is. Look again."))
    journal.record_many(
        journal.Happening("obligation.run_again", subject, {"kind": row.title, "because": because}, by)
        for row in rows
        if (subject := row.subject) is not None
    )
    transaction.on_commit(lambda: wake("agenda"))
    return again
