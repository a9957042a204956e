"""A manager with a plan that is switched on and followed, for whoever tests what becomes of it."""

from datetime import date
from typing import Any

import pytest

from servicebook.accounts.models import User
from servicebook.agenda.worker import run_due
from servicebook.maintenance.actions import plans
from servicebook.maintenance.models import Plan, PlanScope
from servicebook.testing import make_reason, make_user, make_work_type


@pytest.fixture
def manager(set_clock: Any) -> User:
    set_clock("2026-01-05 09:00")
    make_reason("maintenance", downtime_risk=1)
    return make_user("manager")


def started(manager: User, *scopes: PlanScope, run: bool = True, **fields: Any) -> Plan:
    """Every three months from 31 January on, switched on and followed, unless it is not `run`."""
    given = {"every": 3, "every_unit": "months", "anchor_on": date(2026, 1, 31), "shift": "keep", **fields}
    plan = Plan(title="Check", work_type=make_work_type(), **given)
    plans.save_plan(plan, scopes, by=manager)
    plans.activate(plan.pk, by=manager)
    if run:
        run_due()
    return Plan.objects.get(pk=plan.pk)
