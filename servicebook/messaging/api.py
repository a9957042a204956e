"""What left the house, for programs."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router

from servicebook.accounts.requests import SignedInRequest
from servicebook.core import api
from servicebook.core.api import From, Id, Moment, Out, Page, Paging, answers, inline, unset
from servicebook.messaging.models import Delivery

DeliveryChannel = Annotated[Delivery.Channel, inline(Delivery.Channel)]
DeliveryState = Annotated[Delivery.State, inline(Delivery.State)]
routes = Router()


class DeliveryOut(Out):
    id: int
    channel: DeliveryChannel
    template: str
    to_address: str
    to_name: str
    contact: Annotated[int | None, From("contact_id")]
    subject_line: str
    message_id: str
    state: DeliveryState
    attempts: int
    last_error: str
    queued_at: Moment
    settled_at: Moment | None


class DeliveryFilter(Paging):
    state: DeliveryState = unset
    contact: Id = unset


@routes.get("", response=answers(Page[DeliveryOut]), summary="List deliveries")
def list_deliveries(request: SignedInRequest, find: Query[DeliveryFilter]) -> HttpResponse:
    """Messages that were sent, wait, or cannot be delivered, newest first."""
    return api.page(
        api.narrowed(Delivery.objects.visible_to(request.user), find), DeliveryOut, find, newest_first=True
    )
