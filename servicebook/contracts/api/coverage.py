"""What would be covered, without a ticket (S0.23)."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import Field

from servicebook.accounts.models import User
from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts import verdicts
from servicebook.contracts.deciding import Answer, Question, decide
from servicebook.contracts.document import Amount, Measure, Service, Unless
from servicebook.contracts.models import Contract
from servicebook.contracts.rules import terms as rules
from servicebook.contracts.veiling import veiled
from servicebook.contracts.wording import say
from servicebook.core import api, clock
from servicebook.core.api import Id, In, Line30, Line80, Moment, Out, answers
from servicebook.core.errors import Refused
from servicebook.customers.models import Customer, Site
from servicebook.equipment.models import Asset

routes = Router()
Verdict = Literal["covered", "partly", "extra", "unknown"]


class Needed(In):
    """A service, and how much of it: trips, diagnostics, minutes, money; null while nobody knows."""

    service: Service
    amount: Annotated[Amount | None, Field(gt=0)] = None


class CoverageQuestion(In):
    """A case. The customer is that of the unit where it is left out."""

    customer: Id | None = None
    asset: Id | None = None
    site: Id | None = None
    moment: Moment | None = None  # null: now
    channel: Line30 = ""
    reason: Line30 = "failure"
    priority: Annotated[int, Field(ge=1, le=4)] = 3
    needs: Annotated[list[Needed], Field(max_length=10)] = []  # empty: the usual of the reason
    signs: Annotated[list[Unless], Field(max_length=10)] = []
    component: Line80 = ""
    consumable: bool | None = None


class ServiceVerdictOut(Out):
    service: Service
    verdict: Verdict
    because: str
    by: str
    covered: Decimal | None
    extra: Decimal | None
    unit_price: Decimal | None
    factor: Decimal | None
    amount: Decimal | None
    currency: str


class StepOut(Out):
    text: str
    passed: bool | None


class PromisedTimeOut(Out):
    measure: Measure
    minutes: int
    due_at: Moment | None
    binding: bool


class FlipOut(Out):
    text: str
    verdict: Verdict


class CoverageOut(Out):
    """The verdict with every clause that was tested, in order."""

    verdict: Verdict
    because: str
    contract: str | None
    moment: Moment
    services: list[ServiceVerdictOut]
    steps: list[StepOut]
    promised: list[PromisedTimeOut]
    flips: list[FlipOut]


@routes.post("", response=answers(CoverageOut), summary="Ask what would be covered")
def decide_coverage(request: SignedInRequest, body: CoverageQuestion) -> HttpResponse:
    """Nothing is written: "what if" for a unit, a site, a moment."""
    answer = decide(_question(body, request.user))
    decision = veiled(answer.decision, request.user)
    return api.reply(shown(answer, decision))


def _question(body: CoverageQuestion, user: User) -> Question:
    assets = Asset.objects.visible_to(user).select_related("customer", "site")
    asset = api.related(assets, body.asset, "asset") if body.asset else None
    site = api.related(Site.objects.visible_to(user), body.site, "site") if body.site else None
    if body.customer:
        customer = api.related(Customer.objects.visible_to(user), body.customer, "customer")
    elif asset:
        customer = asset.customer
    else:
        text = _("Say for which customer or unit.")
        raise Refused(text, code="not_valid", fields={"customer": text})
    return Question(
        customer=customer,
        moment=body.moment or clock.now(),
        asset=asset,
        site=site,
        channel=body.channel,
        reason=body.reason,
        priority=body.priority,
        asked=tuple(rules.Asked(rules.Service(one.service), one.amount) for one in body.needs),
        signs=frozenset(rules.Unless(one) for one in body.signs),
        component=body.component,
        consumable=body.consumable,
    )


def shown(answer: Answer, decision: rules.Decision) -> dict[str, Any]:
    """The fields of `CoverageOut`; `decision` is veiled for whoever reads it."""
    under = Contract.objects.filter(pk=decision.contract) if decision.contract else Contract.objects.none()
    return {
        "verdict": decision.verdict,
        "because": say(decision.because),
        "contract": under.values_list("number", flat=True).first(),
        "moment": answer.facts.moment,
        "services": [_service(one) for one in decision.services],
        "steps": [{"text": say(step.said), "passed": step.passed} for step in decision.steps],
        "promised": [
            {
                "measure": one.measure,
                "minutes": one.minutes,
                "due_at": verdicts.due_at(one, answer),
                "binding": one.binding,
            }
            for one in decision.targets
        ],
        "flips": [{"text": say(flip.said), "verdict": flip.verdict} for flip in decision.flips],
    }


def _service(one: rules.ServiceDecision) -> dict[str, Any]:
    price = one.price
    return {
        "service": one.service,
        "verdict": one.verdict,
        "because": say(one.because),
        "by": one.by,
        "covered": one.covered,
        "extra": one.extra,
        "unit_price": price and price.unit_price,
        "factor": price and price.factor,
        "amount": price and price.amount,
        "currency": price.currency if price else "",
    }
