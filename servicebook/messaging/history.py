"""How the history says what became of messages."""

from django.utils.translation import gettext_lazy as _

from servicebook.journal.history import Sentence, register

register(
    {
        "delivery.sent": Sentence(_("Mail sent to %(to)s: %(what)s"), "send"),
        "delivery.sent_by_sms": Sentence(_("SMS sent to %(to)s: %(what)s"), "send"),
        "delivery.sent_by_telegram": Sentence(_("Telegram message sent to %(to)s: %(what)s"), "send"),
        "delivery.sent_by_push": Sentence(_("Push message sent to %(to)s: %(what)s"), "send"),
        "delivery.shown": Sentence(_("Told %(to)s in Servicebook: %(what)s"), "send"),
        "delivery.dead": Sentence(_("Message to %(address)s was not delivered: %(error)s"), "mail-off"),
        "delivery.sent_again": Sentence(_("Message to %(to)s put back in the queue: %(what)s"), "refresh"),
        "contact.unreachable": Sentence(
            _("Nothing is sent to %(address)s any more: %(because)s"), "mail-off"
        ),
        "contact.reachable": Sentence(_("Messages go to %(address)s again"), "mail"),
    }
)
