"""Repairs on a unit's line of life."""

from datetime import datetime

from django.db import transaction

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.equipment.models import Asset


@transaction.atomic
def record_repair(
    asset_id: int, *, ticket_number: str, done: str, parts: str, by: User | None, at: datetime
) -> None:
    """Write a repair into the life of a unit, in the transaction that closes its ticket.

    Args:
        ticket_number: which ticket it was done on, as "T-2026-000123".
        done: what was done.
        parts: replaced parts as the engineer wrote them ("PSU-750 ×1, CR2032"); may say none.
        at: when it was finished.
    """
    asset = Asset.objects.get(pk=asset_id)
    journal.record("asset.repaired", asset, by=by, at=at, ticket=ticket_number, done=done, parts=parts)
    agenda.refresh(asset)
