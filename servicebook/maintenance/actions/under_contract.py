"""Plans follow the contract they stand under: its hold, its end, its renewal, and new terms of it."""

from datetime import date

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_noop

from servicebook import agenda, journal
from servicebook.contracts import queries as contracts
from servicebook.contracts.models import LIVE, Contract
from servicebook.contracts.models.choices import State
from servicebook.core import clock
from servicebook.journal.models import Entry
from servicebook.maintenance.actions import uncovered
from servicebook.maintenance.models import Plan

CONTRACT_ENDED = gettext_noop("the contract ended")
OVER = (State.EXPIRED, State.CANCELLED, State.RENEWED)


@transaction.atomic
def follow_contract(contract_id: int) -> None:
    """Bring the plans under a contract in line with its state, its end, and what follows it."""
    contract = Contract.objects.select_related("customer").get(pk=contract_id)
    for plan in list(Plan.objects.select_for_update(no_key=True).filter(contract=contract).order_by("pk")):
        seen = seen_now(contract)
        if plan.contract_seen == seen or (
            plan.state in (Plan.State.DRAFT, Plan.State.ENDED) and not plan.goes_on_as
        ):
            plan.contract_seen = seen
            plan.save(update_fields=["contract_seen"])
            uncovered.follow_those(Q(plan=plan))  # nobody walks it any more
            continue
        plan.contract_seen = seen
        if contract.state in OVER:
            _past_its_end(plan, contract)
        plan.version += 1
        plan.changed_at = clock.now()
        plan.save()
        agenda.refresh(plan)
        uncovered.follow_those(
            Q(plan=plan, enrolment__ended_at__isnull=False)
        )  # of the others it is seen to when the plan is walked
        if plan.contract is not None and plan.contract_id != contract.pk:
            agenda.refresh(plan.contract)
    agenda.refresh(contract)


def _past_its_end(plan: Plan, contract: Contract) -> None:
    """Go on under what follows a contract, also when that was signed late; else end with it."""
    following = getattr(contract, "successor", None)
    if following is not None and following.state in LIVE:
        facts = {"before": contract.number, "after": following.number}
        plan.contract, plan.contract_seen = following, seen_now(following)
        if plan.state == Plan.State.ENDED:
            _go_on(plan, since=following.starts_on)
            journal.record("plan.revived", plan, **facts)
        else:
            journal.record("plan.carried_over", plan, **facts)
    elif plan.state != Plan.State.ENDED:
        # One that has expired may be renewed still; one that was cancelled may not.
        plan.goes_on_as = plan.state if contract.state == State.EXPIRED else ""
        plan.state, plan.state_because, plan.state_since = Plan.State.ENDED, CONTRACT_ENDED, clock.now()
        plan.owed_since = None
        journal.record("plan.ended", plan, because=CONTRACT_ENDED)
    elif contract.state != State.EXPIRED:
        plan.goes_on_as = ""


def _go_on(plan: Plan, *, since: date) -> None:
    """Stand again as before the contract ended. What came due since its new term began is owed."""
    paused = plan.goes_on_as == Plan.State.PAUSED
    plan.state, plan.state_since = plan.goes_on_as, clock.now()
    plan.state_because = _why_paused(plan) if paused else ""
    plan.owed_since = None if paused else since
    plan.goes_on_as = ""


def _why_paused(plan: Plan) -> str:
    kind = ContentType.objects.get_for_model(Plan)
    entries = Entry.objects.filter(subject_type=kind, subject_id=plan.pk, verb="plan.paused").order_by("-pk")
    return str(entries.values_list("facts__because", flat=True).first() or CONTRACT_ENDED)


def seen_now(contract: Contract) -> str:
    """Return what of a contract its plans have followed by now: "v2 active 2027-01-31"."""
    version = contracts.version_on(contract, contracts.today(contract.customer))
    return seen_with(contract, version.number if version else 1)


def seen_with(contract: Contract, version: int) -> str:
    """Return what is written down of a contract as it stands, with this version of its terms."""
    terms = f"v{version} " if version > 1 else ""
    return f"{terms}{standing_of(contract)}"[:40]


def version_seen(seen: str) -> int:
    """Return which version of the terms is followed, by what `seen_now` gave."""
    first = seen.partition(" ")[0]
    return int(first[1:]) if first.startswith("v") and first[1:].isdecimal() else 1


def standing_of(contract: Contract) -> str:
    """Return how a contract stands, whatever its terms: "active 2027-01-31"."""
    successor = getattr(contract, "successor", None)
    goes_on = (
        f" {successor.pk} {successor.state}" if successor is not None and successor.state in LIVE else ""
    )
    return f"{contract.state} {contract.last_day}{goes_on}"[:40]
