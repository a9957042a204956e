"""What contracts are made from: templates, the rate card, and why they end (S0.21, S0.66, S2.5)."""

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from ninja import Router

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts.document import Service, Type
from servicebook.contracts.models import ContractTemplate, ExtraService, RefusalReason
from servicebook.core import api
from servicebook.core.api import Out, answers

templates = Router()
rate_card = Router()
refusal_reasons = Router()


class ContractTemplateOut(Out):
    """Terms to begin with; their shape is that of a contract's."""

    id: int
    name: str
    type: Type
    terms: dict[str, Any]
    active: bool


class ExtraServiceOut(Out):
    """`price` of a visit, a diagnostic, an hour; of parts a factor on their price."""

    id: int
    code: str
    name: str
    service: Service
    price: Decimal
    currency: str
    is_standard: bool
    active: bool


class RefusalReasonOut(Out):
    id: int
    name: str
    active: bool


@templates.get("", response=answers(list[ContractTemplateOut]), summary="List templates of contracts")
def list_contract_templates(request: SignedInRequest) -> HttpResponse:
    return api.every(ContractTemplate.objects.all(), ContractTemplateOut)


@rate_card.get("", response=answers(list[ExtraServiceOut]), summary="Read the rate card")
def list_extra_services(request: SignedInRequest) -> HttpResponse:
    return api.every(ExtraService.objects.all(), ExtraServiceOut)


@refusal_reasons.get("", response=answers(list[RefusalReasonOut]), summary="List reasons of refusal")
def list_refusal_reasons(request: SignedInRequest) -> HttpResponse:
    """Why contracts are not renewed, or cancelled."""
    return api.every(RefusalReason.objects.all(), RefusalReasonOut)
