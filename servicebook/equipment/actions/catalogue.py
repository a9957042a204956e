"""Categories and models of equipment."""

from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.core import changes
from servicebook.customers.saving import check_values, squeeze, wrong
from servicebook.equipment.models import AssetModel, Category


@transaction.atomic
def save_category(category: Category, *, by: User | None) -> Category:
    """Save a new or renamed category."""
    before = Category.objects.select_for_update().filter(pk=category.pk).first() if category.pk else None
    squeeze(category, "name")
    if not category.name:
        raise wrong(name=_("A category needs a name, such as “Server” or “UPS”."))
    if Category.objects.filter(name=category.name).exclude(pk=category.pk).exists():
        raise wrong(name=_("There is a category of this name already."))
    check_values(category)
    found = changes.between(before, category)
    if before is not None and not found:
        return category
    category.save()
    verb = "category.changed" if before else "category.added"
    journal.record(verb, category, by=by, name=category.name, changes=found)
    agenda.refresh(category, new=before is None)
    return category


@transaction.atomic
def save_model(model: AssetModel, *, by: User | None) -> AssetModel:
    """Save a new or changed model of equipment."""
    before = AssetModel.objects.select_for_update().filter(pk=model.pk).first() if model.pk else None
    squeeze(model, "maker", "name")
    if not model.name:
        raise wrong(name=_("A model needs a name, such as “Server R2”."))
    if AssetModel.objects.filter(maker=model.maker, name=model.name).exclude(pk=model.pk).exists():
        raise wrong(name=_("This maker has a model of this name already."))
    check_values(model)
    found = changes.between(before, model)
    if before is not None and not found:
        return model
    model.save()
    verb = "model.changed" if before else "model.added"
    journal.record(verb, model, by=by, name=str(model), changes=found)
    agenda.refresh(model, new=before is None)
    return model
