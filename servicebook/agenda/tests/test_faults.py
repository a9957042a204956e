"""Real processes, really killed: nothing is lost and nothing is done twice."""

import pytest

COUNT = 4


@pytest.mark.fault
@pytest.mark.trust("B23")
def test_a_worker_killed_at_any_commit_loses_and_doubles_nothing(rehearse):
    played = rehearse("kill_at_every_point", count=COUNT, mail=False)

    assert {"before commit", "after commit"} <= set(played["points"])
    for run in played["runs"]:
        assert run["killed"] == -9, run
        assert run["ended"] == [0, 0], run
        assert run["states"] == {"fired": COUNT}, run
        assert (run["fired_once"], run["fired_more"]) == (COUNT, 0), run


@pytest.mark.fault
@pytest.mark.trust("B23")
def test_several_workers_at_once_fire_each_obligation_once(rehearse):
    played = rehearse("race", count=400, workers=3, guarded=True)
    assert played["codes"] == [0, 0, 0]
    assert played["states"] == {"fired": 400}
    assert (played["fired_once"], played["fired_more"]) == (400, 0)


@pytest.mark.fault
def test_without_the_claim_they_fire_twice(rehearse):
    played = rehearse("race", count=400, workers=3, guarded=False)
    assert played["fired_more"] > 0


@pytest.mark.fault
@pytest.mark.trust("B23")
def test_a_worker_that_wakes_after_its_lease_was_taken_changes_nothing(rehearse):
    # It stands still right after its claim was committed, and goes on when all is done.
    played = rehearse("zombie", freeze_at=2, fenced=True)
    assert played["frozen"]
    assert played["taken_over"]["fired_once"] == 5
    assert (played["fired_once"], played["fired_more"]) == (5, 0)
    assert played["states"] == {"fired": 5}


@pytest.mark.fault
def test_without_the_fence_it_does_all_again(rehearse):
    played = rehearse("zombie", freeze_at=2, fenced=False)
    assert played["fired_more"] == 5


@pytest.mark.fault
@pytest.mark.slow
def test_the_command_does_what_is_due_shows_itself_and_stops_gently(rehearse):
    played = rehearse("command", count=30)
    assert played["states"] == {"fired": 30}
    assert played["seconds"] < 3  # from being due to being done
    senders = ["mail", "push", "sms", "telegram"]
    assert played["loops"] == ["agenda", "bulk", *senders, "telegram_files", "telegram_in"]
    assert (played["code"], played["loops_after"]) == (0, [])
    assert played["megabytes"] < 150


@pytest.mark.fault
@pytest.mark.slow
def test_a_bulk_import_does_not_delay_a_reminder_in_the_same_worker(rehearse):
    played = rehearse("bulk_beside_reminder", seconds=8)
    late = sorted(played["late"])
    assert played["imported"] > 100
    assert late[len(late) // 2] < 1.5, late
    assert late[-1] < 5, late
    assert (played["code"], played["still_held"]) == (0, 0)
