"""Arm, move and cancel a subject's obligations by comparing what is owed with what stands."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop

from servicebook.agenda import under_way
from servicebook.agenda.registry import Due, Registered, duties_of
from servicebook.core import clock, inserts

if TYPE_CHECKING:
    from django.db.models import Model

    from servicebook.agenda.models import Obligation

NO_LONGER_OWED = gettext_noop("no longer owed")
AT_A_TIME = 1000
Key = tuple[int, str, str, str]  # subject, kind, occurrence, stage


def refresh(subject: "Model", *, new: bool = False, because: str = NO_LONGER_OWED) -> None:
    """Bring the obligations of `subject` in line with its duties. Every action ends with this.

    Call it in the transaction of the change.

    Args:
        new: the subject was inserted in this transaction, so nothing stands yet; saves a read.
        because: why obligations that are owed no longer are cancelled; a person reads it.
    """
    refresh_many([subject], new=new, because=because)


def refresh_many(subjects: Sequence["Model"], *, new: bool = False, because: str = NO_LONGER_OWED) -> None:
    """Do `refresh` for subjects of one model with a fixed number of statements per 1 000.

    A row whose date moved is moved; one that is owed no longer is cancelled; one that was
    cancelled and is owed again is armed again. What was fired stays fired, and what is being
    fired in this transaction is left to the worker that fires it.
    """
    if not subjects:
        return
    registered = duties_of(type(subjects[0]))
    if not registered:
        return
    for start in range(0, len(subjects), AT_A_TIME):
        _refresh(subjects[start : start + AT_A_TIME], registered, new=new, because=because)


def _refresh(
    subjects: Sequence["Model"], registered: Sequence[Registered], *, new: bool, because: str
) -> None:
    owed = owed_by(subjects, registered)
    standing = {} if new else _standing(subjects)
    arm: list[Obligation] = []
    move: list[Obligation] = []
    begun = under_way.current().begun
    for key, (one, due) in owed.items():
        row = standing.pop(key, None)
        if row is None:
            arm.append(_obligation(type(subjects[0]), key, one, due))
        elif row.pk not in begun and _is_out_of_date(row, due):
            row.state, row.because, row.settled_at = row.State.ARMED, "", None
            row.due_at = row.ready_at = due.at
            row.token, row.attempts, row.last_error = "", 0, ""
            move.append(row)
    known = {one.kind for one in registered}
    cancel = [
        row.pk for row in standing.values() if row.is_open and row.kind in known and row.pk not in begun
    ]
    _write(arm, move, cancel, because, new=new)


def owed_by(
    subjects: Sequence["Model"], registered: Sequence[Registered]
) -> dict[Key, tuple[Registered, Due]]:
    """Ask the duties what `subjects` (of one model) owe, fired or not."""
    for gather in {one.gather for one in registered if one.gather}:
        gather(subjects)
    return {
        (subject.pk, one.kind, due.occurrence, due.stage): (one, due)
        for subject in subjects
        for one in registered
        for due in one.duty.owed(subject)
    }


def key_of(row: "Obligation") -> Key:
    return (row.subject_id, row.kind, row.occurrence, row.stage)


def _standing(subjects: Sequence["Model"]) -> dict[Key, "Obligation"]:
    from django.contrib.contenttypes.models import ContentType

    from servicebook.agenda.models import Obligation

    rows = Obligation.objects.filter(
        subject_type=ContentType.objects.get_for_model(subjects[0]),
        subject_id__in=[subject.pk for subject in subjects],
    )
    # In one order, so that two refreshes that meet wait for each other instead of locking up.
    return {key_of(row): row for row in rows.select_for_update().order_by("pk")}


def _is_out_of_date(row: "Obligation", due: Due) -> bool:
    return row.state == row.State.CANCELLED or (row.is_open and row.due_at != due.at)


def _obligation(subject: type["Model"], key: Key, one: Registered, due: Due) -> "Obligation":
    from django.contrib.contenttypes.models import ContentType

    from servicebook.agenda.models import Obligation

    return Obligation(
        kind=one.kind,
        subject_type=ContentType.objects.get_for_model(subject),
        subject_id=key[0],
        occurrence=due.occurrence,
        stage=due.stage,
        lane=one.lane,
        due_at=due.at,
        ready_at=due.at,
    )


def _write(
    arm: list["Obligation"], move: list["Obligation"], cancel: list[int], because: str, *, new: bool
) -> None:
    from servicebook.agenda.models import Obligation

    if arm and new:
        inserts.add(arm)
    elif arm:
        # Two transactions may owe the same for the first time; the later one's date stands.
        Obligation.objects.bulk_create(
            arm,
            batch_size=AT_A_TIME,
            update_conflicts=True,
            unique_fields=["subject_type", "subject_id", "kind", "occurrence", "stage"],
            update_fields=["due_at", "ready_at"],
        )
    if move:
        fields = ["state", "because", "settled_at", "due_at", "ready_at", "token", "attempts", "last_error"]
        Obligation.objects.bulk_update(move, fields, batch_size=500)
    if cancel:
        Obligation.objects.filter(pk__in=cancel).update(
            state=Obligation.State.CANCELLED, because=because, settled_at=clock.now(), token=""
        )
    under_way.current().taken_back.update(cancel, (row.pk for row in move))
