"""Bring one kind of obligation in line for very many subjects, after the rule behind it has changed."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from django.db import transaction

from servicebook.agenda import rows, under_way
from servicebook.agenda.refresh import NO_LONGER_OWED
from servicebook.agenda.registry import DUTIES, Due, Registered
from servicebook.agenda.rules.comparing import Changes, compare

AT_A_TIME = 1000
Owed = tuple[int, Sequence[Due]]


class Rearmed(NamedTuple):
    """How many subjects were looked at, and how many of their obligations were changed."""

    looked_at: int
    armed: int
    moved: int
    cancelled: int


def rearm(kind: str, owed: Iterable[Owed], *, because: str = NO_LONGER_OWED) -> Rearmed:
    """Do what `refresh_many` does, for one kind and without the subjects: there may be 200 000 of them.

    What stands as it is owed is read and not written. Each 1 000 subjects are a transaction of their
    own; inside a transaction of the caller they are part of it.

    Args:
        kind: a declared duty.
        owed: each subject's id, once, with all that it owes of this kind, fired or not. As with
            `refresh` it must not change meanwhile: lock the subjects, for a share is enough, and
            come with a part of them at a time.
        because: why obligations that are owed no longer are cancelled; a person reads it.
    """
    registered, rest, done = DUTIES[kind], iter(owed), [Rearmed(0, 0, 0, 0)]
    while part := list(islice(rest, AT_A_TIME)):
        with transaction.atomic():
            done.append(_rearm(registered, part, because))
    return Rearmed(*map(sum, zip(*done, strict=True)))


def _rearm(one: Registered, part: Sequence[Owed], because: str) -> Rearmed:
    owed = {(pk, one.kind, due.occurrence, due.stage): due.at for pk, dues in part for due in dues}
    standing = rows.read(rows.of(one.subject, [pk for pk, _dues in part], [one.kind]))
    begun = under_way.current().begun
    changes = _still(compare(owed, standing, as_read=rows.as_read(), begun=begun))
    rows.write(one.subject, owed, changes, because=because)
    return Rearmed(len(part), len(changes.arm), len(changes.move), len(changes.cancel))


def _still(changes: Changes) -> Changes:
    """Lock what changes and only that, for a lock is written, too. What was fired meanwhile is left out."""
    from servicebook.agenda.models import Obligation

    ids = [pk for pk, _at in changes.move] + changes.cancel
    if not ids:
        return changes
    # In one order, so that two that meet wait for each other instead of locking up.
    there = Obligation.objects.filter(pk__in=ids).select_for_update().order_by("pk")
    fired = {pk for pk, state in there.values_list("pk", "state") if state == Obligation.State.FIRED}
    move = [(pk, at) for pk, at in changes.move if pk not in fired]
    return Changes(changes.arm, move, [pk for pk in changes.cancel if pk not in fired])
