"""A small company is walked at random, by all that people do; wherever it stands, its books balance.

What fails is shrunk to the fewest steps and printed with what each did. `WALKS=200` walks longer, and
each time elsewhere; see docs/developers.
"""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.walk.company import make_company
from tests.walk.customers import Contracts, Questions
from tests.walk.plans import Due, Plans
from tests.walk.steps import Time
from tests.walk.tickets import Equipment, Tickets

WALKS = int(os.environ.get("WALKS", "0"))
STEPS = 50


class Walk(Tickets, Equipment, Plans, Due, Contracts, Questions, Time):
    """All that happens in a company, in any order."""


@pytest.mark.slow
@pytest.mark.trust("2.1")
@pytest.mark.django_db
def test_wherever_a_company_is_walked_to_its_books_balance():
    Walk.company = make_company()
    known = settings(
        max_examples=WALKS or 5,
        stateful_step_count=STEPS,
        derandomize=not WALKS,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Walk, settings=known)
