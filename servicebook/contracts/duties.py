"""What a contract owes the future: it ends by itself after its last day."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from django.utils.translation import gettext_lazy as _

from servicebook.agenda import Due, duty
from servicebook.contracts import actions, queries, renewal_duties
from servicebook.contracts.models import Contract


@duty(
    "contracts.expire", subject=Contract, related=("customer__region",), title=_("The last day of a contract")
)
class Expire:
    """A contract ends with its last day in the zone of the customer; on hold or not."""

    def owed(self, contract: Contract) -> Iterator[Due]:
        if contract.is_live:
            yield Due(at=_after(contract), occurrence=contract.last_day.isoformat())

    def fire(self, contract: Contract, due: Due, *, at: datetime) -> None:
        if contract.is_live and contract.last_day.isoformat() == due.occurrence:
            actions.expire(contract.pk, at=_after(contract))


def _after(contract: Contract) -> datetime:
    """The first moment after the last day."""
    next_day = datetime.combine(
        contract.last_day + timedelta(days=1), time(), queries.zone(contract.customer)
    )
    return next_day.astimezone(UTC)


__all__ = ["Expire", "renewal_duties"]
