"""A worker that is killed while it fires a stage: it is said once, whatever happens."""

import pytest

from servicebook.agenda.tests.conftest import played, shared_database

__all__ = ["shared_database"]


@pytest.mark.fault
@pytest.mark.req("S0.34", "S0.40")
@pytest.mark.trust("B23")
@pytest.mark.parametrize(
    ("play", "stage", "told"),
    [
        ("stage", "before-60", ["renewal_notice", "step"]),
        ("escalation", "after-5", ["escalation"]),
    ],
)
def test_a_worker_killed_at_any_commit_says_a_stage_once(shared_database, play, stage, told):
    found = played(shared_database, play, app="reminders")

    assert {"before commit", "after commit"} <= set(found["points"])
    for run in found["runs"]:
        assert run["killed"] == -9, run
        assert run["ended"] == [0, 0], run
        books = {name: run[name] for name in ("stage", "fired", "failed", "steps", "told", "said")}
        assert books == {"stage": stage, "fired": 1, "failed": 0, "steps": 1, "told": told, "said": 1}, run
