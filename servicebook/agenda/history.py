"""How the history says what the agenda did."""

from django.utils.translation import gettext_lazy as _

from servicebook.journal.history import Sentence, register

register(
    {
        "obligation.put_aside": Sentence(
            _("Could not be done, put aside: %(kind)s (%(error)s)"), "alert-triangle"
        ),
        "obligation.run_again": Sentence(_("To be done again: %(kind)s. %(because)s"), "refresh"),
    }
)
