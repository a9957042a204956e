"""What other pages show of reminders: what customers were asked, and the way to a rehearsal."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from servicebook.accounts.models import User
from servicebook.contracts.models import LIVE, Contract
from servicebook.contracts.models.choices import State
from servicebook.core.cards import card
from servicebook.customers.models import Promise
from servicebook.maintenance.models import Plan
from servicebook.reminders import ladders
from servicebook.reminders.models import Ask, What
from servicebook.rights import CONTRACTS, LEADS, OFFICE


@card("customers.promise", "reminders/_of_promise.html")
def of_promise(promise: Promise, user: User) -> dict[str, Any] | None:
    """The way to the decision, on a step that ends with one."""
    if not promise.needs_decision or promise.kept_at or promise.dropped_at or promise.about_id is None:
        return None
    seen = Ask.objects.visible_to(user).open()
    if promise.about_type_id == ContentType.objects.get_for_model(Ask).pk:
        ask = seen.filter(pk=promise.about_id).first()
    else:
        ask = seen.filter(about_type=promise.about_type_id, about_id=promise.about_id).first()
    return {"ask": ask} if ask else None


# What a contract may say otherwise than the house.
OF_CONTRACTS = (
    What.MAINTENANCE, What.WINDOW, What.PARTS, What.ACT, What.RENEWAL, What.REVIEW, What.MILESTONE,
    What.SILENCE,
)  # fmt: skip


@card("contracts.contract", "reminders/_of_contract.html")
def of_contract(contract: Contract, user: User) -> dict[str, Any] | None:
    """The way to what a contract brings, and to its own rules. No statement."""
    if not user.has_role(*CONTRACTS) or contract.state not in (State.DRAFT, *LIVE):
        return None
    return {
        "url": reverse("reminders:of_contract", args=[contract.number]),
        "off": contract.state == State.DRAFT,
        "rules": _rules(contract) if user.has_role(*LEADS) else [],
    }


@card("maintenance.plan", "reminders/_rehearse.html")
def of_plan(plan: Plan, user: User) -> dict[str, Any] | None:
    """The way to what a plan brings. No statement."""
    if not user.has_role(*OFFICE) or plan.state == Plan.State.ENDED:
        return None
    return {
        "url": reverse("reminders:of_plan", args=[plan.number]),
        "off": plan.state != Plan.State.ACTIVE,
    }


def _rules(contract: Contract) -> list[dict[str, Any]]:
    return [
        {
            "label": what.label,
            "url": reverse("reminders:own_ladder", args=[contract.number, what]),
            "own": ladders.has_own(what, contract.pk),
        }
        for what in OF_CONTRACTS
    ]
