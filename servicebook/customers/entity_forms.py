"""Forms of entities: custom and mandatory fields as the administrator set them, refusals at their fields."""

import hashlib
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django import forms
from django.db.models import Model
from django.utils.translation import gettext as _

from servicebook.accounts.models import User
from servicebook.core import fields as field_rules
from servicebook.core.errors import Refused
from servicebook.core.own_fields import PREFIX as CUSTOM
from servicebook.core.own_fields import field_for
from servicebook.customers.picking import PickField, label

M = TypeVar("M", bound=Model)


class RefusingForm(forms.Form):
    """A form that takes a refusal apart: each message to its field, the rest above the fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def take(self, refused: Refused) -> None:
        """Show why the action refused; what was typed stays."""
        place(self, refused)

    def tried(self, action: Callable[..., M], *args: Any, **kwargs: Any) -> M | None:
        """Run an action; None when it refused, and the form then says why."""
        return attempt(self, action, *args, **kwargs)


def place(form: forms.BaseForm, refused: Refused) -> None:
    """Put each message of a refusal at its field, the rest above the fields."""
    above = []
    for name, message in refused.fields.items():
        known = next((one for one in (name, f"{CUSTOM}{name}") if one in form.fields), None)
        if known:
            form.add_error(known, message)
        else:
            above.append(message)
    if above or not refused.fields:
        form.add_error(None, " ".join(above) or str(refused))


def attempt(form: forms.BaseForm, action: Callable[..., M], *args: Any, **kwargs: Any) -> M | None:
    """Run an action; None when it refused, and the form then says why."""
    try:
        return action(*args, **kwargs)
    except Refused as refused:
        place(form, refused)
        return None


class EntityForm(forms.ModelForm):  # type: ignore[type-arg]  # a form of any entity
    """A form of an entity with a `custom` field. Values are checked by the action that saves it."""

    # Picked rows: field name → what the person may choose from.
    picks: ClassVar[dict[str, type[Any]]] = {}
    unchecked: ClassVar[tuple[str, ...]] = ()  # checked by the action, in the spelling that it gives them

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.user = user
        for name, model in self.picks.items():
            field = self.fields[name]
            if isinstance(field, PickField):
                field.queryset = model._default_manager.visible_to(user)
            self.initial[name] = label(getattr(self.instance, name) if self._has(name) else None)
        self.before = fingerprint(self.instance) if self.instance.pk else ""
        if self.before:
            self.fields["seen"] = forms.CharField(
                required=False, max_length=64, initial=self.before, widget=forms.HiddenInput
            )
        self.rules = field_rules.rules_for(self.instance._meta.label_lower)
        for rule in self.rules:
            if rule.custom:
                self.fields[CUSTOM + rule.name] = field_for(rule, self.instance.custom.get(rule.name))
            elif rule.mandatory and rule.name in self.fields:
                self.fields[rule.name].required = True

    def _has(self, name: str) -> bool:
        return getattr(self.instance, f"{name}_id", None) is not None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        given = {rule.name: cleaned.get(CUSTOM + rule.name) for rule in self.rules if rule.custom}
        self.instance.custom = {**self.instance.custom, **given}
        if self.before and cleaned.get("seen") not in ("", None, self.before):
            self._say_that_it_changed()
        return cleaned

    def _say_that_it_changed(self) -> None:
        """Somebody else saved it since this form was opened: nothing of theirs is lost unseen."""
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data[self.add_prefix("seen")] = self.before  # type: ignore[index]
        self.add_error(
            None,
            _(
                "Somebody else changed this since you opened it; the history says what. Nothing is saved "
                "yet. Save again to keep what stands here."
            ),
        )

    def _get_validation_exclusions(self) -> set[str]:
        # The base class looks foreign keys up again and checks phones before they are normal.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded | set(self.unchecked) | set(self.picks)

    def validate_unique(self) -> None:
        """The action says it in a sentence."""

    def validate_constraints(self) -> None:
        """The action says it in a sentence."""

    def saved(self, action: Callable[..., M]) -> M | None:
        """Save through `action`; None when it refused, and the form then says why."""
        return attempt(self, action, self.instance, by=self.user)

    def custom_fields(self) -> list[forms.BoundField]:
        return [self[CUSTOM + rule.name] for rule in self.rules if rule.custom]


def fingerprint(thing: Model) -> str:
    """Return a short text that differs when any column of `thing` does."""
    values = [(field.attname, getattr(thing, field.attname)) for field in thing._meta.concrete_fields]
    return hashlib.sha256(repr(values).encode()).hexdigest()
