"""Promises: what somebody said they would do, until when."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router

from servicebook.accounts.models import User
from servicebook.accounts.requests import SignedInRequest
from servicebook.core import api
from servicebook.core.api import From, Id, In, Line250, Moment, Out, Page, Paging, answers
from servicebook.customers import actions
from servicebook.customers.models import Customer, Promise

routes = Router()


class PromiseOut(Out):
    id: int
    text: str
    why: str
    owner: Annotated[int, From("owner_id")]
    owner_name: Annotated[str, From("owner__name")]
    due_at: Moment
    customer: Annotated[int, From("customer_id")]
    made_at: Moment
    kept_at: Moment | None
    dropped_at: Moment | None
    dropped_because: str
    source: str
    needs_decision: bool
    decision: str


class PromiseNew(In):
    text: Line250
    why: Line250 = ""
    owner: Id
    due_at: Moment
    customer: Id


class PromiseFilter(Paging):
    owner: Id | None = None
    customer: Id | None = None


class Later(In):
    due_at: Moment
    because: Line250 = ""


class Dropping(In):
    because: Line250


@routes.get("", response=answers(Page[PromiseOut]), summary="List promises")
def list_promises(request: SignedInRequest, find: Query[PromiseFilter]) -> HttpResponse:
    """Open and settled ones, oldest first."""
    return api.page(api.narrowed(Promise.objects.visible_to(request.user), find), PromiseOut, find)


@routes.post("", response=answers(PromiseOut, 201), summary="Make a promise")
def make_promise(request: SignedInRequest, body: PromiseNew) -> HttpResponse:
    """It has one owner and turns overdue on its own."""
    promise = actions.make_promise(
        text=body.text,
        why=body.why,
        owner=api.related(User.objects.filter(is_active=True), body.owner, "owner"),
        due_at=body.due_at,
        customer=api.related(Customer.objects.visible_to(request.user), body.customer, "customer"),
        by=request.user,
    )
    return api.reply(api.shown(promise, PromiseOut), 201)


@routes.get("/{int:promise}", response=answers(PromiseOut), summary="Read a promise")
def read_promise(request: SignedInRequest, promise: Id) -> HttpResponse:
    return api.reply(api.read(Promise.objects.visible_to(request.user), PromiseOut, pk=promise))


@routes.post("/{int:promise}/keep", response=answers(PromiseOut), summary="Keep a promise")
def keep_promise(request: SignedInRequest, promise: Id) -> HttpResponse:
    found = api.or_404(Promise.objects.visible_to(request.user), pk=promise)
    return api.reply(api.shown(actions.keep_promise(found.pk, by=request.user), PromiseOut))


@routes.post("/{int:promise}/drop", response=answers(PromiseOut), summary="Drop a promise")
def drop_promise(request: SignedInRequest, promise: Id, body: Dropping) -> HttpResponse:
    found = api.or_404(Promise.objects.visible_to(request.user), pk=promise)
    dropped = actions.drop_promise(found.pk, because=body.because, by=request.user)
    return api.reply(api.shown(dropped, PromiseOut))


@routes.post("/{int:promise}/move", response=answers(PromiseOut), summary="Move a promise")
def move_promise(request: SignedInRequest, promise: Id, body: Later) -> HttpResponse:
    found = api.or_404(Promise.objects.visible_to(request.user), pk=promise)
    moved = actions.move_promise(found.pk, due_at=body.due_at, because=body.because, by=request.user)
    return api.reply(api.shown(moved, PromiseOut))
