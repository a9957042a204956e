"""The list of contracts and the page of one."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts import acts, explaining, lists, queries, renewals, showing
from servicebook.contracts.models import Contract, ContractVersion
from servicebook.contracts.models.choices import Channel, Pause
from servicebook.contracts.showing import milestones_of
from servicebook.core import fields
from servicebook.core.listing import Listing
from servicebook.core.listing import count as counted
from servicebook.customers import picking, sections
from servicebook.customers.models import Promise
from servicebook.rights import CONTRACTS


def contracts(request: SignedInRequest) -> HttpResponseBase:
    """All contracts that a person may see (S1.1, S1.2)."""
    found = Listing(
        request,
        Contract.objects.visible_to(request.user).select_related("customer", "owner"),
        sorts=lists.SORTS,
        filter_form=lists.ContractFilter,
        columns=lists.COLUMNS,
        filename="contracts",
        initial={"state": lists.CURRENT},
    )
    context = {"may_edit": request.user.has_role(*CONTRACTS)}
    return found.response("contracts/contracts.html", "contracts/_contracts.html", context)


def contract(request: SignedInRequest, number: str) -> HttpResponse:
    """One contract: its terms, what is left of them, and how it goes on."""
    one = seen(request, number)
    today = queries.today(one.customer)
    versions = showing.versions_of(one)
    in_force = showing.current(versions, today)
    asked = request.GET.get("version", "")
    version = next((each for each in versions if str(each.number) == asked), in_force)
    balances = showing.balances_on(one, today)
    may_edit = request.user.has_role(*CONTRACTS)
    context: dict[str, Any] = {
        "contract": one,
        "version": version,
        "in_force": in_force,
        "versions": versions,
        "agenda": [(due, due.title) for due in showing.agenda_of(one)],
        "promises": sections.promises_of(
            Promise.objects.visible_to(request.user).filter(**showing.about(one))
        ),
        "following": renewals.successor_of(one),
        "prices": renewals.price_history(one),
        "milestones": milestones_of(one, today),
        "history": sections.history_of(one, most=sections.asked(request, "history", sections.HISTORY)),
        "custom": fields.shown(one),
        "picked": picking.label(one.customer),
        "may_edit": may_edit,
        "acts": acts.offered(one) if may_edit else {},
    }
    if version:
        context |= _words(version)
        clauses = showing.Clauses.of(version)
        units = showing.covered(one, clauses.scopes)
        context |= {
            **explaining.of_version(version, one),
            "lines": showing.lines_of(clauses, one.currency, balances),
            "left": showing.left_of(clauses, one.currency, balances),
            "scopes": clauses.scopes,
            "units": counted(units),
            "sites": counted(units.exclude(site=None).values("site").distinct()),
        }
    return render(request, "contracts/contract.html", context)


def _words(version: ContractVersion) -> dict[str, list[str]]:
    """The channels and waiting reasons of a version as people call them."""
    channels, pauses = dict(Channel.choices), dict(Pause.choices)
    return {
        "channels": [str(channels.get(one, one)) for one in version.channels],
        "pauses": [str(pauses.get(one, one)).lower() for one in version.pauses],
    }


def seen(request: SignedInRequest, number: str) -> Contract:
    """The contract of this number, if the person may see it."""
    rows = Contract.objects.visible_to(request.user).select_related(
        "customer", "owner", "predecessor", "successor", "refusal_reason"
    )
    return get_object_or_404(rows, number=number)


def pick(request: SignedInRequest) -> HttpResponse:
    """Suggestions for a field that asks for a contract."""
    return picking.options(request, picking.found(Contract, request, request.user))
