"""Custom and mandatory fields (S0.8): which there are, and the check that every save goes through."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from servicebook.core import reference
from servicebook.core.errors import Refused
from servicebook.core.models import FieldRule


class FieldsMissing(Refused):
    """A mandatory field is empty, or a custom value does not fit its field."""

    code = "fields_missing"


def rules_for(entity: str) -> list[FieldRule]:
    """Return the active rules of an entity ("customers.site") in the order of the form."""
    every = reference.get("field_rules", _load)
    return every.get(entity, [])


def check(thing: models.Model) -> None:
    """Check `thing` before it is saved. Every action that saves an entity calls this.

    Custom values live in the JSON field `custom` and are normalised in place: numbers and dates
    are kept as text, so that nothing is rounded.

    Raises:
        FieldsMissing: `fields` names each field and says what is wrong with it.
    """
    wrong: dict[str, str] = {}
    for rule in rules_for(thing._meta.label_lower):
        if rule.custom:
            values: dict[str, Any] = getattr(thing, "custom")  # noqa: B009 - every entity has it
            try:
                values[rule.name] = clean(rule, values.get(rule.name))
            except ValueError as error:
                wrong[rule.name] = str(error)
                continue
            empty = values[rule.name] in (None, "")
        else:
            empty = _built_in(thing, rule.name) in (None, "", [])
        if rule.mandatory and empty:
            wrong[rule.name] = _("%(field)s is mandatory here.") % {"field": rule.label}
    if wrong:
        raise FieldsMissing(
            _("Not saved yet. %(problems)s") % {"problems": " ".join(wrong.values())}, fields=wrong
        )


def clean(rule: FieldRule, value: Any) -> Any:
    """Return `value` as it is stored for `rule`; None when empty.

    Raises:
        ValueError: with a sentence for the person.
    """
    if value is None or value == "":
        return None
    text = str(value).strip()
    label = {"field": rule.label}
    match rule.kind:
        case FieldRule.Kind.NUMBER:
            try:
                number = Decimal(text.replace(",", "."))
                if not number.is_finite():  # "NaN" and "Infinity" are numbers to Decimal
                    raise InvalidOperation
                return str(number)
            except InvalidOperation:
                raise ValueError(_("%(field)s needs a number, such as 12.5.") % label) from None
        case FieldRule.Kind.DATE:
            try:
                return date.fromisoformat(text).isoformat()
            except ValueError:
                raise ValueError(_("%(field)s needs a date, such as 2026-12-31.") % label) from None
        case FieldRule.Kind.CHOICE:
            if text not in rule.choices:
                known = {"field": rule.label, "choices": ", ".join(rule.choices)}
                raise ValueError(_("%(field)s must be one of: %(choices)s.") % known)
            return text
        case FieldRule.Kind.YES_NO:
            return text.casefold() in {"1", "true", "yes", "on"}
    return text


def shown(thing: models.Model) -> Mapping[str, Any]:
    """Return label → value of the custom fields that have a value, for a facts list."""
    values = getattr(thing, "custom")  # noqa: B009
    return {
        rule.label: values[rule.name]
        for rule in rules_for(thing._meta.label_lower)
        if rule.custom and values.get(rule.name) not in (None, "")
    }


def _built_in(thing: models.Model, name: str) -> Any:
    """The value of a built-in field; a relation by its id, so that no statement is spent."""
    try:
        field = thing._meta.get_field(name)
    except LookupError:
        return getattr(thing, name, None)
    return getattr(thing, getattr(field, "attname", name))


def _load() -> dict[str, list[FieldRule]]:
    grouped: dict[str, list[FieldRule]] = {}
    for rule in FieldRule.objects.filter(active=True):
        grouped.setdefault(rule.entity, []).append(rule)
    return grouped
