"""How the history says what became of reminders."""

from django.utils.translation import gettext_lazy as _

from servicebook.journal.history import Sentence, register

register(
    {
        "ladder.added": Sentence(_("Reminder rule made: %(what)s"), "plus"),
        "ladder.changed": Sentence(_("Reminder rule changed: %(what)s"), "edit"),
        "ladder.dropped": Sentence(_("The rule of the house holds again: %(what)s"), "refresh"),
    }
)
