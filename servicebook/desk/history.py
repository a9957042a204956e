"""How changes of reference data, fields and preferences are said."""

from django.utils.translation import gettext_lazy as _

from servicebook.journal import history
from servicebook.journal.history import Sentence

history.register(
    {
        "reference.added": Sentence(_("%(kind)s added: %(name)s."), "plus"),
        "reference.changed": Sentence(_("%(kind)s %(name)s changed: %(fields)s."), "pencil"),
        "reference.switched_off": Sentence(_("%(kind)s %(name)s taken out of use."), "eye-off"),
        "reference.switched_on": Sentence(_("%(kind)s %(name)s in use again."), "eye"),
        "reference.moved": Sentence(_("%(kind)s %(name)s moved in its list."), "arrows-sort"),
        "preferences.changed": Sentence(_("Preferences changed: %(changes)s."), "settings"),
    }
)
