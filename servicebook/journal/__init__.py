"""The past. `record` is the only way to write it; nothing else keeps a second history."""

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from servicebook.core import clock, inserts

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model

    from servicebook.accounts.models import User

PROGRAM = "Servicebook"


class Happening(NamedTuple):
    """One change, for `record_many`."""

    verb: str
    subject: "Model"
    facts: Mapping[str, Any] = {}
    by: "User | None" = None
    by_name: str = ""
    at: "datetime | None" = None


def record(
    verb: str,
    subject: "Model",
    *,
    by: "User | None" = None,
    by_name: str = "",
    at: "datetime | None" = None,
    **facts: Any,
) -> None:
    """Write one immutable entry. Call it in the transaction of the change.

    Args:
        verb: "<noun>.<past participle>", such as "ticket.closed"; its sentence stands in the
            app's `history.py`.
        by: the person of the house; None for the program or for somebody outside.
        by_name: who it was when `by` is None; the program when empty.
        facts: JSON values: names, numbers, dates. They say it as it was that day.
    """
    record_many([Happening(verb, subject, facts, by, by_name, at)])


def record_many(happenings: Iterable[Happening]) -> None:
    """Write entries with one statement per 500."""
    from django.contrib.contenttypes.models import ContentType

    from servicebook.journal.models import Entry

    moment, like = clock.now(), Entry()
    entries = [
        inserts.like(
            like,
            at=one.at or moment,
            verb=one.verb,
            actor_id=one.by.pk if one.by else None,
            actor_name=one.by.name if one.by else one.by_name or PROGRAM,
            subject_type_id=ContentType.objects.get_for_model(one.subject).pk,
            subject_id=one.subject.pk,
            facts=dict(one.facts),
        )
        for one in happenings
    ]
    inserts.add(entries)


class Latest(NamedTuple):
    """The newest entry of a subject."""

    entry: int
    at: "datetime"


def latest(model: "type[Model]", ids: "Collection[int]") -> dict[int, Latest]:
    """Return the newest entry of each subject that has one, with one statement.

    What an upper floor owes at once because of a change is keyed by the entry of that change, so that
    each change is followed once.
    """
    from django.contrib.contenttypes.models import ContentType
    from django.db.models import Max

    from servicebook.journal.models import Entry

    if not ids:
        return {}
    of_model = Entry.objects.filter(subject_type=ContentType.objects.get_for_model(model), subject_id__in=ids)
    newest = of_model.order_by().values("subject_id").annotate(newest=Max("pk")).values("newest")
    found = Entry.objects.filter(pk__in=newest).values_list("subject_id", "pk", "at")
    return {subject: Latest(entry, at) for subject, entry, at in found}
