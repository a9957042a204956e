"""A worker that is killed at any commit of maintenance: one ticket, one worksheet, one year of tasks."""

from typing import Any

import pytest

from servicebook.agenda.tests.conftest import played, shared_database

__all__ = ["shared_database"]

# Of a monthly plan with two units, a checklist of two items and a part.
STORED = {
    "followed": True, "enrolled": 2, "standing": 24, "cancelled": 0, "rests": 0, "tickets": 0, "called": 0,
    "worksheets": 0, "lines": 0, "parts": 0, "said": 0, "calls": 0, "to_call": 24, "failed": 0,
}  # fmt: skip
CHANGED = {**STORED, "standing": 8, "cancelled": 16, "to_call": 8}
CALLED = {
    **STORED, "tickets": 2, "called": 2, "worksheets": 2, "lines": 4, "parts": 2, "said": 2, "calls": 2,
    "to_call": 22,
}  # fmt: skip
# Long before their day: what each was to do by itself is off.
PRESSED = {**CALLED, "calls": 0, "runs": [[2, 2, 2]]}
# The rest, and of each unit what came within a year by then.
SETTLED = {
    **CALLED, "standing": 27, "rests": 1, "tickets": 3, "called": 3, "worksheets": 3, "lines": 5, "said": 3,
    "to_call": 24,
}  # fmt: skip


@pytest.mark.fault
@pytest.mark.trust("B23")
@pytest.mark.parametrize(
    ("play", "books"),
    [
        pytest.param("store", STORED, marks=pytest.mark.req("S0.24")),
        pytest.param("change", CHANGED, marks=pytest.mark.req("S0.24")),
        pytest.param("call", CALLED, marks=pytest.mark.req("S0.25", "S0.26")),
        pytest.param("press", PRESSED, marks=pytest.mark.req("S3.5")),
        pytest.param("settle", SETTLED, marks=pytest.mark.req("S0.30")),
    ],
)
def test_a_worker_killed_at_any_commit_does_each_thing_once(
    shared_database: dict[str, str], play: str, books: dict[str, Any]
) -> None:
    found = played(shared_database, play, app="maintenance")

    assert {"before commit", "after commit"} <= set(found["points"])
    for run in found["runs"]:
        assert run["killed"] == -9, run
        assert run["ended"] == [0, 0], run
        assert {name: run[name] for name in books} == books, run
    assert found["audit"] == []
