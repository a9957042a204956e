"""How obligations are read and written, very many at a time: as tuples, and with one statement each way."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import BigIntegerField, F, Func

from servicebook.agenda import under_way
from servicebook.agenda.registry import DUTIES
from servicebook.agenda.rules.comparing import Changes, Key, Standing
from servicebook.core import clock, inserts, updates

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

    from servicebook.agenda.models import Obligation

AT_ONCE = 1000
EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)

# What somebody else armed meanwhile stands for the later one's date.
ARM = """
INSERT INTO agenda_obligation (subject_type_id, subject_id, kind, occurrence, stage, lane, due_at, ready_at,
    state, because, token, attempts, last_error)
SELECT %s, one.column1, one.column2, one.column3, one.column4, one.column5, one.column6, one.column6,
    'armed', '', '', 0, ''
FROM {rows} WHERE TRUE
ON CONFLICT (subject_type_id, subject_id, kind, occurrence, stage)
DO UPDATE SET due_at = excluded.due_at, ready_at = excluded.ready_at, token = ''
WHERE agenda_obligation.state = 'armed'
"""

ARMED = ("bigint", "text", "text", "text", "integer", "timestamptz")

# It waits anew, whatever it was: a worker that holds it finds that it lost it.
MOVE = """
UPDATE agenda_obligation
SET state = 'armed', because = '', settled_at = NULL, due_at = one.column2, ready_at = one.column2,
    token = '', attempts = 0, last_error = ''
FROM {rows} WHERE agenda_obligation.id = one.column1
"""
MOVED = ("bigint", "timestamptz")


def of(subject: type["Model"], ids: Collection[int], kinds: Collection[str]) -> "QuerySet[Obligation]":
    """All obligations of these kinds that subjects of one model have."""
    from django.contrib.contenttypes.models import ContentType

    from servicebook.agenda.models import Obligation

    kind_of_subject = ContentType.objects.get_for_model(subject)
    return Obligation.objects.filter(subject_type=kind_of_subject, subject_id__in=ids, kind__in=kinds)


def read(rows: "QuerySet[Obligation]") -> dict[Key, Standing]:
    """Return how obligations stand, their moments in the form of `as_read`."""
    fields = ["subject_id", "kind", "occurrence", "stage", "pk", "state"]
    found = rows.annotate(moment=_moment()).values_list(*fields, "moment")
    return {
        (subject, kind, occurrence, stage): Standing(pk, state, moment)
        for subject, kind, occurrence, stage, pk, state, moment in found
    }


def as_read() -> Callable[[datetime], object]:
    """Return what makes of a moment what `read` makes of it.

    To make a datetime of each row costs more than all the rest of a comparison: on PostgreSQL it is
    a number of microseconds.
    """
    return _microseconds if connection.vendor == "postgresql" else _itself


def _microseconds(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def _itself(at: datetime) -> datetime:
    return at


def _moment() -> "F | Func":
    if connection.vendor != "postgresql":
        return F("due_at")
    since_epoch = "(extract(epoch FROM %(expressions)s) * 1000000)::bigint"
    return Func("due_at", template=since_epoch, output_field=BigIntegerField())


def add(subject: type["Model"], owed: Mapping[Key, datetime]) -> None:
    """Arm all that subjects owe which are new in this transaction."""
    from django.contrib.contenttypes.models import ContentType

    from servicebook.agenda.models import Obligation

    one = Obligation(subject_type=ContentType.objects.get_for_model(subject))
    inserts.add(
        [
            inserts.like(
                one,
                kind=kind,
                subject_id=key,
                occurrence=occurrence,
                stage=stage,
                lane=DUTIES[kind].lane,
                due_at=at,
                ready_at=at,
            )
            for (key, kind, occurrence, stage), at in owed.items()
        ]
    )


def write(subject: type["Model"], owed: Mapping[Key, datetime], changes: Changes, *, because: str) -> None:
    """Arm, move and cancel; workers of this transaction do not fire what was moved or cancelled."""
    from django.contrib.contenttypes.models import ContentType

    from servicebook.agenda.models import Obligation

    new = [(*key, DUTIES[key[1]].lane, owed[key]) for key in changes.arm]
    _execute(ARM, new, ARMED, ContentType.objects.get_for_model(subject).pk)
    _execute(MOVE, changes.move, MOVED)
    if changes.cancel:
        Obligation.objects.filter(pk__in=changes.cancel).update(
            state=Obligation.State.CANCELLED, because=because, settled_at=clock.now(), token=""
        )
    under_way.current().taken_back.update(changes.cancel, (pk for pk, _at in changes.move))


def _execute(statement: str, rows: Sequence[tuple[Any, ...]], types: Sequence[str], *before: int) -> None:
    """Fill in rows, each with its moment at the end."""
    adapt = connection.ops.adapt_datetimefield_value
    for start in range(0, len(rows), AT_ONCE):
        part = [(*others, adapt(at)) for *others, at in rows[start : start + AT_ONCE]]
        updates.execute(statement, part, types, *before)
