"""Reads that several pages share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from servicebook.core import preferences, reference
from servicebook.customers.models import Contact, Customer, Place, Region, Site
from servicebook.customers.rules import likeness, mail, receivers, trees
from servicebook.search.engines import holding
from servicebook.search.models import Indexed

MOST_DUPLICATES = 5
CANDIDATES = 200  # rows that likeness looks at; the words narrow them down first


@dataclass(frozen=True)
class RegionFacts:
    """A region as other rows need it."""

    name: str
    parent: int | None
    country: str
    time_zone: str


def regions() -> Mapping[int, RegionFacts]:
    """Return all regions by id. Costs no statement when nothing changed."""
    return reference.get("regions", _load_regions)


def _load_regions() -> dict[int, RegionFacts]:
    rows = Region.objects.values_list("pk", "name", "parent", "country", "time_zone")
    return {pk: RegionFacts(name, parent, country, zone) for pk, name, parent, country, zone in rows}


def region_and_above(region: int | None) -> list[RegionFacts]:
    """Return `region` and those that it is part of, the nearest first."""
    every = regions()
    return [every[pk] for pk in region_ids_above(region)]


def region_ids_above(region: int | None) -> tuple[int, ...]:
    """Return the ids of `region` and those that it is part of, the nearest first."""
    every, found = regions(), list[int]()
    while region is not None and region in every and region not in found:
        found.append(region)
        region = every[region].parent
    return tuple(found)


def region_and_below(region: int) -> list[int]:
    """Return the ids of `region` and of everything that is part of it."""
    below, every = [region], regions()
    for known in below:  # grows while it is walked; the tree has no cycle
        below += [pk for pk, facts in every.items() if facts.parent == known and pk not in below]
    return below


def country_of(*region_ids: int | None) -> str:
    """Return the country of the first region that says one; else the organisation's own."""
    for region in region_ids:
        for facts in region_and_above(region):
            if facts.country:
                return facts.country
    return preferences.current().country


def zone_of(site: Site | None, customer: Customer) -> str:
    """Return the time zone (an IANA name) in which dates at a site, or without one, are meant.

    The site's own, else that of its region or of one above it, else of the customer's, else the house's.
    """
    if site and site.time_zone:
        return site.time_zone
    zones = reference.get("regions.zones", _load_zones)
    return (site and zones.get(site.region_id)) or zones.get(customer.region_id) or settings.TIME_ZONE


def _load_zones() -> dict[int | None, str]:
    """Region → its own time zone, or that of the nearest above that has one."""
    zones = {pk: (facts.time_zone for facts in region_and_above(pk)) for pk in regions()}
    return {pk: next(filter(None, found), "") for pk, found in zones.items()}


def receivers_of(customer: Customer, occasion: str, *, site: Site | None = None) -> list[Contact]:
    """Return the contacts that are told on an occasion of `receivers.OCCASIONS`, in one statement.

    Only those who may still be written to; the responsible contact of `site` counts as on site.
    """
    return _receivers(customer.contacts.reachable(), occasion, site)


def receivers_at(
    places: Iterable[tuple[Customer, Site | None]], occasion: str
) -> dict[tuple[int, int | None], list[Contact]]:
    """Do as `receivers_of` for many places, by the ids of customer and site, in one statement."""
    wanted = {(customer.pk, site.pk if site else None): (customer, site) for customer, site in places}
    contacts: dict[int, list[Contact]] = {pk: [] for pk, _site in wanted}
    for contact in Contact.objects.filter(customer__in=contacts).reachable():
        contacts[contact.customer_id].append(contact)
    return {
        key: _receivers(contacts[customer.pk], occasion, site) for key, (customer, site) in wanted.items()
    }


def _receivers(contacts: Iterable[Contact], occasion: str, site: Site | None) -> list[Contact]:
    known = {contact.pk: contact for contact in contacts}
    people = [
        receivers.Person(
            key=contact.pk,
            site=site.pk if site and site.responsible_id == contact.pk else contact.site_id,
            main=contact.is_main,
            decision_maker=contact.is_decision_maker,
            signer=contact.may_sign,
            on_site=contact.is_on_site or bool(site and site.responsible_id == contact.pk),
        )
        for contact in known.values()
    ]
    found = receivers.receivers(people, occasion, site=site.pk if site else None)
    return [known[key] for key in found]


def by_mail(address: str) -> tuple[Contact | None, Customer | None]:
    """Return who writes from `address`: the contact, and the customer it or its domain belongs to.

    A contact who was replaced is not found: the sender is then only somebody of that customer.
    """
    try:
        known = mail.normal(address)
    except ValueError:
        return None, None
    if not known:
        return None, None
    contacts = Contact.objects.filter(email=known).select_related("customer")
    contact = contacts.reachable().order_by("pk").first()
    if contact:
        return contact, contact.customer
    left = contacts.order_by("pk").first()
    if left:
        return None, left.customer
    customer = Customer.objects.filter(email=known, active=True).order_by("pk").first()
    return None, customer or _by_domain(known.rpartition("@")[2])


def _by_domain(domain: str) -> Customer | None:
    """The one active customer with this mail domain; none when two share it."""
    quoted = f'"{domain}"'
    found = Customer.objects.filter(mail_domains__icontains=quoted, active=True).order_by("pk")[:2]
    exact = [customer for customer in found if domain in customer.mail_domains]
    return exact[0] if len(exact) == 1 else None


@dataclass(frozen=True)
class Likely:
    """A customer that a new one may be, and what says so."""

    customer: Customer
    because: likeness.Because


def likely_duplicates(new: Customer) -> list[Likely]:
    """Return known customers that `new` looks like, the surest first, in three statements."""
    face = _face(new)
    words = sorted(likeness.core_words(new.name), key=len, reverse=True)[:2]
    indexed = Indexed.objects.filter(subject_type=ContentType.objects.get_for_model(Customer))
    near: list[int] = []
    for word in words:  # the first letters are enough: the rest may hold a slip
        rows = holding(indexed, [word[:5]]).order_by("-pk")
        near += rows.values_list("subject_id", flat=True)[:CANDIDATES]
    sure = Q(pk__in=near)
    for name in ("tax_id", "phone", "email"):
        if getattr(new, name):
            sure |= Q(**{name: getattr(new, name)})
    order = list(likeness.Because)
    found = [
        Likely(customer, because)
        for customer in Customer.objects.filter(sure).exclude(pk=new.pk).select_related("region")
        if (because := likeness.why_alike(face, _face(customer)))
    ]
    return sorted(found, key=lambda one: order.index(one.because))[:MOST_DUPLICATES]


def _face(customer: Customer) -> likeness.Face:
    return likeness.Face(customer.name, customer.tax_id, customer.phone, customer.email)


def place_paths(places: Sequence[Place]) -> dict[int, str]:
    """Return id → "Building A, 2nd floor, server room" for all places of a site, read by the caller."""
    parents = {place.pk: place.parent_id for place in places}
    names = {place.pk: place.name for place in places}
    return {
        place.pk: ", ".join(names[pk] for pk in trees.path(place.pk, parents) if pk in names)
        for place in places
    }
