"""What always holds of customers."""

from collections.abc import Iterator
from itertools import islice

from django.db.models import F

from servicebook.core.invariants import invariant
from servicebook.customers.models import Contact, Customer, Place, Promise, Region, Site
from servicebook.customers.rules import trees

NAMED = 20


@invariant("I7", "Contacts, responsible people and places belong to their own customer and site")
def together() -> Iterator[str]:
    for pk in Site.objects.exclude(responsible=None).exclude(responsible__customer=F("customer"))[:NAMED]:
        yield f"site {pk.pk}: its responsible contact is of another customer"
    for contact in Contact.objects.exclude(site=None).exclude(site__customer=F("customer"))[:NAMED]:
        yield f"contact {contact.pk}: its site is of another customer"
    for place in Place.objects.exclude(parent=None).exclude(parent__site=F("site"))[:NAMED]:
        yield f"place {place.pk}: it is inside a place of another site"


@invariant("I7", "No customer, region or place is above itself")
def no_circles() -> Iterator[str]:
    for model in (Customer, Region, Place):
        rows = model._default_manager.exclude(parent=None)
        parents = dict(rows.values_list("pk", "parent_id"))
        yield from islice(
            (f"{model._meta.model_name} {pk}: it is above itself" for pk in circles(parents)), NAMED
        )


def circles(parents: dict[int, int]) -> Iterator[int]:
    """Yield the rows from which the way up comes back or does not end within the deepest tree."""
    for pk, parent in parents.items():
        try:
            trees.check(pk, parent, parents.get)
        except ValueError:
            yield pk


@invariant("I5", "Whom a contact was replaced by is who is responsible")
def successors() -> Iterator[str]:
    for site in Site.objects.filter(active=True, responsible__replaced_by__isnull=False)[:NAMED]:
        yield f"site {site.pk}: its responsible contact was replaced"


@invariant("I5", "A promise that is settled owes nothing any more")
def settled_promises() -> Iterator[str]:
    from django.contrib.contenttypes.models import ContentType

    from servicebook.agenda.models import Obligation

    armed = Obligation.objects.armed().filter(subject_type=ContentType.objects.get_for_model(Promise))
    standing = Promise.objects.open().values("pk")
    for obligation in armed.exclude(subject_id__in=standing)[:NAMED]:
        yield f"obligation {obligation.pk}: promise {obligation.subject_id} is settled"
