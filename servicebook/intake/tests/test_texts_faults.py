"""Real workers, really killed, between what Telegram hands out and the ticket that comes of it."""

import pytest

from servicebook.agenda.tests.conftest import played, shared_database

__all__ = ["shared_database"]  # a fixture


@pytest.fixture
def rehearse(shared_database):
    def run(play, **how):
        return played(shared_database, play, how, app="intake", rehearsal="texts_rehearsal", seconds=400)

    return run


@pytest.mark.fault
@pytest.mark.slow
@pytest.mark.trust("B6")
@pytest.mark.req("S0.44")
def test_a_worker_killed_at_any_commit_loses_and_doubles_nothing(rehearse):
    played = rehearse("kill_at_every_point")

    assert {"before commit", "after commit"} <= set(played["points"])
    assert len(played["runs"]) >= 8
    for run in played["runs"]:
        assert (run["killed"], run["ended"]) == (-9, 0), run
        assert run["states"] == ["understood", "understood"], run
        assert (run["messages"], run["tickets"], run["files"], run["answers"]) == (2, 1, 1, 1), run
    assert played["left"] == 0  # all of it was confirmed, for all of it is kept


@pytest.mark.fault
@pytest.mark.slow
@pytest.mark.trust("B6")
def test_many_workers_at_once_take_each_message_once_and_in_its_order(rehearse):
    played = rehearse("race", processes=4)

    assert played["codes"] == [0] * 5
    assert played["said"] == [f"line {number}" for number in range(8)]
    assert (played["tickets"], played["answers"]) == (1, 1)
