"""One service that was asked for, and what has become of it while clauses are tested."""

from collections.abc import Sequence
from decimal import Decimal
from enum import IntEnum

from servicebook.contracts.rules.terms import Asked, Draw, PriceLine, Said, Service, ServiceDecision, Verdict

NOTHING = Decimal(0)
UNCOVERED = Said("nothing.covers")


class Nearness(IntEnum):
    """How near a clause came to covering. Of all that did not cover, the nearest one is the reason."""

    FAR = 0
    WARRANTY = 1
    NOT_RUNNING = 2
    NOT_IN_SCOPE = 3
    EXCLUDED = 4
    NO_LINE = 5
    ANOTHER_LINE = 6
    USED_UP = 7


class Need:
    """A service asked for.

    Attributes:
        asked: how much, in the service's unit; None while nobody knows.
        rest: what nothing covers yet; None as `asked`.
        settled: all of it is covered.
        by, contract, line: what covered it first. `draws`: the contracts that cover it.
    """

    __slots__ = (
        "_because",
        "_miss",
        "_nearness",
        "_open",
        "asked",
        "by",
        "contract",
        "draws",
        "line",
        "rest",
        "service",
        "settled",
    )

    def __init__(self, service: Service, asked: Decimal | None) -> None:
        self.service = service
        self.asked = self.rest = asked
        self.settled = False
        self.by, self.line = "", ""
        self.contract: int | None = None
        self.draws: list[Draw] = []
        self._because: Said | None = None
        self._open: Said | None = None
        self._miss, self._nearness = UNCOVERED, Nearness.FAR

    def cover(
        self,
        because: Said,
        *,
        by: str,
        contract: int | None = None,
        line: str = "",
        amount: Decimal | None = None,
        draw: Draw | None = None,
    ) -> None:
        """Cover all that is left; or, where less is, `amount` of it."""
        if draw and draw not in self.draws:
            self.draws.append(draw)
        if not self.by:
            self.by, self.contract, self.line, self._because = by, contract, line, because
        if amount is None or self.rest is None or amount >= self.rest:
            self.settled = True
            self.rest = None if self.asked is None else NOTHING
        else:
            self.rest -= amount

    def may_be_covered(self, because: Said) -> None:
        """Remember a clause that would cover, were something known that is not."""
        self._open = self._open or because

    def missed(self, because: Said, nearness: Nearness) -> None:
        """Remember why a clause did not cover."""
        if nearness > self._nearness:
            self._miss, self._nearness = because, nearness

    @property
    def verdict(self) -> Verdict:
        if self.settled:
            return Verdict.COVERED
        if self._open:
            return Verdict.UNKNOWN
        return Verdict.PARTLY if self.by else Verdict.EXTRA

    @property
    def is_billed(self) -> bool:
        return not self.settled and self._open is None

    def decided(self, price: PriceLine | None) -> ServiceDecision:
        verdict = self.verdict
        because = {
            Verdict.COVERED: self._because,
            Verdict.PARTLY: self._because,
            Verdict.UNKNOWN: self._open,
            Verdict.EXTRA: self._miss,
        }[verdict]
        return ServiceDecision(
            service=self.service,
            verdict=verdict,
            by=self.by,
            contract=self.contract,
            line=self.line,
            covered=None if self.asked is None or self.rest is None else self.asked - self.rest,
            extra=self.rest
            if self.is_billed
            else NOTHING
            if self.settled and self.asked is not None
            else None,
            price=price,
            because=because or UNCOVERED,
            draws=tuple(self.draws),
        )


def needs_of(asked: Sequence[Asked]) -> list[Need]:
    """Return a need for each service, in the order of asking; what is asked twice is added up."""
    amounts: dict[Service, Decimal | None] = {}
    for one in asked:
        before = amounts.get(one.service, NOTHING)
        amounts[one.service] = None if before is None or one.amount is None else before + one.amount
    return [Need(service, amount) for service, amount in amounts.items()]
