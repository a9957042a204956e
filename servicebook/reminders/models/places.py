"""How far a changed place was followed."""

from django.contrib.contenttypes.models import ContentType
from django.db import models


class PlaceWalk(models.Model):
    """A changed region, customer or site whose subjects follow part by part; gone when all of them have."""

    place_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+", db_index=False)
    place_id = models.PositiveBigIntegerField()
    change = models.CharField(max_length=60)  # which change is followed: the occurrence of its obligation
    stretch = models.PositiveSmallIntegerField(default=0)  # contracts, visits, tickets…: one after another
    up_to = models.PositiveBigIntegerField(default=0)  # the last of the stretch that was followed

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_place_is_walked_once", fields=["place_type", "place_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.place_type_id}:{self.place_id} · {self.change}"
