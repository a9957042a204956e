"""Stored bytes, and the documents that give them a name and a place."""

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _


class StoredFile(models.Model):
    """Bytes by their hash. Written once, never changed; the same bytes are kept once."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField()
    stored_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sha256[:12]


class Document(models.Model):
    """A named file on a customer, site, contract, unit or ticket (S0.9)."""

    class Kind(models.TextChoices):
        PHOTO = "photo", _("Photo")
        ACT = "act", _("Act")
        CONTRACT = "contract", _("Contract")
        SPECIFICATION = "specification", _("Specification")
        PROCEDURE = "procedure", _("Procedure")
        CORRESPONDENCE = "correspondence", _("Correspondence")
        OTHER = "other", _("Other")

    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="documents")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.OTHER)
    subject_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+", db_index=False)
    subject_id = models.PositiveBigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    added_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(name="documents_of_a_subject", fields=["subject_type", "subject_id", "id"])]

    def __str__(self) -> str:
        return self.name
