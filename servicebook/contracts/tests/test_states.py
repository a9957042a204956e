"""Which moves are lawful, as a table (S2.4)."""

import pytest

from servicebook.contracts.rules import states
from servicebook.contracts.rules.terms import State

pytestmark = pytest.mark.req("S2.4")
MOVES = {
    "draft": "active cancelled",
    "active": "on_hold expired cancelled renewed",
    "on_hold": "active expired cancelled renewed",
    "expired": "renewed",
    "cancelled": "",
    "renewed": "",
}


@pytest.mark.parametrize("before", list(State))
def test_only_the_moves_of_the_table_are_lawful(before):
    allowed = {after.value for after in State if states.may(before, after)}

    assert allowed == set(MOVES[before].split())


def test_every_state_says_why_it_does_not_move():
    assert states.WHY_NOT.keys() == set(State)
    assert all("%(number)s" in sentence for sentence in states.WHY_NOT.values())
