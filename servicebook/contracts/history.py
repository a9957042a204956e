"""How the verbs of contracts are said on every history."""

from collections.abc import Mapping
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from servicebook.contracts.models import Contract, ContractVersion
from servicebook.core import changes
from servicebook.journal.history import Sentence, register

CLAUSES = {
    "scopes": _("What is covered"),
    "included": _("Included services"),
    "targets": _("Promised times"),
    "exclusions": _("Exclusions"),
    "rates": _("Rates"),
}


def _changed(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say the fields with their values, and the parts of the terms by their names."""
    fields = changes.words(Contract, facts.get("changes", {}))
    parts = [
        str(CLAUSES.get(name) or capfirst(changes.label(ContractVersion, name)))
        for name in facts.get("clauses", [])
    ]
    return {**facts, "what": "; ".join(one for one in (fields, ", ".join(parts)) if one)}


register(
    {
        "contract.drafted": Sentence(_("Drafted: %(name)s"), "file-certificate"),
        "contract.changed": Sentence(_("Changed: %(what)s"), "pencil", _changed),
        "contract.activated": Sentence(_("In force, until %(until)s."), "check"),
        "contract.held": Sentence(_("Put on hold: %(because)s"), "player-pause"),
        "contract.resumed": Sentence(_("In force again."), "player-play"),
        "contract.cancelled": Sentence(_("Cancelled: %(because)s"), "x"),
        "contract.cancelled_ahead": Sentence(_("Will be cancelled after %(on)s: %(because)s"), "x"),
        "contract.cancellation_withdrawn": Sentence(_("It will not be cancelled after all."), "refresh"),
        "contract.expired": Sentence(_("Expired after %(on)s."), "archive"),
        "contract.followed": Sentence(_("Ended; %(number)s follows it."), "refresh"),
        "contract.amended": Sentence(_("Version %(number)s, valid from %(since)s: %(what)s"), "pencil"),
    }
)
