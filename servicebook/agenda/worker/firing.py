"""Fire claimed obligations: together where it goes well, one by one where it does not."""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_noop

from servicebook import journal
from servicebook.agenda import under_way
from servicebook.agenda.models import Obligation
from servicebook.agenda.refresh import NO_LONGER_OWED
from servicebook.agenda.registry import AGAIN, DUTIES, LAPSED, Due, Many
from servicebook.agenda.rules import order
from servicebook.agenda.rules.pauses import MOST_ATTEMPTS, pause_after
from servicebook.agenda.worker.subjects import Subjects
from servicebook.core import clock, leases
from servicebook.core.leases import Claim, LeaseLost

log = logging.getLogger("servicebook.agenda")

# A shared transaction ends after this long, so that on SQLite a person's save never waits for more.
SLICE_SECONDS = 0.15
# In a shared transaction a lock that somebody holds is not waited for: the batch gives way, is rolled
# back and done one by one. So a batch never closes a circle of locks with a person's action.
PATIENCE_MS = 300
MOST_TOGETHER = 100
SUBJECT_IS_GONE = gettext_noop("what it was about is gone")


class NobodyKnowsThisKind(Exception):
    """No app of this installation declares the duty; an upgrade or a downgrade may have removed it."""


class WorkerEnded(Exception):
    """The program ended, again and again, while it did this."""


def fire(claim: Claim[Obligation], stopping: Callable[[], bool] = lambda: False) -> int:
    """Fire what was claimed; return how many were done. What `stopping` leaves undone is released."""
    done, fresh = 0, [row for row in claim.rows if row.pk not in claim.suspects]
    alone = [row for row in claim.rows if row.pk in claim.suspects]
    while fresh and not stopping():
        try:
            count, taken_back = _fire_together(fresh, claim.token)
        except Exception as error:  # noqa: BLE001 - whatever it was, each is now tried alone
            log.info("a batch of %d is done one by one: %s", len(fresh), _said(error))
            alone = fresh + alone
            break
        # What a handler moved or cancelled is no longer ours: it would only spoil the next part.
        fresh, done = [row for row in fresh[count:] if row.pk not in taken_back], done + count
    for row in alone:
        if stopping():
            break
        done += _fire_alone(row, claim.token)
    if stopping():
        leases.release(Obligation.objects.armed(), claim.token)
    return done


def _fire_together(rows: Sequence[Obligation], token: str) -> tuple[int, Collection[int]]:
    """Fire `rows` in one transaction until its time is up.

    Returns:
        How many were settled, and the ids of obligations that their handlers moved or cancelled.
    """
    with transaction.atomic(), under_way.firing() as now_firing:
        if connection.vendor == "postgresql" and len(rows) > 1:
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = {PATIENCE_MS}")
        subjects = Subjects(rows)
        settled = _Settled(token)
        ends, count = time.monotonic() + SLICE_SECONDS, 0
        for group in _in_a_row(rows):
            count += len(group)
            standing = [row for row in group if row.pk not in now_firing.taken_back]
            now_firing.begun.update(row.pk for row in standing)
            for row, answer in _fire_group(standing, subjects):
                settled.add(row, answer)
            if time.monotonic() > ends:
                break
        settled.write()
    return count, now_firing.taken_back


def _in_a_row(rows: Sequence[Obligation]) -> Iterator[list[Obligation]]:
    """Split a batch, in its order: what a duty does at once together, everything else one by one."""
    group: list[Obligation] = []
    for row in rows:
        if group and not _belongs(row, group):
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def _belongs(row: Obligation, group: Sequence[Obligation]) -> bool:
    registered = DUTIES.get(row.kind)
    return (
        registered is not None
        and isinstance(registered.duty, Many)
        and row.kind == group[0].kind
        and len(group) < MOST_TOGETHER
        and all(row.subject_id != one.subject_id for one in group)
    )


