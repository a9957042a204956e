"""Contracts stand on a floor above tickets and name their words: both must mean the same."""

import pytest

from servicebook.contracts.models.choices import Channel as Agreed
from servicebook.contracts.models.choices import Pause
from servicebook.tickets.models import Channel, WaitingReason


@pytest.mark.req("S0.15", "S0.49")
def test_what_a_contract_agrees_on_is_what_a_ticket_can_have():
    assert set(Agreed.values) <= set(Channel.values)
    assert set(Pause.values) == set(WaitingReason.values)
