"""Service hours, for programs."""

from datetime import date
from typing import Annotated

from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from servicebook.accounts.requests import SignedInRequest
from servicebook.core import api
from servicebook.core.api import Out, answers
from servicebook.sla.models import ServiceHours

service_hours = Router()

Week = Annotated[
    list[list[list[int]]],
    Field(description="Seven days, Monday first: each a list of [opens, closes] in minutes of the day."),
]


class ServiceHoursOut(Out):
    id: int
    name: str
    week: Week
    time_zone: Annotated[str, Field(description="Empty: that of the site.")]
    holiday_country: str
    holidays_until: date | None
    active: bool


@service_hours.get("", response=answers(list[ServiceHoursOut]), summary="List service hours")
def list_service_hours(request: SignedInRequest) -> HttpResponse:
    return api.every(ServiceHours.objects.all(), ServiceHoursOut)
