"""How the verbs of contracts are said on every history."""

from collections.abc import Mapping
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from servicebook.contracts.models import Contract, ContractVersion
from servicebook.contracts.models.choices import Service
from servicebook.core import changes
from servicebook.journal.history import Sentence, register

CLAUSES = {
    "scopes": _("What is covered"),
    "included": _("Included services"),
    "targets": _("Promised times"),
    "exclusions": _("Exclusions"),
    "rates": _("Rates"),
}


def _changed(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say the fields with their values, and the parts of the terms by their names."""
    fields = changes.words(Contract, facts.get("changes", {}))
    parts = [
        str(CLAUSES.get(name) or capfirst(changes.label(ContractVersion, name)))
        for name in facts.get("clauses", [])
    ]
    return {**facts, "what": "; ".join(one for one in (fields, ", ".join(parts)) if one)}


def _low(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    service = facts.get("service", "")
    return {**facts, "service": Service(service).label if service in Service.values else service}


register(
    {
        "contract.milestone_added": Sentence(_("Milestone of %(day)s: %(text)s %(amount)s"), "plus"),
        "contract.milestone_changed": Sentence(_("Milestone changed, %(day)s: %(text)s %(amount)s"), "edit"),
        "contract.milestone_settled": Sentence(_("Milestone of %(day)s settled: %(text)s"), "check"),
        "contract.milestone_reopened": Sentence(_("Milestone of %(day)s open again: %(text)s"), "refresh"),
        "contract.milestone_removed": Sentence(_("Milestone of %(day)s taken away: %(text)s"), "x"),
        "contract.drafted": Sentence(_("Drafted: %(name)s"), "file-certificate"),
        "contract.changed": Sentence(_("Changed: %(what)s"), "pencil", _changed),
        "contract.activated": Sentence(_("In force, until %(until)s."), "check"),
        "contract.held": Sentence(_("Put on hold: %(because)s"), "player-pause"),
        "contract.resumed": Sentence(_("In force again."), "player-play"),
        "contract.cancelled": Sentence(_("Cancelled: %(because)s"), "x"),
        "contract.cancelled_ahead": Sentence(_("Will be cancelled after %(on)s: %(because)s"), "x"),
        "contract.cancellation_withdrawn": Sentence(_("It will not be cancelled after all."), "refresh"),
        "contract.expired": Sentence(_("Expired after %(on)s."), "archive"),
        "contract.pack_bought": Sentence(_("Bought: %(amount)s, until %(until)s."), "plus"),
        "contract.balance_low": Sentence(
            _("%(service)s: %(percent)s %% used. Told: %(to)s."), "alert-triangle", _low
        ),
        "customer.balance_low": Sentence(
            _("%(number)s, %(service)s: %(percent)s %% used."), "alert-triangle", _low
        ),
        "contract.offer_drafted": Sentence(
            _("Renewal drafted: %(following)s, %(starts_on)s to %(ends_on)s for %(price)s."), "refresh"
        ),
        "contract.renewed": Sentence(_("Renewed; %(following)s goes on until %(until)s."), "refresh"),
        "contract.at_risk": Sentence(
            _("May not be renewed: %(reason)s (%(initiator)s, since %(known_on)s). %(note)s"), "urgent"
        ),
        "contract.renewal_refused": Sentence(
            _("Will not be renewed: %(reason)s (%(initiator)s, since %(known_on)s). %(note)s"), "x"
        ),
        "contract.doubt_taken_back": Sentence(_("Its renewal is open again."), "refresh"),
        "contract.renewal_announced": Sentence(_("End on %(until)s announced to %(to)s."), "send"),
        "contract.notice_due": Sentence(_("The renewal can be refused until %(last)s."), "calendar-time"),
        "contract.not_renewed_itself": Sentence(_("Could not renew itself: %(because)s"), "alert-triangle"),
        "contract.review_due": Sentence(_("A review of the terms is due on %(day)s."), "calendar-time"),
        "contract.price_window": Sentence(
            _("A price of %(price)s from %(day)s can be announced until %(last)s."), "calendar-time"
        ),
        "contract.price_announced": Sentence(
            _("New price announced from %(applies_on)s: %(before)s → %(after)s."), "send"
        ),
        "contract.price_applied": Sentence(_("New price: %(before)s → %(after)s."), "check"),
        "contract.price_withdrawn": Sentence(_("Announced price %(after)s taken back: %(because)s"), "x"),
        "contract.amended": Sentence(_("Version %(number)s, valid from %(since)s: %(what)s"), "pencil"),
    }
)
