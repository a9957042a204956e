"""Bring one kind of obligation in line for very many subjects, after the rule behind it has changed.

Many subjects owe the same: contracts end on a few hundred days. So the database is told once what is owed,
and by which subjects; it finds what differs, and what stays as it is is neither written nor read here.
It compares as `rules.comparing` and `rules.order` do.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from servicebook.agenda import rows, under_way
from servicebook.agenda.refresh import NO_LONGER_OWED
from servicebook.agenda.registry import DUTIES, Due
from servicebook.agenda.rules import order
from servicebook.core import clock

Owed = tuple[Sequence[int], Sequence[Due]]  # subjects that owe the same, by their ids
Pairs = Sequence[tuple[int, int]]
NOBODY = -1
BEFORE_ALL = datetime(1900, 1, 1, tzinfo=UTC)

# The first row gives the columns their types. Ids and places stand in the text as they are: to hand
# over tens of thousands of parameters would cost more than all the rest.
DUE = "WITH due (place, share, occurrence, stage, at) AS (VALUES {dues})"
FIRST_DUE = "(-1, -1, CAST(NULL AS text), CAST(NULL AS text), CAST(NULL AS {moment}))"
THE_SAME = """
    standing.subject_id = owed.subject_id AND standing.occurrence = owed.occurrence
    AND standing.stage = owed.stage
"""
DIFFERENT = f"""
{DUE},
subject (id, share) AS (VALUES {{subjects}}),
standing AS (
    SELECT one.id, one.subject_id, one.occurrence, one.stage, one.state, one.due_at
    FROM agenda_obligation AS one JOIN subject ON subject.id = one.subject_id
    WHERE one.subject_type_id = %s AND one.kind = %s AND one.subject_id BETWEEN %s AND %s
),
fired AS (
    SELECT subject_id, occurrence, max(due_at) AS at FROM standing WHERE state = 'fired'
    GROUP BY subject_id, occurrence
),
owed AS (
    SELECT subject.id AS subject_id, due.place, due.occurrence, due.stage, due.at
    FROM subject JOIN due ON due.share = subject.share
    LEFT JOIN fired ON fired.subject_id = subject.id AND fired.occurrence = due.occurrence
    WHERE due.at > %s OR fired.at IS NULL OR fired.at <= due.at
)
SELECT owed.place, owed.subject_id, standing.id FROM owed LEFT JOIN standing ON {THE_SAME}
WHERE standing.id IS NULL OR standing.state = 'cancelled'
    OR (standing.state IN ('armed', 'failed') AND standing.due_at <> owed.at)
UNION ALL
SELECT -1, standing.subject_id, standing.id FROM standing LEFT JOIN owed ON {THE_SAME}
WHERE owed.place IS NULL AND standing.state IN ('armed', 'failed')
"""  # noqa: S608 - texts of ours

# Only what changes is locked, for a lock is written, too; in one order, so that two that meet wait for
# each other instead of locking up.
LOCK = (
    "SELECT count(*) FROM (SELECT 1 FROM agenda_obligation WHERE id IN ({ids}) ORDER BY id FOR UPDATE) AS one"
)
NEW = f"""
{DUE}, new (place, subject) AS (VALUES {{places}})
SELECT new.subject AS column1, %s AS column2, due.occurrence AS column3, due.stage AS column4,
    CAST(%s AS integer) AS column5, due.at AS column6
