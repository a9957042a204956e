"""The terms of one version, ready to be tested: found by service, each clause's steps said once."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from servicebook.contracts.rules.scope import Fit, Scopes
from servicebook.contracts.rules.terms import (
    Exclusion,
    Facts,
    Included,
    PartsRule,
    Rate,
    Said,
    Service,
    Standing,
    State,
    Step,
    Terms,
    Unless,
)
from servicebook.contracts.rules.types import TYPES

# A contract that reached its last day; what follows it covers.
OVER = frozenset({State.EXPIRED, State.RENEWED})
# A request of the house itself came through no channel of the customer's.
OURS = frozenset({"", "internal", "program", "import"})


class Line:
    """One included line with what is said of it."""

    __slots__ = ("balance", "clause", "code", "consumables_only", "contract", "facts", "included", "no_limit")

    def __init__(self, terms: Terms, included: Included) -> None:
        self.included = included
        self.contract, self.code = terms.contract, included.code
        self.balance = (terms.contract, included.code)
        self.clause = f"included:{included.id}"
        self.facts = {
            "contract": terms.number,
            "service": included.service.value,
            "code": included.code,
            "limit": None if included.limit is None else plain(included.limit),
            "period": included.period.value,
            "currency": terms.currency,
        }
        self.no_limit = self.step("line.no_limit", True)
        self.consumables_only = included.service is Service.PARTS and included.parts is PartsRule.CONSUMABLES

    def step(self, code: str, passed: bool | None, **more: object) -> Step:
        return Step(Said(code, {**self.facts, **more}), passed, self.clause)


class Clauses:
    """Look-ups of one version's terms."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.scopes = Scopes(terms.scopes)
        self.type = TYPES[terms.type]
        self.clause = f"contract:{terms.contract}"
        self.lines: Mapping[Service, tuple[Line, ...]] = {
            service: tuple(Line(terms, one) for one in _in_order(terms.included, service))
            for service in Service
        }
        self.rates = rates_by_service(terms.rates)
        self.not_included = {
            service: self._step("line.none", False, service=service.value) for service in Service
        }
        self.scope_steps = {
            Fit.IN: self._step("scope.in", True),
            Fit.OPEN: self._step("scope.open", None),
            Fit.OUT: self._step("scope.out", False),
        }
        self.agreed_channel = self._step("channel.agreed", True)
        self.inside_hours = self._step("hours.inside", True)
        self.outside_hours = self._step("hours.outside", None)
        self.exclusions = tuple((one, self._exclusion(one), self._absent(one)) for one in terms.exclusions)
        self._standings: dict[tuple[State, date, date, str], Step] = {}

    def standing(self, standing: Standing, day: date) -> Step:
        """Return whether the contract runs on a day, as a step."""
        if standing.state in OVER or day > standing.ends_on:
            code = "contract.ended"
        elif standing.state is not State.ACTIVE:
            code = f"contract.{standing.state.value}"
        elif day < standing.starts_on:
            code = "contract.not_begun"
        else:
            code = "contract.runs"
        key = (standing.state, standing.starts_on, standing.ends_on, code)
        step = self._standings.get(key)
        if step is None:
            step = self._standings[key] = self._step(
                code,
                code == "contract.runs",
                since=standing.starts_on.isoformat(),
                until=standing.ends_on.isoformat(),
            )
        return step

    def is_open(self, facts: Facts) -> bool:
        """Whether the moment lies in the agreed hours."""
        return self.terms.hours is None or self.terms.hours in facts.open_hours

    def is_agreed(self, channel: str) -> bool:
        """Whether the request came through an agreed channel."""
        return not self.terms.channels or channel in OURS or channel in self.terms.channels

    def channel_step(self, channel: str) -> Step:
        if self.is_agreed(channel):
            return self.agreed_channel
        return self._step("channel.other", None, channel=channel, agreed=sorted(self.terms.channels))

    def _step(self, code: str, passed: bool | None, **more: object) -> Step:
        return Step(Said(code, {"contract": self.terms.number, **more}), passed, self.clause)

    def _exclusion(self, one: Exclusion) -> Step:
        if one.factor is None:
            return self._of(one, "exclusion.extra", False)
        return self._of(one, "exclusion.dearer", True, factor=plain(one.factor))

    def _absent(self, one: Exclusion) -> Step:
        return self._of(one, "exclusion.absent", True)

    def _of(self, one: Exclusion, code: str, passed: bool, **more: object) -> Step:
        facts = {"contract": self.terms.number, "unless": one.unless.value, **more}
        return Step(Said(code, facts), passed, f"exclusion:{one.id}")


def plain(number: Decimal) -> str:
    """Write a number one way, whatever it was computed from: 7 for 7 and for 7.00."""
    return f"{number.normalize():f}"


def clauses(terms: Terms) -> Clauses:
    """Return the look-ups of these terms; made once for as long as the terms are kept."""
    found: Clauses | None = terms.memo.get("clauses")
    if found is None:
        found = terms.memo["clauses"] = Clauses(terms)
    return found


def rates_by_service(rates: tuple[Rate, ...]) -> Mapping[Service, Rate]:
    """Return the rate of each service; the plain one goes before one for a line of the catalogue."""
    found: dict[Service, Rate] = {}
    for rate in sorted(rates, key=lambda one: one.extra is not None):
        found.setdefault(rate.service, rate)
    return found


def holds(unless: Unless, clauses: Clauses, facts: Facts) -> bool:
    """Whether what an exclusion names is the case."""
    if unless is Unless.OUTSIDE_HOURS:
        return not clauses.is_open(facts)
    if unless is Unless.CHANNEL:
        return not clauses.is_agreed(facts.channel)
    return unless in facts.signs


def _in_order(included: tuple[Included, ...], service: Service) -> list[Included]:
    """The lines of a service as they are used up: those for one kind of unit first, then as listed."""
    return sorted((one for one in included if one.service is service), key=lambda one: one.category is None)
