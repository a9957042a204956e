"""Each invariant of maintenance finds the row that breaks it, and is silent otherwise."""

from datetime import timedelta

import pytest

from servicebook.core import clock
from servicebook.maintenance import invariants
from servicebook.maintenance.actions import moving, parts, windows
from servicebook.maintenance.actions.checklists import Item, publish
from servicebook.maintenance.actions.results import Result, record_line
from servicebook.maintenance.actions.settling import closing_of, settle
from servicebook.maintenance.models import Checklist, Occurrence, PartNeed, Window, WorksheetLine
from servicebook.testing import close_ticket, make_occurrence, make_plan, make_planned

pytestmark = [pytest.mark.django_db, pytest.mark.trust("I2"), pytest.mark.trust("I5")]
CHECKS = (
    invariants.every_planned_ticket_has_its_occurrence,
    invariants.what_is_off_has_no_open_ticket,
    invariants.moving_rules_have_one_turn,
    invariants.agreed_is_accepted,
    invariants.nothing_is_reserved_for_what_is_off,
    invariants.every_failure_is_followed_up,
    invariants.rests_follow_in_order,
)


@pytest.fixture
def story(manager, set_clock):
    """One task with an agreed window and a reserved part, one skipped, one done in part with a failure."""
    set_clock("2026-04-10 09:00")
    items = [Item("Clean"), Item("Measure")]
    plan = make_plan(checklist=publish(Checklist(name="UPS"), items, by=manager).checklist)
    agreed, skipped, half = (make_planned(make_occurrence(plan)) for _n in range(3))
    windows.agree_window(
        agreed.pk, **windows.usual_window(agreed)._asdict(), by_name="B.", channel="phone", by=manager
    )
    parts.reserve(parts.add_part(agreed.pk, name="Filter", by=manager).pk, by=manager)
    moving.skip(skipped.pk, because="closed", by=manager)
    line = half.ticket.worksheet.lines.first()
    record_line(half.ticket_id, Result(line.pk, "failed", note="torn"), by=manager)
    closed = close_ticket(half.ticket, by=manager)
    settle(closed.pk, closing=closing_of(closed.closed_at))
    return agreed, skipped, half


def told():
    return {check.__name__: len(list(check())) for check in CHECKS if list(check())}


def test_a_sound_story_breaks_none(story):
    assert Occurrence.objects.filter(part=1).exists()
    assert told() == {}


def test_two_turns_of_a_rule_that_moves_are_found(story):
    first = make_planned(make_occurrence(make_plan(counts_from="done", followed=0), key="m1"))
    assert told() == {}
    make_occurrence(first.plan, asset=first.asset, key="m2")
    assert told() == {"moving_rules_have_one_turn": 1}


@pytest.mark.parametrize(
    ("breaking", "found"),
    [
        (
            lambda agreed: Occurrence.objects.filter(pk=agreed.pk).update(ticket=None, called_at=None),
            "every_planned_ticket_has_its_occurrence",
        ),
        (
            lambda agreed: Occurrence.objects.filter(part=1).update(skipped_at=clock.now(), because="x"),
            "what_is_off_has_no_open_ticket",
        ),
        (lambda agreed: Window.objects.update(state="declined"), "agreed_is_accepted"),
        (
            lambda agreed: Window.objects.update(ends_at=clock.now() + timedelta(days=99)),
            "agreed_is_accepted",
        ),
        (
            lambda agreed: PartNeed.objects.update(occurrence=Occurrence.objects.get(because="closed")),
            "nothing_is_reserved_for_what_is_off",
        ),
        (lambda agreed: WorksheetLine.objects.update(follow_up=None), "every_failure_is_followed_up"),
        (lambda agreed: Occurrence.objects.filter(part=1).update(key="other"), "rests_follow_in_order"),
    ],
)
def test_each_finds_the_row_that_breaks_it(breaking, found, story):
    breaking(story[0])
    assert told() == {found: 1}
