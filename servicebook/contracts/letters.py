"""What every text to a customer about a contract is made from."""

from typing import Any

from servicebook.contracts import queries
from servicebook.contracts.models import Contract
from servicebook.customers.rules import phones


def facts_of(contract: Contract) -> dict[str, Any]:
    """Return whose contract it is, which one, and whom of ours to call about it."""
    owner = queries.in_charge(contract)
    return {
        "zone": str(queries.zone(contract.customer)),
        "owner_name": owner.name,
        "owner_phone": phones.shown(owner.phone),
        "customer": contract.customer.name,
        "contract_number": contract.number,
        "contract_title": contract.title,
    }
