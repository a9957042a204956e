"""What every kind of ladder says of its subjects: since when a matter counts, whose it is, in which words."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar, Generic, TypeVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils import translation
from django.utils.formats import date_format

from servicebook.agenda import Due
from servicebook.customers.models import Contact, Customer, Site
from servicebook.reminders import ladders
from servicebook.reminders.ladders import Standing
from servicebook.reminders.models import What
from servicebook.reminders.people import Whose
from servicebook.reminders.rules.ladders import Step, still_to_come

M = TypeVar("M", bound=Model)
ASTRIDE = timedelta(days=2)  # zones, and hours of rest


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that a subject has coming, from which a ladder counts.

    Attributes:
        occurrence: makes this time different from the next: the day, the moment.
        zone: where its days are meant.
        region, contract: which ladder is in force.
        until: from then on nothing of it is said any more.
        past: texts that have nothing to say any more; a stage that would send one is left out.
    """

    occurrence: str
    anchor: date | datetime
    zone: str
    region: int | None = None
    contract: int | None = None
    until: datetime | None = None
    past: Collection[str] = ()


@dataclass(frozen=True, kw_only=True)
class Case:
    """A matter as it is when a stage of it fires: whose it is, what it is called, where it is written down.

    Attributes:
        about: what the next step and the question are about; `history`: whose history tells it.
        why: why now, in the house's language.
        words: what the steps of the ladder may name.
        facts: what the texts for the customer are made from, besides what all of them have.
        asked: who was asked before and is asked again, if that person is still here.
        part: tells several matters about one thing apart: a milestone of a contract.
    """

    customer: Customer
    about: Model
    history: Model
    title: str
    why: str
    whose: Whose
    url: str
    site: Site | None = None
    contract: int | None = None
    sensitive: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    asked: Contact | None = None
    part: str = ""


# What the texts about any matter are made from, whatever its kind; see `firing.Act.facts`.
ALWAYS_FILLED = frozenset(
    ("to_name", "company", "link", "owner_name", "owner_phone", "customer", "site", "address",
     "about", "step", "due", "why")
)  # fmt: skip


