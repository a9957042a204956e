"""Rows of contacts: recognised by key, by e-mail, or by name within their customer."""

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from servicebook.customers.models import Contact, Customer
from servicebook.intake.importing import references
from servicebook.intake.importing.entities.base import Entity, texts
from servicebook.intake.importing.rows import Row


class Contacts(Entity):
    model = Contact
    noun = "contact"
    simple = (
        "name", "external_ref", "position", "email", "phone", "other_phone", "language", "is_main",
        "is_decision_maker", "may_open_tickets", "may_sign", "is_on_site", "notes", "active",
    )  # fmt: skip

    def keys(self, row: Row) -> list[object]:
        self._name(row)
        ref, email, customer = row.get("external_ref"), row.get("email"), row.get("customer")
        found: list[object] = [("ref", ref)] if ref else []
        found += [("mail", customer, email)] if email else []
        return [*found, ("name", customer, row.get("name"))]

    @staticmethod
    def _name(row: Row) -> None:
        """Some programs keep the names apart; somebody without a name goes by the e-mail."""
        if "name" not in row.values:
            parts = [row.values[part] for part in ("first_name", "last_name") if part in row.values]
            name = " ".join(parts) or str(row.get("email") or "").partition("@")[0]
            if name:
                row.values["name"] = name[:120]

    def resolve(self, rows: Sequence[Row]) -> None:
        customers = references.Customers(texts(rows, "customer"))
        needs = (("name", pgettext("person", "Name")), ("customer", _("Customer")))
        placed: list[tuple[Row, Customer]] = []
        for row in rows:
            if self.understanding.need_all(row, needs):
                customer = self.look_up(row, "customer", customers.find, row.values["customer"])
                if customer:
                    placed.append((row, customer))
        self.sites = references.Sites(
            (customer.pk, row.values["site"]) for row, customer in placed if "site" in row.values
        )
        known = self._known(placed)
        for row, customer in placed:
            row.thing = self._recognise(row, known[customer.pk]) or Contact(customer=customer)
            row.thing.customer = customer
            if "site" in row.values:
                row.extra["site"] = self.look_up(row, "site", self.sites.find, customer, row.values["site"])

    @staticmethod
    def _known(placed: Sequence[tuple[Row, Customer]]) -> dict[int, list[Contact]]:
        """The contacts that the rows may mean, by customer."""
        rows = [row for row, _customer in placed]
        named = (
            Q(external_ref__in=texts(rows, "external_ref"))
            | Q(email__in=texts(rows, "email"))
            | Q(name__in=texts(rows, "name"))
        )
        found = Contact.objects.filter(named, customer__in={customer.pk for _row, customer in placed})
        known: dict[int, list[Contact]] = defaultdict(list)
        for one in found.order_by("-active", "pk") if placed else []:
            known[one.customer_id].append(one)
        return known

    @staticmethod
    def _recognise(row: Row, known: Sequence[Contact]) -> Contact | None:
        ref, email, name = row.get("external_ref"), row.get("email"), row.get("name")
        candidates = [one for one in known if not (ref and one.external_ref and one.external_ref != ref)]
        for fits in (
            lambda one: ref and one.external_ref == ref,
            lambda one: email and one.email == email,
            lambda one: one.name == name and not (email and one.email and one.email != email),
        ):
            if found := next(filter(fits, candidates), None):
                return found
        return None

    def fill(self, row: Row) -> None:
        if site := row.extra.pop("site", None):
            row.thing.site = site
