"""Reminder rules: read and changed as on their page (S0.33–S0.42)."""

from typing import Any

from django.http import Http404, HttpResponse
from ninja import Router

from servicebook.accounts.models import User
from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts.models import Contract
from servicebook.core import api
from servicebook.core.api import Line30, answers
from servicebook.customers.models import Region
from servicebook.reminders import fitting
from servicebook.reminders.actions import ladders as actions
from servicebook.reminders.api.shapes import RuleIn, RuleOut, RuleStageIn, RuleStageOut
from servicebook.reminders.models import Ladder, Stage, What

routes = Router()


@routes.get("", response=answers(list[RuleOut]), summary="List reminder rules")
def list_reminder_rules(request: SignedInRequest) -> HttpResponse:
    """Those of the house, and those of contracts that the person may see."""
    rows = Ladder.objects.select_related("contract").prefetch_related("stages")
    seen = Contract.objects.visible_to(request.user)
    own = rows.filter(contract__in=seen).order_by("contract", "what")
    return api.reply([_shown(one) for one in (*rows.filter(contract=None), *own)])


@routes.get("/{what}", response=answers(RuleOut), summary="Read a rule of the house")
def read_reminder_rule(request: SignedInRequest, what: Line30) -> HttpResponse:
    return api.reply(_shown(_of_the_house(what)))


@routes.put("/{what}", response=answers(RuleOut), summary="Replace a rule of the house")
def replace_reminder_rule(request: SignedInRequest, what: Line30, body: RuleIn) -> HttpResponse:
    """What is on the agenda follows in the background."""
    return _saved(_of_the_house(what), body, request.user)


@routes.get("/{what}/contracts/{contract}", response=answers(RuleOut), summary="Read the rule of a contract")
def read_contract_rule(request: SignedInRequest, what: Line30, contract: Line30) -> HttpResponse:
    """Its own; where it has none, the house's, as a new one would begin, with `seen` null."""
    return api.reply(_shown(*_of_contract(request.user, what, contract)))


@routes.put(
    "/{what}/contracts/{contract}", response=answers(RuleOut), summary="Replace the rule of a contract"
)
def replace_contract_rule(
    request: SignedInRequest, what: Line30, contract: Line30, body: RuleIn
) -> HttpResponse:
    """It holds in place of the house's."""
    found, _stages = _of_contract(request.user, what, contract)
    return _saved(found, body, request.user)


@routes.post(
    "/{what}/contracts/{contract}/drop", response=answers(RuleOut), summary="Give up the rule of a contract"
)
def drop_contract_rule(request: SignedInRequest, what: Line30, contract: Line30) -> HttpResponse:
    """The rule of the house, which is the answer, holds again."""
    seen = api.or_404(Contract.objects.visible_to(request.user), number=contract)
    found = api.or_404(Ladder.objects.filter(contract=seen), what=what)
    actions.drop_ladder(found.pk, by=request.user)
    return api.reply(_shown(_of_the_house(what)))


def _of_the_house(what: str) -> Ladder:
    if what not in What.values:
        raise Http404
    return Ladder.objects.filter(what=what, contract=None).first() or Ladder(what=what, active=False)


def _of_contract(user: User, what: str, number: str) -> tuple[Ladder, list[Stage]]:
    """The rule of a contract; where it has none, a new one with the stages of the house."""
    house = _of_the_house(what)
    contract = api.or_404(Contract.objects.visible_to(user), number=number)
    found = Ladder.objects.filter(what=what, contract=contract).first()
    if found:
        return found, list(found.stages.all())
    fresh = Ladder(what=what, contract=contract, quiet_from=house.quiet_from, quiet_until=house.quiet_until)
    return fresh, _stages_of(house)


def _saved(ladder: Ladder, body: RuleIn, by: User) -> HttpResponse:
    region = api.related(Region.objects.all(), body.region, "region") if body.region else None
    ladder.active, ladder.region = body.active, region
    ladder.quiet_from, ladder.quiet_until = body.quiet_from, body.quiet_until
    saved = actions.save_ladder(ladder, [_stage(one) for one in body.stages], by=by, seen=body.seen)
    return api.reply(_shown(saved))


def _stage(given: RuleStageIn) -> Stage:
    values = given.model_dump(mode="json")
    lists = {name: list(dict.fromkeys(values[name])) for name in ("theirs", "channels", "ours")}
    return Stage(**{**values, **lists})


def _shown(ladder: Ladder, stages: list[Stage] | None = None) -> dict[str, Any]:
    rows = _stages_of(ladder) if stages is None else stages
    return {
        "what": ladder.what,
        "contract": ladder.contract.number if ladder.contract else None,
        "active": ladder.active,
        "region": ladder.region_id,
        "quiet_from": ladder.quiet_from,
        "quiet_until": ladder.quiet_until,
        "seen": ladder.version if ladder.pk else None,
        "texts": [code for code, _title in fitting.fitting(ladder.what)],
        "stages": [api.shown(one, RuleStageOut) for one in rows],
    }


def _stages_of(ladder: Ladder) -> list[Stage]:
    return list(ladder.stages.all()) if ladder.pk else []
