"""One included line put to the test: whether it is meant, and what is left of it (S0.14, S0.17, S0.18)."""

from decimal import Decimal

from servicebook.contracts.rules.balances import factor_of, work_in
from servicebook.contracts.rules.figures import NOTHING, ONE, plain
from servicebook.contracts.rules.gate import Gate
from servicebook.contracts.rules.needs import Nearness, Need
from servicebook.contracts.rules.terms import (
    TIMED,
    Balances,
    Facts,
    Included,
    PartsRule,
    Said,
    Service,
    Step,
    Terms,
)

MOST_KEPT = 32  # sentences of one line


class Line:
    """An included line with what is said of it again and again."""

    __slots__ = (
        "_always_meant",
        "_clause",
        "_code",
        "_consumables_only",
        "_is_timed",
        "_lately",
        "_no_limit",
        "_used_up",
        "balance",
        "facts",
        "included",
    )

    def __init__(self, terms: Terms, included: Included) -> None:
        self.included = included
        self._code = included.code
        self.balance = (terms.contract, included.code)
        self.facts: dict[str, str | None] = {
            "contract": terms.number,
            "service": included.service.value,
            "code": included.code,
            "limit": None if included.limit is None else plain(included.limit),
            "period": included.period.value,
            "currency": terms.currency,
        }
        self._clause = f"included:{included.id}"
        self._consumables_only = included.service is Service.PARTS and included.parts is PartsRule.CONSUMABLES
        self._always_meant = (
            included.category is None and included.expires_on is None and not self._consumables_only
        )
        self._lately: dict[tuple[Decimal, Decimal, bool], Step] = {}
        self._is_timed = included.service in TIMED
        self._no_limit = self._step("line.no_limit", True)
        self._used_up = self._step("line.used_up", False)

    def test(self, need: Need, facts: Facts, balances: Balances, gate: Gate) -> Step:
        """Cover the need as far as the line reaches, and return the step that says so.

        Args:
            gate: that of the contract, which is open.
        """
        obstacle = None if self._always_meant else self._obstacle(facts)
        if obstacle and obstacle.passed is False:
            need.missed(obstacle.said, Nearness.ANOTHER_LINE)
            return obstacle
        amount, step = self._reach(need, balances, gate)
        if step is self._used_up:
            need.missed(step.said, Nearness.USED_UP)
        elif obstacle:
            need.may_be_covered(obstacle.said)
            return obstacle
        elif gate.unit_open:
            need.may_be_covered(gate.unit_open)
            return Step(step.said, None, step.clause)
        else:
            need.cover(step.said, "contract", self._code, gate.draw, amount)
        return step

    def factor(self, gate: Gate) -> Decimal:
        """How much faster work uses up the line."""
        return factor_of(self.included, outside=not gate.inside_hours, exclusion=gate.factor)

    def _obstacle(self, facts: Facts) -> Step | None:
        """Why the line is not meant, for sure; or, with `passed` None, what must be known first."""
        included = self.included
        other_unit = included.category is not None and included.category != facts.category
        unit_unknown = facts.category is None and facts.asset is None
        if other_unit and not unit_unknown:
            return self._step("line.other_category", False, category=included.category)
        if included.expires_on is not None and facts.day > included.expires_on:
            return self._step("line.expired", False, until=included.expires_on.isoformat())
        if self._consumables_only and facts.consumable is False:
            return self._step("line.consumables_only", False)
        if other_unit:
            return self._step("line.category_open", None, category=included.category)
        if self._consumables_only and facts.consumable is None:
            return self._step("line.parts_open", None)
        return None

    def _reach(self, need: Need, balances: Balances, gate: Gate) -> tuple[Decimal | None, Step]:
        """How much work the line still covers, None without end; and the step that says so."""
        limit = self.included.limit
        if limit is None:
            return None, self._no_limit
        amount = left = balances.get(self.balance, limit)
        factor = ONE
        if self._is_timed:
            factor = self.factor(gate)
            amount = work_in(left, factor)
        if amount <= NOTHING:
            return amount, self._used_up
        enough = need.rest is None or amount >= need.rest
        return amount, self._left(left, factor, enough=enough)

    def _left(self, left: Decimal, factor: Decimal, *, enough: bool) -> Step:
        """Return the step that says what is left; it is asked again while the balance stays as it is."""
        key = (left, factor, enough)
        step = self._lately.get(key)
        if step is None:
            if len(self._lately) >= MOST_KEPT:
                self._lately.clear()
            counted = {"factor": plain(factor)} if factor != ONE else {}
            step = self._step("line.left" if enough else "line.runs_out", True, left=plain(left), **counted)
            self._lately[key] = step
        return step

    def _step(self, code: str, passed: bool | None, **more: object) -> Step:
        return Step(Said(code, {**self.facts, **more}), passed, self._clause)
