"""What must never happen is refused by the tables themselves."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from servicebook.contracts.models import Balance
from servicebook.testing import make_contract


@pytest.mark.django_db
@pytest.mark.req("S0.17", "S0.18")
def test_cents_that_fill_a_balance_to_the_brim_are_no_overdraw() -> None:
    """SQLite adds 0.1 and 0.2 to a little more than 0.3."""
    contract = make_contract()
    Balance.objects.create(
        contract=contract,
        code="parts",
        service="parts",
        starts_on=contract.starts_on,
        ends_on=contract.ends_on,
        granted=Decimal("0.30"),
        reserved=Decimal("0.10"),
        used=Decimal("0.20"),
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Balance.objects.update(used=Decimal("0.21"))
