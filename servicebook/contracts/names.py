"""Names of what terms refer to by id, for sentences; empty for None, and for what is not there."""

from servicebook.core import reference
from servicebook.customers import queries as customers
from servicebook.customers.models import Site
from servicebook.equipment.models import AssetModel, Category


def category(pk: int | None) -> str:
    """Costs no statement when nothing changed."""
    if pk is None:
        return ""
    known = reference.get("contracts.categories", lambda: dict(Category.objects.values_list("pk", "name")))
    return known.get(pk) or _name(Category.objects.filter(pk=pk).first())


def region(pk: int | None) -> str:
    """Costs no statement when nothing changed."""
    known = customers.regions().get(pk) if pk else None
    return known.name if known else ""


def model(pk: int | None) -> str:
    return _name(AssetModel.objects.filter(pk=pk).first()) if pk else ""


def site(pk: int | None) -> str:
    return _name(Site.objects.filter(pk=pk).first()) if pk else ""


def joined(*parts: str) -> str:
    """Servers, School 12: those parts that say something."""
    return ", ".join(part for part in parts if part)


def _name(row: object | None) -> str:
    return str(row) if row else ""
