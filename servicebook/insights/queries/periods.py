"""Which days a figure is about, in the zone of the customer."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from servicebook.contracts import queries as contracts
from servicebook.contracts.models import Contract
from servicebook.contracts.rules.renewal import months_later, start_of
from servicebook.core import clock


@dataclass(frozen=True)
class Days:
    """From `since` to `until`, both included."""

    since: date
    until: date

    def moments(self, tz: str) -> tuple[datetime, datetime]:
        """The first moment, and the first one after it, in UTC."""
        return start_of(self.since, tz), start_of(self.until + timedelta(days=1), tz)


def last_year(contract: Contract) -> Days:
    """The twelve months up to today, or to the end of a contract that has ended."""
    until = min(contracts.today(contract.customer), contract.last_day)
    return Days(_year_before(until), until)


def year_before(days: Days) -> Days:
    """The twelve months before `days`."""
    until = days.since - timedelta(days=1)
    return Days(_year_before(until), until)


def up_to_now(contract: Contract, days: Days) -> tuple[datetime, datetime]:
    """The moments of `days` where the customer is, as far as they have passed."""
    since, until = days.moments(str(contracts.zone(contract.customer)))
    return since, max(since, min(until, clock.now()))


def _year_before(day: date) -> date:
    return months_later(day, -12) + timedelta(days=1)
