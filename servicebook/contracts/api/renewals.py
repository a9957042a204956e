"""How contracts go on, for programs: what ends when, renew, refuse, announce a price."""

from decimal import Decimal
from typing import Annotated

from django.http import Http404, HttpResponse
from ninja import Query, Router
from pydantic import Field

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts import actions, renewals
from servicebook.contracts.models import LIVE, Contract, RefusalReason
from servicebook.contracts.models.choices import Initiator, State
from servicebook.core import api
from servicebook.core.api import Day, From, Id, In, Line250, Moment, Out, Page, Paging, answers, inline

routes = Router()
ContractState = Annotated[State, inline(State)]
WhoBegan = Annotated[Initiator, inline(Initiator)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]
Percent = Annotated[Decimal, Field(ge=-100, le=1000, max_digits=7, decimal_places=3)]
Months = Annotated[int, Field(ge=1, le=240)]


class RenewalOut(Out):
    """A contract as far as it matters for its renewal. `ends_on` is its last day."""

    id: int
    number: str
    title: str
    customer: Annotated[int, From("customer_id")]
    owner: Annotated[int, From("owner_id")]
    state: ContractState
    starts_on: Day
    ends_on: Day
    price: Decimal
    currency: str
    renews_itself: bool
    renewal_months: int
    notice_days: int
    at_risk: bool
    refused: bool
    refusal_reason: Annotated[int | None, From("refusal_reason_id")]
    refusal_initiator: str
    refusal_known_on: Day | None
    refusal_note: str
    predecessor: Annotated[str | None, From("predecessor__number")]
    successor: Annotated[str | None, From("successor__number")]


class RenewalFilter(Paging):
    """Running contracts that end in a stretch of days, both included."""

    ends_from: Day | None = None
    ends_to: Day | None = None
    owner: Id | None = None
    customer: Id | None = None


class Renewing(In):
    """Left out: for as long as agreed, at the price of today or as it was announced.

    `in_force`: it is agreed already; else it is a draft to be offered.
    """

    months: Months | None = None
    price: Amount | None = None
    in_force: bool = False


class Doubt(In):
    """Why somebody does not want to go on, who, and since when it is known."""

    reason: Id
    initiator: WhoBegan
    known_on: Day
    note: Line250 = ""


class PriceNew(In):
    """`percent`: as the contract says where it is left out; below zero for a cut."""

    applies_on: Day
    percent: Percent | None = None


class Withdrawal(In):
    because: Line250


class PriceChangeOut(Out):
    id: int
    contract: Annotated[str, From("contract__number")]
    applies_on: Day
    before: Decimal
    after: Decimal
    percent: Decimal
    announced_at: Moment
    applied_at: Moment | None
    withdrawn_at: Moment | None


@routes.get("", response=answers(Page[RenewalOut]), summary="List what has to be renewed")
def list_renewals(request: SignedInRequest, find: Query[RenewalFilter]) -> HttpResponse:
    """Contracts that run, the oldest first."""
    rows = Contract.objects.visible_to(request.user).filter(state__in=LIVE)
    days = {"ends_on__gte": find.ends_from, "ends_on__lte": find.ends_to}
    rows = rows.filter(**{name: day for name, day in days.items() if day is not None})
    same = {"owner": find.owner, "customer": find.customer}
    rows = rows.filter(**{name: pk for name, pk in same.items() if pk is not None})
    return api.page(rows, RenewalOut, find)


@routes.post("/{str:contract}", response=answers(RenewalOut, 201), summary="Renew a contract")
def renew_contract(request: SignedInRequest, contract: str, body: Renewing) -> HttpResponse:
    """Make the contract that follows, with the same terms; it is the answer."""
    found = _seen(request, contract)
    made = actions.renew(
        found.pk, months=body.months, price=body.price, in_force=body.in_force, by=request.user
    )
    return api.reply(api.shown(made, RenewalOut), 201)


@routes.post("/{str:contract}/refuse", response=answers(RenewalOut), summary="Refuse a renewal")
def refuse_renewal(request: SignedInRequest, contract: str, body: Doubt) -> HttpResponse:
    """It runs to its last day; nobody is reminded of its renewal any more."""
    found = _seen(request, contract)
    return api.reply(api.shown(actions.refuse(found.pk, _why(body), by=request.user), RenewalOut))


@routes.post("/{str:contract}/risk", response=answers(RenewalOut), summary="Mark a renewal as at risk")
def mark_renewal_at_risk(request: SignedInRequest, contract: str, body: Doubt) -> HttpResponse:
    found = _seen(request, contract)
    return api.reply(api.shown(actions.mark_at_risk(found.pk, _why(body), by=request.user), RenewalOut))


@routes.post("/{str:contract}/reopen", response=answers(RenewalOut), summary="Take a refusal or a risk back")
def reopen_renewal(request: SignedInRequest, contract: str) -> HttpResponse:
    found = _seen(request, contract)
    return api.reply(api.shown(actions.take_back_doubt(found.pk, by=request.user), RenewalOut))


@routes.post("/{str:contract}/prices", response=answers(PriceChangeOut, 201), summary="Announce a new price")
def announce_price(request: SignedInRequest, contract: str, body: PriceNew) -> HttpResponse:
    """The customer gets a mail; the price holds from the day given. A refusal says what day would do."""
    found = _seen(request, contract)
    change = actions.announce_price(
        found.pk, applies_on=body.applies_on, percent=body.percent, by=request.user
    )
    return api.reply(api.shown(change, PriceChangeOut), 201)


@routes.post("/{str:contract}/prices/withdraw", response=answers(PriceChangeOut), summary="Take it back")
def withdraw_price(request: SignedInRequest, contract: str, body: Withdrawal) -> HttpResponse:
    """The price that was announced and does not hold yet; 404 where there is none."""
    change = renewals.pending(_seen(request, contract))
    if change is None:
        raise Http404
    withdrawn = actions.withdraw_price(change.pk, because=body.because, by=request.user)
    return api.reply(api.shown(withdrawn, PriceChangeOut))


def _seen(request: SignedInRequest, contract: str) -> Contract:
    return api.or_404(Contract.objects.visible_to(request.user), number=contract)


def _why(body: Doubt) -> actions.Why:
    reason = api.related(RefusalReason.objects.filter(active=True), body.reason, "reason")
    return actions.Why(reason, body.initiator, body.known_on, body.note)
