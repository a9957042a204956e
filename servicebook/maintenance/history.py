"""How the verbs of maintenance are said on every history."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from servicebook.journal.history import Sentence, register
from servicebook.maintenance.rules.risk import Code
from servicebook.maintenance.wording import RISKS

MOST_NAMED = 5  # items of a worksheet in one sentence


def _risks(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say why a visit may fail in the reader's language."""
    codes = [code for code in facts.get("risks", ()) if code in list(Code)]
    return {**facts, "said": ", ".join(str(RISKS[Code(code)]) for code in codes)}


RECORDED = {
    "done": _("done: %(items)s"),
    "failed": _("failed: %(items)s"),
    "not_done": _("not done: %(items)s"),
    "opened_again": _("opened again: %(items)s"),
    "deviating": _("outside the limits: %(items)s"),
}


def _left(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say which items were left; of many only how many."""
    items = facts.get("left") or []
    return {**facts, "said": ", ".join(items) if len(items) <= MOST_NAMED else str(len(items))}


def _recorded(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say what was recorded of which items; of many only how many."""
    said = []
    for name, sentence in RECORDED.items():
        items = facts.get(name) or []
        if items:
            said.append(sentence % {"items": ", ".join(items) if len(items) <= MOST_NAMED else len(items)})
    return {**facts, "said": "; ".join(said)}


register(
    {
        # What happens to one occurrence; said on its ticket, too.
        "occurrence.windows_offered": Sentence(_("Windows offered: %(windows)s"), "calendar-time"),
        "occurrence.windows_wished": Sentence(
            _("%(who)s asks for another window (%(how)s): %(windows)s"), "calendar-time"
        ),
        "occurrence.windows_wished_far": Sentence(
            _("%(who)s asks for another window (%(how)s): %(windows)s. Beyond %(most)s days: %(far)s"),
            "alert-triangle",
        ),
        "occurrence.window_agreed": Sentence(_("Window agreed with %(who)s (%(how)s): %(window)s"), "check"),
        "occurrence.window_agreed_and_moved": Sentence(
            _("Window agreed with %(who)s (%(how)s): %(window)s. Moved from %(before)s to %(after)s."),
            "check",
        ),
        "occurrence.window_reopened": Sentence(
            _("The agreed window holds no longer: %(because)s"), "calendar-time"
        ),
        "occurrence.access_agreed": Sentence(_("Access agreed with %(who)s (%(how)s)."), "key"),
        "occurrence.access_withdrawn": Sentence(_("No access after all: %(because)s"), "alert-triangle"),
        "occurrence.part_added": Sentence(_("Needed: %(part)s"), "plus"),
        "occurrence.part_dropped": Sentence(_("Not needed: %(part)s"), "x"),
        "occurrence.part_reserved": Sentence(_("Reserved: %(part)s"), "package"),
        "occurrence.part_issued": Sentence(_("Issued: %(part)s"), "package"),
        "occurrence.part_given_back": Sentence(_("Given back: %(part)s"), "refresh"),
        "occurrence.part_used": Sentence(_("Used: %(part)s, serial number %(serial)s"), "tool"),
        "occurrence.skipped": Sentence(_("The maintenance of %(day)s is left out: %(because)s"), "x"),
        "occurrence.brought_back": Sentence(
            _("The maintenance of %(day)s is not left out after all."), "refresh"
        ),
        "occurrence.moved": Sentence(_("Moved from %(before)s to %(after)s: %(because)s"), "calendar-time"),
        "occurrence.moved_and_reopened": Sentence(
            _("Moved from %(before)s to %(after)s: %(because)s. The window is to be agreed again."),
            "calendar-time",
        ),
        "occurrence.done": Sentence(_("Done on %(day)s. Next on %(following)s."), "circle-check"),
        "occurrence.partly_done": Sentence(
            _("Done in part on %(day)s; left: %(said)s. It goes on with %(rest)s. Next on %(following)s."),
            "alert-triangle",
            _left,
        ),
        "occurrence.next_confirmed": Sentence(
            _("Next on %(day)s, confirmed by %(who)s (%(how)s)."), "calendar-time"
        ),
        "occurrence.rest": Sentence(_("%(left)s items were left at %(ticket_before)s."), "clipboard"),
        "occurrence.called_off": Sentence(
            _("Not done: %(because)s. Next on %(following)s."), "alert-triangle"
        ),
        "occurrence.on_trip": Sentence(
            _("Goes along on the trip “%(title)s” of %(day)s with %(tasks)s tasks."), "route"
        ),
        "occurrence.off_trip": Sentence(_("The trip “%(title)s” was taken apart."), "route"),
        "occurrence.at_risk": Sentence(_("Risk of failure: %(said)s"), "alert-triangle", _risks),
        "occurrence.risk_solved": Sentence(_("The visit is not at risk at present."), "check"),
        "occurrence.called": Sentence(_("Ticket %(ticket)s made for the maintenance of %(day)s"), "plus"),
        "occurrence.forecast": Sentence(_("Now foreseen for %(day)s"), "calendar-time"),
        "occurrence.went_along": Sentence(
            _("The unit was moved: the work is at %(after)s now, not at %(before)s"), "map-pin"
        ),
        "occurrence.not_covered": Sentence(
            _("The customer is asked about it no more: %(because)s"), "alert-triangle"
        ),
        "occurrence.covered_again": Sentence(_("Its contract covers it again."), "check"),
        "occurrence.cancelled": Sentence(_("The maintenance of %(day)s is cancelled: %(because)s"), "x"),
        # Plans.
        "plan.drafted": Sentence(_("Drafted"), "plus"),
        "plan.changed": Sentence(pgettext_lazy("plan", "Changed"), "edit"),
        "plan.activated": Sentence(_("Switched on"), "player-play"),
        "plan.paused": Sentence(_("Paused: %(because)s"), "hourglass"),
        "plan.resumed": Sentence(_("Resumed"), "player-play"),
        "plan.ended": Sentence(_("Ended: %(because)s"), "x"),
        "plan.carried_over": Sentence(_("Goes on under %(after)s, which follows %(before)s"), "refresh"),
        "plan.revived": Sentence(
            _("Goes on again under %(after)s: %(before)s was renewed after all"), "refresh"
        ),
        # Worksheets, on the ticket.
        "worksheet.recorded": Sentence(_("Worksheet: %(said)s"), "checklist", _recorded),
        "worksheet.failed": Sentence(_("Worksheet: %(said)s"), "alert-triangle", _recorded),
        "worksheet.risks": Sentence(_("Risks: %(risks)s"), "alert-triangle"),
        "checklist.switched_off": Sentence(_("%(name)s is out of use."), "eye-off"),
        "checklist.switched_on": Sentence(_("%(name)s is in use again."), "eye"),
        "checklist.published": Sentence(
            _("Version %(number)s published, %(items)s items. %(what)s"), "checklist"
        ),
    }
)
