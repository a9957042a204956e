"""What a contract owes the future: its terms begin, and it ends by itself after its last day."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from servicebook.agenda import Due, duty
from servicebook.contracts import actions, balance_duties, queries, renewal_duties
from servicebook.contracts.actions.balances import begin_terms
from servicebook.contracts.actions.renewals import succeed
from servicebook.contracts.models import Contract
from servicebook.core import related


@duty(
    "contracts.expire", subject=Contract, related=("customer__region",), title=_("The last day of a contract")
)
class Expire:
    """A contract ends with its last day in the zone of the customer; on hold or not."""

    def owed(self, contract: Contract) -> Iterator[Due]:
        if contract.is_live:
            yield Due(at=_after(contract), occurrence=contract.last_day.isoformat())

    def fire(self, contract: Contract, due: Due, *, at: datetime) -> None:
        if not contract.is_live or contract.last_day.isoformat() != due.occurrence:
            return
        if contract.cancelled_on or succeed(contract.pk) is None:
            actions.expire(contract.pk, at=_after(contract))


def _read_versions(contracts: Sequence[Contract]) -> None:
    related.fetch(contracts, "versions", "customer")


@duty("contracts.terms_begin", subject=Contract, title=_("New terms begin"), gather=_read_versions)
class TermsBegin:
    """On the first day of a version, what it includes is granted."""

    def owed(self, contract: Contract) -> Iterator[Due]:
        if contract.is_live:
            zone = queries.zone(contract.customer)
            for one in contract.versions.all():
                if one.in_force:
                    yield Due(at=start_of(one.valid_from, zone), occurrence=f"version-{one.number}")

    def fire(self, contract: Contract, due: Due, *, at: datetime) -> None:
        begin_terms(contract.pk, int(due.occurrence.rpartition("-")[2]))


def _after(contract: Contract) -> datetime:
    """The first moment after the last day."""
    return start_of(contract.last_day + timedelta(days=1), queries.zone(contract.customer))


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The moment in which a day begins."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


__all__ = ["Expire", "TermsBegin", "balance_duties", "renewal_duties"]
