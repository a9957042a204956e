"""Stored bytes, and the documents that give them a name and a place."""

from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from servicebook.files.rules.kinds import RASTER

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from servicebook.accounts.models import User


class StoredFile(models.Model):
    """Bytes by their hash. Written once, never changed; the same bytes are kept once."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField()
    stored_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sha256[:12]


def may_hold_documents(model: type[models.Model]) -> bool:
    """Whether documents can hang on `model`: only on what says who sees it."""
    return hasattr(model._default_manager, "visible_to") and model is not Document


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """A document is seen by whoever sees what it hangs on."""
        if not user.is_active:
            return self.none()
        seen = Q(pk__in=[])
        for model in apps.get_models():
            if not may_hold_documents(model):
                continue
            kind = ContentType.objects.get_for_model(model)
            things = model._default_manager.visible_to(user)  # type: ignore[attr-defined]
            everything = not things.query.where
            seen |= Q(subject_type=kind) & (Q() if everything else Q(subject_id__in=things.values("pk")))
        return self.filter(seen)


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

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(name="documents_of_a_subject", fields=["subject_type", "subject_id", "id"])]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("files:document", args=[self.pk])

    @property
    def is_picture(self) -> bool:
        """Whether the page may show it: only pixels, never something that a browser runs."""
        return self.content_type in RASTER
