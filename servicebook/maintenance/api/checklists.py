"""Checklists in versions, and kits (S0.58, S0.29)."""

from typing import Any

from django.db.models import F, FilteredRelation, Q
from django.http import HttpResponse
from ninja import Router

from servicebook.accounts.requests import SignedInRequest
from servicebook.core import api
from servicebook.core.api import Id, answers
from servicebook.maintenance.actions.checklists import Item, publish
from servicebook.maintenance.api.shapes import (
    ChecklistNew,
    ChecklistOut,
    ChecklistRow,
    ItemOut,
    KitOut,
    Published,
    VersionNew,
)
from servicebook.maintenance.models import Checklist, ChecklistItem, Kit
from servicebook.maintenance.rules.parts import HELD

checklists = Router()
kits = Router()


@checklists.get("", response=answers(list[ChecklistRow]), summary="List checklists")
def list_checklists(request: SignedInRequest) -> HttpResponse:
    return api.every(Checklist.objects.all(), ChecklistRow)


@checklists.post("", response=answers(ChecklistOut, 201), summary="Publish a new checklist")
def add_checklist(request: SignedInRequest, body: ChecklistNew) -> HttpResponse:
    checklist = Checklist(name=body.name)
    _publish(request, checklist, body)
    return _whole(checklist, 201)


@checklists.get("/{checklist}", response=answers(ChecklistOut), summary="Read a checklist")
def read_checklist(request: SignedInRequest, checklist: Id) -> HttpResponse:
    """As new tickets inherit it: its latest version."""
    return _whole(api.or_404(Checklist.objects.all(), pk=checklist))


@checklists.post(
    "/{checklist}/versions", response=answers(ChecklistOut, 201), summary="Publish the next version"
)
def publish_checklist(request: SignedInRequest, checklist: Id, body: VersionNew) -> HttpResponse:
    """Tickets that were made before keep theirs."""
    found = api.or_404(Checklist.objects.all(), pk=checklist)
    _publish(request, found, body, seen=body.seen)
    return _whole(found, 201)


@kits.get("", response=answers(list[KitOut]), summary="List kits")
def list_kits(request: SignedInRequest) -> HttpResponse:
    """With the task at which each is."""
    held = FilteredRelation("uses", condition=Q(uses__state__in=HELD))
    rows = Kit.objects.annotate(held=held, occurrence=F("held__occurrence"))
    return api.every(rows, KitOut)


def _publish(
    request: SignedInRequest, checklist: Checklist, body: Published, *, seen: int | None = None
) -> None:
    items = [Item(**dict(one)) for one in body.items]
    publish(
        checklist,
        items,
        regulation=body.regulation,
        what_changed=body.what_changed,
        by=request.user,
        seen=seen,
    )


def _whole(checklist: Checklist, status: int = 200) -> HttpResponse:
    version = checklist.versions.order_by("-number").first()
    items = ChecklistItem.objects.filter(version=version) if version else ChecklistItem.objects.none()
    shown: dict[str, Any] = {
        **api.shown(checklist, ChecklistRow),
        "number": version.number if version else 0,
        "regulation": version.regulation if version else "",
        "what_changed": version.what_changed if version else "",
        "items": api.fields_of(items, ItemOut),
    }
    return api.reply(shown, status)
