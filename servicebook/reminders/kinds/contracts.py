"""Contracts: they end, are to be reviewed, have milestones to invoice (S0.34, S0.42, S1.3)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from servicebook.contracts import amounts, renewals
from servicebook.contracts.models import LIVE, Contract, Milestone
from servicebook.contracts.models.choices import State
from servicebook.core import related
from servicebook.customers.queries import zone_of
from servicebook.messaging.texts import in_days
from servicebook.reminders.kinds.base import Case, Kind, Matter, days_until, end_of, said_day
from servicebook.reminders.models import What
from servicebook.reminders.people import Whose
from servicebook.reminders.wording import how_it_goes_on

INVOICE_ASKED_FOR_DAYS = 90


class OfContract(Kind[Contract]):
    subject = Contract
    related = ("customer", "owner")
    fills = (
        "contract_number", "contract_title", "end_date", "days", "in_days", "how_it_goes_on", "ticket_number",
        "ticket_title",
    )  # fmt: skip

    def gather(self, subjects: Sequence[Contract]) -> None:
        related.fetch(subjects, "customer", "successor")

    def candidates(self, *, contract: int | None = None) -> QuerySet[Any]:
        rows = Contract.objects.exclude(state__in=[State.DRAFT, State.CANCELLED])
        return rows.filter(pk=contract) if contract else rows

    def matters(self, subject: Contract) -> Iterator[Matter]:
        yield from self.of(subject, zone_of(None, subject.customer))

    def of(self, one: Contract, zone: str) -> Iterator[Matter]:
        raise NotImplementedError

    def why(self, one: Contract, matter: Matter) -> str:
        raise NotImplementedError

    def title(self, one: Contract, matter: Matter) -> str:
        return f"{one.number} {one.title}"

    def case(self, subject: Contract, matter: Matter, *, at: datetime) -> Case:
        zone = zone_of(None, subject.customer)
        title = self.title(subject, matter)
        return Case(
            customer=subject.customer,
            about=subject,
            history=subject,
            title=title,
            why=self.why(subject, matter),
            url=self.url(subject),
            contract=subject.pk,
            sensitive=subject.sensitive,
            part=self.part(matter),
            whose=Whose(
                owner=subject.owner_id,
                engineer=subject.owner_id,
                account_manager=subject.owner_id if subject.owner.is_active else subject.customer.owner_id,
                sensitive=subject.sensitive,
            ),
            words={
                "customer": subject.customer.name,
                "number": subject.number,
                "title": title,
                "day": said_day(matter.anchor, matter.zone),
            },
            facts={
                "contract_number": subject.number,
                "contract_title": subject.title,
                "end_date": subject.ends_on,
                "days": (days := days_until(subject.ends_on, zone, at)),
                "in_days": in_days(days),
                "how_it_goes_on": how_it_goes_on(subject, at),
                "ticket_number": subject.number,
                "ticket_title": subject.title,
            },
        )

    def url(self, one: Contract) -> str:
        return one.get_absolute_url()

    def part(self, matter: Matter) -> str:
        return ""


class Renewal(OfContract):
    """A contract ends: the offer is prepared at 90 days, and announced at 60, 30 and 7 (S0.34, S0.67)."""

    what = What.RENEWAL
    anchor, lasts = "ends_on", 0
    alike = ("ends_on", "state", "cancelled_on", "type", "refused", "successor__state", "customer__region")

    def of(self, one: Contract, zone: str) -> Iterator[Matter]:
        if renewals.is_open(one):
            yield Matter(
                occurrence=one.ends_on.isoformat(),
                anchor=one.ends_on,
                zone=zone,
                region=one.customer.region_id,
                contract=one.pk,
                until=end_of(one.ends_on, zone),
            )

    def why(self, one: Contract, matter: Matter) -> str:
        return _("it ends on %(day)s") % {"day": said_day(one.ends_on, matter.zone)}

    def url(self, one: Contract) -> str:
        return renewals.evidence_url(one)


class Review(OfContract):
    """The terms of a contract are to be looked at again (S1.3)."""

    what = What.REVIEW
    anchor, lasts = "review_on", 0
    alike = ("review_on", "state", "customer__region")

    def of(self, one: Contract, zone: str) -> Iterator[Matter]:
        if one.review_on and one.state in LIVE:
            yield Matter(
                occurrence=one.review_on.isoformat(),
                anchor=one.review_on,
                zone=zone,
                region=one.customer.region_id,
                contract=one.pk,
                until=end_of(one.review_on, zone),
            )

    def why(self, one: Contract, matter: Matter) -> str:
        return _("the review is due on %(day)s") % {"day": said_day(matter.anchor, matter.zone)}


class MilestoneDue(OfContract):
    """A milestone of a contract is to be invoiced (S0.42)."""

    what = What.MILESTONE
    anchor, lasts = "milestones__on", INVOICE_ASKED_FOR_DAYS

    def gather(self, subjects: Sequence[Contract]) -> None:
        super().gather(subjects)
        related.fetch([one for one in subjects if _may_invoice(one)], "milestones")

    def of(self, one: Contract, zone: str) -> Iterator[Matter]:
        if not _may_invoice(one):
            return
        for milestone in one.milestones.all():
            if milestone.settled_at is None:
                yield Matter(
                    occurrence=f"{milestone.pk}-{milestone.on.isoformat()}",
                    anchor=milestone.on,
                    zone=zone,
                    region=one.customer.region_id,
                    contract=one.pk,
                    until=end_of(milestone.on, zone, days=INVOICE_ASKED_FOR_DAYS),
                )

    def title(self, one: Contract, matter: Matter) -> str:
        milestone = self._milestone(one, matter)
        price = f" · {amounts.money(milestone.amount, one.currency)}" if milestone.amount else ""
        return f"{one.number} {milestone.text}{price}"

    def why(self, one: Contract, matter: Matter) -> str:
        return _("the milestone is due on %(day)s") % {"day": said_day(matter.anchor, matter.zone)}

    def part(self, matter: Matter) -> str:
        return matter.occurrence.partition("-")[0]

    def _milestone(self, one: Contract, matter: Matter) -> Milestone:
        return next(row for row in one.milestones.all() if str(row.pk) == self.part(matter))


def _may_invoice(one: Contract) -> bool:
    return one.state not in (State.DRAFT, State.CANCELLED)
