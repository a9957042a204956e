"""A stage sends only a text all of whose fields its kind fills."""

import pytest

from servicebook.agenda.worker import run_due
from servicebook.messaging import texts
from servicebook.reminders import fitting
from servicebook.reminders.actions.ladders import wrong_in
from servicebook.reminders.firing import Act
from servicebook.reminders.kinds import KINDS
from servicebook.reminders.kinds.base import ALWAYS_FILLED
from servicebook.reminders.models import Ask, Stage, What
from servicebook.reminders.rules.delivered import LADDERS
from servicebook.reminders.tests.test_asks import fired, house, make_visit, waiting

__all__ = ["house", "waiting"]


def test_every_delivered_stage_sends_a_text_that_fits():
    for what, steps in LADDERS.items():
        for step in steps:
            stage = Stage(theirs=list(step.theirs), asks=step.asks, text=step.text, step=step.step)
            assert wrong_in(what, stage) == {}, (what, step.name)


@pytest.mark.parametrize("what", What)
def test_a_text_fits_exactly_when_no_field_stays_empty(what):
    filled = ALWAYS_FILLED.union(KINDS[what].fills)
    fits = {code for code, _title in fitting.fitting(what)}
    assert fits == {one.code for one in texts.TEXTS.values() if not one.ours and set(one.names) <= filled}


@pytest.mark.django_db
def test_what_a_kind_says_that_it_fills_is_what_its_cases_have(set_clock, monkeypatch, house):
    """Each kind that fires in the story of a visit; a fact that is missing would be an empty field."""
    seen = {}
    facts = Act.facts

    def spied(self, **more):
        found = facts(self, **more)
        seen[self.kind.what] = set(found)
        return found

    monkeypatch.setattr(Act, "facts", spied)
    make_visit(set_clock)
    for at in ("2026-04-16 09:00", "2026-04-18 09:01", "2026-04-30 09:00", "2026-05-01 09:00"):
        set_clock(at)
        run_due()

    assert {What.MAINTENANCE, What.SILENCE} <= seen.keys()
    assert Ask.objects.exists()
    assert fired("reminders.maintenance")
    for what, found in seen.items():
        promised = ALWAYS_FILLED.union(KINDS[what].fills) - {"to_name", "company"}
        assert promised <= found, what
