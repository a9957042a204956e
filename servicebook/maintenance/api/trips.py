"""Trips: several due tasks on one journey (S0.32)."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from servicebook.accounts.models import User
from servicebook.accounts.requests import SignedInRequest
from servicebook.core import api
from servicebook.core.api import Id, answers
from servicebook.core.errors import Refused
from servicebook.maintenance.actions import trips
from servicebook.maintenance.api.shapes import TripIn, TripOut, TripRow
from servicebook.maintenance.models import Occurrence, Trip

routes = Router()


@routes.post("", response=answers(TripOut, 201), summary="Make a trip")
def make_trip(request: SignedInRequest, body: TripIn) -> HttpResponse:
    """The tasks go to its day, and those without a ticket get theirs. The same again is the same trip."""
    wanted = set(body.occurrences)
    seen = Occurrence.objects.visible_to(request.user).filter(pk__in=wanted)
    missing = wanted - set(seen.values_list("pk", flat=True))
    if missing:
        text = _("There is none with this id that this token may see.")
        raise Refused(text, code="not_valid", fields={f"occurrences.{pk}": text for pk in sorted(missing)})
    trip = trips.make_trip(body.day, wanted, title=body.title, by=request.user)
    return _whole(trip, 201)


@routes.get("/{trip}", response=answers(TripOut), summary="Read a trip")
def read_trip(request: SignedInRequest, trip: Id) -> HttpResponse:
    return _whole(_one(request.user, trip))


@routes.post("/{trip}/take-apart", response=answers(list[int]), summary="Take a trip apart")
def take_trip_apart(request: SignedInRequest, trip: Id) -> HttpResponse:
    """Its tasks, whose ids are the answer, stay on their days, each by itself."""
    found = _one(request.user, trip)
    tasks = list(Occurrence.objects.filter(trip=found).order_by("pk").values_list("pk", flat=True))
    trips.take_apart(found.pk, by=request.user)
    return api.reply(tasks)


def _one(user: User, trip: int) -> Trip:
    """A trip all of whose tasks the person may see.

    Raises:
        Http404
    """
    return api.or_404(Trip.objects.visible_to(user), pk=trip)


def _whole(trip: Trip, status: int = 200) -> HttpResponse:
    tasks = Occurrence.objects.filter(trip=trip).order_by("pk").values_list("pk", flat=True)
    return api.reply({**api.shown(trip, TripRow), "occurrences": list(tasks)}, status)
