"""Dated events of a contract: stages of the work, instalments to invoice (S3.1, S0.42)."""

from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.contracts import amounts
from servicebook.contracts.actions._base import locked
from servicebook.contracts.models import Milestone
from servicebook.core import clock
from servicebook.core.errors import Refused
from servicebook.customers.saving import check_values, squeeze, wrong

MOST = 200  # of one contract


class MilestoneSettled(Refused):
    """What was settled stays as it was."""

    code = "milestone_settled"


@transaction.atomic
def save_milestone(milestone: Milestone, *, by: User) -> Milestone:
    """Add a milestone to a contract, or change one that is not settled.

    Raises:
        MilestoneSettled
        Refused: with `fields`: no text, or an amount that is not above zero.
    """
    contract = locked(milestone.contract_id)
    before = Milestone.objects.filter(pk=milestone.pk).first() if milestone.pk else None
    if before is not None and before.settled_at:
        raise MilestoneSettled(_("It is settled already. Open it again first."))
    squeeze(milestone, "text")
    if not milestone.text:
        raise wrong(text=_("Say what happens on that day, such as “Second instalment”."))
    if milestone.amount is not None and milestone.amount <= 0:
        raise wrong(amount=_("An amount is above zero; leave it empty when nothing is invoiced."))
    if before is None and contract.milestones.count() >= MOST:
        raise wrong(text=_("A contract has at most %(most)s milestones.") % {"most": MOST})
    check_values(milestone)
    if before is None:
        milestone.made_by = by
    milestone.save()
    verb = "contract.milestone_changed" if before else "contract.milestone_added"
    journal.record(verb, contract, by=by, text=milestone.text, day=milestone.on, amount=_amount(milestone))
    agenda.refresh(milestone.contract)
    return milestone


@transaction.atomic
def settle_milestone(milestone_id: int, *, by: User | None) -> Milestone:
    """Mark it done: reached, or invoiced. A second time changes nothing."""
    milestone = _locked(milestone_id)
    if milestone.settled_at:
        return milestone
    milestone.settled_at, milestone.settled_by = clock.now(), by
    milestone.save(update_fields=["settled_at", "settled_by"])
    journal.record(
        "contract.milestone_settled", milestone.contract, by=by, text=milestone.text, day=milestone.on
    )
    agenda.refresh(milestone.contract)
    return milestone


@transaction.atomic
def reopen_milestone(milestone_id: int, *, by: User) -> Milestone:
    """Take the settling back."""
    milestone = _locked(milestone_id)
    if not milestone.settled_at:
        return milestone
    milestone.settled_at = milestone.settled_by = None
    milestone.save(update_fields=["settled_at", "settled_by"])
    journal.record(
        "contract.milestone_reopened", milestone.contract, by=by, text=milestone.text, day=milestone.on
    )
    agenda.refresh(milestone.contract)
    return milestone


@transaction.atomic
def remove_milestone(milestone_id: int, *, by: User) -> None:
    """Take one away that was never settled; what it owed is cancelled.

    Raises:
        MilestoneSettled
    """
    milestone = _locked(milestone_id)
    if milestone.settled_at:
        raise MilestoneSettled(_("It is settled already, and stays in the book."))
    journal.record(
        "contract.milestone_removed", milestone.contract, by=by, text=milestone.text, day=milestone.on
    )
    milestone.delete()


def _locked(milestone_id: int) -> Milestone:
    rows = Milestone.objects.select_for_update(of=("self",)).select_related("contract__customer")
    return rows.get(pk=milestone_id)


def _amount(milestone: Milestone) -> str:
    return amounts.money(milestone.amount, milestone.contract.currency) if milestone.amount else ""
