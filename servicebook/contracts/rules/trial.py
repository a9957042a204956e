"""One contract put to the test for a request, clause by clause."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

from servicebook.contracts.rules.clauses import Clauses, Line, clauses, holds, plain
from servicebook.contracts.rules.needs import NOTHING, Nearness, Need
from servicebook.contracts.rules.scope import Fit
from servicebook.contracts.rules.terms import TIMED, Balances, Draw, Facts, Said, Standing, Step

ONE = Decimal(1)
LEAST = Decimal("0.01")  # the smallest amount of a balance


class Trial:
    """A contract under test. Its steps are added to `steps`, the trace of the whole decision.

    Attributes:
        in_play: it runs and covers the unit, or may: its promised times and its rates hold.
        factor: how much dearer its exclusions make the work. The greatest one; they do not multiply.
    """

    __slots__ = ("_facts", "_is_open", "_steps", "clauses", "factor", "fit", "in_play", "standing")

    def __init__(self, standing: Standing, fit: Fit, facts: Facts, steps: list[Step]) -> None:
        self.standing, self.fit = standing, fit
        self.clauses: Clauses = clauses(standing.terms)
        self.in_play = False
        self.factor = ONE
        self._is_open = self.clauses.is_open(facts)
        self._facts, self._steps = facts, steps

    def run(self, needs: Sequence[Need], balances: Balances) -> None:
        """Test what opens the contract to the request, then the lines of what is not covered yet."""
        refusal = self._refusal()
        for need in needs:
            if need.settled:
                continue
            if refusal:
                need.missed(*refusal)
            else:
                self._test_lines(need, balances)

    def _refusal(self) -> tuple[Said, Nearness] | None:
        """Test state, dates, scope, channel, hours and exclusions; return what refuses the request."""
        step = self.clauses.standing(self.standing, self._facts.day)
        self._steps.append(step)
        if not step.passed:
            return step.said, Nearness.NOT_RUNNING
        step = self.clauses.scope_steps[self.fit]
        self._steps.append(step)
        if self.fit is Fit.OUT:
            return step.said, Nearness.NOT_IN_SCOPE
        self.in_play = True
        return self._exclusion()

    def _exclusion(self) -> tuple[Said, Nearness] | None:
        terms = self.clauses.terms
        if terms.channels:
            self._steps.append(self.clauses.channel_step(self._facts.channel))
        if terms.hours is not None:
            self._steps.append(self.clauses.inside_hours if self._is_open else self.clauses.outside_hours)
        for exclusion, present, absent in self.clauses.exclusions:
            if not holds(exclusion.unless, self.clauses, self._facts):
                self._steps.append(absent)
                continue
            self._steps.append(present)
            if exclusion.factor is None:
                return present.said, Nearness.EXCLUDED
            self.factor = max(self.factor, exclusion.factor)
        return None

    def _test_lines(self, need: Need, balances: Balances) -> None:
        lines = self.clauses.lines[need.service]
        if not lines:
            step = self.clauses.not_included[need.service]
            self._steps.append(step)
            need.missed(step.said, Nearness.NO_LINE)
        for line in lines:
            self._test_line(line, need, balances)
            if need.settled:
                break

    def _test_line(self, line: Line, need: Need, balances: Balances) -> None:
        obstacle = self._obstacle(line)
        if obstacle and obstacle.passed is False:
            self._steps.append(obstacle)
            need.missed(obstacle.said, Nearness.ANOTHER_LINE)
            return
        factor = self.counting_factor(line)
        amount, step = _left(line, need, balances, factor)
        if amount == NOTHING:
            self._steps.append(step)
            need.missed(step.said, Nearness.USED_UP)
        elif obstacle:
            self._steps.append(obstacle)
            need.may_be_covered(obstacle.said)
        elif self.fit is Fit.OPEN:
            self._steps.append(replace(step, passed=None))
            need.may_be_covered(self.clauses.scope_steps[Fit.OPEN].said)
        else:
            self._steps.append(step)
            draw = Draw(line.contract, self.clauses.terms.version, not self._is_open, self.factor)
            need.cover(
                step.said, by="contract", contract=line.contract, line=line.code, amount=amount, draw=draw
            )

    def _obstacle(self, line: Line) -> Step | None:
        """What stands between the request and the line; `passed` is None where nobody knows yet."""
        included, facts = line.included, self._facts
        if included.category is not None and included.category != facts.category:
            if facts.category is None and facts.asset is None:
                return line.step("line.category_open", None, category=included.category)
            return line.step("line.other_category", False, category=included.category)
        if included.expires_on is not None and facts.day > included.expires_on:
            return line.step("line.expired", False, until=included.expires_on.isoformat())
        if line.consumables_only and not facts.consumable:
            if facts.consumable is None:
                return line.step("line.parts_open", None)
            return line.step("line.consumables_only", False)
        return None

    def counting_factor(self, line: Line) -> Decimal:
        """How much faster minutes use up the line; pieces and money are counted once."""
        if line.included.service not in TIMED:
            return ONE
        return self.factor if self._is_open else max(self.factor, line.included.outside_factor)


def _left(line: Line, need: Need, balances: Balances, factor: Decimal) -> tuple[Decimal | None, Step]:
    """Return how much work the line still covers (None: no end of it), and the step that says so."""
    if line.included.limit is None:
        return None, line.no_limit
    left = balances.get(line.balance, line.included.limit)
    amount = (left / factor).quantize(LEAST, ROUND_DOWN) if left > NOTHING else NOTHING
    code = "line.left" if need.rest is None or amount >= need.rest else "line.runs_out"
    if amount == NOTHING:
        return amount, line.step("line.used_up", False)
    return amount, line.step(code, True, left=plain(left), factor=plain(factor))
