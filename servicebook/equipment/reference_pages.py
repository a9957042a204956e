"""Reference data of equipment (S0.55): models and categories."""

from django import forms
from django.utils.translation import gettext_lazy as _

from servicebook import journal
from servicebook.core.directory import Directory
from servicebook.core.exports import Column
from servicebook.equipment.models import AssetModel, Category


class ModelForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = AssetModel
        fields = ["maker", "name", "category"]


class CategoryForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Category
        fields = ["name"]


MODELS = Directory(
    model=AssetModel,
    route="equipment:models",
    address="settings/models/",
    title=_("Models"),
    intro=_("Makers and models of the equipment that is served."),
    add=_("Add a model"),
    form=ModelForm,
    columns=[
        Column(_("Model"), lambda row: row.name),
        Column(_("Maker"), lambda row: row.maker),
        Column(_("Category"), lambda row: row.category.name if row.category else ""),
    ],
    record=journal.record,
    related=("category",),
    long=True,
)
CATEGORIES = Directory(
    model=Category,
    route="equipment:categories",
    address="settings/categories/",
    title=_("Categories"),
    intro=_("Kinds of equipment: server, UPS, refrigerator."),
    add=_("Add a category"),
    form=CategoryForm,
    columns=[Column(_("Name"), lambda row: row.name)],
    record=journal.record,
)
