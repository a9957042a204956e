"""One unit in the place of another: the old and the new serial on one line of life."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import agenda, journal, search
from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.core.errors import Refused
from servicebook.customers import queries as customer_queries
from servicebook.customers.saving import wrong
from servicebook.equipment.actions.assets import LONGEST_WHY, hold_wholes, parts_of, save_asset
from servicebook.equipment.models import Asset, Meter, Warranty

INHERITED = ("configuration", "software", "owner_name")


class CannotSwap(Refused):
    """This unit cannot take the place of that one."""

    code = "cannot_swap"


@transaction.atomic
def swap_asset(
    asset_id: int,
    *,
    replacement: Asset,
    by: User | None,
    why: str = "",
    old_state: str = Asset.State.STORED,
) -> Asset:
    """Put `replacement` where a unit stood; return the replacement.

    It takes over the place, the whole that the unit was part of, its importance, what runs on it
    where it brings nothing of its own, its meters, and the rest of each warranty for which it
    brings none. The old unit leaves its place and its whole, keeps its site and its past, and goes
    to `old_state`; what is part of it stays with it.

    Args:
        replacement: a new row, or a stored unit of the same customer.

    Raises:
        CannotSwap: it is the same unit, stands in service elsewhere, or the old one is out already.
        Refused: as `save_asset`.
    """
    hold_wholes(Asset.objects.get(pk=asset_id))
    old = Asset.objects.select_for_update().get(pk=asset_id)
    _check(old, replacement, old_state)
    reason = " ".join(why.split())[:LONGEST_WHY]
    today = clock.today(ZoneInfo(customer_queries.zone_of(old.site, old.customer)))
    whole, place = old.parent, old.place
    old.parent = old.place = None
    old.state = old_state
    old.save(update_fields=["parent", "place", "state"])
    _leave_place(old)
    _take_over(old, replacement)
    replacement.customer, replacement.site = old.customer, old.site
    replacement.place, replacement.parent = place, whole
    save_asset(replacement, by=by)
    _pass_warranties(old, replacement, today)
    _pass_meters(old, replacement)
    facts: dict[str, Any] = {"old": str(old), "new": str(replacement), "why": reason}
    journal.record("asset.replaced", old, by=by, other=replacement.pk, **facts)
    journal.record("asset.put_in", replacement, by=by, other=old.pk, **facts)
    if whole is not None:  # its life shows what was replaced inside it
        journal.record("asset.part_replaced", whole, by=by, other=replacement.pk, **facts)
    search.index(old)
    agenda.refresh_many([old, replacement])
    return replacement


def _check(old: Asset, new: Asset, old_state: str) -> None:
    if new.pk == old.pk:
        raise CannotSwap(_("A unit cannot take its own place. Choose or enter the one that comes in."))
    if old_state == Asset.State.IN_SERVICE or old_state not in Asset.State.values:
        raise wrong(old_state=_("Say where the old unit goes: into repair, into store or out of use."))
    if old.state in (Asset.State.STORED, Asset.State.RETIRED):
        text = _("%(unit)s is not in service, so there is no place to take. Move the new unit instead.")
        raise CannotSwap(text % {"unit": old})
    if new._state.adding:
        return
    if new.customer_id != old.customer_id:
        raise CannotSwap(_("%(unit)s belongs to another customer. Move it here first.") % {"unit": new})
    if new.state == Asset.State.IN_SERVICE and new.place_id is not None:
        raise CannotSwap(
            _("%(unit)s is in service elsewhere. Take it out there first.") % {"unit": new},
        )
    if old.pk in {part.pk for part in parts_of(new)}:
        raise CannotSwap(_("%(old)s is part of %(unit)s.") % {"old": old, "unit": new})


def _leave_place(old: Asset) -> None:
    """What is part of the old unit leaves the place with it."""
    parts = parts_of(old)
    for part in parts:
        part.place = None
    Asset.objects.bulk_update(parts, ["place"], batch_size=500)
    if parts:
        search.index_many(parts)
        agenda.refresh_many(parts)


def _take_over(old: Asset, new: Asset) -> None:
    new.state, new.criticality = Asset.State.IN_SERVICE, old.criticality
    for name in INHERITED:
        if not getattr(new, name):
            setattr(new, name, getattr(old, name))
    new.custom = {**old.custom, **{name: value for name, value in new.custom.items() if value}}


def _pass_warranties(old: Asset, new: Asset, today: date) -> None:
    """The rest of a running warranty goes on with the new unit, unless it brings one of that side.

    Ours ends on the old unit that day: one promise does not cover two units. The vendor's stays on
    the old serial too, because the claim is made with it.
    """
    own = set(new.warranties.values_list("side", flat=True))
    running = list(old.warranties.filter(starts_on__lte=today, ends_on__gte=today))
    Warranty.objects.bulk_create(
        Warranty(
            asset=new,
            side=one.side,
            component=one.component,
            covers_parts=one.covers_parts,
            covers_labour=one.covers_labour,
            starts_on=today,
            ends_on=one.ends_on,
            terms=one.terms,
            claims_to=one.claims_to,
        )
        for one in running
        if one.side not in own
    )
    ours = [one.pk for one in running if one.side == Warranty.Side.OURS]
    Warranty.objects.filter(pk__in=ours).update(ends_on=today)


def _pass_meters(old: Asset, new: Asset) -> None:
    """The new unit counts the same things, from its own first reading on."""
    known = set(new.meters.values_list("name", flat=True))
    Meter.objects.bulk_create(
        Meter(asset=new, name=meter.name, unit=meter.unit)
        for meter in old.meters.all()
        if meter.name not in known
    )
