"""How the verbs of service hours are said."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from servicebook.core import changes
from servicebook.customers.history import day
from servicebook.journal.history import Sentence, register
from servicebook.sla.models import ServiceHours


def _changed(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say fields and special days: "Name: a → b; added 2026-12-31 9:00–13:00; removed 2027-01-02"."""
    said = [changes.words(ServiceHours, facts.get("changes", {}))]
    said += [gettext("added %(day)s") % {"day": line} for line in facts.get("came", [])]
    said += [gettext("removed %(day)s") % {"day": line} for line in facts.get("gone", [])]
    return {**facts, "what": "; ".join(filter(None, said))}


def _until(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**facts, "until": day(facts.get("until", ""))}


register(
    {
        "service_hours.added": Sentence(_("Service hours added: %(name)s, %(week)s"), "clock"),
        "service_hours.changed": Sentence(_("Service hours %(name)s: %(what)s"), "clock", _changed),
        "service_hours.holidays_written": Sentence(
            _("Public holidays of %(country)s written out until %(until)s: %(count)s"), "calendar", _until
        ),
    }
)
