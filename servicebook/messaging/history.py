"""How the history says what became of messages."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from servicebook.journal.history import Sentence, register
from servicebook.messaging.models import Reach


def _wish(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say a wish in the reader's language."""
    first = gettext("first by %(how)s") % facts if facts.get("how") else gettext("as the reminder rules say")
    what = gettext("nothing that no contract asks for") if facts.get("unsubscribed") else ""
    return {**facts, "wish": "; ".join(filter(None, (first, what)))}


def _ended(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say in the reader's language why a browser ended."""
    return {**facts, "reason": Reach.Ended(facts["why"]).label}


register(
    {
        "delivery.sent": Sentence(_("Mail sent to %(to)s: %(what)s"), "send"),
        "delivery.sent_by_sms": Sentence(_("SMS sent to %(to)s: %(what)s"), "send"),
        "delivery.sent_by_telegram": Sentence(_("Telegram message sent to %(to)s: %(what)s"), "send"),
        "delivery.sent_by_push": Sentence(_("Push message sent to %(to)s: %(what)s"), "send"),
        "delivery.shown": Sentence(_("Told %(to)s in Servicebook: %(what)s"), "send"),
        "delivery.dead": Sentence(_("Message to %(address)s was not delivered: %(error)s"), "mail-off"),
        "text.changed": Sentence(_("Text changed: %(code)s, %(language)s, version %(number)s"), "pencil"),
        "text.restored": Sentence(_("Back to the delivered text: %(code)s, %(language)s"), "refresh"),
        "delivery.sent_again": Sentence(_("Message to %(to)s put back in the queue: %(what)s"), "refresh"),
        "chat.linked": Sentence(_("Telegram linked: %(label)s"), "message"),
        "chat.ended": Sentence(_("Telegram is linked no longer: %(label)s"), "message"),
        "chat.moved": Sentence(_("Telegram is linked to somebody else now: %(label)s"), "message"),
        "contact.unreachable": Sentence(
            _("Nothing is sent to %(address)s any more: %(because)s"), "mail-off"
        ),
        "contact.wishes": Sentence(_("Messages: %(wish)s"), "mail", _wish),
        "delivery.withheld": Sentence(_("Not sent to %(to)s, who unsubscribed: %(what)s"), "mail-off"),
        "contact.unsubscribed": Sentence(
            _("Unsubscribed by the link: gets nothing that no contract asks for"), "mail-off"
        ),
        "contact.came_back": Sentence(_("Gets again, by the link, what no contract asks for"), "mail"),
        "user.browser_on": Sentence(_("%(label)s rings for reminders"), "bell"),
        "user.browser_off": Sentence(_("%(label)s does not ring any more: %(reason)s"), "bell", _ended),
        "contact.reachable": Sentence(_("Messages go to %(address)s again"), "mail"),
    }
)
