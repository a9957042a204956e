"""What is due: lists, one by its id, and everything that is agreed about it."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from servicebook.accounts.models import User
from servicebook.accounts.requests import SignedInRequest
from servicebook.core import api
from servicebook.core.api import Id, Page, Paging, answers
from servicebook.core.errors import Refused
from servicebook.journal.api import EntryOut, history
from servicebook.maintenance.actions import access, calling, moving, windows
from servicebook.maintenance.api.shapes import (
    Agreed,
    OccurrenceBecause,
    OccurrenceFilter,
    OccurrenceMove,
    OccurrenceOff,
    OccurrenceOut,
    OccurrenceRow,
    Offer,
    WindowAgreed,
    WindowOut,
    Wish,
)
from servicebook.maintenance.models import Occurrence, Window
from servicebook.maintenance.queries.following import next_of
from servicebook.maintenance.states import RELATED, State, state_of, states_of

routes = Router()


@routes.get("", response=answers(Page[OccurrenceOut]), summary="List due maintenance")
def list_occurrences(request: SignedInRequest, find: Query[OccurrenceFilter]) -> HttpResponse:
    """What the person may see, in the order in which it was planned, with how each stands."""
    rows = _narrowed(Occurrence.objects.visible_to(request.user), find)
    if find.after is not None:
        rows = rows.filter(pk__gt=find.after)
    found = list(rows.select_related(*RELATED).order_by("pk")[: find.limit + 1])
    more = len(found) > find.limit
    del found[find.limit :]
    states = states_of(found)
    following = next_of(list(states))
    items = [_columns(one, states[one.pk], following.get(one.pk)) for one in found]
    return api.reply({"items": items, "next": found[-1].pk if more else None})


@routes.get("/{occurrence}", response=answers(OccurrenceOut), summary="Read due maintenance")
def read_occurrence(request: SignedInRequest, occurrence: Id) -> HttpResponse:
    return whole(request.user, one(request.user, occurrence).pk)


@routes.get("/{occurrence}/history", response=answers(Page[EntryOut]), summary="Read its history")
def read_occurrence_history(request: SignedInRequest, occurrence: Id, find: Query[Paging]) -> HttpResponse:
    return history(Occurrence.objects.visible_to(request.user).filter(pk=occurrence), find)


@routes.post("/{occurrence}/call", response=answers(OccurrenceOut), summary="Make its ticket")
def call_occurrence(request: SignedInRequest, occurrence: Id) -> HttpResponse:
    """Ahead of its time. Made once: a second call makes none."""
    found = one(request.user, occurrence)
    if not calling.call([found.pk], by=request.user) and found.ticket_id is None:
        text = _("No ticket was made: it is left out or cancelled, or its plan or contract does not run now.")
        raise Refused(text, code="not_called")
    return whole(request.user, found.pk)


@routes.post("/{occurrence}/skip", response=answers(OccurrenceOut), summary="Leave it out")
def skip_occurrence(request: SignedInRequest, occurrence: Id, body: OccurrenceOff) -> HttpResponse:
    """Its ticket is called off, and the schedule goes on with the next."""
    found = one(request.user, occurrence)
    moving.skip(found.pk, because=body.because, by=request.user, seen=body.seen)
    return whole(request.user, found.pk)


@routes.post("/{occurrence}/bring-back", response=answers(OccurrenceOut), summary="Do not leave it out")
def bring_back_occurrence(request: SignedInRequest, occurrence: Id) -> HttpResponse:
    """While its day is still ahead."""
    found = one(request.user, occurrence)
    moving.bring_back(found.pk, by=request.user)
    return whole(request.user, found.pk)


@routes.post(
    "/{occurrence}/move", response=answers(OccurrenceOut), summary="OccurrenceMove it to another day"
)
def move_occurrence(request: SignedInRequest, occurrence: Id, body: OccurrenceMove) -> HttpResponse:
    """What was agreed for the old day holds no longer."""
    found = one(request.user, occurrence)
    moving.move(found.pk, to=body.to, because=body.because, by=request.user, seen=body.seen)
    return whole(request.user, found.pk)


@routes.get("/{occurrence}/windows", response=answers(list[WindowOut]), summary="List its windows")
def list_windows(request: SignedInRequest, occurrence: Id) -> HttpResponse:
    """Offered by us or wished for by the customer, the earliest first."""
    return _windows(one(request.user, occurrence))


@routes.post("/{occurrence}/windows", response=answers(list[WindowOut], 201), summary="Offer windows")
def offer_windows(request: SignedInRequest, occurrence: Id, body: Offer) -> HttpResponse:
    """In the place of those that were offered before."""
    found = one(request.user, occurrence)
    windows.offer_windows(found.pk, [each.span() for each in body.windows], by=request.user)
    return _windows(found, 201)


@routes.post("/{occurrence}/wishes", response=answers(list[WindowOut], 201), summary="Pass on other windows")
def wish_windows(request: SignedInRequest, occurrence: Id, body: Wish) -> HttpResponse:
    """Two or three that the customer wants instead."""
    found = one(request.user, occurrence)
    spans = [each.span() for each in body.windows]
    windows.wish_windows(found.pk, spans, by_name=body.by_name, channel=body.channel, by=request.user)
    return _windows(found, 201)


@routes.post(
    "/{occurrence}/agree-window", response=answers(OccurrenceOut), summary="Record the agreed window"
)
def agree_window(request: SignedInRequest, occurrence: Id, body: WindowAgreed) -> HttpResponse:
    """The work goes to the day of the window."""
    found = one(request.user, occurrence)
    windows.agree_window(
        found.pk,
        window_id=body.window,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        by_name=body.by_name,
        channel=body.channel,
        by=request.user,
    )
    return whole(request.user, found.pk)


@routes.post("/{occurrence}/reopen-window", response=answers(OccurrenceOut), summary="Take a window back")
def reopen_window(request: SignedInRequest, occurrence: Id, body: OccurrenceBecause) -> HttpResponse:
    """It is to be agreed again."""
    found = one(request.user, occurrence)
    windows.reopen_window(found.pk, because=body.because, by=request.user)
    return whole(request.user, found.pk)


@routes.post("/{occurrence}/agree-access", response=answers(OccurrenceOut), summary="Record agreed access")
def agree_access(request: SignedInRequest, occurrence: Id, body: Agreed) -> HttpResponse:
    found = one(request.user, occurrence)
    access.agree_access(found.pk, by_name=body.by_name, channel=body.channel, by=request.user)
    return whole(request.user, found.pk)


@routes.post("/{occurrence}/withdraw-access", response=answers(OccurrenceOut), summary="Take access back")
def withdraw_access(request: SignedInRequest, occurrence: Id, body: OccurrenceBecause) -> HttpResponse:
    found = one(request.user, occurrence)
    access.withdraw_access(found.pk, because=body.because, by=request.user)
    return whole(request.user, found.pk)


def one(user: User, occurrence: int) -> Occurrence:
    """The occurrence with this id.

    Raises:
        Http404: there is none, or the person may not see it.
    """
    return api.or_404(Occurrence.objects.visible_to(user).select_related(*RELATED), pk=occurrence)


def whole(user: User, occurrence: int) -> HttpResponse:
    """Answer with an occurrence as it stands now."""
    found = Occurrence.objects.select_related(*RELATED).get(pk=occurrence)
    return api.reply(_columns(found, state_of(found), next_of([found.pk]).get(found.pk)))


def _columns(found: Occurrence, state: State, following: Occurrence | None) -> dict[str, Any]:
    return {
        **api.shown(found, OccurrenceRow),
        "state": state.standing.value,
        "risks": [each.code for each in state.risks],
        "next_on": following.due_on if following else None,
        "next_confirmed_at": following.window_agreed_at if following else None,
        "next_confirmed_by": following.window_agreed_by if following else "",
    }


def _windows(found: Occurrence, status: int = 200) -> HttpResponse:
    return api.reply(api.fields_of(Window.objects.filter(occurrence=found), WindowOut), status)


def _narrowed(rows: "QuerySet[Occurrence]", find: OccurrenceFilter) -> "QuerySet[Occurrence]":
    asked = {
        "customer": find.customer,
        "site": find.site,
        "asset": find.asset,
        "plan__number": find.plan or None,
        "due_on__gte": find.due_from,
        "due_on__lte": find.due_until,
        "called_at__isnull": None if find.called is None else not find.called,
    }
    rows = rows.filter(**{name: value for name, value in asked.items() if value is not None})
    if find.unfinished is None:
        return rows
    unfinished = Occurrence.objects.unfinished()
    return rows.filter(pk__in=unfinished) if find.unfinished else rows.exclude(pk__in=unfinished)
