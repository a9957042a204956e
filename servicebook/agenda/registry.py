"""Duties: what a subject owes the future. Each app declares its own in `duties.py`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, Protocol, TypeVar

from django.utils.functional import Promise as LazyText

LANE_AT_ONCE, LANE_PROMISES, LANE_BULK = 0, 1, 2


class _Again:
    """See `AGAIN`."""


# Returned by `fire` when the work is not finished: what was written is committed, and the same
# obligation stands in its lane again, behind whatever is more urgent.
AGAIN: Final = _Again()


class _Lapsed:
    """See `LAPSED`."""


# Returned by `fire` when the reason does not hold any more: it is cancelled, and can be armed again.
LAPSED: Final = _Lapsed()


@dataclass(frozen=True, slots=True)
class Due:
    """One obligation that a subject owes: its key within (kind, subject), and when."""

    at: datetime
    occurrence: str
    stage: str = ""


class Duty(Protocol):
    """A kind of obligation. Nothing in `owed` writes; `fire` writes rows and nothing else."""

    def owed(self, subject: Any) -> Iterator[Due]:
        """Yield what should stand on the agenda for `subject` now, fired or not."""

    def fire(self, subject: Any, due: Due, *, at: datetime) -> object:
        """Do it, once, in the transaction that marks it fired. Check that the reason still holds.

        `subject` was read when that transaction began; what must not have changed since is locked
        here, through the subject's own action. The transaction may be shared with other
        obligations, so no network, no waiting, and no long work: what takes more than a second
        does a part of it and returns `AGAIN`.
        """


class Many:
    """A duty that does many at once: the worker hands over what is due of its kind in a row.

    Of one subject at most one is in a batch, so that each sees what the one before it did.

    Attributes:
        by_id: it asks its subjects for nothing but their ids, and reads them itself, under a lock.
    """

    by_id: ClassVar[bool] = False

    def fire_many(self, fired: Sequence[tuple[Any, Due]], *, at: datetime) -> Mapping[int, object] | None:
        """Do all of them, in their order, as `Duty.fire` does one. When it fails, each is done alone.

        Returns:
            Of the ids of subjects that are not simply done: `AGAIN`, or `LAPSED`.
        """
        raise NotImplementedError

    def fire(self, subject: Any, due: Due, *, at: datetime) -> object:
        return (self.fire_many([(subject, due)], at=at) or {}).get(subject.pk)


@dataclass(frozen=True, slots=True)
class Registered:
    kind: str
    subject: type[Any]
    lane: int
    duty: Duty
    related: tuple[str, ...] = ()
    title: str | LazyText = ""
    gather: Callable[[Sequence[Any]], None] | None = None
    in_order: bool = False
    needs: str = ""


DUTIES: dict[str, Registered] = {}
D = TypeVar("D")


def duty(
    kind: str,
    *,
    subject: type[Any],
    lane: int = LANE_PROMISES,
    related: tuple[str, ...] = (),
    title: str | LazyText = "",
    gather: Callable[[Sequence[Any]], None] | None = None,
    in_order: bool = False,
    needs: str = "",
) -> Callable[[type[D]], type[D]]:
    """Register a class as the duty `kind` ("app.what") of a model. It is made once, without arguments.

    Args:
        lane: what must not wait for what; see `models.Lane`.
        related: foreign keys of the subject that `fire` reads ("customer", "site__region"); a batch
            reads them together with its subjects, in one query.
        title: what people read on the agenda ("Promise overdue"); made from the kind when empty.
        gather: reads for many subjects at once what `owed` looks at besides their own rows.
        in_order: the stages of one occurrence follow each other: see `rules.order`.
        needs: a column of the subject; one in which it is empty owes nothing of the kind, and is not asked.
    """

    def register(declared: type[D]) -> type[D]:
        if kind in DUTIES:
            raise ValueError(f"the duty {kind} is declared twice")
        DUTIES[kind] = Registered(kind, subject, lane, declared(), related, title, gather, in_order, needs)  # type: ignore[arg-type]
        return declared

    return register


def title_of(kind: str, stage: str = "") -> str:
    """Return how people read a kind, and which stage of it; also of one that no app declares any more.

    A duty that has stages may have `stage_title(stage)`.
    """
    registered = DUTIES.get(kind)
    if registered is not None and registered.title:
        said = getattr(registered.duty, "stage_title", None)
        which = said(stage) if said and stage else ""
        return f"{registered.title}, {which}" if which else str(registered.title)
    return kind.partition(".")[2].replace("_", " ").capitalize() or kind


def duties_of(subject: type[Any]) -> list[Registered]:
    """Return the duties declared for a model, by all floors."""
    return [one for one in DUTIES.values() if one.subject is subject]
