"""What the page of a contract shows of its figures."""

from typing import Any

from servicebook.accounts.models import User
from servicebook.contracts.models import Contract
from servicebook.contracts.models.choices import State
from servicebook.core.cards import card
from servicebook.insights.queries import compliance, periods
from servicebook.insights.rules.compliance import tone
from servicebook.rights import OFFICE


@card("contracts.contract", "insights/_kept.html")
def kept(contract: Contract, user: User) -> dict[str, Any] | None:
    """How much was kept in the last twelve months, per measure. One statement."""
    if contract.state == State.DRAFT or not user.has_role(*OFFICE):
        return None
    lines = compliance.kept_per_measure(contract, periods.last_year(contract))
    return {"contract": contract, "lines": [(line, tone(line.percent)) for line in lines]}
