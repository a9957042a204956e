"""Rows of contracts: recognised by their number in the old system; without one, by customer, title and start.

A draft that is here is brought in line with the file. What is in force is changed by an amendment only,
so a row that says something else is refused.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from servicebook.contracts import actions, checking
from servicebook.contracts.actions.drafting import completed
from servicebook.contracts.document import Document, Included, Target, Terms
from servicebook.contracts.models import Contract
from servicebook.contracts.models.choices import Measure, Service, State
from servicebook.core import fields as core_fields
from servicebook.customers.models import Customer
from servicebook.intake.importing import references
from servicebook.intake.importing.entities.base import Entity, texts
from servicebook.intake.importing.fields import CUSTOM
from servicebook.intake.importing.rows import Row, Verdict
from servicebook.intake.importing.rules.values import UNLIMITED
from servicebook.sla.models import ServiceHours

OWN = (
    "title", "type", "starts_on", "ends_on", "price", "currency", "billing_cycle", "renews_itself",
    "considerations", "external_ref",
)  # fmt: skip
LINES = {
    "visits": Service.VISIT,
    "labour": Service.LABOUR,
    "remote": Service.REMOTE,
    "parts": Service.PARTS,
}
MEASURES = (Measure.RESPONSE, Measure.RECOVERY)


class Contracts(Entity):
    model = Contract
    noun = "contract"
    simple = ()

    def keys(self, row: Row) -> list[object]:
        if "external_ref" in row.values:
            return [("ref", row.values["external_ref"])]
        if {"customer", "title", "starts_on"} <= row.values.keys():
            return [_fingerprint(row)]
        return []

    def resolve(self, rows: Sequence[Row]) -> None:
        needs = (
            ("customer", _("Customer")),
            ("title", _("Title")),
            ("starts_on", _("Starts on")),
            ("ends_on", _("Ends on")),
        )
        sound = [row for row in rows if self.understanding.need_all(row, needs) and not row.is_bad]
        for row in sound:
            row.values.setdefault("external_ref", _fingerprint(row))
        self.customers = references.Customers(texts(sound, "customer"))
        self.people = references.People()
        named = ServiceHours.objects.filter(active=True)
        self.hours = {one.name.casefold(): one.pk for one in named}
        rows_here = Contract.objects.filter(external_ref__in=texts(sound, "external_ref"))
        known = {one.external_ref: one for one in rows_here.select_related("customer")}
        for row in sound:
            customer = self.look_up(row, "customer", self.customers.find, row.values["customer"])
            if customer:
                self._decide(row, customer, known.get(row.values["external_ref"]))

    def _decide(self, row: Row, customer: Customer, known: Contract | None) -> None:
        """Say what becomes of a row, and keep the document that it comes to."""
        before = Document.of(known, known.versions.latest("number")) if known else None
        document = self._document(row, customer, before)
        if row.is_bad:
            return
        in_force = row.values.get("in_force", True)
        row.extra |= {"document": document, "known": known, "in_force": in_force}
        if known is None:
            row.verdict = Verdict.NEW
        elif document == before and not (in_force and known.state == State.DRAFT):
            row.verdict = Verdict.UNCHANGED
            return
        elif known.state != State.DRAFT:
            self.understanding.problem(
                row,
                "",
                _("Contract %(number)s is in force here and says something else.") % {"number": known.number},
                _("Amend it on its page, or leave this row out."),
            )
            return
        else:
            row.verdict = Verdict.CHANGED
        self._check(row, document, customer, known)

    def _document(self, row: Row, customer: Customer, before: Document | None) -> Document:
        base = before or Document(
            title=row.values["title"],
            customer=customer.pk,
            starts_on=row.values["starts_on"],
            ends_on=row.values["ends_on"],
        )
        if row.get("price") == UNLIMITED:
            row.values.pop("price")
            self.understanding.problem(row, "price", _("A price is a number."), _("Mend this cell."))
        given: dict[str, Any] = {name: row.values[name] for name in OWN if name in row.values}
        given |= {"customer": customer.pk, "owner": self._owner(row) or base.owner}
        given["custom"] = {**base.custom, **_custom(row)}
        given["terms"] = self._terms(row, base.terms)
        document = completed(base.model_copy(update=given), self.by)
        return self._normal(row, document, customer)

    def _owner(self, row: Row) -> int | None:
        if "owner" not in row.values:
            return None
        found = self.people.known.get(row.values["owner"].casefold(), [])
        if len(found) == 1:
            return found[0].pk
        self.note(_("Owners that are not here; the account manager owns it instead"), [row.values["owner"]])
        return None

    def _terms(self, row: Row, base: Terms) -> Terms:
        """The terms with what the row says: its hours, one line per service, one time per priority."""
        hours = base.hours
        if "hours" in row.values:
            hours = self.hours.get(row.values["hours"].casefold())
            if hours is None:
                self.understanding.problem(
                    row,
                    "hours",
                    _("There are no service hours “%(name)s”.") % {"name": row.values["hours"]},
                    _("Add them under Settings, or write the name as it stands there."),
                )
        lines = {line.code: line for line in base.included}
        for name, service in LINES.items():
            if name in row.values:
                lines[service.value] = self._line(row, name, service, lines.get(service.value))
        targets = {(one.measure, one.priority, one.region, one.category): one for one in base.targets}
        for measure in MEASURES:
            for priority in range(1, 5):
                minutes = row.get(f"{measure.value}_{priority}")
                if minutes == UNLIMITED:
                    self._no_end(row, f"{measure.value}_{priority}")
                elif minutes:
                    target = Target(measure=measure, priority=priority, minutes=minutes)
                    targets[measure, priority, None, None] = target
        return base.model_copy(
            update={"hours": hours, "included": list(lines.values()), "targets": list(targets.values())}
        )

    def _line(self, row: Row, name: str, service: Service, before: Included | None) -> Included:
        limit = None if row.values[name] == UNLIMITED else Decimal(row.values[name])
        kept = before or Included(service=service, code=service.value)
        period = row.get(f"{name}_per") or (kept.period if before else None)
        return kept.model_copy(update={"limit": limit, "period": period})

    def _no_end(self, row: Row, name: str) -> None:
        self.understanding.problem(
            row, name, _("A promised time has an end."), _("Write hours, or leave the cell empty.")
        )

    def _normal(self, row: Row, document: Document, customer: Customer) -> Document:
        """The document with its custom values as they are kept; a problem where one does not fit."""
        contract = Contract(customer=customer, **document.columns())
        contract.custom = dict(document.custom)
        try:
            core_fields.check(contract)
        except core_fields.FieldsMissing as missing:
            for name, reason in missing.fields.items():
                self._mandatory(row, name, reason)
        return document.model_copy(update={"custom": contract.custom})

    def _check(self, row: Row, document: Document, customer: Customer, known: Contract | None) -> None:
        """Refuse a row for what would be refused on the page, at its column."""
        found = [*checking.problems(document, known=known)]
        if row.extra["in_force"]:
            contract = Contract(customer=customer, **document.columns())
            found += checking.not_in_force(contract, document.terms)
        for place, sentence in dict(reversed(found)).items():
            column = _column(place, document)
            self.understanding.problem(row, column, str(sentence), _("Mend this cell."))

    def write(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if row.is_bad or row.verdict not in (Verdict.NEW, Verdict.CHANGED):
                continue
            contract = actions.save_draft(row.extra["document"], by=self.by, contract=row.extra["known"])
            if row.extra["in_force"]:
                actions.activate(contract.pk, by=self.by)


def _fingerprint(row: Row) -> str:
    """A key made of what does not change, for files whose contracts have none."""
    says = [row.get(name) for name in ("customer", "title", "starts_on")]
    return "row " + hashlib.blake2b(repr([str(one) for one in says]).encode(), digest_size=12).hexdigest()


def _custom(row: Row) -> Mapping[str, Any]:
    return {
        name.removeprefix(CUSTOM): value.isoformat() if isinstance(value, date) else value
        for name, value in row.values.items()
        if name.startswith(CUSTOM)
    }


def _column(place: str, document: Document) -> str:
    """The field of the import that a field of the document comes from; empty where none does."""
    parts = place.split(".")
    if parts[0] != "terms":
        return place
    if parts[1] == "included":
        line = document.terms.included[int(parts[2])]
        name = next((one for one, service in LINES.items() if line.code == service), "")
        return f"{name}_per" if name and parts[-1] == "period" else name
    if parts[1] == "targets":
        target = document.terms.targets[int(parts[2])]
        return f"{target.measure.value}_{target.priority}"
    return parts[1]
