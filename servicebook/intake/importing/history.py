"""How the verbs of imports are said."""

from django.utils.translation import gettext_lazy as _

from servicebook.journal import history
from servicebook.journal.history import Sentence

history.register(
    {
        "import.taken_in": Sentence(_("File taken in: %(file)s"), "upload"),
        "import.checking": Sentence(_("Check begun: %(file)s"), "player-play"),
        "import.checked": Sentence(
            _("Checked: %(created)s new, %(updated)s changed, %(unchanged)s unchanged, %(refused)s bad."),
            "check",
        ),
        "import.writing": Sentence(_("Import begun: %(file)s"), "player-play"),
        "import.done": Sentence(
            _("Imported: %(created)s new, %(updated)s changed, %(unchanged)s unchanged, %(refused)s bad."),
            "check",
        ),
        "import.cancel_asked": Sentence(_("Asked to stop"), "hand-stop"),
        "import.cancelled": Sentence("%(because)s", "x"),
        "import.refused": Sentence("%(because)s", "alert-triangle"),
    }
)
