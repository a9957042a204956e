"""What is left of included services, and every movement (S0.17, S2.7)."""

from decimal import Decimal
from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import Field

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts.actions import balances
from servicebook.contracts.api.contracts import one
from servicebook.contracts.document import Amount, Service
from servicebook.contracts.models import Balance, BalanceEntry
from servicebook.core import api
from servicebook.core.api import Day, From, Id, In, Line30, Moment, Out, Page, Paging, answers, inline

routes = Router()
EntryKind = Annotated[BalanceEntry.Kind, inline(BalanceEntry.Kind)]


class BalanceOut(Out):
    """One line in one period, in trips, diagnostics, minutes or money. `granted` is null without a limit."""

    id: int
    code: str
    service: Service
    starts_on: Day
    ends_on: Day
    granted: Decimal | None
    reserved: Decimal
    used: Decimal
    closed_at: Moment | None


class BalanceFilter(Paging):
    code: Line30 = ""


class MovementOut(Out):
    """`work` is less than `amount` where work counts more than once."""

    id: int
    kind: EntryKind
    amount: Decimal
    work: Decimal
    key: str
    at: Moment
    by: Annotated[int | None, From("by_id")]
    by_name: Annotated[str | None, From("by__name")]


class PackNew(In):
    code: Annotated[Line30, Field(min_length=1)]
    amount: Amount
    key: Annotated[
        Line30, Field(min_length=1, description="The cause, such as an invoice; used twice, it adds once.")
    ]


@routes.get("/{contract}/balances", response=answers(Page[BalanceOut]), summary="List balances")
def list_balances(request: SignedInRequest, contract: Line30, find: Query[BalanceFilter]) -> HttpResponse:
    """Of all periods that were begun, newest first. A line that nobody used has none yet: it is whole."""
    rows = one(request.user, contract).balances.all()
    return api.page(api.narrowed(rows, find), BalanceOut, find, newest_first=True)


@routes.get(
    "/{contract}/balances/{int:balance}/entries",
    response=answers(Page[MovementOut]),
    summary="Read a balance's ledger",
)
def list_balance_entries(
    request: SignedInRequest, contract: Line30, balance: Id, find: Query[Paging]
) -> HttpResponse:
    """Every grant and use, newest first."""
    found = api.or_404(Balance.objects.filter(contract=one(request.user, contract)), pk=balance)
    return api.page(found.entries.all(), MovementOut, find, newest_first=True)


@routes.post("/{contract}/packs", response=answers(BalanceOut, 201), summary="Add a prepaid pack")
def add_pack(request: SignedInRequest, contract: Line30, body: PackNew) -> HttpResponse:
    """What the customer bought for a prepaid line; it expires with the line."""
    found = one(request.user, contract)
    balance = balances.buy_pack(found.pk, body.code, body.amount, key=body.key, by=request.user)
    return api.reply(api.shown(balance, BalanceOut), 201)
