"""What a ticket asks of its owner, and how a deadline is marked."""

from datetime import UTC, datetime, timedelta

import pytest

from servicebook.desk.rules.next_steps import Ask, greeting, soonest, step, to_save_first, tone, used

NINE = datetime(2026, 10, 14, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "priority", "waiting_for", "resume_at", "expected"),
    [
        ("queued", 1, "", None, (Ask.START, timedelta(minutes=30))),
        ("queued", 4, "", None, (Ask.START, 24 * HOUR)),
        ("approval", 2, "", None, (Ask.ASK_APPROVAL, 48 * HOUR)),
        ("approval", 2, "", NINE + HOUR, (Ask.ASK_APPROVAL, HOUR)),
        ("waiting", 3, "client", None, (Ask.LOOK_AGAIN, 48 * HOUR)),
        ("waiting", 3, "part", NINE + 2 * HOUR, (Ask.LOOK_AGAIN, 2 * HOUR)),
        ("waiting", 3, "part", None, None),
        ("working", 1, "", None, None),
        ("closed", 1, "", None, None),
    ],
)
def test_a_ticket_asks_for_the_next_step_that_its_status_needs(
    status, priority, waiting_for, resume_at, expected
):
    found = step(status=status, priority=priority, since=NINE, resume_at=resume_at, waiting_for=waiting_for)

    assert (found and (found.ask, found.due - NINE)) == expected


@pytest.mark.parametrize(
    ("passed", "share", "mark"),
    [
        (0, 0, "live"),
        (74, 74, "live"),
        (75, 75, "risk"),
        (99, 99, "risk"),
        (100, 100, "risk"),
        (101, 100, "late"),
    ],
)
def test_a_deadline_turns_amber_at_three_quarters_and_red_when_it_has_passed(passed, share, mark):
    due, now = NINE + timedelta(minutes=100), NINE + timedelta(minutes=passed)

    assert (used(NINE, due, now), tone(NINE, due, now)) == (share, mark)


def test_a_deadline_without_length_is_used_up():
    assert used(NINE, NINE, NINE - HOUR) == 100


def test_the_soonest_come_first_and_equal_moments_keep_their_order():
    assert soonest([(NINE + HOUR, "b"), (NINE, "a"), (NINE + HOUR, "c")], 2) == ["a", "b"]


@pytest.mark.parametrize(
    ("hour", "expected"),
    [(3, "evening"), (4, "morning"), (11, "morning"), (12, "afternoon"), (17, "afternoon"), (18, "evening")],
)
def test_the_greeting_fits_the_hour(hour, expected):
    assert greeting(hour) == expected


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (5, ["in an hour", "in three hours", "just missed", "missed today", "missed last week"]),
        (3, ["in an hour", "in three hours", "just missed"]),
    ],
)
def test_what_can_be_saved_comes_before_what_was_missed_latest(limit, expected):
    dated = [
        (NINE - 168 * HOUR, "missed last week"),
        (NINE + 3 * HOUR, "in three hours"),
        (NINE - 5 * HOUR, "missed today"),
        (NINE - HOUR, "just missed"),
        (NINE + HOUR, "in an hour"),
    ]

    assert to_save_first(dated, NINE, limit) == expected
