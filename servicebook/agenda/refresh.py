"""Arm, move and cancel a subject's obligations by comparing what is owed with what stands."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop

from servicebook.agenda import rows, under_way
from servicebook.agenda.registry import Due, Registered, duties_of
from servicebook.agenda.rules.comparing import Key, compare
from servicebook.agenda.rules.order import without_overtaken
from servicebook.core import clock

if TYPE_CHECKING:
    from django.db.models import Model

    from servicebook.agenda.models import Obligation

NO_LONGER_OWED = gettext_noop("no longer owed")
# Below a thousand: to read as many customers of as many contracts at once is refused by SQLite, for which
# each of them is another OR.
AT_A_TIME = 900


def refresh(subject: "Model", *, new: bool = False, because: str = NO_LONGER_OWED) -> None:
    """Bring the obligations of `subject` in line with its duties. Every action ends with this.

    Call it in the transaction of the change.

    Args:
        new: the subject was inserted in this transaction, so nothing stands yet; saves a read.
        because: why obligations that are owed no longer are cancelled; a person reads it.
    """
    refresh_many([subject], new=new, because=because)


def refresh_many(subjects: Sequence["Model"], *, new: bool = False, because: str = NO_LONGER_OWED) -> None:
    """Do `refresh` for subjects of one model with a fixed number of statements per AT_A_TIME.

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
    model = type(subjects[0])
    owed: Mapping[Key, datetime] = {key: due.at for key, (_one, due) in owed_by(subjects, registered).items()}
    if new:
        rows.add(model, owed)
        return
    kinds = [one.kind for one in registered]
    # In one order, so that two refreshes that meet wait for each other instead of locking up.
    locked = rows.of(model, [one.pk for one in subjects], kinds).select_for_update().order_by("pk")
    standing = rows.read(locked)
    begun = under_way.current().begun
    in_order = {one.kind for one in registered if one.in_order}
    owed = without_overtaken(owed, standing, kinds=in_order, now=clock.now(), as_read=rows.as_read())
    changes = compare(owed, standing, as_read=rows.as_read(), begun=begun)
    rows.write(model, owed, changes, because=because)


def owed_by(
    subjects: Sequence["Model"], registered: Sequence[Registered]
) -> dict[Key, tuple[Registered, Due]]:
    """Ask the duties what `subjects` (of one model) owe, fired or not."""
    owed: dict[Key, tuple[Registered, Due]] = {}
    for needs in {one.needs for one in registered}:
        some = [one for one in subjects if getattr(one, needs)] if needs else subjects
        asked = [one for one in registered if one.needs == needs] if some else []
        for gather in {one.gather for one in asked if one.gather}:
            gather(some)
        owed |= {
            (subject.pk, one.kind, due.occurrence, due.stage): (one, due)
            for subject in some
            for one in asked
            for due in one.duty.owed(subject)
        }
    return owed


def key_of(row: "Obligation") -> Key:
    return (row.subject_id, row.kind, row.occurrence, row.stage)
