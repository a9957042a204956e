"""Ask the duties again what is owed, and compare it with the agenda.

The agenda is kept true by each action's `refresh`. The audit finds the action that forgot it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.contrib.contenttypes.models import ContentType

from servicebook.agenda.models import Obligation
from servicebook.agenda.refresh import key_of, owed_by
from servicebook.agenda.registry import DUTIES, Registered, duties_of, title_of
from servicebook.agenda.rules.comparing import Key, Standing
from servicebook.agenda.rules.order import without_overtaken
from servicebook.core import clock

AT_A_TIME = 500


@dataclass(frozen=True)
class Finding:
    """One difference: `missing` is owed but not on the agenda, `surplus` is ahead there but owed no
    longer, `moved` stands there for another moment."""

    what: Literal["missing", "surplus", "moved"]
    kind: str
    subject: Any
    occurrence: str
    stage: str

    @property
    def title(self) -> str:
        return title_of(self.kind)

    def __str__(self) -> str:
        name = f"{self.kind} {self.occurrence} {self.stage}".rstrip()
        return f"{name} of {self.subject._meta.label_lower} {self.subject.pk} is {self.what}"


@dataclass(frozen=True)
class Slice:
    """A bounded part of an audit. `next` goes on behind it; empty at the end."""

    looked_at: int
    findings: Sequence[Finding]
    next: str


def look(after: str = "", *, most: int = 2000) -> Slice:
    """Audit up to `most` subjects from `after` on ("app.model:id"), model by model."""
    models = sorted({one.subject for one in DUTIES.values()}, key=lambda model: model._meta.label_lower)
    label, _colon, key = after.partition(":")
    begin = int(key) if key.isdecimal() and len(key) < 19 else 0
    looked_at, findings = 0, list[Finding]()
    for model in models:
        if model._meta.label_lower < label:
            continue
        last = begin if model._meta.label_lower == label else 0
        while subjects := list(
            model._base_manager.filter(pk__gt=last).order_by("pk")[: min(AT_A_TIME, most - looked_at)]
        ):
            findings += _compare(model, subjects)
            looked_at, last = looked_at + len(subjects), subjects[-1].pk
            if looked_at >= most:
                return Slice(looked_at, findings, f"{model._meta.label_lower}:{last}")
    return Slice(looked_at, findings, "")


def everything() -> Iterator[Finding]:
    """Audit all subjects, for `check_invariants`."""
    part = look()
    yield from part.findings
    while part.next:
        part = look(part.next)
        yield from part.findings


def _compare(model: type[Any], subjects: Sequence[Any]) -> Iterator[Finding]:
    registered: Sequence[Registered] = duties_of(model)
    by_id = {subject.pk: subject for subject in subjects}
    rows = Obligation.objects.filter(
        subject_type=ContentType.objects.get_for_model(model),
        subject_id__in=list(by_id),
        kind__in=[one.kind for one in registered],
    )
    standing = {key_of(row): row for row in rows}
    now = clock.now()
    owed = without_overtaken(
        {key: due.at for key, (_one, due) in owed_by(subjects, registered).items()},
        {key: Standing(row.pk, row.state, row.due_at) for key, row in standing.items()},
        kinds={one.kind for one in registered if one.in_order},
        now=now,
        as_read=lambda at: at,
    )

    def finding(what: Literal["missing", "surplus", "moved"], key: Key) -> Finding:
        subject, kind, occurrence, stage = key
        return Finding(what, kind, by_id[subject], occurrence, stage)

    for key, at in owed.items():
        row = standing.pop(key, None)
        if row is None or row.state == row.State.CANCELLED:
            yield finding("missing", key)
        elif row.is_open and row.due_at != at:
            yield finding("moved", key)
    for key, row in standing.items():
        # What is due is in the worker's hands: a handler looks again whether the reason still holds.
        if row.is_open and row.due_at > now:
            yield finding("surplus", key)
