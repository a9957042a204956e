"""Rows of sites: recognised by key, or by name within their customer."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from servicebook.customers.models import Customer, Site
from servicebook.intake.importing import references
from servicebook.intake.importing.entities.base import Entity, texts
from servicebook.intake.importing.rows import Row


class Sites(Entity):
    model = Site
    noun = "site"
    simple = (
        "name", "external_ref", "city", "address", "latitude", "longitude", "time_zone", "access_hours",
        "accessibility", "access_rules", "notes", "active",
    )  # fmt: skip

    def keys(self, row: Row) -> list[object]:
        return [("site", row.get("customer"), row.get("name"))]

    def resolve(self, rows: Sequence[Row]) -> None:
        customers = references.Customers(texts(rows, "customer"))
        self.regions = references.regions(texts(rows, "region"))
        self.contacts = references.Contacts(texts(rows, "responsible"))
        needs = (("name", _("Name")), ("customer", _("Customer")))
        placed: list[tuple[Row, Customer]] = []
        for row in rows:
            if self.understanding.need_all(row, needs):
                customer = self.look_up(row, "customer", customers.find, row.values["customer"])
                if customer:
                    placed.append((row, customer))
        known = references.Sites((customer.pk, row.values["name"]) for row, customer in placed).known
        refs = texts(rows, "external_ref")
        by_ref = {
            (one.customer_id, one.external_ref): one
            for one in (Site.objects.filter(external_ref__in=refs) if refs else [])
        }
        for row, customer in placed:
            ref = row.get("external_ref")
            row.thing = (
                by_ref.get((customer.pk, ref))
                or known.get((customer.pk, row.values["name"]))
                or Site(customer=customer)
            )
            row.thing.customer = customer
            self._check(row, customer)
        self.added(_("Regions to be added"), "region.added", self.regions.added)

    def _check(self, row: Row, customer: Customer) -> None:
        if zone := row.get("time_zone"):
            try:
                ZoneInfo(zone)
            except (KeyError, ValueError, OSError):
                self.understanding.problem(
                    row,
                    "time_zone",
                    _("There is no time zone “%(name)s”.") % {"name": zone},
                    _("Write a name such as Asia/Almaty, or leave the cell empty."),
                )
        if "responsible" in row.values:
            row.extra["responsible"] = self.look_up(
                row, "responsible", self.contacts.find, row.values["responsible"], customer
            )

    def fill(self, row: Row) -> None:
        if "region" in row.values:
            row.thing.region = self.regions.get(row.values["region"])
        elif row.thing._state.adding and row.thing.customer.region_id:
            row.thing.region_id = row.thing.customer.region_id
        if contact := row.extra.pop("responsible", None):
            row.thing.responsible = contact
