"""One service that was asked for, and what has become of it while clauses are tested."""

from collections.abc import Sequence
from decimal import Decimal
from enum import IntEnum

from servicebook.contracts.rules.figures import NOTHING
from servicebook.contracts.rules.terms import Asked, Draw, PriceLine, Said, Service, ServiceDecision, Verdict

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
        by, contract, line: what covered it first.
        draws: the contracts that cover it, in the order in which they are used up.
        nearness: how near the nearest clause that did not cover came.
    """

    __slots__ = (
        "_because",
        "_miss",
        "_open",
        "asked",
        "by",
        "contract",
        "draws",
        "line",
        "nearness",
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
        self._because = UNCOVERED
        self._open: Said | None = None
        self._miss, self.nearness = UNCOVERED, Nearness.FAR

    def ask_more(self, amount: Decimal | None) -> None:
        """Add what is asked for once more, before anything is tested."""
        unknown = self.asked is None or amount is None
        self.asked = self.rest = None if unknown else (self.asked or NOTHING) + (amount or NOTHING)

    def cover(
        self, because: Said, by: str, line: str = "", draw: Draw | None = None, amount: Decimal | None = None
    ) -> None:
        """Cover all that is left; or, where less is, `amount` of it."""
        if not self.by:
            self.by, self.line, self._because = by, line, because
            self.contract = draw.contract if draw else None
        if draw and draw not in self.draws[-1:]:  # the lines of a contract come together
            self.draws.append(draw)
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
        if nearness > self.nearness:
            self._miss, self.nearness = because, nearness

    @property
    def is_touched(self) -> bool:
        """Whether a clause covers some of it, or would, were something known."""
        return bool(self.by) or self._open is not None

    @property
    def is_billed(self) -> bool:
        """Whether something of it is extra work for sure."""
        return not self.settled and self._open is None

    def decided(self, price: PriceLine | None) -> ServiceDecision:
        """Return what has become of it; `price` is that of what is billed."""
        verdict, because = self._verdict()
        return ServiceDecision(
            self.service,
            verdict,
            self.by,
            self.contract,
            self.line,
            covered=None if self.asked is None or self.rest is None else self.asked - self.rest,
            extra=None if verdict is Verdict.UNKNOWN else self.rest,
            price=price,
            because=because,
            draws=tuple(self.draws),
        )

    def _verdict(self) -> tuple[Verdict, Said]:
        if self.settled:
            return Verdict.COVERED, self._because
        if self._open:
            return Verdict.UNKNOWN, self._open
        return (Verdict.PARTLY, self._because) if self.by else (Verdict.EXTRA, self._miss)


def needs_of(asked: Sequence[Asked]) -> list[Need]:
    """Return a need for each service, in the order of asking; what is asked twice is added up."""
    needs: dict[Service, Need] = {}
    for one in asked:
        known = needs.get(one.service)
        if known is None:
            needs[one.service] = Need(one.service, one.amount)
        else:
            known.ask_more(one.amount)
    return list(needs.values())
