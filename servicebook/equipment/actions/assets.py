"""Units: saved, moved, in another state."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import agenda, journal, search
from servicebook.accounts.models import User
from servicebook.core import changes
from servicebook.customers.actions.customers import refuse_cycle
from servicebook.customers.models import Place, Site
from servicebook.customers.rules import trees
from servicebook.customers.saving import save, squeeze, wrong
from servicebook.equipment.holding import refuse_while_held
from servicebook.equipment.models import Asset

LONGEST_WHY = 200


@transaction.atomic
def save_asset(asset: Asset, *, by: User | None) -> Asset:
    """Save a new or changed unit. A changed place or customer takes its parts along, as `move_asset` does.

    Raises:
        Refused: with `fields`: the serial is known for this model, the site or place is not the
            customer's, the unit would be part of itself, or a mandatory field is empty.
        HeldHere: something goes on for its customer, so it cannot go to another.
    """
    hold_wholes(asset)
    before = Asset.objects.select_for_update().filter(pk=asset.pk).first() if asset.pk else None
    squeeze(asset, "serial", "inventory_number", "owner_name", "handed_over_by")
    _check_serial(asset, before)
    if asset.parent_id and (before is None or before.parent_id != asset.parent_id):
        _check_parent(asset)
    check_position(asset)
    _check_stays_in_whole(asset)
    parts = parts_of(asset) if before is not None and _stands(before) != _stands(asset) else []
    if before is not None and before.customer_id != asset.customer_id:
        refuse_while_held([asset, *parts], to=asset.customer, field="customer")
    left = _left(asset, before.site_id) if before is not None else {}
    save(asset, before, "asset", by=by, **left)
    if before is not None and parts:
        _move_parts(parts, asset, by, {"before": said_position(before), **left})
    return asset


def hold_wholes(asset: Asset) -> None:
    """Lock what a unit is, or is to be, part of, so that it stands still; read the nearest anew.

    From the top down and before the unit, as `move_asset` locks: two that meet wait for each other instead of
    locking up.
    """
    chain: list[int] = []
    above = asset.parent_id
    while above is not None and above not in chain and len(chain) < trees.DEEPEST:
        chain.append(above)
        above = Asset.objects.filter(pk=above).values_list("parent_id", flat=True).first()
    for pk in reversed(chain):
        asset.parent = Asset.objects.select_for_update(of=("self",)).select_related("model").get(pk=pk)


def _check_serial(asset: Asset, before: Asset | None) -> None:
    key = (asset.model_id, asset.serial)
    if not asset.serial or (before and (before.model_id, before.serial) == key):
        return
    known = Asset.objects.filter(model=asset.model_id, serial=asset.serial).exclude(pk=asset.pk).first()
    if known:
        text = _("%(model)s with serial %(serial)s is known already: it belongs to %(customer)s.")
        facts = {"model": known.model, "serial": known.serial, "customer": known.customer}
        raise wrong(serial=text % facts)


def _check_parent(asset: Asset) -> None:
    """A part belongs to the customer of the whole; at first it stands where the whole stands."""
    whole = asset.parent
    if whole is None:
        return
    if whole.customer_id != asset.customer_id:
        raise wrong(parent=_("%(unit)s belongs to another customer.") % {"unit": whole})
    refuse_cycle(asset, Asset)
    asset.site_id, asset.place_id = whole.site_id, whole.place_id


def _check_stays_in_whole(asset: Asset) -> None:
    whole = asset.parent
    if whole is not None and _stands(whole) != _stands(asset):
        text = _("It is part of %(unit)s, which stands elsewhere. Move that, or take this out of it first.")
        raise wrong(place=text % {"unit": whole})


def check_position(asset: Asset) -> None:
    """Check that site and place fit the customer and each other; a place alone says its site."""
    if asset.place and asset.site_id is None:
        asset.site = asset.place.site
    if asset.site and asset.site.customer_id != asset.customer_id:
        raise wrong(site=_("%(site)s is a site of another customer.") % {"site": asset.site.name})
    if asset.place and asset.place.site_id != asset.site_id:
        raise wrong(place=_("%(place)s is in another site.") % {"place": asset.place.name})


def position(asset: Asset) -> tuple[int | None, int | None]:
    return asset.site_id, asset.place_id


def _stands(asset: Asset) -> tuple[int | None, int | None, int]:
    """Where it stands, and with whom; untied from every site it is still somebody's."""
    return *position(asset), asset.customer_id


