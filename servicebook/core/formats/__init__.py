"""Days as they are said where a month is no riddle (31 December 2026), and hours from 0 to 24."""

from django.utils.translation import gettext_lazy as _

# Ours are looked up before those of Django, whose Kazakh Tuesday reads as a Saturday.
SHORT_WEEKDAYS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
