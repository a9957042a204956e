"""The moment in which what is not agreed yet puts a visit at risk (S0.28)."""

from datetime import datetime

from django.db import transaction

from servicebook import journal
from servicebook.maintenance.actions._base import happened, locked


@transaction.atomic
def tell_risks(occurrence_id: int, *, due_on: str, at: datetime) -> bool:
    """Record why a visit may fail, if anything does; return whether something does.

    Args:
        due_on: for which day it is looked at; for another one nothing is recorded.
    """
    occurrence = locked(occurrence_id)
    if occurrence.due_on.isoformat() != due_on or not occurrence.risks_before:
        return False
    facts = {"risks": sorted(occurrence.risks_before)}
    entries = happened(occurrence, "occurrence.at_risk", facts)
    journal.record_many(entry._replace(at=at) for entry in entries)
    return True
