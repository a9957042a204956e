"""What rows refer to, looked up for a whole chunk at once: customers, sites, units, people."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from servicebook.accounts.models import User
from servicebook.customers.models import Contact, Customer, Region, Site
from servicebook.equipment.models import Asset, AssetModel, Category
from servicebook.intake.importing.rules.values import BadValue


class Customers:
    """Customers by key, tax number or exact name: one statement for all of `texts`."""

    def __init__(self, texts: Iterable[str]) -> None:
        wanted = {text for text in texts if text}
        self.by_ref: dict[str, Customer] = {}
        self.by_tax: dict[str, list[Customer]] = defaultdict(list)
        self.by_name: dict[str, list[Customer]] = defaultdict(list)
        if not wanted:
            return
        found = Customer.objects.filter(
            Q(external_ref__in=wanted) | Q(tax_id__in=wanted) | Q(name__in=wanted)
        )
        for one in found.select_related("region", "parent", "owner").order_by("pk"):
            if one.external_ref:
                self.by_ref[one.external_ref] = one
            if one.tax_id:
                self.by_tax[one.tax_id].append(one)
            self.by_name[one.name].append(one)

    def find(self, text: str) -> Customer:
        """Return the customer that `text` names.

        Raises:
            BadValue: there is none, or several.
        """
        for several in (
            [self.by_ref[text]] if text in self.by_ref else [],
            self.by_tax[text],
            self.by_name[text],
        ):
            if len(several) == 1:
                return several[0]
            if several:
                raise BadValue(
                    _("%(count)s customers are called “%(name)s”.") % {"count": len(several), "name": text},
                    _("Write the tax number or the key of the right one instead of the name."),
                )
        raise BadValue(
            _("No customer is called “%(name)s” or has it as tax number or key.") % {"name": text},
            _("Import the customers first, or write the name exactly as on the customer's page."),
        )


class Sites:
    """Sites by name within their customer."""

    def __init__(self, pairs: Iterable[tuple[int, str]]) -> None:
        wanted = set(pairs)
        found = Site.objects.filter(
            customer__in={customer for customer, _name in wanted},
            name__in={name for _customer, name in wanted},
        )
        self.known = {
            (one.customer_id, one.name): one
            for one in (found.select_related("region", "customer") if wanted else [])
        }

    def find(self, customer: Customer, name: str) -> Site:
        site = self.known.get((customer.pk, name))
        if site is None:
            raise BadValue(
                _("%(customer)s has no site “%(name)s”.") % {"customer": customer.name, "name": name},
                _("Import the sites first, or write the name as on the customer's page."),
            )
        return site


class Contacts:
    """Contacts by e-mail or name; where a customer is known, only its own."""

    def __init__(self, texts: Iterable[str]) -> None:
        wanted = {text for text in texts if text}
        found = Contact.objects.filter(Q(email__in={text.lower() for text in wanted}) | Q(name__in=wanted))
        self.known: dict[str, list[Contact]] = defaultdict(list)
        for one in found.select_related("customer").order_by("-active", "pk") if wanted else []:
            self.known[one.email].append(one)
            self.known[one.name].append(one)

    def find(self, text: str, customer: Customer | None) -> Contact:
        found = [*self.known.get(text.lower(), []), *self.known.get(text, [])]
        distinct = {one.pk: one for one in found if customer is None or one.customer_id == customer.pk}
        fitting = list(distinct.values())
        if not fitting:
            raise BadValue(
                _("No contact has the e-mail or name “%(name)s”.") % {"name": text},
                _("Import the contacts first, or leave the cell empty."),
            )
        active = [one for one in fitting if one.active]
        if len(active or fitting) > 1 and customer is None:
            raise BadValue(
                _("%(count)s contacts are called “%(name)s”.") % {"count": len(fitting), "name": text},
                _("Fill the customer, or write the e-mail."),
            )
        return (active or fitting)[0]


class Assets:
    """Units by serial or inventory number; where a customer is known, only its own."""

    def __init__(self, texts: Iterable[str]) -> None:
        wanted = {text for text in texts if text}
        found = Asset.objects.filter(Q(serial__in=wanted) | Q(inventory_number__in=wanted))
        self.known: dict[str, dict[int, Asset]] = defaultdict(dict)
        for one in found.select_related("customer", "site", "model") if wanted else []:
            for number in {one.serial, one.inventory_number} & wanted:
                self.known[number][one.pk] = one

    def find(self, text: str, customer: Customer | None) -> Asset:
        found = [
            one
            for one in self.known.get(text, {}).values()
            if customer is None or one.customer_id == customer.pk
        ]
        if len(found) == 1:
            return found[0]
        if found:
            raise BadValue(
                _("%(count)s units have the number “%(number)s”.") % {"count": len(found), "number": text},
                _("Write the inventory number, or fill the customer."),
            )
        raise BadValue(
            _("No unit has the serial or inventory number “%(number)s”.") % {"number": text},
            _("Import the equipment first, mend the number, or leave the cell empty."),
        )


class People:
    """People of the house by e-mail or name; they are few, so all are read."""

    def __init__(self) -> None:
        self.known: dict[str, list[User]] = defaultdict(list)
        for one in User.objects.filter(is_active=True):
            self.known[one.email.casefold()].append(one)
            self.known[one.name.casefold()].append(one)

    def find(self, text: str) -> User:
        found = self.known.get(text.casefold(), [])
        if len(found) != 1:
            raise BadValue(
                _("Nobody of the house is called “%(name)s”.") % {"name": text}
                if not found
                else _("Several people of the house are called “%(name)s”.") % {"name": text},
                _("Write the person's e-mail, or leave the cell empty."),
            )
        return found[0]


class Directory:
    """Rows of a small directory by name, added when a row names a new one.

    In a check the caller rolls back what was added; `added` tells the preview what would be.
    """

    def __init__(self, known: Mapping[Any, Any], make: Callable[[Any], Any]) -> None:
        self.known, self.make = dict(known), make
        self.added: list[Any] = []

    def get(self, key: Any) -> Any:
        if key not in self.known:
            self.known[key] = made = self.make(key)
            self.added.append(made)
        return self.known[key]


def regions(names: Iterable[str]) -> Directory:
    known = {one.name: one for one in Region.objects.filter(name__in=set(names)).order_by("-pk")}
    return Directory(known, lambda name: Region.objects.create(name=name))


def categories(names: Iterable[str]) -> Directory:
    known = {one.name: one for one in Category.objects.filter(name__in=set(names))}
    return Directory(known, lambda name: Category.objects.create(name=name))


class Models:
    """Models of the catalogue by maker and name; without a maker by name alone where that is clear."""

    def __init__(self, pairs: Sequence[tuple[str, str]], categories: Directory) -> None:
        found = AssetModel.objects.filter(name__in={name for _maker, name in pairs}).select_related(
            "category"
        )
        self.known: dict[str, dict[str, AssetModel]] = defaultdict(dict)
        for one in found:
            self.known[one.name][one.maker] = one
        self.categories = categories
        self.added: list[AssetModel] = []

    def get(self, maker: str, name: str, category: str) -> AssetModel:
        makers = self.known[name]
        if maker in makers:
            return makers[maker]
        if not maker and len(makers) == 1:
            return next(iter(makers.values()))
        made = AssetModel.objects.create(
            maker=maker, name=name, category=self.categories.get(category) if category else None
        )
        makers[maker] = made
        self.added.append(made)
        return made
