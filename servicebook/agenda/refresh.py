"""Arm, move and cancel a subject's obligations by comparing what is owed with what stands."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from servicebook.agenda.registry import Due, Registered, duties_of
from servicebook.core import clock

if TYPE_CHECKING:
    from django.db.models import Model

NO_LONGER_OWED = "no longer owed"


def refresh(subject: "Model", *, new: bool = False) -> None:
    """Bring the obligations of `subject` in line with its duties. Every action ends with this.

    Args:
        new: the subject was inserted in this transaction, so nothing stands yet; saves a read.
    """
    refresh_many([subject], new=new)


def refresh_many(subjects: Sequence["Model"], *, new: bool = False) -> None:
    """Do `refresh` for subjects of one model with a fixed number of statements per 1 000.

    A row whose date moved is moved; one that is owed no longer is cancelled; one that was
    cancelled and is owed again is armed again. What was fired stays fired.
    """
    from django.contrib.contenttypes.models import ContentType

    from servicebook.agenda.models import Obligation

    if not subjects:
        return
    registered = duties_of(type(subjects[0]))
    if not registered:
        return
    states = Obligation.State
    now = clock.now()
    kind_of_subject = ContentType.objects.get_for_model(subjects[0])
    owed: dict[tuple[int, str, str, str], tuple[Registered, Due]] = {
        (subject.pk, one.kind, due.occurrence, due.stage): (one, due)
        for subject in subjects
        for one in registered
        for due in one.duty.owed(subject)
    }
    standing = {}
    if not new:
        rows = Obligation.objects.filter(
            subject_type=kind_of_subject, subject_id__in=[s.pk for s in subjects]
        )
        standing = {
            (row.subject_id, row.kind, row.occurrence, row.stage): row for row in rows.select_for_update()
        }
    armed, changed = [], []
    for key, (one, due) in owed.items():
        row = standing.pop(key, None)
        if row is None:
            armed.append(
                Obligation(
                    kind=one.kind,
                    subject_type=kind_of_subject,
                    subject_id=key[0],
                    occurrence=due.occurrence,
                    stage=due.stage,
                    lane=one.lane,
                    due_at=due.at,
                    ready_at=due.at,
                )
            )
        elif row.state == states.CANCELLED or (
            row.state in (states.ARMED, states.FAILED) and row.due_at != due.at
        ):
            row.state, row.because, row.settled_at = states.ARMED, "", None
            row.due_at = row.ready_at = due.at
            row.token, row.attempts, row.last_error = "", 0, ""
            changed.append(row)
    known = {one.kind for one in registered}
    for row in standing.values():
        if row.state in (states.ARMED, states.FAILED) and row.kind in known:
            row.state, row.because, row.settled_at, row.token = states.CANCELLED, NO_LONGER_OWED, now, ""
            changed.append(row)
    if armed:
        Obligation.objects.bulk_create(armed, batch_size=1000)
    if changed:
        fields = ["state", "because", "settled_at", "due_at", "ready_at", "token", "attempts", "last_error"]
        Obligation.objects.bulk_update(changed, fields, batch_size=500)
