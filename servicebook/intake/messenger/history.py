"""How the history says what messages did."""

from django.utils.translation import gettext_lazy as _

from servicebook.journal.history import Sentence, register

register(
    {
        "text.understood": Sentence(_("Message taken in again: %(what)s"), "message"),
        "ticket.text_left_out": Sentence(_("Not taken over from the message: %(what)s"), "paperclip"),
    }
)
