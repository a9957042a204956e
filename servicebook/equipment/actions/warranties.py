"""Warranties on both sides (S0.6)."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.core import changes
from servicebook.customers.saving import check_values, squeeze, wrong
from servicebook.equipment.models import Asset, Warranty


@transaction.atomic
def save_warranty(warranty: Warranty, *, by: User | None) -> Warranty:
    """Save a new or changed warranty of a unit.

    Raises:
        Refused: with `fields`: it ends before it starts, or covers neither parts nor labour.
    """
    asset = Asset.objects.select_for_update().get(pk=warranty.asset_id)
    before = Warranty.objects.filter(pk=warranty.pk).first() if warranty.pk else None
    squeeze(warranty, "component", "terms", "claims_to")
    check_values(warranty)
    if warranty.ends_on < warranty.starts_on:
        raise wrong(ends_on=_("The last day is before the first. Swap or mend the dates."))
    if not (warranty.covers_parts or warranty.covers_labour):
        raise wrong(covers_parts=_("A warranty covers parts, labour or both."))
    found = changes.between(before, warranty)
    if before is not None and not found:
        return warranty
    warranty.save()
    facts: dict[str, Any] = {
        "side": warranty.side,
        "component": warranty.component,
        "until": warranty.ends_on,
    }
    if before is None:
        journal.record("asset.warranty_added", asset, by=by, **facts)
    else:
        journal.record("asset.warranty_changed", asset, by=by, changes=found, **facts)
    agenda.refresh(asset)
    return warranty


@transaction.atomic
def remove_warranty(warranty_id: int, *, by: User | None, because: str) -> None:
    """Take away a warranty that was entered by mistake; the journal keeps what it said."""
    warranty = Warranty.objects.select_for_update().get(pk=warranty_id)
    because = " ".join(because.split())[:200]
    if not because:
        raise wrong(because=_("Say why this warranty is taken away."))
    asset = warranty.asset
    journal.record(
        "asset.warranty_removed",
        asset,
        by=by,
        side=warranty.side,
        component=warranty.component,
        until=warranty.ends_on,
        because=because,
    )
    warranty.delete()
    agenda.refresh(asset)
