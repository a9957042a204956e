"""Meters and what they showed."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.core import changes, clock
from servicebook.customers.saving import check_values, squeeze, wrong
from servicebook.equipment.models import Meter, Reading
from servicebook.equipment.rules import readings as rules

AHEAD = timedelta(minutes=5)  # clocks of people and machines differ a little


@transaction.atomic
def save_meter(meter: Meter, *, by: User | None) -> Meter:
    """Save a new or renamed meter of a unit."""
    before = Meter.objects.select_for_update().filter(pk=meter.pk).first() if meter.pk else None
    squeeze(meter, "name")
    if not meter.name:
        raise wrong(name=_("A meter needs a name, such as “Runtime”."))
    if Meter.objects.filter(asset=meter.asset_id, name=meter.name).exclude(pk=meter.pk).exists():
        raise wrong(name=_("This unit has a meter of this name already."))
    if before and before.unit != meter.unit and before.readings.exists():
        raise wrong(unit=_("This meter was read before. Add a new meter for another unit of measure."))
    check_values(meter)
    found = changes.between(before, meter)
    if before is not None and not found:
        return meter
    meter.save()
    verb = "asset.meter_changed" if before else "asset.meter_added"
    journal.record(verb, meter.asset, by=by, name=meter.name, unit=meter.unit, changes=found)
    agenda.refresh(meter.asset)
    return meter


@transaction.atomic
def record_reading(meter_id: int, *, value: Decimal, read_at: datetime, by: User | None) -> Reading:
    """Write down what a meter showed. A value below the one before is a reset and says so.

    A reading may be entered late, between two others: what the next one means is seen anew. The
    same value at the same moment again changes nothing.

    Args:
        value: not negative, at most two decimals.
        read_at: aware, not in the future.

    Raises:
        Refused: with `fields`: the value or the moment does not fit, or another value stands there.
    """
    meter = Meter.objects.select_for_update().get(pk=meter_id)  # one reading of a meter at a time
    _check(value, read_at)
    same = meter.readings.filter(read_at=read_at).first()
    if same:
        if same.value == value:
            return same
        text = _("%(value)s was read at this moment already. Choose the moment of the new reading.")
        raise wrong(read_at=text % {"value": same.value})
    before = meter.readings.filter(read_at__lt=read_at).order_by("-read_at").first()
    after = meter.readings.filter(read_at__gt=read_at).order_by("read_at").first()
    reset = rules.is_reset(value, before=before.value if before else None)
    reading = Reading(meter=meter, value=value, read_at=read_at, is_reset=reset, by=by)
    check_values(reading)
    reading.save(force_insert=True)
    if after and after.is_reset != rules.is_reset(after.value, before=value):
        after.is_reset = not after.is_reset
        after.save(update_fields=["is_reset"])
    journal.record(
        "asset.meter_reset" if reset else "asset.meter_read",
        meter.asset,
        by=by,
        meter=meter.name,
        value=str(value),
        unit=meter.unit,
        read_at=read_at,
    )
    agenda.refresh(meter.asset)
    return reading


def _check(value: Decimal, read_at: datetime) -> None:
    if read_at.tzinfo is None:
        raise ValueError(f"a reading needs an aware moment, not {read_at!r}")
    if not value.is_finite() or value < 0:
        raise wrong(value=_("A meter shows zero or more."))
    if read_at > clock.now() + AHEAD:
        raise wrong(read_at=_("This moment is still to come. Enter when the meter was read."))
