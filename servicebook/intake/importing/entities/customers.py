"""Rows of customers: recognised by key, by name and tax number together, or by either alone."""

from collections.abc import Sequence

from babel.numbers import list_currencies
from django.utils.translation import gettext as _

from servicebook.customers.holding import what_holds
from servicebook.customers.models import Customer
from servicebook.intake.importing import references
from servicebook.intake.importing.entities.base import Entity, texts
from servicebook.intake.importing.rows import Row, Verdict


class Customers(Entity):
    model = Customer
    noun = "customer"
    simple = (
        "name", "external_ref", "tax_id", "customer_class", "phone", "email", "language", "criticality",
        "notes", "active",
    )  # fmt: skip

    def keys(self, row: Row) -> list[object]:
        ref, tax, name = row.get("external_ref"), row.get("tax_id"), row.get("name")
        found: list[object] = [("ref", ref)] if ref else []
        # Branches share the tax number of their head office and are told apart by name.
        found += [("tax and name", tax, name)] if tax and row.get("parent") else [("tax", tax)] if tax else []
        return [*found, ("name", name)] if name else found

    def resolve(self, rows: Sequence[Row]) -> None:
        self.known = references.Customers(texts(rows, "external_ref", "tax_id", "name", "parent"))
        self.regions = references.regions(texts(rows, "region"))
        self.people = references.People()
        for row in rows:
            if self.understanding.need(row, "name", _("Name")) and self._recognise(row):
                self._check(row)
        self.added(_("Regions to be added"), "region.added", self.regions.added)

    def _recognise(self, row: Row) -> bool:
        """Set the customer that the row means, or a new one. False when it could mean several."""
        ref, tax, name = row.get("external_ref"), row.get("tax_id"), row.get("name")
        if ref and ref in self.known.by_ref:
            row.thing = self.known.by_ref[ref]
            return True
        # A customer with another key is another customer, whatever its name.
        fitting = [
            one
            for one in self.known.by_name.get(name, [])
            if not (ref and one.external_ref) and not (tax and one.tax_id and one.tax_id != tax)
        ]
        if not fitting and tax and not row.get("parent"):
            fitting = [
                one
                for one in self.known.by_tax.get(tax, [])
                if not (ref and one.external_ref) and one.parent_id is None
            ]
        if len(fitting) > 1:
            self.understanding.problem(
                row,
                "name",
                _("%(count)s customers are called “%(name)s”.") % {"count": len(fitting), "name": name},
                _("Add a column with the tax number or the key that tells them apart."),
            )
            return False
        row.thing = fitting[0] if fitting else Customer()
        return True

    def _check(self, row: Row) -> None:
        currency = row.get("currency")
        if currency and currency.upper() not in list_currencies():
            self.understanding.problem(
                row,
                "currency",
                _("“%(text)s” is no currency.") % {"text": currency},
                _("Write its code, such as KZT or EUR."),
            )
        parent = row.get("parent")
        if parent and not self._is_in_file(parent, row) and parent != row.get("name"):
            row.extra["parent"] = self.look_up(row, "parent", self.known.find, parent)

    def _is_in_file(self, parent: str, row: Row) -> bool:
        """Whether an earlier line is the head office; then it is looked up when this row is written."""
        if parent in self.known.by_name or parent in self.known.by_ref or parent in self.known.by_tax:
            return False
        line = next(
            (
                line
                for kind in ("ref", "tax", "name")
                if (line := self.seen.line_of((kind, parent))) is not None
            ),
            None,
        )
        if line is None or line >= row.line:
            return False
        row.extra["parent_in_file"] = parent
        return True

    def fill(self, row: Row) -> None:
        customer: Customer = row.thing
        if "region" in row.values:
            customer.region = self.regions.get(row.values["region"])
        if "currency" in row.values:
            customer.currency = row.values["currency"].upper()
        if address := joined_address(row):
            customer.address = address
        if "mail_domains" in row.values:
            customer.mail_domains = domains(row.values["mail_domains"])
        if "owner" in row.values:
            owner = self.people.known.get(row.values["owner"].casefold(), [])
            if len(owner) == 1:
                customer.owner = owner[0]
            else:
                self.note(_("Not people of this house, left out"), [row.values["owner"]])
        parent = row.extra.pop("parent", None)
        if parent is not None and parent.pk != customer.pk:
            self._refuse_while_held(row, to=parent.pk)
            customer.parent = parent
            customer.parent_id = parent.pk
        elif "parent_in_file" in row.extra:
            self._refuse_while_held(row, to=None)

    def _refuse_while_held(self, row: Row, *, to: int | None) -> None:
        """A known branch leaves the customer above it in a file no sooner than on its page."""
        before: Customer = row.thing
        if before.parent_id in (None, to):
            return
        held = Customer.objects.select_for_update(of=("self",)).select_related("parent").get(pk=before.pk)
        if why := what_holds(held, to=to):
            self.understanding.problem(
                row, "parent", why, _("Until then, write here the customer that stands above it now.")
            )

    def create(self, rows: Sequence[Row]) -> None:
        """Head offices first: a branch may stand in the same chunk as the office above it."""
        waiting = list(rows)
        while waiting:
            names = {row.thing.name for row in waiting} | {row.thing.external_ref for row in waiting}
            names |= {row.thing.tax_id for row in waiting}
            ready = [row for row in waiting if row.extra.get("parent_in_file") not in names - {""}] or waiting
            ready_lines = {row.line for row in ready}
            self._find_parents(ready)
            super().create(ready)
            waiting = [row for row in waiting if row.line not in ready_lines]

    def after_save(self, rows: Sequence[Row]) -> None:
        """A known branch whose head office is new in this file is hung under it now."""
        changed = [row for row in rows if row.verdict is Verdict.CHANGED and row.extra.get("parent_in_file")]
        self._find_parents(changed)
        if changed:
            Customer.objects.bulk_update([row.thing for row in changed], ["parent"])
            for row in changed:
                row.found["parent"] = ["", str(row.thing.parent)]

    def _find_parents(self, rows: Sequence[Row]) -> None:
        wanted = {row.extra["parent_in_file"] for row in rows if row.extra.get("parent_in_file")}
        known = references.Customers(wanted)
        for row in rows:
            if parent := row.extra.get("parent_in_file"):
                row.thing.parent = known.find(parent)


def joined_address(row: Row) -> str:
    """ "City, street": customers keep their address on one line."""
    city, street = row.get("city") or "", row.get("address") or ""
    return street if city in street else ", ".join(part for part in (city, street) if part)[:250]


def domains(text: str) -> list[str]:
    """ "@school12.kz; gymnasium.kz" as a list of domains."""
    parts = text.lower().replace(";", ",").replace(" ", ",").split(",")
    return list(dict.fromkeys(part.strip().lstrip("@") for part in parts if "." in part))
