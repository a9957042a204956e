"""Short stable names for programs, made of what people typed once and never changed after."""

from typing import Any

from django.db import models
from django.utils.text import slugify


def code_for(
    model: type[models.Model], name: str, *, within: dict[str, Any] | None = None, field: str = "code"
) -> str:
    """Return a code of `name` that no other row has: "part-replacement", "reason-7" for other scripts."""
    longest = getattr(model._meta.get_field(field), "max_length", None) or 30
    stem = slugify(name)[: longest - 5] or model._meta.model_name or "row"
    rows = model._default_manager.filter(**(within or {}), **{f"{field}__startswith": stem})
    taken = set(rows.values_list(field, flat=True))
    if stem not in taken and slugify(name):
        return stem
    return next(code for number in range(2, 10_000) if (code := f"{stem}-{number}") not in taken)
