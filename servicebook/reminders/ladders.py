"""Which ladder is in force for what. Reading it costs no statement."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from servicebook.core import reference
from servicebook.customers.queries import region_ids_above
from servicebook.reminders.models import Ladder, Stage
from servicebook.reminders.rules import ladders as rules
from servicebook.reminders.rules.ladders import Quiet, Step

MOST_KNOWN = 20_000  # days of a ladder whose moments are kept


@dataclass(frozen=True, eq=False)
class Standing:
    """A ladder in force: its stages, and where it counts."""

    what: str
    contract: int | None
    region: int | None
    steps: Sequence[Step]
    quiet: Quiet | None = None
    active: bool = True
    _known: dict[tuple[date, str], list[tuple[Step, datetime]]] = field(default_factory=dict, repr=False)

    def moments(self, anchor: date | datetime, zone: str) -> list[tuple[Step, datetime]]:
        """Return all stages with their moments. Of a day they are computed once: many contracts share one."""
        if isinstance(anchor, datetime):
            return rules.moments(self.steps, anchor=anchor, zone=zone, quiet=self.quiet)
        found = self._known.get((anchor, zone))
        if found is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            found = rules.moments(self.steps, anchor=anchor, zone=zone, quiet=self.quiet)
            self._known[anchor, zone] = found
        return found

    def step(self, name: str) -> Step | None:
        return next((one for one in self.steps if one.name == name), None)


Known = Mapping[tuple[str, int | None], Standing]
_tried: ContextVar[Standing | None] = ContextVar("tried", default=None)


def in_force(what: str, *, contract: int | None = None, region: int | None = None) -> Standing | None:
    """Return the ladder for `what`: the contract's own, else the house's; None where none is switched on.

    A contract whose own ladder is switched off has none.

    Args:
        region: where the thing is. A ladder that is switched on for one region counts there and below.
    """
    known, tried = _known(), _tried.get()
    for whose in dict.fromkeys((contract, None)):
        is_tried = tried is not None and (tried.what, tried.contract) == (what, whose)
        one = tried if is_tried else known.get((what, whose))
        if one and _counts(one, region):
            return one if one.active or is_tried else None
    return None


def whose(what: str) -> Mapping[int | None, Standing]:
    """Return contract → its own ladder for `what`; None → the house's. Those that are switched on."""
    return {contract: one for (known, contract), one in _known().items() if known == what and one.active}


def has_own(what: str, contract: int) -> bool:
    """Return whether a contract has a ladder of its own for `what`, switched on or off."""
    return (what, contract) in _known()


def first_before(what: str) -> timedelta:
    """Return how long before its anchor the earliest stage of any ladder for `what` stands."""
    tried = _tried.get()
    every = [one for (known, _contract), one in _known().items() if known == what]
    every += [tried] if tried and tried.what == what else []
    return max((_before(step) for one in every for step in one.steps), default=timedelta())


def _before(step: Step) -> timedelta:
    if step.side != Stage.Side.BEFORE:
        return timedelta()
    return timedelta(hours=step.offset) if step.unit == Stage.Unit.HOURS else timedelta(days=step.offset)


@contextmanager
def trying(ladder: Standing) -> Iterator[None]:
    """Let a ladder that is not switched on count inside a with-block, for a rehearsal. Nothing is written."""
    token = _tried.set(ladder)
    try:
        yield
    finally:
        _tried.reset(token)


def standing(ladder: Ladder, stages: Sequence[Stage]) -> Standing:
    """Return a ladder as it would stand in force; `stages` need not be saved."""
    quiet = None
    if ladder.quiet_from is not None and ladder.quiet_until is not None:
        quiet = Quiet(ladder.quiet_from, ladder.quiet_until)
    steps = tuple(_step(one) for one in stages)
    return Standing(ladder.what, ladder.contract_id, ladder.region_id, steps, quiet, ladder.active)


def _known() -> Known:
    return reference.get("reminders.ladders", _load)


def _load() -> Known:
    rows = Ladder.objects.prefetch_related("stages")
    return {(row.what, row.contract_id): standing(row, list(row.stages.all())) for row in rows}


def is_in(region: int | None, wider: int) -> bool:
    """Whether a region is `wider` or a part of it."""
    return wider in region_ids_above(region)


def _counts(ladder: Standing, region: int | None) -> bool:
    return ladder.region is None or is_in(region, ladder.region)


def _step(stage: Stage) -> Step:
    return Step(
        stage.name,
        stage.offset,
        stage.unit,
        stage.side,
        step=stage.step,
        step_owner=stage.step_owner,
        step_hours=stage.step_hours,
        theirs=tuple(stage.theirs),
        asks=stage.asks,
        text=stage.text,
        channels=tuple(stage.channels),
        urgent=stage.urgent,
        ours=tuple(stage.ours),
        needs_decision=stage.needs_decision,
    )
