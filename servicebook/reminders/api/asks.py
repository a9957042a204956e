"""What customers were asked: who does not answer, what was heard, how a silence ends (S0.36, S0.40)."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from servicebook.accounts.models import User
from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts.actions import Why
from servicebook.contracts.models import Contract, RefusalReason
from servicebook.core import api
from servicebook.core.api import Id, Page, answers
from servicebook.customers.forms import people
from servicebook.maintenance.models import Heard
from servicebook.reminders.actions import asks, deciding
from servicebook.reminders.api.shapes import AskDecided, AskFind, AskHanded, AskHeard, AskOut
from servicebook.reminders.models import Ask

routes = Router()


@routes.get("", response=answers(Page[AskOut]), summary="List what customers were asked")
def list_asks(request: SignedInRequest, find: Query[AskFind]) -> HttpResponse:
    """Questions that the person may see, in the order in which they were asked."""
    rows = Ask.objects.visible_to(request.user).with_holder()
    if find.open is not None:
        rows = rows.filter(ended_at__isnull=find.open)
    find.model_fields_set.discard("open")
    return api.page(api.narrowed(rows, find), AskOut, find)


@routes.get("/{ask}", response=answers(AskOut), summary="Read a question")
def read_ask(request: SignedInRequest, ask: Id) -> HttpResponse:
    return api.reply(api.shown(_seen(request.user, ask), AskOut))


@routes.post("/{ask}/heard", response=answers(AskOut), summary="Record an answer that was heard")
def hear_ask(request: SignedInRequest, ask: Id, body: AskHeard) -> HttpResponse:
    """Nobody asks any more. A window and the access are agreed at the due maintenance itself."""
    found = _seen(request.user, ask)
    known = asks.heard_answers(found)
    if body.answer not in known:
        text = _("This is no answer that may be written down here. Those are: %(answers)s.")
        text %= {"answers": ", ".join(known)}
        raise asks.NotValid(text, fields={"answer": text})
    if body.channel == Heard.LINK:
        text = _("What comes through the link writes itself down. Name another way.")
        raise asks.NotValid(text, fields={"channel": text})
    asks.answer(
        found.pk,
        answer=body.answer,
        by_name=body.by_name,
        channel=body.channel.value,
        note=body.note,
        by=request.user,
    )
    return _now(found)


@routes.post("/{ask}/decide", response=answers(AskOut), summary="Decide how a silence ends")
def decide_ask(request: SignedInRequest, ask: Id, body: AskDecided) -> HttpResponse:
    """What was decided is done: the work moves or is left out, a renewal is refused, or it goes on."""
    found = _seen(request.user, ask)
    deciding.decide(
        found.pk,
        decision=body.decision.value,
        note=body.note,
        next_on=body.next_on,
        next_at=body.next_at,
        why=_why(body) if isinstance(found.about, Contract) else None,
        by=request.user,
    )
    return _now(found)


@routes.post("/{ask}/hand", response=answers(AskOut), summary="Give a question to another owner")
def hand_ask(request: SignedInRequest, ask: Id, body: AskHanded) -> HttpResponse:
    """Of a question that is over nothing changes."""
    found = _seen(request.user, ask)
    asks.hand(found.pk, to=api.related(people(), body.to, "to"), by=request.user)
    return _now(found)


def _why(body: AskDecided) -> Why:
    active = RefusalReason.objects.filter(active=True)
    reason = api.related(active, body.reason, "reason") if body.reason else None
    return Why(reason, body.initiator or "", body.known_on, body.note)


def _seen(user: User, ask: int) -> Ask:
    return api.or_404(Ask.objects.visible_to(user).with_holder().select_related("about_type"), pk=ask)


def _now(found: Ask) -> HttpResponse:
    return api.reply(
        api.shown(Ask.objects.with_holder().select_related("about_type").get(pk=found.pk), AskOut)
    )
