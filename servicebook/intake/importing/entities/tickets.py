"""Rows of old tickets: recognised by their key; without one, by customer, title and moment.

What happened is not rewritten: a ticket that is here already stays as it is.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from servicebook.core import clock
from servicebook.core import fields as core_fields
from servicebook.customers.models import Contact, Customer
from servicebook.equipment.models import Asset
from servicebook.intake.importing import references
from servicebook.intake.importing.entities.base import Entity, texts
from servicebook.intake.importing.fields import CUSTOM
from servicebook.intake.importing.rows import Row, Verdict
from servicebook.intake.importing.rules.headings import plain
from servicebook.intake.importing.rules.values import BadValue
from servicebook.tickets import directory
from servicebook.tickets.actions.importing import OldTicket, import_tickets
from servicebook.tickets.models import Reason, Status, Ticket, WaitingReason

LATEST = timedelta(days=1)  # a moment later than this from now is a mistake, not a slow clock
# Words of other programs for the reasons that every house starts with.
REASON_WORDS = {
    "failure": "incident,problem,failure,breakdown,repair,fault,bug,поломка,неисправность,инцидент,"
    "ремонт,авария,arıza,故障",
    "configuration": "configuration,change,task,request,service request,настройка,изменение,запрос,"
    "talep,配置",
    "maintenance": "maintenance,preventive,inspection,обслуживание,то,профилактика,bakım,维护",
    "consultation": "question,consultation,support,вопрос,консультация,soru,咨询",
}


class Tickets(Entity):
    model = Ticket
    noun = "ticket"
    simple = ()

    def keys(self, row: Row) -> list[object]:
        if "external_ref" in row.values:
            return [("ref", row.values["external_ref"])]
        if "title" in row.values and "opened_at" in row.values:
            return [self._fingerprint(row)]
        return []

    @staticmethod
    def _fingerprint(row: Row) -> str:
        """A key made of what does not change, for files whose tickets have none."""
        says = [row.get(name) for name in ("customer", "contact", "asset", "title", "opened_at")]
        return "row " + hashlib.blake2b(repr([str(one) for one in says]).encode(), digest_size=12).hexdigest()

    def resolve(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._check_itself(row)
        sound = [row for row in rows if not row.is_bad]
        for row in sound:
            row.values.setdefault("external_ref", self._fingerprint(row))
        known = set(
            Ticket.objects.filter(external_ref__in=texts(sound, "external_ref")).values_list(
                "external_ref", flat=True
            )
        )
        new = [row for row in sound if row.values["external_ref"] not in known]
        for row in sound:
            row.verdict = Verdict.UNCHANGED
        self._look_up(new)

    def _check_itself(self, row: Row) -> None:
        for name, label in (("title", _("Title")), ("opened_at", _("Opened"))):
            self.understanding.need(row, name, label)
        opened, closed = row.get("opened_at"), row.get("closed_at")
        if row.get("status") is None:
            row.values["status"] = Status.CLOSED if closed else Status.QUEUED
        if row.values["status"] != Status.CLOSED:
            closed = row.values.pop("closed_at", None) and None
        elif closed is None:
            closed = row.values["closed_at"] = row.get("changed_at")
            if closed is None:
                self.understanding.problem(
                    row,
                    "closed_at",
                    _("This ticket is closed, but nothing says when."),
                    _("Fill the closing date, or map the column with the last change."),
                )
        latest = clock.now() + LATEST
        for name, moment in (("opened_at", opened), ("closed_at", closed)):
            if moment and moment > latest:
                self.understanding.problem(
                    row,
                    name,
                    _("This moment has not come yet."),
                    _("Check the order of day and month, and the year."),
                )
        if opened and closed and closed < opened:
            self.understanding.problem(
                row,
                "closed_at",
                _("The ticket was closed before it was opened."),
                _("Check the two dates; the order of day and month may differ."),
            )

    def _look_up(self, rows: Sequence[Row]) -> None:
        self.customers = references.Customers(texts(rows, "customer"))
        self.contacts = references.Contacts(texts(rows, "contact"))
        self.assets = references.Assets(texts(rows, "asset"))
        self.people = references.People()
        self.reasons = {
            plain(name): one for one in directory.reasons().values() for name in (one.code, one.name)
        }
        for row in rows:
            row.extra["made"] = self._facts(row)
        pairs = [
            (row.extra["made"]["customer"].pk, row.values["site"])
            for row in rows
            if not row.is_bad and "site" in row.values
        ]
        sites = references.Sites(pairs)
        for row in rows:
            facts = row.extra["made"]
            if not row.is_bad and "site" in row.values:
                facts["site"] = self.look_up(row, "site", sites.find, facts["customer"], row.values["site"])
            if not row.is_bad:
                row.verdict = Verdict.NEW
                self._check_custom(row)

    def _facts(self, row: Row) -> dict[str, Any]:
        customer: Customer | None = None
        if "customer" in row.values:
            customer = self.look_up(row, "customer", self.customers.find, row.values["customer"])
        asset: Asset | None = None
        if "asset" in row.values:
            asset = self.look_up(row, "asset", self.assets.find, row.values["asset"], customer)
        contact = self._contact(row, customer or (asset.customer if asset else None))
        customer = customer or (asset.customer if asset else None) or (contact.customer if contact else None)
        if customer is None and not row.is_bad:
            self.understanding.problem(
                row,
                "customer",
                _("Nothing says whose ticket this is."),
                _("Fill the customer, the serial number, or the e-mail of a contact that is here already."),
            )
        return {
            "customer": customer,
            "asset": asset,
            "site": asset.site if asset else None,
            "contact": contact,
            "owner": self._owner(row),
            "reason": self._reason(row),
        }

    def _contact(self, row: Row, customer: Customer | None) -> Contact | None:
        """Somebody who left long ago is no reason to refuse an old ticket."""
        if "contact" not in row.values:
            return None
        try:
            return self.contacts.find(row.values["contact"], customer)
        except BadValue:
            self.note(_("Contacts that are not here, left out"), [row.values["contact"]])
            return None

    def _owner(self, row: Row) -> Any:
        if "owner" not in row.values:
            return None
        found = self.people.known.get(row.values["owner"].casefold(), [])
        if len(found) == 1:
            return found[0]
        self.note(_("Owners that are not here; the queue's rules choose instead"), [row.values["owner"]])
        return None

    def _reason(self, row: Row) -> Reason:
        word = plain(row.get("reason") or "")
        if word in self.reasons:
            return self.reasons[word]
        for code, words in REASON_WORDS.items():
            if word and code in self.reasons and word in map(plain, words.split(",")):
                return self.reasons[code]
        if word:
            self.note(_("Reasons that are not in your directory"), [row.values["reason"]])
        return self.reasons.get("consultation") or directory.default_reason()

    def _check_custom(self, row: Row) -> None:
        custom = {
            name.removeprefix(CUSTOM): value.isoformat() if hasattr(value, "isoformat") else value
            for name, value in row.values.items()
            if name.startswith(CUSTOM)
        }
        if not custom:
            return
        facts = row.extra["made"]
        draft = Ticket(custom=custom, title=row.values["title"], **facts)
        try:
            core_fields.check(draft)
        except core_fields.FieldsMissing as missing:
            # What old tickets never had cannot be demanded of them; wrong values can be mended.
            for name, reason in missing.fields.items():
                if CUSTOM + name in row.values:
                    self.understanding.problem(row, CUSTOM + name, reason, _("Mend this cell."))
        facts["custom"] = {name: value for name, value in draft.custom.items() if value is not None}

    def write(self, rows: Iterable[Row]) -> None:
        import_tickets(
            [self._old(row) for row in rows if row.verdict is Verdict.NEW and not row.is_bad], by=self.by
        )

    @staticmethod
    def _old(row: Row) -> OldTicket:
        status = row.values["status"]
        return OldTicket(
            **row.extra["made"],
            title=row.values["title"],
            text=row.get("text") or row.values["title"],
            opened_at=row.values["opened_at"],
            closed_at=row.get("closed_at"),
            status=status,
            waiting_for=WaitingReason.CLIENT if status == Status.WAITING else "",
            priority=row.get("priority"),
            external_ref=row.values["external_ref"],
            done=row.get("done") or "",
            result=row.get("result") or "",
        )
