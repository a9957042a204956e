"""Real processes, killed, doubled and overtaken: a stage is said once, whatever happens."""

import pytest
from django.conf import settings

from servicebook.agenda.tests.conftest import played, shared_database
from servicebook.messaging.tests.conftest import mail_server

__all__ = ["mail_server", "shared_database"]


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


@pytest.mark.fault
@pytest.mark.req("S0.34", "S0.38")
@pytest.mark.trust("B23")
def test_a_sender_killed_anywhere_repeats_at_most_one_mail_of_a_stage_with_its_id(
    shared_database, mail_server
):
    environment = {**shared_database, "MAIL_URL": settings.CONFIG.mail_url}
    found = played(environment, "mailed", app="reminders")

    # What else waits for the sender differs from run to run, and so does how far one of them comes.
    reached = [run for run in found["runs"] if run["killed"] == -9]
    assert {"before commit", "after commit", "after an answer"} <= {run["at"] for run in reached}
    copies = []
    for run in found["runs"]:
        assert run["ended"] == [0, 0], run
        ((state, message_id),) = run["mails"]
        assert state == "sent", run
        copies.append(mail_server.arrived[message_id])
    assert set(copies) == {1, 2}  # killed after the final dot and before it was written down


@pytest.mark.fault
@pytest.mark.req("S0.25", "S0.33", "S0.34")
@pytest.mark.trust("B23", "2.4")
def test_two_workers_say_each_stage_once_and_make_one_ticket_of_each_task(shared_database):
    found = played(shared_database, "race", {"guarded": True}, app="reminders")

    assert found == {
        "codes": [0, 0], "contracts": [1] * 6, "steps": 6, "told": 6, "tickets": 6, "called": 6, "visits": 1,
        "open": 0,
    }  # fmt: skip


@pytest.mark.fault
def test_without_the_claim_two_workers_would_do_it_twice(shared_database):
    found = played(shared_database, "race", {"guarded": False}, app="reminders")

    assert max(found["contracts"]) == 2
    assert found["steps"] > 6
    assert found["tickets"] > 6
    assert found["told"] == 6  # a key of its own guards what people read


@pytest.mark.fault
@pytest.mark.req("S0.25", "S0.33", "S0.34")
@pytest.mark.trust("B23")
def test_what_is_edited_while_a_worker_holds_it_is_not_said_for_the_old_date(shared_database):
    found = played(shared_database, "edited", {"guarded": True}, app="reminders")

    assert found["frozen"]
    assert found["contracts"] == [0, 1, 1, 1, 1, 1]  # the first was cancelled
    assert (found["steps"], found["told"]) == (5, 5)
    assert (found["tickets"], found["called"]) == (5, 5)  # the first was moved
    assert found["visits"] == 0  # moved by twelve days
    assert (found["code"], found["open"]) == (0, 0)


@pytest.mark.fault
def test_without_fence_and_second_look_the_old_date_would_be_said(shared_database):
    found = played(shared_database, "edited", {"guarded": False}, app="reminders")

    assert found["contracts"] == [1] * 6
    assert found["visits"] == 1
