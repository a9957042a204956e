"""Custom and mandatory fields without code (S0.8), and a proposal to start with."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib import messages
from django.db import models, transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from servicebook import journal
from servicebook.accounts.requests import SignedInRequest
from servicebook.core import reference
from servicebook.core.codes import code_for
from servicebook.core.directory import Directory
from servicebook.core.exports import Column
from servicebook.core.models import FieldRule

MOST_CHOICES = 100
# Built-in fields that a person fills in nowhere, or that the program decides about.
_NOT_OURS = {"custom", "external_ref", "active", "replaced_by", "notes"}


class Proposed(NamedTuple):
    entity: str
    name: str


# About ten fields without which a service desk asks the customer twice. What the tables demand
# anyway (customer, model, status, the reason of waiting) needs no rule. A ticket's own fields are
# left to the organisation: a mail from somebody unknown must not be refused for want of a contact.
PROPOSAL = (
    Proposed("customers.customer", "region"),
    Proposed("customers.customer", "owner"),
    Proposed("customers.contact", "phone"),
    Proposed("customers.site", "city"),
    Proposed("customers.site", "address"),
    Proposed("customers.site", "responsible"),
    Proposed("customers.site", "access_hours"),
    Proposed("equipment.asset", "serial"),
    Proposed("equipment.asset", "site"),
    Proposed("equipment.asset", "commissioned_on"),
)


def entities() -> dict[str, type[models.Model]]:
    """Label → model of everything that holds fields of one's own."""
    return {
        model._meta.label_lower: model
        for model in apps.get_models()
        if any(field.name == "custom" for field in model._meta.concrete_fields)
    }


def built_in(model: type[models.Model]) -> Iterator[tuple[str, str]]:
    """(name, label) of the fields that people fill in and may leave empty today."""
    for field in model._meta.concrete_fields:
        offered = field.editable and field.blank and field.name not in _NOT_OURS
        if offered and not isinstance(field, models.BooleanField):
            yield field.name, str(capfirst(field.verbose_name))


def noun(entity: str) -> str:
    """What an entity is called: "Site"."""
    model = entities().get(entity)
    return str(capfirst(model._meta.verbose_name)) if model else entity


