"""Plans: drafted, switched on, paused, ended. What they owe follows in the background."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import agenda, journal, search
from servicebook.accounts.models import User
from servicebook.contracts.models import LIVE, Contract
from servicebook.contracts.veiling import numbers_shown
from servicebook.core import changes, clock, fields, numbers
from servicebook.core.errors import Changed, Refused
from servicebook.customers.models import Customer, Site
from servicebook.customers.saving import check_values, squeeze, wrong
from servicebook.equipment.models import Asset
from servicebook.maintenance import schedules, scoping
from servicebook.maintenance.actions.under_contract import seen_now
from servicebook.maintenance.models import Plan, PlanScope
from servicebook.maintenance.rules.recurrence import DAYS
from servicebook.tickets import wording

SERIES = "PM"
MOST_SCOPES = 200
UNCOUNTED = (
    "version", "changed_at", "followed", "contract_seen", "state", "state_because", "state_since",
    "goes_on_as", "owed_since",
)  # fmt: skip
SCOPE = ("asset_id", "site_id", "model_id", "category_id", "region_id")


class NotReady(Refused):
    """A plan cannot be switched on as it is; `fields` says why."""

    code = "plan_not_ready"


class PlanMoveRefused(Refused):
    """The state of the plan does not allow this."""

    code = "plan_move_refused"


@transaction.atomic
def save_plan(plan: Plan, scopes: Sequence[PlanScope], *, by: User | None, seen: int | None = None) -> Plan:
    """Save a draft, or a change of a running plan, whose occurrences follow in the background.

    Args:
        scopes: as they shall be; empty for everything of the customer.
        seen: the version that the person looked at.

    Raises:
        Changed: somebody saved it meanwhile.
        PlanMoveRefused: it has ended.
        Refused: with `fields`: what is wrong; a running plan is as whole as one that is switched on.
    """
    before = Plan.objects.select_for_update(no_key=True).filter(pk=plan.pk).first() if plan.pk else None
    if before is not None and seen is not None and before.version != seen:
        raise Changed(_("Somebody changed this plan meanwhile. Look at what is new, then change it again."))
    if before is not None and before.state == Plan.State.ENDED:
        raise PlanMoveRefused(_("%(number)s has ended. Write a new plan.") % {"number": before.number})
    if before is None:
        year = clock.today(ZoneInfo(settings.TIME_ZONE)).year
        plan.number, plan.made_by = numbers.take(SERIES, year), by
    _check(plan, scopes, by)
    if before is not None:
        for name in UNCOUNTED:
            setattr(plan, name, getattr(before, name))
        if before.state != Plan.State.DRAFT:
            _check_whole(plan)
    found = changes.between(before, plan)
    for name in UNCOUNTED:
        found.pop(name, None)
    others = _scopes_changed(before, scopes)
    if before is not None and not found and not others:
        return plan
    if before is not None:
        plan.version += 1
        if "contract" in found:
            plan.contract_seen = seen_now(plan.contract) if plan.contract else ""
    plan.changed_at = clock.now()
    plan.save()
    _write_scopes(plan, scopes)
    verb = "plan.changed" if before else "plan.drafted"
    journal.record(verb, plan, by=by, title=plan.title, changes=found, scope=others)
    search.index(plan)
    agenda.refresh(plan)
    _contracts_follow(plan.contract_id, before.contract_id if before else None)
    return plan


@transaction.atomic
def activate(plan_id: int, *, by: User | None) -> Plan:
    """Switch a draft on: its units are enrolled and its occurrences stored in the background.

    Raises:
        NotReady: its rule is not whole, its contract does not run, or no unit is in its scope.
        PlanMoveRefused: it is no draft.
    """
    plan = _locked(plan_id)
    if plan.state != Plan.State.DRAFT:
        raise PlanMoveRefused(_("Only a draft is switched on. This plan is %(state)s.") % _state(plan))
    _check_whole(plan)
    if plan.contract is not None and plan.contract.state not in LIVE:
        number = plan.contract.number
        sentence = _("%(contract)s is not in force. Put it into force first.")
        if not numbers_shown([number], by):
            sentence = _("Its contract, which you may not see, is not in force. Ask a manager.")
        text = sentence % {"contract": number}
        raise NotReady(text, fields={"contract": text})
    if not scoping.units_of(plan, scoping.scopes_of(plan)).exists():
        text = _("No unit in service is in its scope. Widen the scope, or enter the equipment first.")
        raise NotReady(text, fields={"scope": text})
    return _moved(plan, Plan.State.ACTIVE, "plan.activated", by=by)


@transaction.atomic
def pause(plan_id: int, *, because: str, by: User | None) -> Plan:
    """Make no more tickets until it is resumed; what was made stays."""
    plan = _locked(plan_id)
    if plan.state != Plan.State.ACTIVE:
        raise PlanMoveRefused(_("Only an active plan is paused. This plan is %(state)s.") % _state(plan))
    return _moved(plan, Plan.State.PAUSED, "plan.paused", by=by, because=_reason(because))


@transaction.atomic
def resume(plan_id: int, *, by: User | None) -> Plan:
    """Go on. What was due meanwhile is left out, with the reason of the pause."""
    plan = _locked(plan_id)
    if plan.state != Plan.State.PAUSED:
        raise PlanMoveRefused(_("Only a paused plan is resumed. This plan is %(state)s.") % _state(plan))
    return _moved(plan, Plan.State.ACTIVE, "plan.resumed", by=by, because=plan.state_because)


@transaction.atomic
def end(plan_id: int, *, because: str, by: User | None) -> Plan:
    """End it for good; what is not called yet is cancelled. So may one that waits for its contract."""
    plan = _locked(plan_id)
    if plan.state == Plan.State.DRAFT or (plan.state == Plan.State.ENDED and not plan.goes_on_as):
        raise PlanMoveRefused(
            _("Only a plan that was switched on ends. This plan is %(state)s.") % _state(plan)
        )
    return _moved(plan, Plan.State.ENDED, "plan.ended", by=by, because=_reason(because))


def _moved(plan: Plan, state: str, verb: str, *, by: User | None, because: str = "") -> Plan:
    plan.state, plan.state_because, plan.state_since = state, because, clock.now()
    plan.goes_on_as = ""
    plan.version += 1
    plan.changed_at = clock.now()
    if plan.contract is not None:
        plan.contract_seen = seen_now(plan.contract)
    plan.save()
    journal.record(verb, plan, by=by, title=plan.title, because=because)
    agenda.refresh(plan)
    _contracts_follow(plan.contract_id)
    return plan


def _contracts_follow(*ids: int | None) -> None:
    """A contract owes its new terms to the plans under it: to another one, or one that runs only now, too."""
    agenda.refresh_many(list(Contract.objects.filter(pk__in=[pk for pk in ids if pk])))


def _locked(plan_id: int) -> Plan:
    held = Plan.objects.select_for_update(of=("self",), no_key=True)
    return held.select_related("contract__customer", "customer").get(pk=plan_id)


def _state(plan: Plan) -> dict[str, str]:
    return {"state": plan.get_state_display()}


def _reason(because: str) -> str:
    because = " ".join(because.split())[:200]
    if not because:
        raise wrong(because=_("Say why, so that whoever asks later knows."))
    return because


def _check(plan: Plan, scopes: Sequence[PlanScope], by: User | None) -> None:
    squeeze(plan, "title", "meter_name")
    if not plan.title:
        raise wrong(title=_("A plan needs a title, such as “Quarterly check of the server room”."))
    contract = plan.contract
    if contract is not None and plan.customer_id is None:
        plan.customer = contract.customer
    if contract is not None and plan.customer_id != contract.customer_id:
        if not numbers_shown([contract.number], by):
            text = _("The plan stands under a contract of its customer that you may not see. Leave %(name)s.")
            raise wrong(customer=text % {"name": contract.customer})
        raise wrong(contract=_("%(number)s is a contract of another customer.") % {"number": contract.number})
    if plan.customer_id is None and not any(_says(one) for one in scopes):
        raise wrong(customer=_("Choose a customer, or say in the scope which equipment of all customers."))
    if len(scopes) > MOST_SCOPES:
        raise wrong(scope=_("At most %(most)s lines of scope fit.") % {"most": MOST_SCOPES})
    if plan.customer_id is not None and _names_others(plan.customer_id, scopes):
        raise wrong(
            scope=_("A line names a unit or a site of another customer. Choose one of this customer.")
        )
    if (plan.window_from is None) != (plan.window_until is None):
        raise wrong(window_until=_("A window has a beginning and an end. Fill both, or none."))
    for name in ("anchor_on", "starts_on"):
        if (getattr(plan, name) or date.min) > schedules.LATEST:
            text = _("Nothing is planned for later than %(day)s. Give an earlier day.")
            raise wrong(**{name: text % {"day": wording.day_in_house(schedules.LATEST)}})
    if plan.starts_on and plan.ends_on and plan.ends_on < plan.starts_on:
        raise wrong(ends_on=_("It ends before it starts. Give a later day."))
    if (plan.nth is None) != (plan.weekday is None):
        raise wrong(weekday=_("Choose both, such as the second Monday, or none."))
    if plan.nth is not None and plan.every_unit in DAYS:
        raise wrong(nth=_("A weekday of the month goes with months, quarters or years."))
    fields.check(plan)
    check_values(plan)


def _check_whole(plan: Plan) -> None:
    missing: dict[str, Any] = {}
    if plan.rule != Plan.Rule.METER:
        if not plan.every:
            missing["every"] = _("Say how often, such as every 3 months.")
        if plan.anchor_on is None:
            missing["anchor_on"] = _("Give the first day, from which all others are counted.")
    if plan.rule != Plan.Rule.CALENDAR:
        if not plan.meter_name:
            missing["meter_name"] = _("Name the meter of the units, such as Runtime.")
        if not plan.meter_step or plan.meter_step <= 0:
            missing["meter_step"] = _("Say after how much of the meter, such as 500.")
        if plan.per != Plan.Per.UNIT:
            missing["per"] = _("A meter belongs to a unit: choose one task per unit.")
    if missing:
        raise NotReady(
            _("Not switched on yet. %(why)s") % {"why": " ".join(missing.values())}, fields=missing
        )


def _says(one: PlanScope) -> bool:
    return any(getattr(one, name) for name in SCOPE)


def _names_others(customer: int, scopes: Sequence[PlanScope]) -> bool:
    """Whether a line names what belongs neither to the customer nor to a branch of it."""
    assets, sites = ({getattr(one, name) for one in scopes} - {None} for name in ("asset_id", "site_id"))
    known = Customer.objects.with_branches(customer)
    return (bool(assets) and Asset.objects.filter(pk__in=assets).exclude(customer__in=known).exists()) or (
        bool(sites) and Site.objects.filter(pk__in=sites).exclude(customer__in=known).exists()
    )


def _scopes_changed(before: Plan | None, scopes: Sequence[PlanScope]) -> bool:
    known = {tuple(row) for row in before.scopes.values_list(*SCOPE)} if before else set()
    return known != {tuple(getattr(one, name) for name in SCOPE) for one in scopes}


def _write_scopes(plan: Plan, scopes: Sequence[PlanScope]) -> None:
    plan.scopes.all().delete()
    for one in scopes:
        one.pk, one.plan = None, plan
    PlanScope.objects.bulk_create(scopes)
