"""One table that the search box reads, whatever the engine."""

from django.contrib.contenttypes.models import ContentType
from django.db import models


class Indexed(models.Model):
    """What can be found about one object. Written by `search.index` in the object's transaction."""

    subject_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+", db_index=False)
    subject_id = models.PositiveBigIntegerField()
    title = models.CharField(max_length=200)  # what the hit shows: "T-2026-000123 · Server won't start"
    detail = models.CharField(max_length=200, default="", blank=True)
    url = models.CharField(max_length=200, default="", blank=True)  # where the hit leads
    text = models.TextField()  # normalised by `search.rules.normal`

    class Meta:
        verbose_name_plural = "indexed"
        constraints = [
            models.UniqueConstraint(name="object_is_indexed_once", fields=["subject_type", "subject_id"]),
        ]
        indexes = [models.Index(name="indexed_newest_of_a_kind", fields=["subject_type", "-id"])]

    def __str__(self) -> str:
        return self.title
