"""What can be chosen in the rows of a contract: read once for a whole form, however many rows it has."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.utils.functional import Promise as LazyText

from servicebook.contracts.models import ExtraService
from servicebook.customers import queries as customers
from servicebook.customers.rules import trees
from servicebook.equipment.models import Category
from servicebook.sla import queries as sla

Choices = list[tuple[str, str]]


class NumberChoice(forms.TypedChoiceField):
    """A choice of rows by their ids; None where nothing is chosen. The form gives it its choices."""

    def __init__(self, *, empty: str | LazyText = "–", **options: Any) -> None:
        super().__init__(coerce=int, empty_value=None, **options)
        self.empty = empty

    def offer(self, rows: Choices) -> None:
        self.choices = [("", self.empty), *rows]


@dataclass(frozen=True)
class Offered:
    """The rows that a contract can name; those that it names already stay, also when out of use."""

    hours_kept: tuple[int, ...] = ()

    @cached_property
    def category(self) -> Choices:
        return [(str(pk), name) for pk, name in Category.objects.values_list("pk", "name")]

    @cached_property
    def region(self) -> Choices:
        """Every region by its name, then what it is inside of. Costs no statement."""
        every = customers.regions()
        parents = {pk: one.parent for pk, one in every.items()}
        paths = {pk: ", ".join(every[up].name for up in reversed(trees.path(pk, parents))) for pk in every}
        return [(str(pk), path) for pk, path in sorted(paths.items(), key=lambda one: one[1].casefold())]

    @cached_property
    def hours(self) -> Choices:
        """Those in use, and those that the contract names. Costs no statement when nothing changed."""
        return [(str(pk), one.name) for pk, one in sla.every().items() if one.active or pk in self.hours_kept]

    @cached_property
    def extra(self) -> Choices:
        rows = ExtraService.objects.filter(active=True).values_list("pk", "name", "currency")
        return [(str(pk), f"{name}, {currency}") for pk, name, currency in rows]

    def to(self, form: forms.BaseForm) -> None:
        """Give each `NumberChoice` of a form what it is named after."""
        for name, field in form.fields.items():
            if isinstance(field, NumberChoice) and hasattr(self, name):
                field.offer(getattr(self, name))
