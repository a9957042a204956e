"""How changes of documents are said, in the history of what they hang on."""

from django.utils.translation import gettext_lazy as _

from servicebook.journal import history
from servicebook.journal.history import Sentence

history.register(
    {
        "document.attached": Sentence(_("Attached %(name)s."), "paperclip"),
        "document.renamed": Sentence(_("Renamed %(before)s to %(after)s."), "pencil"),
        "document.removed": Sentence(_("Removed %(name)s."), "trash"),
    }
)
