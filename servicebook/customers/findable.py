"""How customers, contacts and sites are found."""

from django.utils.translation import gettext_lazy as _

from servicebook.core import fields
from servicebook.customers.models import Contact, Customer, Site
from servicebook.customers.rules import phones
from servicebook.search import Findable, findable


def joined(*words: object) -> str:
    """Return the words that are there, with a dot between."""
    return " · ".join(str(word) for word in words if word)


def custom_words(thing: object) -> str:
    """Return the custom values of an entity, so that they can be searched for."""
    return " ".join(str(value) for value in fields.shown(thing).values())  # type: ignore[arg-type]


@findable(Customer, icon="building", plural=_("Customers"), place=2)
def customer(one: Customer) -> Findable:
    words = [one.tax_id, one.phone, one.email, one.address, one.external_ref, *one.mail_domains]
    return Findable(
        title=one.name,
        detail=joined(one.customer_class, one.region, phones.shown(one.phone)),
        words=" ".join([*words, custom_words(one)]),
    )


@findable(Contact, icon="user", plural=_("Contacts"), place=3)
def contact(one: Contact) -> Findable:
    words = [one.email, one.phone, one.other_phone, one.external_ref, custom_words(one)]
    return Findable(
        title=one.name,
        detail=joined(one.position, one.customer, phones.shown(one.phone) or one.email),
        words=" ".join(words),
    )


@findable(Site, icon="map-pin", plural=_("Sites"), place=5)
def site(one: Site) -> Findable:
    words = [one.address, one.external_ref, custom_words(one)]
    return Findable(title=one.name, detail=joined(one.customer, one.city, one.address), words=" ".join(words))
