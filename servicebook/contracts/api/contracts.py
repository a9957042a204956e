"""Contracts: lists, one by its number with its terms, and every move."""

from typing import Any

from django.http import HttpResponse
from ninja import Query, Router

from servicebook.accounts.models import User
from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts import actions, queries
from servicebook.contracts.api.shapes import (
    Amendment,
    Cancellation,
    ContractChange,
    ContractFilter,
    ContractMove,
    ContractMoveBecause,
    ContractNew,
    ContractOut,
    ContractRow,
    ContractWhole,
    VersionOut,
)
from servicebook.contracts.document import CLAUSES, Document, Terms
from servicebook.contracts.models import Contract, ContractVersion, RefusalReason
from servicebook.core import api
from servicebook.core.api import Line30, Page, Paging, answers
from servicebook.customers.models import Customer
from servicebook.journal.api import EntryOut, history

routes = Router()


@routes.get("", response=answers(Page[ContractRow]), summary="List contracts")
def list_contracts(request: SignedInRequest, find: Query[ContractFilter]) -> HttpResponse:
    """Contracts that the person may see, newest first."""
    rows = Contract.objects.visible_to(request.user)
    return api.page(api.narrowed(rows, find), ContractRow, find, newest_first=True)


@routes.post("", response=answers(ContractOut, 201), summary="Draft a contract")
def draft_contract(request: SignedInRequest, body: ContractNew) -> HttpResponse:
    """It gets its number at once, and covers nothing until it is activated."""
    _customer_of(request.user, body)
    return _whole(actions.save_draft(_document(body), by=request.user), 201)


@routes.get("/{contract}", response=answers(ContractOut), summary="Read a contract")
def read_contract(request: SignedInRequest, contract: Line30) -> HttpResponse:
    """With the terms of today; other versions are listed with all of theirs."""
    return _whole(one(request.user, contract))


@routes.put("/{contract}", response=answers(ContractOut), summary="Replace a draft")
def replace_contract(request: SignedInRequest, contract: Line30, body: ContractWhole) -> HttpResponse:
    """Only a draft is replaced; what is in force is amended."""
    found = one(request.user, contract)
    _customer_of(request.user, body)
    return _whole(actions.save_draft(_document(body), by=request.user, contract=found, seen=body.seen))


@routes.patch("/{contract}", response=answers(ContractOut), summary="Change what is not terms")
def change_contract(request: SignedInRequest, contract: Line30, body: ContractChange) -> HttpResponse:
    """Title, owner, review date and the like, in any state."""
    found, given = one(request.user, contract), body.given()
    seen = given.pop("seen", None)
    if "owner" in given:
        given["owner"] = api.related(User.objects.filter(is_active=True), given["owner"], "owner")
    return _whole(actions.change(found.pk, by=request.user, seen=seen, **given))


@routes.post("/{contract}/activate", response=answers(ContractOut), summary="Put a draft into force")
def activate_contract(request: SignedInRequest, contract: Line30, body: ContractMove) -> HttpResponse:
    """Refused while its terms contradict themselves, or its last day has passed."""
    found = one(request.user, contract)
    return _whole(actions.activate(found.pk, by=request.user, seen=body.seen))


@routes.post("/{contract}/hold", response=answers(ContractOut), summary="Put on hold")
def hold_contract(request: SignedInRequest, contract: Line30, body: ContractMoveBecause) -> HttpResponse:
    """It covers nothing until it is resumed."""
    found = one(request.user, contract)
    return _whole(actions.hold(found.pk, because=body.because, by=request.user, seen=body.seen))


@routes.post("/{contract}/resume", response=answers(ContractOut), summary="Resume")
def resume_contract(request: SignedInRequest, contract: Line30, body: ContractMove) -> HttpResponse:
    found = one(request.user, contract)
    return _whole(actions.resume(found.pk, by=request.user, seen=body.seen))


@routes.post("/{contract}/cancel", response=answers(ContractOut), summary="Cancel")
def cancel_contract(request: SignedInRequest, contract: Line30, body: Cancellation) -> HttpResponse:
    """At once, or after a day ahead."""
    found = one(request.user, contract)
    reason = api.related(RefusalReason.objects.all(), body.reason, "reason") if body.reason else None
    why = actions.Why(reason, body.initiator, body.known_on)
    return _whole(
        actions.cancel(found.pk, because=body.because, why=why, on=body.on, by=request.user, seen=body.seen)
    )


@routes.post(
    "/{contract}/withdraw-cancellation", response=answers(ContractOut), summary="Take a cancellation back"
)
def withdraw_contract_cancellation(
    request: SignedInRequest, contract: Line30, body: ContractMove
) -> HttpResponse:
    """While it is still ahead."""
    found = one(request.user, contract)
    return _whole(actions.withdraw_cancellation(found.pk, by=request.user, seen=body.seen))


@routes.get("/{contract}/versions", response=answers(list[VersionOut]), summary="List versions")
def list_contract_versions(request: SignedInRequest, contract: Line30) -> HttpResponse:
    """All terms that held, hold, or will hold, the first one first."""
    rows = one(request.user, contract).versions.prefetch_related(*CLAUSES)
    return api.reply([_version(row) for row in rows])


@routes.post("/{contract}/versions", response=answers(VersionOut, 201), summary="Amend")
def amend_contract(request: SignedInRequest, contract: Line30, body: Amendment) -> HttpResponse:
    """New terms from a day ahead, after the last version's. What was decided before keeps its terms."""
    version = actions.amend(
        one(request.user, contract).pk,
        body.terms,
        valid_from=body.valid_from,
        what_changed=body.what_changed,
        by=request.user,
        seen=body.seen,
    )
    return api.reply(_version(version), 201)


@routes.get("/{contract}/history", response=answers(Page[EntryOut]), summary="Read a contract's history")
def read_contract_history(request: SignedInRequest, contract: Line30, find: Query[Paging]) -> HttpResponse:
    return history(Contract.objects.visible_to(request.user).filter(number=contract), find)


def one(user: User, number: str) -> Contract:
    """The contract with this number.

    Raises:
        Http404: there is none, or the person may not see it.
    """
    rows = Contract.objects.visible_to(user).select_related("customer", "owner", "predecessor")
    return api.or_404(rows, number=number)


def _customer_of(user: User, body: Document) -> None:
    api.related(Customer.objects.visible_to(user), body.customer, "customer")


def _document(body: Document) -> Document:
    return Document.model_construct(**{name: getattr(body, name) for name in Document.model_fields})


def _whole(contract: Contract, status: int = 200) -> HttpResponse:
    version = queries.version_on(contract, queries.today(contract.customer))
    shown = {
        name: getattr(contract, name)
        for name in ContractOut.model_fields
        if name not in ContractRow.model_fields and name not in ("terms", "version")
    }
    shown |= api.shown(contract, ContractRow)
    terms: dict[str, Any] = _version(version) if version else {"number": 0, "terms": Terms()}
    return api.reply({**shown, "version": terms["number"], "terms": terms["terms"]}, status)


def _version(version: ContractVersion) -> dict[str, Any]:
    return {**api.shown(version, VersionColumns), "terms": Terms.of(version)}


class VersionColumns(api.Out):
    number: int
    valid_from: api.Day
    in_force: bool
    what_changed: str
