"""A decision as people read it: one component for ticket, phone screen and "try a case"."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.contracts import amounts
from servicebook.contracts.deciding import Answer
from servicebook.contracts.models.choices import Measure, Service
from servicebook.contracts.rules.terms import Decision, PriceLine, Promised, ServiceDecision, Step, Verdict
from servicebook.contracts.wording import FULL_STOPS, say, say_short
from servicebook.sla import queries as sla
from servicebook.sla.rules.hours import NoWorkingTime

WORDS = {
    Verdict.COVERED: gettext_lazy("Covered"),
    Verdict.PARTLY: gettext_lazy("Covered in part"),
    Verdict.EXTRA: gettext_lazy("Extra work"),
    Verdict.UNKNOWN: gettext_lazy("Not known yet"),
}
TONES = {
    Verdict.COVERED: "done",
    Verdict.PARTLY: "risk",
    Verdict.EXTRA: "risk",
    Verdict.UNKNOWN: "wait",
}

AT_A_GLANCE = 6  # lines of a trace that need no folding


@dataclass(frozen=True)
class ServiceLine:
    """The verdict on one service: `price` is empty where there is nothing to bill."""

    name: str
    word: str
    tone: str
    covered: str
    extra: str
    price: str


@dataclass(frozen=True)
class PromisedLine:
    """A deadline: `due_at` is None where its hours do not open."""

    name: str
    within: str
    hours: str
    due_at: datetime | None
    binding: bool


@dataclass(frozen=True)
class Reason:
    """A clause that was tested; `passed` is None where it was not asked."""

    said: str
    passed: bool | None


@dataclass
class Part:
    """A stretch of the trace: what was tested of one contract, under its number, or what stands alone."""

    head: str = ""
    reasons: list[Reason] = field(default_factory=list)


def service_lines(decision: Decision) -> list[ServiceLine]:
    """What becomes of each service that was asked for."""
    currency = next((one.price.currency for one in decision.services if one.price), "")
    return [_service(one, currency) for one in decision.services]


def _service(one: ServiceDecision, currency: str) -> ServiceLine:
    return ServiceLine(
        name=str(Service(one.service).label),
        word=str(WORDS[one.verdict]),
        tone=TONES[one.verdict],
        covered=_amount(one.service, one.covered, currency),
        extra=_amount(one.service, one.extra, currency),
        price=price_said(one.price) if one.price else "",
    )


def _amount(service: str, value: Decimal | None, currency: str) -> str:
    if not value or (service == Service.PARTS and not currency):
        return ""
    return amounts.amount(service, value, currency)


def price_said(line: PriceLine) -> str:
    """27 000 ₸; or, while the quantity is not known, what one costs: 18 000 ₸ a visit."""
    factor = f" ×{amounts.number(line.factor)}" if line.factor != 1 else ""
    if line.amount is None:
        return amounts.price_of_one(line.service, line.unit_price, line.currency) + factor
    return amounts.money(line.amount, line.currency)


def to_bill(decision: Decision) -> str:
    """The sum of what is known to be billed; empty when nothing is, or not all of it is known."""
    lines = [one.price for one in decision.services if one.price]
    if not lines or any(line.amount is None for line in lines):
        return ""
    total = sum((line.amount for line in lines if line.amount is not None), Decimal(0))
    return amounts.money(total, lines[0].currency)


def due_at(promised: Promised, answer: Answer) -> datetime | None:
    """Until when a time is promised; None where its hours do not open."""
    calendar = sla.calendar(promised.hours, answer.tz)
    try:
        return calendar.deadline(answer.facts.moment, promised.minutes * 60)
    except NoWorkingTime:
        return None


def promised_lines(answer: Answer) -> list[PromisedLine]:
    """The deadlines that apply, from the moment of the request."""
    lines = []
    for one in answer.decision.targets:
        hours = sla.every()[one.hours].name if one.hours else _("around the clock")
        lines.append(
            PromisedLine(
                name=str(Measure(one.measure).label),
                within=amounts.hours(one.minutes),
                hours=hours,
                due_at=due_at(one, answer),
                binding=one.binding,
            )
        )
    return lines


def trace(steps: Sequence[Step]) -> list[Part]:
    """What was tested, in order, contract by contract; one that is out of the question is one line."""
    return [_part(stretch) for stretch in _stretches(steps)]


def _stretches(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """The steps of each contract, which begin with its state, and of what stands before and after."""
    stretch: list[Step] = []
    for step in steps:
        begins = step.said.code.startswith("contract.")
        stands_alone = "contract" not in step.said.facts
        if stretch and (begins or stands_alone != ("contract" not in stretch[0].said.facts)):
            yield stretch
            stretch = []
        stretch.append(step)
    if stretch:
        yield stretch


def _part(stretch: Sequence[Step]) -> Part:
    first, last = stretch[0].said, stretch[-1]
    if last.said.code == "scope.out" or len(stretch) == 1:
        return Part(reasons=[Reason(say(last.said).rstrip(FULL_STOPS), last.passed)])
    head = _("Contract %(contract)s") % first.facts if "contract" in first.facts else ""
    return Part(head, [Reason(say_short(step.said), step.passed) for step in stretch])


def context_of(answer: Answer) -> dict[str, Any]:
    """What `contracts/_verdict.html` needs."""
    decision = answer.decision
    parts = trace(decision.steps)
    tested = sum(len(part.reasons) for part in parts)
    return {
        "decision": decision,
        "word": WORDS[decision.verdict],
        "tone": TONES[decision.verdict],
        "lines": service_lines(decision),
        "bill": to_bill(decision),
        "promised": promised_lines(answer),
        "trace": parts,
        "tested": tested,
        "is_open": tested <= AT_A_GLANCE,
        "flips": [(flip.said, WORDS[flip.verdict], TONES[flip.verdict]) for flip in decision.flips],
    }
