"""Parts for a task, step by step (S0.29)."""

from django.http import Http404, HttpResponse

from servicebook.accounts.requests import SignedInRequest
from servicebook.core import api
from servicebook.core.api import Id, answers
from servicebook.maintenance.actions import parts
from servicebook.maintenance.api.occurrences import one, routes
from servicebook.maintenance.api.shapes import PartNew, PartOut, PartReserved, PartUsed
from servicebook.maintenance.models import PartNeed


@routes.get("/{occurrence}/parts", response=answers(list[PartOut]), summary="List parts for it")
def list_parts(request: SignedInRequest, occurrence: Id) -> HttpResponse:
    return api.every(one(request.user, occurrence).parts.all(), PartOut)


@routes.post("/{occurrence}/parts", response=answers(PartOut, 201), summary="Say that a part is needed")
def add_part(request: SignedInRequest, occurrence: Id, body: PartNew) -> HttpResponse:
    found = one(request.user, occurrence)
    need = parts.add_part(found.pk, name=body.name, quantity=body.quantity, by=request.user)
    return api.reply(api.shown(need, PartOut), 201)


@routes.post("/{occurrence}/parts/{part}/reserve", response=answers(PartOut), summary="Reserve a part")
def reserve_part(request: SignedInRequest, occurrence: Id, part: Id, body: PartReserved) -> HttpResponse:
    """From the shelf or in a kit, which is at one task at a time: 409 `kit_is_away` says where."""
    need = _part(request, occurrence, part)
    return _reply(parts.reserve(need, kit_id=body.kit, by=request.user))


@routes.post("/{occurrence}/parts/{part}/issue", response=answers(PartOut), summary="Issue a part")
def issue_part(request: SignedInRequest, occurrence: Id, part: Id) -> HttpResponse:
    return _reply(parts.issue(_part(request, occurrence, part), by=request.user))


@routes.post("/{occurrence}/parts/{part}/give-back", response=answers(PartOut), summary="Give a part back")
def give_part_back(request: SignedInRequest, occurrence: Id, part: Id) -> HttpResponse:
    """What was only reserved is needed again."""
    return _reply(parts.give_back(_part(request, occurrence, part), by=request.user))


@routes.post("/{occurrence}/parts/{part}/use", response=answers(PartOut), summary="Use a part up")
def use_part(request: SignedInRequest, occurrence: Id, part: Id, body: PartUsed) -> HttpResponse:
    """Of several, what was not used goes back."""
    need = _part(request, occurrence, part)
    return _reply(parts.use(need, quantity=body.quantity, serial=body.serial, by=request.user))


def _part(request: SignedInRequest, occurrence: int, part: int) -> int:
    """The id of a part of an occurrence.

    Raises:
        Http404: there is none, or the person may not see it.
    """
    found = one(request.user, occurrence)
    if not PartNeed.objects.filter(occurrence=found, pk=part).exists():
        raise Http404
    return part


def _reply(need: PartNeed) -> HttpResponse:
    return api.reply(api.shown(need, PartOut))
