"""What a save changed: as facts for the journal, and as words for the history."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.text import capfirst

from servicebook.core import fields

Change = list[str]  # [before, after], as a person read it that day
LONGEST = 80  # characters of a value that the journal keeps; a note is not copied whole


def between(before: models.Model | None, after: models.Model) -> dict[str, Change]:
    """Return field name → [before, after] of what differs; custom fields as "custom.<name>".

    Relations are compared by their ids: only those that differ cost a statement.
    """
    found: dict[str, Change] = {}
    for field in after._meta.concrete_fields:
        if field.primary_key:
            continue
        old, new = (getattr(thing, field.attname, None) for thing in (before, after))
        if old == new or (before is None and new in (None, "", [], {})):
            continue
        if field.name == "custom":
            found |= _custom(old or {}, new or {})
        else:
            found[field.name] = [_said(before, field), _said(after, field)]
    return found


def touched(changes: Mapping[str, Change]) -> list[str]:
    """Return the names of the columns to write, for `save(update_fields=...)`."""
    return sorted({name.partition(".")[0] for name in changes})


def words(model: type[models.Model], changes: Mapping[str, Change]) -> str:
    """Return "Phone: – → +7 701…; City: Astana → Almaty" in the reader's language."""
    order = {field.name: place for place, field in enumerate(model._meta.concrete_fields)}  # JSON has none
    labels = {f"custom.{rule.name}": rule.label for rule in fields.rules_for(model._meta.label_lower)}
    return "; ".join(
        f"{labels.get(name) or label(model, name)}: {old or '–'} → {new or '–'}"
        for name, (old, new) in sorted(changes.items(), key=lambda one: (order.get(one[0], 99), one[0]))
    )


def label(model: type[models.Model], name: str) -> str:
    """Return the name of a field as forms say it."""
    try:
        return str(capfirst(getattr(model._meta.get_field(name), "verbose_name", name)))
    except FieldDoesNotExist:
        return name.removeprefix("custom.")


def _custom(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Change]:
    names = [*old, *(name for name in new if name not in old)]
    return {
        f"custom.{name}": [_short(old.get(name)), _short(new.get(name))]
        for name in names
        if old.get(name) != new.get(name)
    }


def _said(thing: models.Model | None, field: "models.Field[Any, Any]") -> str:
    if thing is None:
        return ""
    if field.choices:
        return str(getattr(thing, f"get_{field.name}_display")())
    return _short(getattr(thing, field.name))


def _short(value: Any) -> str:
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, bool):
        return "✓" if value else "✗"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
