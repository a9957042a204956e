"""A warranty of ours ends: what comes after it is offered."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from servicebook.core import related
from servicebook.customers.queries import zone_of
from servicebook.equipment.models import Asset, Warranty
from servicebook.messaging.texts import in_days
from servicebook.reminders.kinds.base import Case, Kind, Matter, days_until, end_of, said_day
from servicebook.reminders.models import What
from servicebook.reminders.people import Whose


class WarrantyEnds(Kind[Asset]):
    what = What.WARRANTY
    anchor, lasts = "warranties__ends_on", 0
    subject = Asset
    related = ("customer", "site", "model")
    fills = ("equipment", "end_date", "days", "in_days", "ticket_number", "ticket_title")

    def gather(self, subjects: Sequence[Asset]) -> None:
        related.fetch(subjects, "warranties")
        with_one = [one for one in subjects if _ours(one)]
        related.fetch(with_one, "customer", "site")

    def candidates(self, *, contract: int | None = None) -> QuerySet[Any]:
        rows = Asset.objects.filter(pk__in=Warranty.objects.values("asset"))
        return rows.none() if contract else rows  # a warranty is nothing of a contract

    def matters(self, subject: Asset) -> Iterator[Matter]:
        if subject.state == Asset.State.RETIRED:
            return
        for warranty in _ours(subject):
            zone = zone_of(subject.site, subject.customer)
            region = subject.site.region_id if subject.site else None
            yield Matter(
                occurrence=f"{warranty.pk}-{warranty.ends_on.isoformat()}",
                anchor=warranty.ends_on,
                zone=zone,
                region=region or subject.customer.region_id,
                until=end_of(warranty.ends_on, zone),
            )

    def case(self, subject: Asset, matter: Matter, *, at: datetime) -> Case:
        customer, day = subject.customer, said_day(matter.anchor, matter.zone)
        return Case(
            customer=customer,
            site=subject.site,
            about=subject,
            history=subject,
            title=str(subject),
            why=_("its warranty ends on %(day)s") % {"day": day},
            url=subject.get_absolute_url(),
            part=matter.occurrence.partition("-")[0],
            whose=Whose(owner=customer.owner_id, account_manager=customer.owner_id),
            words={"customer": customer.name, "number": subject.serial, "title": str(subject), "day": day},
            facts={
                "equipment": str(subject),
                "end_date": matter.anchor,
                "days": (days := days_until(matter.anchor, matter.zone, at)),
                "in_days": in_days(days),
                "ticket_number": subject.serial,
                "ticket_title": str(subject),
            },
        )


def _ours(asset: Asset) -> list[Warranty]:
    return [one for one in asset.warranties.all() if one.side == Warranty.Side.OURS]
