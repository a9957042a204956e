"""What opens a contract to a request or keeps it shut: state, dates, scope, channel, hours, exclusions."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from servicebook.contracts.rules.figures import ONE, plain
from servicebook.contracts.rules.needs import Nearness
from servicebook.contracts.rules.scope import Fit
from servicebook.contracts.rules.terms import (
    Draw,
    Exclusion,
    Facts,
    Said,
    Standing,
    State,
    Step,
    Terms,
    Unless,
)

# A contract that reached its last day; what follows it covers.
OVER = frozenset({State.EXPIRED, State.RENEWED})
# A request of the house itself came through no channel of the customer's.
OURS = frozenset({"", "internal", "program", "import"})


@dataclass(frozen=True, slots=True)
class Gate:
    """A contract's gate as a request found it.

    Attributes:
        inside_hours: whether the moment lies in the agreed hours.
        agreed_channel: whether the request came through an agreed channel.
        refusal: what keeps it shut, and how near it came to opening; None: it is open.
        in_play: it runs and covers the unit, or may: its promised times and its rates hold.
        factor: how much dearer its exclusions make the work. The greatest one; they do not multiply.
        draw: how work under it draws on its balances; None while it is shut.
        unit_open: why nobody knows yet whether it covers the unit; None if it does, or does not.
    """

    steps: tuple[Step, ...]
    inside_hours: bool
    agreed_channel: bool
    refusal: tuple[Said, Nearness] | None = None
    in_play: bool = False
    factor: Decimal = ONE
    draw: Draw | None = None
    unit_open: Said | None = None


class Gatekeeper:
    """Tests the gate of one version. The ways in which it can be found are few, and kept."""

    __slots__ = ("_channels", "_clause", "_hours", "_known", "_terms")

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._hours, self._channels = terms.hours, terms.channels
        self._clause = f"contract:{terms.contract}"
        self._known: dict[tuple[object, ...], Gate] = {}

    def test(self, standing: Standing, fit: Fit, facts: Facts) -> Gate:
        """Test the gate for a request; `fit` says whether the unit is in scope."""
        inside = self._hours is None or self._hours in facts.open_hours
        agreed = not self._channels or facts.channel in self._channels or facts.channel in OURS
        state = standing_of(standing, facts.day)
        key = (state, standing.starts_on, standing.ends_on, fit, inside, agreed, facts.signs)
        gate = self._known.get(key)
        if gate is None:
            present = set(facts.signs)
            present |= set() if inside else {Unless.OUTSIDE_HOURS}
            present |= set() if agreed else {Unless.CHANNEL}
            gate = self._known[key] = self._gate(state, standing, fit, (inside, agreed), present)
        return gate

    def _gate(
        self,
        state: str,
        standing: Standing,
        fit: Fit,
        found: tuple[bool, bool],
        present: Collection[Unless],
    ) -> Gate:
        """Test the gate step by step.

        Args:
            found: whether the moment lies in the agreed hours, and whether the channel is agreed.
            present: what of that which an exclusion may name is the case.
        """
        dates = {"since": standing.starts_on.isoformat(), "until": standing.ends_on.isoformat()}
        runs = self._step(f"contract.{state}", state == "runs", **dates)
        if not runs.passed:
            return Gate((runs,), *found, refusal=(runs.said, Nearness.NOT_RUNNING))
        scope = self._step(*SCOPES[fit])
        if fit is Fit.OUT:
            return Gate((runs, scope), *found, refusal=(scope.said, Nearness.NOT_IN_SCOPE))
        steps = [runs, scope, *self._circumstances(*found)]
        refusal, factor = None, ONE
        for exclusion in self._terms.exclusions:
            step = self._exclusion(exclusion, exclusion.unless in present)
            steps.append(step)
            if step.passed is False:
                refusal = step.said, Nearness.EXCLUDED
                break
            if exclusion.unless in present:
                factor = max(factor, exclusion.factor or ONE)
        inside_hours, _agreed_channel = found
        return Gate(
            tuple(steps),
            *found,
            refusal=refusal,
            in_play=True,
            factor=factor,
            draw=Draw(self._terms.contract, self._terms.version, not inside_hours, factor),
            unit_open=scope.said if fit is Fit.OPEN else None,
        )

    def _circumstances(self, inside_hours: bool, agreed_channel: bool) -> Iterator[Step]:
        """Channel and hours, where the contract names some. Alone they refuse nothing."""
        if self._channels:
            yield (
                self._step("channel.agreed", True) if agreed_channel else self._step("channel.other", None)
            )
        if self._hours is not None:
            yield self._step("hours.inside", True) if inside_hours else self._step("hours.outside", None)

    def _exclusion(self, one: Exclusion, present: bool) -> Step:
        facts = {"contract": self._terms.number, "unless": one.unless.value}
        clause = f"exclusion:{one.id}"
        if not present:
            return Step(Said("exclusion.absent", facts), True, clause)
        if one.factor is None:
            return Step(Said("exclusion.extra", facts), False, clause)
        return Step(Said("exclusion.dearer", {**facts, "factor": plain(one.factor)}), True, clause)

    def _step(self, code: str, passed: bool | None, **more: object) -> Step:
        return Step(Said(code, {"contract": self._terms.number, **more}), passed, self._clause)


SCOPES: dict[Fit, tuple[str, bool | None]] = {
    Fit.IN: ("scope.in", True),
    Fit.OPEN: ("scope.open", None),
    Fit.OUT: ("scope.out", False),
}


def standing_of(standing: Standing, day: date) -> str:
    """Return "runs", or why the contract covers nothing on a day: "ended", "not_begun", or its state."""
    if standing.state in OVER or day > standing.ends_on:
        return "ended"
    if standing.state is not State.ACTIVE:
        return standing.state.value
    return "runs" if day >= standing.starts_on else "not_begun"