def said_position(asset: Asset) -> str:
    """Return "School 12, 2nd floor, server room": where a unit stands, or whose it is, for the journal."""
    names = [asset.site.name if asset.site else asset.customer.name]
    inside: list[str] = []
    place = asset.place
    while place is not None and len(inside) < trees.DEEPEST:
        inside.append(place.name)
        place = place.parent
    return ", ".join(names + inside[::-1])


@transaction.atomic
def move_asset(
    asset_id: int, *, site: Site | None, place: Place | None, by: User | None, why: str = ""
) -> Asset:
    """Put a unit at another site or place; what is part of it goes along.

    At a site of another customer it becomes that customer's. A part that leaves its whole is no
    longer part of it.

    Args:
        site: None takes it away from every site: it is then untied until it stands somewhere.

    Raises:
        Refused: with `fields`: the place is in another site, or the site is not in use.
        HeldHere: something goes on for its customer, so it cannot go to another.
    """
    asset = Asset.objects.select_for_update().get(pk=asset_id)
    if place is not None and site is None:
        site = place.site
    if site is not None and not site.active:
        raise wrong(site=_("%(site)s is not in use. Choose one that is.") % {"site": site.name})
    before, whole, owner = position(asset), asset.parent, asset.customer_id
    was: dict[str, Any] = {"before": said_position(asset), "why": " ".join(why.split())[:LONGEST_WHY]}
    asset.site, asset.place = site, place
    if site is not None:
        asset.customer = site.customer
    check_position(asset)
    if position(asset) == before:
        return asset
    parts = parts_of(asset)
    if asset.customer_id != owner:
        refuse_while_held([asset, *parts], to=asset.customer, field="site")
    if whole and position(whole) != position(asset):
        asset.parent = None
    asset.save(update_fields=["site", "place", "customer", "parent"])
    was |= _left(asset, before[0])
    _record_moves([asset], by, was)
    _move_parts(parts, asset, by, was)
    return asset


def _left(asset: Asset, site_id: int | None) -> dict[str, Any]:
    """The fact that a unit stood at a site before, which `queries.sites_left` reads."""
    return {} if site_id in (None, asset.site_id) else {"left": site_id}


def _move_parts(parts: list[Asset], whole: Asset, by: User | None, was: Mapping[str, Any]) -> None:
    """Everything under `whole` stands where it stands."""
    for part in parts:
        part.site, part.place, part.customer = whole.site, whole.place, whole.customer
    if parts:
        Asset.objects.bulk_update(parts, ["site", "place", "customer"], batch_size=500)
        _record_moves(parts, by, was)


def parts_of(whole: Asset) -> list[Asset]:
    """Return everything under a unit, locked; one statement per level."""
    found: list[Asset] = []
    level = [whole.pk]
    while level:
        rows = Asset.objects.select_for_update(of=("self",)).filter(parent__in=level).order_by("pk")
        parts = list(rows.select_related("model"))
        found += parts
        level = [part.pk for part in parts]
    return found


def _record_moves(assets: list[Asset], by: User | None, was: Mapping[str, Any]) -> None:
    facts = {"why": "", **was, "after": said_position(assets[0])}
    journal.record_many(journal.Happening("asset.moved", asset, facts, by) for asset in assets)
    search.index_many(assets)
    agenda.refresh_many(assets)


@transaction.atomic
def change_state(asset_id: int, *, state: str, by: User | None, why: str = "") -> Asset:
    """Put a unit into another `Asset.State`. A second time changes nothing."""
    asset = Asset.objects.select_for_update().get(pk=asset_id)
    if state not in Asset.State.values:
        raise wrong(state=_("There is no such state."))
    if asset.state == state:
        return asset
    before = Asset.objects.get(pk=asset_id)
    asset.state = state
    found = changes.between(before, asset)
    asset.save(update_fields=["state"])
    reason = " ".join(why.split())[:LONGEST_WHY]
    journal.record("asset.state_changed", asset, by=by, changes=found, why=reason, state=state)
    search.index(asset)
    agenda.refresh(asset)
    return asset
