"""Sites and the places inside them (S0.5)."""

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from servicebook import journal
from servicebook.accounts.models import User
from servicebook.core import changes
from servicebook.customers.actions.customers import StillNeeded, clean_zone, refuse_cycle
from servicebook.customers.models import Place, Site
from servicebook.customers.saving import check_values, save, squeeze, wrong


@transaction.atomic
def save_site(site: Site, *, by: User | None) -> Site:
    """Save a new or changed site.

    Raises:
        Refused: with `fields`: the name is used, the responsible contact is of another customer
            or gone, or the site is put aside while equipment stands there.
    """
    before = Site.objects.select_for_update().filter(pk=site.pk).first() if site.pk else None
    squeeze(site, "name", "city", "address", "access_hours", "time_zone")
    if not site.name:
        raise wrong(name=_("A site needs a name."))
    if before and before.customer_id != site.customer_id:
        raise wrong(
            customer=_("A site stays with its customer. Add a new site and move the equipment there.")
        )
    if site.time_zone:
        clean_zone(site)
    same = Site.objects.filter(customer=site.customer_id, name=site.name).exclude(pk=site.pk)
    if (before is None or before.name != site.name) and same.exists():
        raise wrong(name=_("%(customer)s has a site of this name already.") % {"customer": site.customer})
    if site.responsible_id and (before is None or before.responsible_id != site.responsible_id):
        _check_responsible(site)
    if before and before.active and not site.active:
        _refuse_with_equipment(before)
    save(site, before, "site", by=by)
    return site


def _check_responsible(site: Site) -> None:
    contact = site.responsible
    if contact is None:
        return
    if contact.customer_id != site.customer_id:
        raise wrong(
            responsible=_("%(name)s is a contact of another customer. Choose one of this customer.")
            % {"name": contact.name}
        )
    if not contact.active:
        raise wrong(
            responsible=_("%(name)s is not reached any more. Choose somebody who is.")
            % {"name": contact.name}
        )


def _refuse_with_equipment(site: Site) -> None:
    count = site.assets.exclude(state="retired").count()
    if count:
        text = ngettext(
            "%(count)s unit still stands at %(name)s. Move it first.",
            "%(count)s units still stand at %(name)s. Move them first.",
            count,
        ) % {"count": count, "name": site.name}
        raise StillNeeded(text, fields={"active": text})


@transaction.atomic
def save_place(place: Place, *, by: User | None) -> Place:
    """Save a building, floor, room or rack. It stays inside its site."""
    before = Place.objects.select_for_update().filter(pk=place.pk).first() if place.pk else None
    squeeze(place, "name")
    if not place.name:
        raise wrong(name=_("A place needs a name, such as “2nd floor” or “Rack A”."))
    if before and before.site_id != place.site_id:
        raise wrong(site=_("A place stays inside its site. Add one there."))
    if place.parent and place.parent.site_id != place.site_id:
        raise wrong(parent=_("%(name)s is in another site.") % {"name": place.parent.name})
    if place.parent_id:
        refuse_cycle(place, Place)
    same = Place.objects.filter(site=place.site_id, parent=place.parent_id, name=place.name)
    if same.exclude(pk=place.pk).exists():
        raise wrong(name=_("There is a place of this name here already."))
    check_values(place)
    found = changes.between(before, place)
    if before is not None and not found:
        return place
    place.save()
    verb = "site.place_changed" if before else "site.place_added"
    journal.record(verb, _site_of(place), by=by, name=place.name, kind=place.kind, changes=found)
    return place


@transaction.atomic
def remove_place(place_id: int, *, by: User | None) -> None:
    """Remove an empty place.

    Raises:
        StillNeeded: equipment or other places are inside.
    """
    place = Place.objects.select_for_update().get(pk=place_id)
    if place.parts.exists() or place.assets.exists():
        raise StillNeeded(_("%(name)s is not empty. Move what is inside first.") % {"name": place.name})
    journal.record("site.place_removed", _site_of(place), by=by, name=place.name, kind=place.kind)
    place.delete()


def _site_of(place: Place) -> Model:
    return place.site
