"""Fields of the organisation's own (S0.8) on forms: added, read back, and found by a refusal."""

from collections.abc import Mapping
from typing import Any

from django import forms

from servicebook.core.fields import rules_for
from servicebook.core.models import FieldRule

PREFIX = "custom_"  # so that no field of one's own covers a built-in one


class OwnFields:
    """What a form mixes in. The form calls `add_own` at the end of its `__init__`."""

    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]
    _own: list[FieldRule]

    def add_own(self, entity: str, values: Mapping[str, Any] | None = None, *, ask: bool = True) -> None:
        """Add the fields of `entity` ("tickets.ticket"), and mark built-in ones that are mandatory.

        Args:
            ask: let the form insist on mandatory ones; else only the action that saves does.
        """
        self._own = []
        for rule in rules_for(entity):
            if rule.custom:
                self.fields[PREFIX + rule.name] = field_for(rule, (values or {}).get(rule.name))
                self.fields[PREFIX + rule.name].required &= ask
                self._own.append(rule)
            elif ask and rule.mandatory and rule.name in self.fields:
                self.fields[rule.name].required = True

    def own_fields(self) -> list[forms.BoundField]:
        """For the template."""
        return [self[PREFIX + rule.name] for rule in self._own]  # type: ignore[index]

    def take_own(self) -> dict[str, Any]:
        """Take the values of the own fields out of `cleaned_data`, as `custom` holds them."""
        return {rule.name: self.cleaned_data.pop(PREFIX + rule.name, None) for rule in self._own}


def at(form: forms.BaseForm, name: str) -> str | None:
    """The form's field that a refusal of `name` speaks of; None if the form has none."""
    return next((one for one in (name, PREFIX + name) if one in form.fields), None)


def field_for(rule: FieldRule, value: Any) -> forms.Field:
    """The form field of a rule; whether the value fits is said by `core.fields` alone."""
    options: dict[str, Any] = {"label": rule.label, "required": rule.mandatory, "initial": value}
    match rule.kind:
        case FieldRule.Kind.DATE:
            return forms.CharField(widget=forms.DateInput(attrs={"type": "date"}), **options)
        case FieldRule.Kind.NUMBER:
            return forms.CharField(widget=forms.TextInput(attrs={"inputmode": "decimal"}), **options)
        case FieldRule.Kind.CHOICE:
            return forms.ChoiceField(choices=[("", "–"), *((one, one) for one in rule.choices)], **options)
        case FieldRule.Kind.YES_NO:
            return forms.BooleanField(label=rule.label, required=False, initial=value)
    return forms.CharField(max_length=500, **options)
