"""Rows of equipment: recognised by key, by serial and model, or by inventory number."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from servicebook import journal
from servicebook.customers.models import Customer, Place, Site
from servicebook.equipment.models import Asset, Warranty
from servicebook.intake.importing import references
from servicebook.intake.importing.entities.base import ROWS_PER_STATEMENT, Entity, texts
from servicebook.intake.importing.rows import Row, Verdict

PLACES = tuple(Place.Kind.values)  # building, floor, room, rack: outermost first
SIDES = {"warranty_until": Warranty.Side.OURS, "vendor_warranty_until": Warranty.Side.VENDOR}


class Assets(Entity):
    model = Asset
    noun = "asset"
    simple = (
        "serial", "inventory_number", "external_ref", "state", "criticality", "configuration", "software",
        "commissioned_on", "owner_name", "notes",
    )  # fmt: skip

    def keys(self, row: Row) -> list[object]:
        ref, serial, number = row.get("external_ref"), row.get("serial"), row.get("inventory_number")
        found: list[object] = [("ref", ref)] if ref else []
        if serial:
            found += [("serial", row.get("maker"), row.get("model"), serial), ("number", serial)]
        if number:
            found += [("inventory", row.get("customer"), number), ("number", number)]
        return found

    def resolve(self, rows: Sequence[Row]) -> None:
        customers = references.Customers(texts(rows, "customer"))
        needs = (("model", _("Model")), ("customer", _("Customer")))
        placed: list[tuple[Row, Customer]] = []
        for row in rows:
            if not self.understanding.need_all(row, needs):
                continue
            if not self.keys(row):
                self.understanding.problem(
                    row,
                    "serial",
                    _("Nothing tells this unit from others of its model."),
                    _("Fill the serial number, the inventory number or a key."),
                )
                continue
            customer = self.look_up(row, "customer", customers.find, row.values["customer"])
            if customer:
                placed.append((row, customer))
        self._look_up_around(placed)
        known = self._known([row for row, _customer in placed])
        for row, customer in placed:
            self._recognise(row, customer, known)
        self._read_warranties(rows)
        self.added(_("Models to be added"), "model.added", self.models.added)
        self.added(_("Categories to be added"), "category.added", self.categories.added)

    def _look_up_around(self, placed: Sequence[tuple[Row, Customer]]) -> None:
        rows = [row for row, _customer in placed]
        self.categories = references.categories(texts(rows, "category"))
        pairs = [(row.get("maker") or "", row.values["model"]) for row in rows]
        self.models = references.Models(pairs, self.categories)
        self.sites = references.Sites(
            (customer.pk, row.values["site"]) for row, customer in placed if "site" in row.values
        )
        self.wholes = references.Assets(texts(rows, "parent"))
        self.places: dict[tuple[int, int | None, str], Place] = {
            (one.site_id, one.parent_id, one.name): one
            for one in Place.objects.filter(site__in=[site.pk for site in self.sites.known.values()])
        }

    @staticmethod
    def _known(rows: Sequence[Row]) -> dict[object, list[Asset]]:
        refs, serials = texts(rows, "external_ref"), texts(rows, "serial")
        numbers = texts(rows, "inventory_number")
        found = Asset.objects.filter(
            Q(external_ref__in=refs) | Q(serial__in=serials) | Q(inventory_number__in=numbers)
        )
        known: dict[object, list[Asset]] = {}
        for one in found.select_related("customer", "site", "place", "model") if rows else []:
            for key in (
                ("ref", one.external_ref),
                ("serial", one.serial),
                ("inventory", one.inventory_number),
            ):
                known.setdefault(key, []).append(one)
        return known

    def _recognise(self, row: Row, customer: Customer, known: dict[object, list[Asset]]) -> None:
        ref, serial, number = row.get("external_ref"), row.get("serial"), row.get("inventory_number")
        model = self.models.get(row.get("maker") or "", row.values["model"], row.get("category") or "")

        def fitting(key: tuple[str, str | None]) -> list[Asset]:
            if not key[1]:
                return []
            return [
                one
                for one in known.get(key, [])
                if not (ref and one.external_ref and one.external_ref != ref)
            ]

        same_serial = [one for one in fitting(("serial", serial)) if one.model_id == model.pk]
        same_number = [
            one
            for one in fitting(("inventory", number))
            if one.customer_id == customer.pk and not (serial and one.serial and one.serial != serial)
        ]
        found = fitting(("ref", ref)) or same_serial or same_number
        row.thing = found[0] if found else Asset(customer=customer)
        if found and found[0].customer_id != customer.pk:
            self.understanding.problem(
                row,
                "customer",
                _("This unit belongs to %(customer)s here.") % {"customer": found[0].customer.name},
                _("Mend the customer or the number. A unit that was sold on is moved on its own page first."),
            )
            return
        row.thing.model, row.extra["model"] = row.thing.model if found else model, model
        if "site" in row.values:
            row.extra["site"] = self.look_up(row, "site", self.sites.find, customer, row.values["site"])
        if "parent" in row.values:
            self._find_whole(row, customer)

    def _find_whole(self, row: Row, customer: Customer) -> None:
        number = row.values["parent"]
        line = self.seen.line_of(("number", number))
        if number not in self.wholes.known and line is not None and line < row.line:
            row.extra["whole_in_file"] = number
        else:
            row.extra["whole"] = self.look_up(row, "parent", self.wholes.find, number, customer)

    def _read_warranties(self, rows: Sequence[Row]) -> None:
        things = [row.thing.pk for row in rows if row.thing is not None and row.thing.pk]
        self.warranties: dict[tuple[int, str], Warranty] = {}
        for one in Warranty.objects.filter(asset__in=things, component="").order_by("ends_on"):
            self.warranties[one.asset_id, one.side] = one

    def fill(self, row: Row) -> None:
        asset: Asset = row.thing
        asset.model = row.extra.pop("model")
        if site := row.extra.pop("site", None):
            if asset.site_id != site.pk:
                asset.place = None
            asset.site = site
        if (names := [(kind, row.values[kind]) for kind in PLACES if kind in row.values]) and asset.site:
            asset.place = self._place(asset.site, names)
        whole = row.extra.pop("whole", None)
        if whole is not None and whole.pk != asset.pk:
            asset.parent, asset.site_id, asset.place_id = whole, whole.site_id, whole.place_id
        for name, side in SIDES.items():
            if name in row.values and (warranty := self._warranty(row, name, side)):
                row.extra.setdefault("warranties", []).append(warranty)

    def _place(self, site: Site, names: Sequence[tuple[str, str]]) -> Place | None:
        """The innermost of the named places, each added where it is not there yet."""
        parent: Place | None = None
        for kind, name in names:
            key = (site.pk, parent.pk if parent else None, name)
            if key not in self.places:
                self.places[key] = Place.objects.create(site=site, parent=parent, kind=kind, name=name)
                self.note(_("Places to be added"), [f"{site.name}: {name}"])
                facts = {"kind": kind, "name": name, "file": self.source}
                self._added.append(journal.Happening("site.place_added", site, facts, self.by))
            parent = self.places[key]
        return parent

    def _warranty(self, row: Row, name: str, side: Warranty.Side) -> Warranty | None:
        """The warranty to write; None when it stands already as the row says."""
        ends: date = row.values[name]
        own = row.get("warranty_from") if side == Warranty.Side.OURS else None
        known = self.warranties.get((row.thing.pk, side)) if row.thing.pk else None
        starts = own or (known.starts_on if known else row.get("commissioned_on") or ends)
        if known and (known.starts_on, known.ends_on) == (starts, ends):
            return None
        if starts > ends:
            self.understanding.problem(
                row,
                name,
                _("The warranty ends on %(end)s, before it begins on %(start)s.")
                % {"end": ends, "start": starts},
                _("Mend one of the two dates."),
            )
            return None
        warranty = known or Warranty(asset=row.thing, side=side)
        warranty.starts_on, warranty.ends_on = starts, ends
        return warranty

    def create(self, rows: Sequence[Row]) -> None:
        """Wholes first: a part may stand in the same chunk as the unit that it is built into."""
        waiting = list(rows)
        while waiting:
            numbers = {row.get("serial") for row in waiting} | {
                row.get("inventory_number") for row in waiting
            }
            ready = [
                row for row in waiting if row.extra.get("whole_in_file") not in numbers - {None}
            ] or waiting
            ready_lines = {row.line for row in ready}
            self._hang_parts(ready)
            super().create(ready)
            waiting = [row for row in waiting if row.line not in ready_lines]

    def _hang_parts(self, rows: Sequence[Row]) -> None:
        """Hang parts under wholes that stand higher in the file; a part stands where its whole does."""
        known = references.Assets(
            {row.extra["whole_in_file"] for row in rows if "whole_in_file" in row.extra}
        )
        for row in rows:
            if number := row.extra.get("whole_in_file"):
                whole = known.find(number, row.thing.customer)
                row.thing.parent, row.thing.site_id, row.thing.place_id = whole, whole.site_id, whole.place_id

    def after_save(self, rows: Sequence[Row]) -> None:
        late = [row for row in rows if row.verdict is Verdict.CHANGED and "whole_in_file" in row.extra]
        self._hang_parts(late)
        if late:
            Asset.objects.bulk_update([row.thing for row in late], ["parent", "site", "place"])
        written = [(row, one) for row in rows for one in row.extra.get("warranties", [])]
        new = [one for _row, one in written if one._state.adding]
        old = [one for _row, one in written if not one._state.adding]
        for one in new:
            one.asset_id = one.asset.pk
        happenings = [self._of_warranty(row, one) for row, one in written]
        Warranty.objects.bulk_create(new, batch_size=ROWS_PER_STATEMENT)
        Warranty.objects.bulk_update(old, ["starts_on", "ends_on"], batch_size=ROWS_PER_STATEMENT)
        journal.record_many(happenings)

    def _of_warranty(self, row: Row, warranty: Warranty) -> journal.Happening:
        facts: dict[str, Any] = {
            "side": warranty.side,
            "component": "",
            "until": warranty.ends_on.isoformat(),
        }
        if warranty._state.adding:
            return journal.Happening("asset.warranty_added", row.thing, facts, self.by)
        until = {"ends_on": ["", warranty.ends_on.isoformat()]}
        return journal.Happening("asset.warranty_changed", row.thing, {**facts, "changes": until}, self.by)
