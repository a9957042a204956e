"""Service hours owe the public holidays of the years to come."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.utils.translation import gettext_lazy as _

from servicebook.agenda import Due, duty
from servicebook.sla import actions
from servicebook.sla.models import ServiceHours


@duty("sla.holidays", subject=ServiceHours, title=_("Write out public holidays"))
class Holidays:
    """At once after a change, then each January for one more year ahead.

    The worker does it, so that no web process holds the calendars of all countries.
    """

    def owed(self, hours: ServiceHours) -> Iterator[Due]:
        if not hours.holiday_country:
            return
        if hours.holidays_until:
            year = hours.holidays_until.year - actions.HOLIDAY_YEARS + 1
            january = datetime(year, 1, 1, tzinfo=UTC)
            yield Due(at=january, occurrence=f"{hours.holiday_country} {year}")
        elif hours.changed_at:
            changed = hours.changed_at
            yield Due(at=changed, occurrence=f"{hours.holiday_country} {changed.isoformat()}")

    def fire(self, hours: ServiceHours, due: Due, *, at: datetime) -> None:
        if any(one.occurrence == due.occurrence for one in self.owed(hours)):
            actions.write_holidays(hours.pk, at=at)