class Kind(Generic[M]):
    """One `What`: its subject and what a ladder has to know of it. Nothing here writes."""

    what: ClassVar[What]
    subject: ClassVar[type[Model]]
    related: ClassVar[tuple[str, ...]] = ()  # what `case` reads of a subject
    needs: ClassVar[str] = ""  # the column without which a subject has nothing coming; see `agenda.duty`
    anchor: ClassVar[str] = ""  # the field from which its ladder counts; empty: nothing tells it beforehand
    fills: ClassVar[Collection[str]] = ()  # fields of texts for which its cases have facts
    lasts: ClassVar[int | None] = None  # days after it in which something may be said; None: without end
    # All that `matters` looks at. Subjects that are alike in it owe the same; empty: each owes its own.
    alike: ClassVar[tuple[str, ...]] = ()

    @property
    def name(self) -> str:
        """The kind of its obligations, and the source of its next steps."""
        return f"reminders.{self.what.value}"

    def gather(self, subjects: Sequence[M]) -> None:
        """Read for many subjects what `matters` looks at, with a fixed number of statements."""

    def matters(self, subject: M) -> Iterator[Matter]:
        """Yield what stands, of which stages may be due. Looks only at what `gather` read."""
        raise NotImplementedError

    def candidates(self, *, contract: int | None = None) -> QuerySet[Any]:
        """Return the subjects of which something may be owed, of a contract or all."""
        raise NotImplementedError

    def case(self, subject: M, matter: Matter, *, at: datetime) -> Case:
        """Return the matter with its people and words, as they are at the moment `at`."""
        raise NotImplementedError

    def asks(self, subject: M, asks: str) -> bool:
        """Whether the customer still has to do what a stage asks for."""
        return True

    def makes_step(self, subject: M, step: Step) -> bool:
        """Whether a stage makes a next step of its own."""
        return True

    def prepare(self, subjects: Sequence[M]) -> None:
        """Read for many subjects what `case` looks at besides `related` and what `gather` read."""

    # What follows is the same for all kinds.

    def near(self, rows: QuerySet[Any], *, now: datetime, until: datetime) -> QuerySet[Any]:
        """Leave out of candidates those of which surely nothing is said between `now` and `until`."""
        if not self.anchor:
            return rows
        last = until + ladders.first_before(self.what) + ASTRIDE
        wanted = {f"{self.anchor}__lte": last}
        if self.lasts is not None:
            wanted[f"{self.anchor}__gte"] = now - timedelta(days=self.lasts) - ASTRIDE
        if "__" in self.anchor:  # several of them hang on a subject
            return rows.filter(pk__in=self.subject._default_manager.filter(**wanted).values("pk"))
        return rows.filter(**wanted)

    def ladder(self, matter: Matter) -> Standing | None:
        return ladders.in_force(self.what, contract=matter.contract, region=matter.region)

    def coming(self, matter: Matter, *, now: datetime) -> list[tuple[Step, datetime]]:
        """Return the stages of a matter that count from `now` on, with their moments."""
        ladder = self.ladder(matter)
        if ladder is None or (matter.until and now >= matter.until):
            return []
        stages = ladder.moments(matter.anchor, matter.zone)
        if matter.until:
            stages = [one for one in stages if one[1] < matter.until]
        return [one for one in still_to_come(stages, now=now) if one[0].text not in matter.past]

    def owed(self, subject: M, *, now: datetime) -> Iterator[Due]:
        for matter in self.matters(subject):
            for step, at in self.coming(matter, now=now):
                yield Due(at, matter.occurrence, step.name)

    def owed_together(
        self, rows: QuerySet[Any], *, of: Collection[int], now: datetime
    ) -> list[tuple[list[int], Sequence[Due]]]:
        """Return what those `of` rows owe: the ids of subjects that owe the same, and what."""
        together: dict[object, list[int]] = {}
        for pk, *seen in rows.values_list("pk", *self.alike):
            if pk in of:
                alone = not self.alike or ladders.has_own(self.what, pk)
                together.setdefault(pk if alone else tuple(seen), []).append(pk)
        first = {ids[0]: ids for ids in together.values()}
        owed: dict[tuple[Due, ...], list[int]] = {}
        for one in self._gathered(rows.filter(pk__in=first)):
            owed.setdefault(tuple(self.owed(one, now=now)), []).extend(first[one.pk])
        return [(ids, dues) for dues, ids in owed.items()]

    def _gathered(self, rows: QuerySet[Any]) -> list[M]:
        """Read subjects with what `matters` looks at."""
        if self.alike:
            related = [one.rpartition("__")[0] for one in self.alike if "__" in one]
            rows = rows.select_related(*related).only(*self.alike)
        found = list(rows)
        self.gather(found)
        return found

    def read(self, ids: Sequence[int]) -> dict[int, M]:
        """Return subjects as they are now, locked until the transaction ends, with what `case` reads."""
        rows: Any = self.subject._default_manager.select_for_update(of=("self",))
        if self.related:
            rows = rows.select_related(*self.related)
        return {row.pk: row for row in rows.filter(pk__in=ids).order_by("pk")}


def said_day(day: date | datetime, zone: str) -> str:
    """Say a day in the house's language, as it is where the customer is: 20 Oct 2026."""
    local = day.astimezone(ZoneInfo(zone)).date() if isinstance(day, datetime) else day
    with translation.override(settings.LANGUAGE_CODE):
        return date_format(local, "j M Y")


def days_until(day: date | datetime, zone: str, at: datetime) -> int:
    """Return how many days are left at a moment, where the customer is."""
    tz = ZoneInfo(zone)
    local = day.astimezone(tz).date() if isinstance(day, datetime) else day
    return (local - at.astimezone(tz).date()).days


def end_of(day: date, zone: str, *, days: int = 0) -> datetime:
    """Return the first moment after `day`, or after so many days more, in UTC."""
    after = day + timedelta(days=days + 1)
    return datetime.combine(after, time(), ZoneInfo(zone)).astimezone(UTC)


def key(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
