"""The bare twins: plain Django views over the same tables, without anything of ours around them.

They run in the same processes as the product and give the scale for its figures: what a row by its
key, a page of 50 rows by an index, and one insert cost in Django on this machine today.
"""

import json
import os
from uuid import uuid4

from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicebook.settings")

COLUMNS = [
    *("id", "number", "title", "kind", "status", "priority", "channel", "customer_id", "contact_id"),
    *("site_id", "asset_id", "reason_id", "owner_id", "opened_at", "closed_at", "changed_at"),
]


def row(request: HttpRequest, number: str) -> JsonResponse:
    """One row by its key."""
    from servicebook.tickets.models import Ticket

    ticket = Ticket.objects.get(number=number)
    return JsonResponse({name: getattr(ticket, name) for name in COLUMNS})


def page(request: HttpRequest, status: str) -> JsonResponse:
    """50 rows by an index."""
    from servicebook.tickets.models import Ticket

    rows = Ticket.objects.filter(status=status).order_by("-pk")[:50]
    return JsonResponse([{name: getattr(one, name) for name in COLUMNS} for one in rows], safe=False)


def insert(request: HttpRequest) -> JsonResponse:
    """One row into the table of tickets."""
    from servicebook.tickets.models import Ticket

    given = json.loads(request.body)
    now = timezone.now()  # noqa: TID251 - nothing of ours, not even the clock
    ticket = Ticket(number=f"B-{uuid4().hex[:16]}", opened_at=now, changed_at=now, status_since=now, **given)
    with transaction.atomic():
        ticket.save(force_insert=True)
    return JsonResponse({"id": ticket.pk}, status=201)


urlpatterns = [
    path("bare/row/<str:number>", row),
    path("bare/page/<str:status>", page),
    path("bare/insert", insert),
]


class OwnRoutes:
    """The least middleware: it says which routes are meant, and how long the answer is."""

    def __init__(self, get_response):  # type: ignore[no-untyped-def]
        self.get_response = get_response

    def __call__(self, request: HttpRequest):  # type: ignore[no-untyped-def]
        request.urlconf = "bench.bare"  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["Content-Length"] = str(len(response.content))
        return response


class BareHandler(WSGIHandler):
    """Django without middleware."""

    def load_middleware(self, is_async: bool = False) -> None:
        from django.test import override_settings

        with override_settings(MIDDLEWARE=["bench.bare.OwnRoutes"]):
            super().load_middleware(is_async)
