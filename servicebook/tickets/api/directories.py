"""Reasons and work types."""

from django.http import HttpResponse
from ninja import Router

from servicebook.accounts.requests import SignedInRequest
from servicebook.core import api
from servicebook.core.api import answers
from servicebook.tickets.api.shapes import ReasonOut, WorkTypeOut
from servicebook.tickets.models import Reason, WorkType

reasons = Router()
work_types = Router()


@reasons.get("", response=answers(list[ReasonOut]), summary="List reasons")
def list_reasons(request: SignedInRequest) -> HttpResponse:
    return api.every(Reason.objects.all(), ReasonOut)


@work_types.get("", response=answers(list[WorkTypeOut]), summary="List work types")
def list_work_types(request: SignedInRequest) -> HttpResponse:
    return api.every(WorkType.objects.all(), WorkTypeOut)
