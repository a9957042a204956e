"""How the history says what became of reminders."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from servicebook.journal.history import Sentence, register
from servicebook.maintenance.models import Heard
from servicebook.reminders.models import Asks
from servicebook.tickets.models import Channel


def _asked(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say what was asked in the reader's language."""
    code = facts.get("asks") or facts.get("what") or ""
    return {**facts, "asked_for": Asks(code).label if code in Asks.values else code}


def _answered(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say by which channel the answer came in the reader's language."""
    how = facts.get("how") or ""
    for channels in (Heard, Channel):
        if how in channels.values:
            return {**_asked(facts), "how": channels(how).label}
    return _asked(facts)


register(
    {
        "reminder.fired": Sentence(_("Reminder: %(step)s. Next step of %(owner)s."), "bell"),
        "reminder.asked": Sentence(
            _("%(asked)s was asked: %(asked_for)s. Next step of %(owner)s: %(step)s"), "send", _asked
        ),
        "reminder.nobody_to_ask": Sentence(
            _("Nobody could be asked: %(asked_for)s. Next step of %(owner)s: %(step)s"),
            "alert-triangle",
            _asked,
        ),
        "ask.waits": Sentence(
            _("We wait for the customer: %(asked_for)s. %(owner)s looks again on %(next_at)s."),
            "clock",
            _asked,
        ),
        "visit.nobody_told": Sentence(
            _("Nobody could be told how the visit stands: name a contact"), "alert-triangle"
        ),
        "ask.passed_on": Sentence(
            _("The message to %(before)s came back (%(address)s). %(who)s was asked: %(asked_for)s"),
            "send",
            _asked,
        ),
        "ask.link_opened": Sentence(_("%(who)s opened the link: %(asked_for)s"), "eye", _asked),
        "ask.answered": Sentence(_("%(who)s answered (%(how)s): %(said)s. %(note)s"), "message", _answered),
        "ask.not_alike": Sentence(
            _("The window that %(who)s agreed for the other visits does not hold here: %(why)s"),
            "alert-triangle",
        ),
        "ask.withdrawn": Sentence(_("The customer is not asked any more: %(because)s"), "x", _asked),
        "ask.decided": Sentence(
            _("No answer to “%(asked_for)s”. Decided: %(decision)s. %(note)s"), "check", _asked
        ),
        "ask.handed": Sentence(
            _("“%(asked_for)s” goes from %(before)s to %(after)s."), "arrows-exchange", _asked
        ),
        "ladder.added": Sentence(_("Reminder rule made: %(what)s"), "plus"),
        "ladder.changed": Sentence(_("Reminder rule changed: %(what)s"), "edit"),
        "ladder.dropped": Sentence(_("The rule of the house holds again: %(what)s"), "refresh"),
    }
)
