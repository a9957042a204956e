"""`{% documents subject %}`: what hangs on a customer, site, unit or ticket, with a form to add."""

from typing import Any

from django import template
from django.db import models

from servicebook.files import actions, queries, store
from servicebook.files.models import Document

register = template.Library()
SHOWN = 50


@register.inclusion_tag("files/_documents.html", takes_context=True, name="documents")
def card(context: dict[str, Any], subject: models.Model) -> dict[str, Any]:
    """Three statements, however many documents there are."""
    request = context["request"]
    rows = list(queries.documents_of(subject)[: SHOWN + 1])
    return {
        "request": request,
        "subject": subject,
        "model": subject._meta.label_lower,
        "rows": [(row, actions.may_change(row, request.user)) for row in rows[:SHOWN]],
        "more": len(rows) > SHOWN,
        "kinds": Document.Kind.choices,
        "limit_mb": store.largest() // (1024 * 1024),
    }
