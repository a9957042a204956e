"""How the verbs of tickets are said on every history."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from servicebook.contracts import wording
from servicebook.contracts.amounts import hours, money, number
from servicebook.contracts.models.choices import Measure, Service, Unless
from servicebook.contracts.rules.terms import Said
from servicebook.journal import history
from servicebook.journal.history import Sentence, plain
from servicebook.tickets.models import Coverage, WaitingReason


def _waits(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say what a ticket waits for: "Part, 20 Oct 2026: PSU-750"."""
    reason = facts.get("waiting_for", "")
    said = str(WaitingReason(reason).label) if reason in WaitingReason.values else str(reason)
    if facts.get("expected_on"):
        said = f"{said}, {plain(facts['expected_on'])}"
    return {**facts, "said": f"{said}: {facts['note']}" if facts.get("note") else said}


def _measured(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say the measure of a clock in the reader's language."""
    measure = facts.get("measure", "")
    label = str(Measure(measure).label) if measure in Measure.values else measure
    return {**facts, "measure": label}


def _near(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say how much of a promised time is left: 1 h 30 min."""
    return {**_measured(facts), "left": hours(facts.get("minutes") or 0)}


def _worked(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say how long somebody worked: 3 h 5 min."""
    return {**facts, "length": hours(facts.get("minutes") or 0)}


def _found(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say what was found on a unit in the reader's language."""
    signs = [str(Unless(one).label) for one in facts.get("signs", ()) if one in Unless.values]
    parts = {True: _("consumables"), False: _("parts that are no consumables"), None: ""}
    said = [*signs, facts.get("component", ""), str(parts[facts.get("consumable")])]
    return {**facts, "said": ", ".join(filter(None, said))}


def _used(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say how a visit, a diagnostic or parts were split."""
    service = facts.get("service", "")
    label = str(Service(service).label) if service in Service.values else service
    covered, billed = (Decimal(facts.get(name) or 0) for name in ("covered", "billed"))
    sentence = _("%(service)s: %(covered)s covered, %(billed)s billed")
    if not billed:
        sentence = _("%(service)s: %(covered)s covered")
    elif not covered:
        sentence = _("%(service)s: %(billed)s billed")
    said = sentence % {"service": label, "covered": number(covered), "billed": number(billed)}
    return {**facts, "said": " · ".join(filter(None, [said, facts.get("note", "")]))}


def _billed(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say a sum as people write it."""
    return {**facts, "money": money(Decimal(facts["amount"]), facts["currency"])}


def _covered(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say the sentence of a decision in the reader's language."""
    verdict = facts.get("verdict", "")
    label = str(Coverage(verdict).label) if verdict in Coverage.values else verdict
    because = wording.say(Said(facts["code"], facts["facts"])) if "code" in facts else ""
    return {**facts, "said": f"{label}. {because}".strip()}


history.register(
    {
        "ticket.covered": Sentence(_("%(said)s"), "shield-check", _covered),
        "ticket.found": Sentence(_("Found: %(said)s."), "search", _found),
        "ticket.contract_used": Sentence(_("%(said)s"), "receipt", _used),
        "ticket.consented": Sentence(_("%(who)s agreed: %(what)s"), "hand-stop"),
        "ticket.charged": Sentence(_("To be billed: %(money)s · %(because)s"), "receipt", _billed),
        "ticket.charge_dropped": Sentence(_("Not billed: %(money)s. %(because)s"), "receipt", _billed),
        "ticket.arrived": Sentence(_("On site since %(moment)s."), "map-pin"),
        "ticket.recovered": Sentence(_("Works again since %(moment)s."), "check"),
        "ticket.deadline_near": Sentence(_("%(measure)s: %(left)s left, until %(due)s."), "clock", _near),
        "ticket.sla_breached": Sentence(
            _("%(measure)s was promised until %(due)s and is missed."), "alert-triangle", _measured
        ),
        "ticket.goal_missed": Sentence(
            _("%(measure)s was meant to be done until %(due)s."), "clock", _measured
        ),
        "ticket.hours_changed": Sentence(
            _("The service hours “%(hours)s” changed. The next deadline is %(due)s."), "clock"
        ),
        "ticket.opened": Sentence(
            _("Opened (%(channel)s). %(owner)s owns it. %(priority)s: %(because)s"), "inbox"
        ),
        "ticket.imported": Sentence(_("Imported. It was opened on %(opened)s."), "inbox"),
        "ticket.repeat_found": Sentence(_("Repeat: the same trouble as in %(earlier)s."), "repeat"),
        "ticket.message_received": Sentence(_("Wrote: %(text)s"), "message"),
        "ticket.noted": Sentence(_("Noted: %(text)s"), "note"),
        "ticket.replied": Sentence(_("Answered %(to)s: %(text)s"), "message"),
        "ticket.answer_came": Sentence(_("The customer answered; the work goes on."), "player-play"),
        "ticket.assigned": Sentence(_("Given to %(after)s; before: %(before)s."), "user"),
        "user.handed_over": Sentence(
            _("Handed over what %(name)s had in hand: %(tickets)s tickets, %(promises)s promises."), "users"
        ),
        "ticket.started": Sentence(_("Work began."), "player-play"),
        "ticket.put_back": Sentence(_("Back to the queue."), "inbox"),
        "ticket.approval_asked": Sentence(_("Waits for approval."), "hourglass"),
        "ticket.approval_asked_for": Sentence(_("Waits for approval: %(note)s"), "hourglass"),
        "ticket.approved": Sentence(_("Approved; the work goes on."), "check"),
        "ticket.waits": Sentence(_("Waits for: %(said)s"), "hourglass", _waits),
        "ticket.went_on_unanswered": Sentence(
            _("The work goes on without an answer: %(because)s"), "player-play"
        ),
        "ticket.resumed": Sentence(_("The work goes on."), "player-play"),
        "ticket.closed": Sentence(
            _("Closed: %(done)s · Result: %(result)s · Agreed by %(agreed_by)s (%(how)s)"), "check"
        ),
        "ticket.due_moved": Sentence(
            _("Due on %(after)s instead of %(before)s: %(because)s"), "calendar-time"
        ),
        "ticket.withdrawn": Sentence(_("Called off: %(because)s"), "x"),
        "ticket.reopened": Sentence(_("Opened again: %(because)s."), "refresh"),
        "ticket.merged": Sentence(_("Merged into %(into)s; work goes on there."), "git-merge"),
        "ticket.absorbed": Sentence(_("Took over %(other)s: %(title)s"), "git-merge"),
        "ticket.linked": Sentence(_("Linked to %(other)s."), "link"),
        "ticket.unlinked": Sentence(_("No longer linked to %(other)s."), "link"),
        "ticket.follows": Sentence(_("Follows %(earlier)s, which is closed."), "link"),
        "ticket.followed": Sentence(_("The customer wrote again; it goes on in %(later)s."), "link"),
        "ticket.split": Sentence(_("Split: %(other)s took over a part: %(title)s"), "git-branch"),
        "ticket.split_off": Sentence(_("Split from %(other)s."), "git-branch"),
        "ticket.time_logged": Sentence(_("%(who)s worked %(length)s on %(worked_on)s."), "clock", _worked),
        "ticket.handed_off": Sentence(_("Handed to the developers: %(url)s"), "external-link"),
        "ticket.tracker_moved": Sentence(_("The developers' tracker says: %(state)s"), "external-link"),
        "ticket.changed": Sentence(_("Changed: %(fields)s."), "pencil"),
        "ticket.prioritised": Sentence(_("Priority from %(before)s to %(after)s: %(because)s"), "flag"),
        "ticket.left_unstarted": Sentence(
            _("Nobody began within %(limit)s; %(manager)s was asked to see to it."), "alert-triangle"
        ),
        "ticket.expected_passed": Sentence(
            _("The expected day, %(expected_on)s, passed; %(owner)s was asked to see to it."),
            "alert-triangle",
        ),
        "ticket.look_again": Sentence(
            _("Stood still long enough; %(owner)s was asked to look again."), "clock"
        ),
    }
)