FROM new JOIN due ON due.place = new.place
"""  # noqa: S608
MOVED = f"""
{DUE}, moved (place, id) AS (VALUES {{places}})
SELECT moved.id AS column1, due.at AS column2 FROM moved JOIN due ON due.place = moved.place
"""  # noqa: S608
NOT_FIRED = " AND agenda_obligation.state <> 'fired'"  # somebody did it before it was locked
CANCEL = """
UPDATE agenda_obligation SET state = 'cancelled', because = %s, settled_at = %s, token = ''
WHERE id IN ({ids})
"""


class Rearmed(NamedTuple):
    """How many subjects were looked at, and how many of their obligations were changed."""

    looked_at: int
    armed: int
    moved: int
    cancelled: int


@transaction.atomic
def rearm(kind: str, owed: Iterable[Owed], *, because: str = NO_LONGER_OWED) -> Rearmed:
    """Do what `refresh_many` does, for one kind and without the subjects: there may be 200 000 of them.

    Args:
        kind: a declared duty.
        owed: subjects, each once, with all that each of them owes of this kind, fired or not. As with
            `refresh` that must not change meanwhile: lock the subjects, and come with ten thousand
            of them at a time, neighbours by their ids.
        because: why obligations that are owed no longer are cancelled; a person reads it.
    """
    shares = [(ids, dues) for ids, dues in owed if ids]
    if not shares:
        return Rearmed(0, 0, 0, 0)
    from django.contrib.contenttypes.models import ContentType

    one = DUTIES[kind]
    about = ContentType.objects.get_for_model(one.subject).pk
    dues = _Dues([(share, due) for share, (_ids, some) in enumerate(shares) for due in some])
    subjects = [(pk, share) for share, (ids, _some) in enumerate(shares) for pk in ids]
    within = min(subjects)[0], max(subjects)[0]
    late = order.late(clock.now()) if one.in_order else BEFORE_ALL
    found = dues.read(DIFFERENT, [about, kind, *within, _adapted(late)], subjects=subjects)
    begun = under_way.current().begun
    arm = [(place, subject) for place, subject, row in found if row is None]
    move = [(place, row) for place, _, row in found if row and place != NOBODY and row not in begun]
    cancel = [row for place, _, row in found if row and place == NOBODY and row not in begun]
    _lock([*cancel, *(row for _place, row in move)])
    dues.write(rows.ARM.format(rows=f"({NEW}) AS one"), [kind, one.lane], places=arm, before=[about])
    moved = dues.write(rows.MOVE.format(rows=f"({MOVED}) AS one") + NOT_FIRED, places=move)
    cancelled = _cancel(cancel, because)
    under_way.current().taken_back.update(cancel, (row for _place, row in move))
    return Rearmed(len(subjects), len(arm), moved, cancelled)


class _Dues:
    """All that is owed, each with its share, as the table `due` of a statement."""

    def __init__(self, every: Sequence[tuple[int, Due]]) -> None:
        moment = "timestamptz" if connection.vendor == "postgresql" else "text"
        marks = [f"({place}, {share}, %s, %s, %s)" for place, (share, _due) in enumerate(every)]
        self._table = ", ".join([FIRST_DUE.format(moment=moment), *marks])
        adapt = connection.ops.adapt_datetimefield_value
        self._values = [value for _, due in every for value in (due.occurrence, due.stage, adapt(due.at))]

    def read(self, sql: str, after: Sequence[Any], *, subjects: Pairs) -> list[tuple[int, int, int | None]]:
        with connection.cursor() as cursor:
            cursor.execute(sql.format(dues=self._table, subjects=_text(subjects)), [*self._values, *after])
            return list(cursor.fetchall())

    def write(self, sql: str, after: Sequence[Any] = (), *, places: Pairs, before: Sequence[Any] = ()) -> int:
        """Return how many rows were written."""
        if not places:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(
                sql.format(dues=self._table, places=_text(places)), [*before, *self._values, *after]
            )
            return int(cursor.rowcount)


def _text(pairs: Pairs) -> str:
    return ", ".join([f"({one}, {other})" for one, other in pairs])


def _lock(ids: Sequence[int]) -> None:
    if ids and connection.features.has_select_for_update:
        with connection.cursor() as cursor:
            cursor.execute(LOCK.format(ids=", ".join(map(str, ids))))


def _cancel(ids: Sequence[int], because: str) -> int:
    if not ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            CANCEL.format(ids=", ".join(map(str, ids))) + NOT_FIRED, [because, _adapted(clock.now())]
        )
        return int(cursor.rowcount)


def _adapted(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)