class FieldForm(forms.ModelForm):  # type: ignore[type-arg]
    """A field of one's own, or a built-in one made mandatory. What it is of never changes after."""

    what = forms.ChoiceField(
        label=gettext_lazy("Field"),
        help_text=gettext_lazy("A new field, or a built-in one that is to be mandatory."),
    )
    label = forms.CharField(
        label=gettext_lazy("Name of a new field"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("As it stands on forms and cards."),
    )
    choices = forms.CharField(
        label=gettext_lazy("Choices"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("For the kind Choice: one per line."),
    )

    class Meta:
        model = FieldRule
        fields = ["what", "label", "kind", "choices", "mandatory"]
        labels = {"kind": gettext_lazy("Kind"), "mandatory": gettext_lazy("Must be filled in")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule: FieldRule = self.instance
        self.initial["choices"] = "\n".join(rule.choices)
        if rule.pk:
            del self.fields["what"]
            if not rule.custom:
                for name in ("label", "kind", "choices"):
                    del self.fields[name]
            return
        what = self.fields["what"]
        if isinstance(what, forms.ChoiceField):
            what.choices = [
                (
                    noun(entity),
                    [
                        (f"{entity}:", _("%(entity)s: a new field") % {"entity": noun(entity)}),
                        *((f"{entity}:{name}", label) for name, label in built_in(model)),
                    ],
                )
                for entity, model in entities().items()
            ]
        self.fields["kind"].required = False
        self.initial["mandatory"] = True

    def clean_choices(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["choices"].splitlines() if line.strip()]
        unique = list(dict.fromkeys(lines))
        if len(unique) > MOST_CHOICES:
            raise forms.ValidationError(
                _("At most %(most)d choices can be told apart. Group them.") % {"most": MOST_CHOICES}
            )
        return unique

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        rule: FieldRule = self.instance
        if not rule.pk and cleaned.get("what"):
            rule.entity, _colon, rule.name = cleaned["what"].partition(":")
            rule.custom = not rule.name
        if rule.custom:
            self._check_own(rule, cleaned)
        elif not rule.pk:
            cleaned["label"] = dict(built_in(entities()[rule.entity]))[rule.name]
            cleaned["kind"], cleaned["choices"], cleaned["mandatory"] = FieldRule.Kind.TEXT, [], True
            if FieldRule.objects.filter(entity=rule.entity, name=rule.name).exists():
                self.add_error("what", _("This field is in the list already. Change it there."))
        return cleaned

    def _check_own(self, rule: FieldRule, cleaned: dict[str, Any]) -> None:
        label = (cleaned.get("label") or "").strip()
        cleaned["kind"] = cleaned.get("kind") or FieldRule.Kind.TEXT
        if not label:
            self.add_error("label", _("A new field needs a name."))
            return
        same = FieldRule.objects.filter(entity=rule.entity, label__iexact=label).exclude(pk=rule.pk)
        if same.exists():
            self.add_error("label", _("%(entity)s has a field of this name.") % {"entity": noun(rule.entity)})
        if cleaned["kind"] == FieldRule.Kind.CHOICE and len(cleaned.get("choices") or []) < 2:
            self.add_error("choices", _("Write at least two choices, one per line."))
        if not rule.name:
            rule.name = code_for(FieldRule, label, within={"entity": rule.entity}, field="name")


def _kind(rule: FieldRule) -> str:
    if not rule.custom:
        return _("Built in")
    if rule.kind == FieldRule.Kind.CHOICE:
        return f"{rule.get_kind_display()}: {', '.join(rule.choices)}"
    return rule.get_kind_display()


def _proposal_state() -> dict[str, Any]:
    there = set(FieldRule.objects.filter(custom=False).values_list("entity", "name"))
    labels = {entity: dict(built_in(model)) for entity, model in entities().items()}
    missing = [
        f"{noun(one.entity)}: {labels[one.entity].get(one.name, one.name)}"
        for one in PROPOSAL
        if (one.entity, one.name) not in there
    ]
    return {"proposal": missing}


FIELDS = Directory(
    model=FieldRule,
    route="desk:fields",
    address="settings/fields/",
    title=gettext_lazy("Fields"),
    intro=gettext_lazy("What must be filled in on every save, and fields of your own."),
    add=gettext_lazy("Add a field"),
    form=FieldForm,
    columns=[
        Column(gettext_lazy("Field"), lambda rule: rule.label),
        Column(gettext_lazy("Of"), lambda rule: noun(rule.entity)),
        Column(gettext_lazy("Kind"), _kind),
        Column(gettext_lazy("Mandatory"), lambda rule: _("yes") if rule.mandatory else _("no")),
    ],
    record=journal.record,
    group="entity",
    extra="desk/_proposal.html",
    context=_proposal_state,
)


@require_POST
@transaction.atomic
def take_proposal(request: SignedInRequest) -> HttpResponse:
    """Make the proposed fields mandatory that have no rule yet."""
    added = 0
    for number, one in enumerate(PROPOSAL, start=1):
        with translation.override(settings.LANGUAGE_CODE):  # kept, for everybody
            label = dict(built_in(entities()[one.entity]))[one.name]
            kind = str(FieldRule._meta.verbose_name)
        rule, new = FieldRule.objects.get_or_create(
            entity=one.entity,
            name=one.name,
            defaults={"label": label, "custom": False, "mandatory": True, "position": number},
        )
        if new:
            added += 1
            journal.record("reference.added", rule, by=request.user, kind=kind, name=str(rule))
    reference.changed()
    messages.success(request, _("%(count)d fields are mandatory from now on.") % {"count": added})
    return redirect("desk:fields")
