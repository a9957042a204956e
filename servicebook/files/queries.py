"""Reads of documents that several pages share."""

from django.contrib.contenttypes.models import ContentType
from django.db import models

from servicebook.files.models import Document


def documents_of(subject: models.Model) -> models.QuerySet[Document]:
    """Documents that hang on `subject`, newest first, with their sizes and who added them.

    Whoever sees the subject sees them.
    """
    return (
        Document.objects.filter(
            subject_type=ContentType.objects.get_for_model(subject), subject_id=subject.pk
        )
        .select_related("file", "added_by")
        .order_by("-pk")
    )
