"""What always holds of equipment."""

from collections.abc import Iterator
from itertools import islice

from django.db.models import F, Q

from servicebook.core.invariants import invariant
from servicebook.customers.invariants import circles
from servicebook.equipment.models import Asset, Reading

NAMED = 20


@invariant("I7", "A unit stands at its customer's site, in a place of that site, with its whole")
def in_place() -> Iterator[str]:
    for asset in Asset.objects.exclude(site=None).exclude(site__customer=F("customer"))[:NAMED]:
        yield f"asset {asset.pk}: its site is of another customer"
    for asset in Asset.objects.exclude(place=None).exclude(place__site=F("site"))[:NAMED]:
        yield f"asset {asset.pk}: its place is in another site"
    apart = ~Q(parent__customer=F("customer")) | ~_same("site") | ~_same("place")
    for asset in Asset.objects.exclude(parent=None).filter(apart)[:NAMED]:
        yield f"asset {asset.pk}: it stands apart from what it is part of"


def _same(name: str) -> Q:
    both = Q(**{f"{name}__isnull": True, f"parent__{name}__isnull": True})
    return both | Q(**{f"parent__{name}": F(name)})


@invariant("I7", "No unit is part of itself")
def no_circles() -> Iterator[str]:
    parents = dict(Asset.objects.exclude(parent=None).values_list("pk", "parent_id"))
    yield from islice((f"asset {pk}: it is part of itself" for pk in circles(parents)), NAMED)


@invariant("I2", "A reading is a reset exactly when it is below the one before")
def resets() -> Iterator[str]:
    named = 0
    before: Reading | None = None
    for reading in Reading.objects.order_by("meter_id", "read_at").iterator(chunk_size=2000):
        known = before if before is not None and before.meter_id == reading.meter_id else None
        if reading.is_reset != (known is not None and reading.value < known.value):
            yield f"reading {reading.pk}: whether the meter began again is wrong"
            named += 1
            if named == NAMED:
                return
        before = reading
