"""How the history says what became of messages."""

from django.utils.translation import gettext_lazy as _

from servicebook.journal.history import Sentence, register

register(
    {
        "delivery.sent": Sentence(_("Mail sent to %(to)s: %(what)s"), "send"),
        "delivery.dead": Sentence(_("Mail to %(address)s was not delivered: %(error)s"), "mail-off"),
        "delivery.sent_again": Sentence(_("Mail to %(to)s put back in the queue: %(what)s"), "refresh"),
    }
)