def _fire_group(group: Sequence[Obligation], subjects: Subjects) -> Iterator[tuple[Obligation, object]]:
    """Fire what belongs together; yield what became of each."""
    there: list[tuple[Obligation, Any, Due]] = []
    overtaken = _overtaken(group)
    for row in group:
        registered = DUTIES.get(row.kind)
        if registered is None:
            raise NobodyKnowsThisKind(f"no part of this installation knows {row.kind}")
        subject, due = subjects.take(row), Due(row.due_at, row.occurrence, row.stage)
        if subject is None:
            yield row, SUBJECT_IS_GONE
        elif row.pk in overtaken:
            yield row, LAPSED
        elif isinstance(registered.duty, Many):
            there.append((row, subject, due))
        else:
            yield row, registered.duty.fire(subject, due, at=clock.now())
    if there:
        many = DUTIES[group[0].kind].duty
        if isinstance(many, Many):
            answers = many.fire_many([(subject, due) for _row, subject, due in there], at=clock.now()) or {}
            yield from ((row, answers.get(row.subject_id)) for row, _subject, _due in there)


def _overtaken(group: Sequence[Obligation]) -> Collection[int]:
    """Return the ids of those of one kind that are late, and of which a later stage was fired before."""
    registered, now = DUTIES.get(group[0].kind) if group else None, clock.now()
    if registered is None or not registered.in_order:
        return ()
    waiting = [row for row in group if row.due_at <= order.late(now)]
    if not waiting:
        return ()
    one = waiting[0]
    rows = Obligation.objects.filter(
        subject_type=one.subject_type_id,
        subject_id__in=[row.subject_id for row in waiting],
        kind=one.kind,
        state=Obligation.State.FIRED,
    )
    fired: dict[tuple[int, str], list[datetime]] = {}
    for subject, occurrence, at in rows.values_list("subject_id", "occurrence", "due_at"):
        fired.setdefault((subject, occurrence), []).append(at)
    return {
        row.pk
        for row in waiting
        if order.is_overtaken(row.due_at, fired.get((row.subject_id, row.occurrence), ()), now=now)
    }


class _Settled:
    """What became of the obligations of one transaction, written at its end with the fence."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.fired: list[int] = []
        self.again: list[int] = []
        self.gone: list[int] = []
        self.lapsed: list[int] = []

    def add(self, row: Obligation, answer: object) -> None:
        if answer is AGAIN:
            self.again.append(row.pk)
        elif answer is SUBJECT_IS_GONE:
            self.gone.append(row.pk)
        elif answer is LAPSED:
            self.lapsed.append(row.pk)
        else:
            self.fired.append(row.pk)

    def write(self) -> None:
        """Raises LeaseLost when one of them is no longer this worker's."""
        held, now, state = Obligation.objects.armed(), clock.now(), Obligation.State
        leases.settle(held, self.fired, self.token, state=state.FIRED, settled_at=now, last_error="")
        leases.settle(held, self.again, self.token, ready_at=now, attempts=0, last_error="")
        for ids, because in ((self.gone, SUBJECT_IS_GONE), (self.lapsed, NO_LONGER_OWED)):
            leases.settle(held, ids, self.token, state=state.CANCELLED, because=because, settled_at=now)


def _fire_alone(row: Obligation, token: str) -> bool:
    """Fire one in its own transaction, after writing down that it is tried. Whether it was settled."""
    held = Obligation.objects.armed().filter(pk=row.pk, token=token)
    row.attempts += 1
    with transaction.atomic():
        if not held.update(attempts=row.attempts):
            return False  # taken over, moved or cancelled meanwhile
    if row.attempts > MOST_ATTEMPTS:
        _fall_back(row, token, WorkerEnded(f"the worker ended {MOST_ATTEMPTS} times while doing this"))
        return False
    try:
        return bool(_fire_together([row], token)[0])
    except LeaseLost:
        log.info("%s was taken over by another worker; nothing was written here", row)
    except Exception as error:
        log.warning("%s failed, attempt %d", row, row.attempts, exc_info=True)
        _fall_back(row, token, error)
    return False


def _fall_back(row: Obligation, token: str, error: Exception) -> None:
    """Let a failed one rest, or put it aside for a person after its last attempt."""
    pause, now = pause_after(row.attempts), clock.now()
    changes: dict[str, Any] = {"last_error": _said(error)}
    if pause is None:
        changes |= {"state": Obligation.State.FAILED, "settled_at": now}
    else:
        changes["ready_at"] = now + pause
    try:
        with transaction.atomic():
            leases.settle(Obligation.objects.armed(), [row.pk], token, **changes)
            if pause is None and (subject := row.subject) is not None:
                journal.record("obligation.put_aside", subject, kind=row.kind, error=_said(error))
    except LeaseLost:
        log.info("%s was settled by somebody else after it failed here", row)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:2000]
