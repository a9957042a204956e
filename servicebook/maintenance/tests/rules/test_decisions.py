"""What may fail, how an occurrence stands, what a worksheet lacks, and what a plan's scope names."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicebook.contracts.rules.scope import Fit, fits
from servicebook.contracts.rules.terms import Facts, Scope
from servicebook.maintenance.rules import risk, scope, standing, worksheet
from servicebook.maintenance.rules.risk import Code, Risk
from servicebook.maintenance.rules.scope import Unit
from servicebook.maintenance.rules.standing import Standing
from servicebook.maintenance.rules.worksheet import Line, Problem, Progress

DUE = date(2026, 3, 20)
DAY = timedelta(days=1)

# Risks.

OPEN = risk.Facts(due_on=DUE, called_on=DUE - 14 * DAY, needs_window=True, needs_access=True, parts_missing=2)
EVERY_CODE = [Code.WINDOW, Code.ACCESS, Code.PARTS]


@pytest.mark.req("S0.28")
@pytest.mark.parametrize(
    ("days_before", "codes"),
    [(14, []), (8, []), (7, EVERY_CODE), (1, EVERY_CODE), (0, EVERY_CODE), (-5, EVERY_CODE)],
)
def test_what_is_not_settled_a_week_ahead_is_at_risk_until_it_is(days_before, codes):
    found = risk.risks(OPEN, today=DUE - days_before * DAY)

    assert [one.code for one in found] == codes
    assert {one.since for one in found} <= {DUE - 7 * DAY}


@pytest.mark.req("S0.28")
@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"window_agreed": True}, [Code.ACCESS, Code.PARTS]),
        ({"needs_window": False}, [Code.ACCESS, Code.PARTS]),
        ({"access_agreed": True}, [Code.WINDOW, Code.PARTS]),
        ({"needs_access": False}, [Code.WINDOW, Code.PARTS]),
        ({"parts_missing": 0}, [Code.WINDOW, Code.ACCESS]),
        ({"over": True}, []),
        ({"called_on": None}, []),
        ({"window_agreed": True, "access_agreed": True, "parts_missing": 0}, []),
    ],
)
def test_a_risk_is_gone_when_it_is_solved(change, codes):
    assert [one.code for one in risk.risks(replace(OPEN, **change), today=DUE)] == codes


@pytest.mark.req("S0.28")
def test_a_ticket_made_late_is_at_risk_from_its_first_day():
    late = risk.Facts(due_on=DUE, called_on=DUE - 2 * DAY)

    assert risk.risks(late, today=DUE - 2 * DAY) == [Risk(Code.WINDOW, DUE - 2 * DAY)]


# How an occurrence stands.


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, Standing.AHEAD),
        ({"called": True}, Standing.CALLED),
        ({"called": True, "asked": True}, Standing.ASKED),
        ({"called": True, "asked": True, "agreed": True}, Standing.AGREED),
        ({"late": True}, Standing.OVERDUE),
        ({"late": True, "called": True, "agreed": True}, Standing.OVERDUE),
        ({"skipped": True, "late": True}, Standing.SKIPPED),
        ({"cancelled": True}, Standing.CANCELLED),
        ({"called": True, "closed": True, "done": True}, Standing.DONE),
        ({"called": True, "closed": True, "done": True, "late": True}, Standing.DONE),
        ({"called": True, "closed": True, "done": True, "left": 1}, Standing.PARTLY),
        # A visit that was called off leaves nothing "done".
        ({"called": True, "closed": True}, Standing.WITHDRAWN),
        ({"called": True, "closed": True, "agreed": True, "left": 3}, Standing.WITHDRAWN),
        ({"called": True, "closed": True, "skipped": True}, Standing.SKIPPED),
        ({"called": True, "closed": True, "cancelled": True}, Standing.CANCELLED),
        # A ticket that was reopened is open.
        ({"called": True, "closed": False, "done": True}, Standing.CALLED),
    ],
)
def test_how_an_occurrence_stands(facts, expected):
    assert standing.standing(standing.Facts(**facts)) is expected


FLAGS = ("skipped", "cancelled", "called", "closed", "done", "asked", "agreed", "late")


def test_nothing_is_done_but_by_work_that_was_done():
    for values in product([False, True], repeat=len(FLAGS)):
        for left in (0, 2):
            facts = standing.Facts(left=left, **dict(zip(FLAGS, values, strict=True)))
            stands = standing.standing(facts)

            finished = facts.closed and facts.done
            assert (stands in (Standing.DONE, Standing.PARTLY)) == finished
            assert (stands is Standing.DONE) == (finished and not left)
            called_off = facts.closed or facts.skipped or facts.cancelled
            assert stands.is_over == called_off
            assert stands.tone


# Worksheets.

MEASURE = Line(measures=True, low=Decimal(10), high=Decimal(20))


@pytest.mark.req("S0.26", "S0.30")
@pytest.mark.parametrize(
    ("line", "lacks"),
    [
        (Line(), []),  # open: nobody said anything yet
        (Line(proof="photo", required=True), []),
        (Line(outcome="ok"), []),
        (Line(outcome="ok", proof="photo"), [Problem.PHOTO]),
        (Line(outcome="ok", proof="photo", has_photo=True), []),
        (Line(outcome="ok", proof="signature"), [Problem.SIGNED_BY]),
        (Line(outcome="ok", proof="signature", signed_by=" "), [Problem.SIGNED_BY]),
        (Line(outcome="ok", proof="signature", signed_by="A. Serik"), []),
        (Line(outcome="ok", proof="reading"), [Problem.AFTER]),
        (Line(outcome="ok", proof="reading", after=Decimal(0)), []),
        (Line(outcome="ok", measures=True, asks_before=True), [Problem.BEFORE, Problem.AFTER]),
        (Line(outcome="ok", measures=True, asks_before=True, before=Decimal(1)), [Problem.AFTER]),
        (Line(outcome="ok", asks_words=True), [Problem.TEXT]),
        (Line(outcome="ok", asks_words=True, text="Dusty"), []),
        (replace(MEASURE, outcome="ok", after=Decimal(10)), []),
        (replace(MEASURE, outcome="ok", after=Decimal(21)), [Problem.NOTE]),
        (replace(MEASURE, outcome="ok", after=Decimal(21), note="Within the maker's limits"), []),
        (Line(outcome="failed"), [Problem.NOTE]),
        (Line(outcome="failed", note="Swollen"), []),
        (Line(outcome="failed", note="Swollen", proof="photo"), [Problem.PHOTO]),
        (Line(outcome="failed", note="Swollen", proof="signature"), []),
        (Line(outcome="not_done"), [Problem.NOTE]),
        (Line(outcome="not_done", note="Locked", proof="photo", measures=True), []),
    ],
)
def test_what_a_line_lacks(line, lacks):
    assert worksheet.problems(line) == lacks


@pytest.mark.req("S0.30")
@pytest.mark.parametrize(
    ("low", "high", "before", "after", "expected"),
    [
        (None, None, None, "99", False),
        ("10", "20", None, None, False),
        ("10", "20", None, "10", False),
        ("10", "20", None, "20", False),
        ("10", "20", None, "9.999", True),
        ("10", "20", None, "20.001", True),
        ("10", None, None, "9", True),
        (None, "20", None, "21", True),
        ("10", "20", "5", "15", False),  # mended
        ("10", "20", "15", "5", True),
        ("10", "20", "5", None, True),
        ("0", None, None, "-1", True),
    ],
)
def test_a_reading_outside_of_its_limits_deviates(low, high, before, after, expected):
    low, high, before, after = (one and Decimal(one) for one in (low, high, before, after))

    assert worksheet.deviates(low, high, before=before, after=after) is expected


LINES = st.builds(
    Line, outcome=st.sampled_from(["", "ok", "failed", "not_done"]), required=st.booleans(), note=st.just("x")
)


@pytest.mark.req("S0.30")
@given(st.lists(LINES, max_size=8))
def test_what_is_left_of_a_worksheet(lines):
    found = worksheet.left(lines)
    progress = worksheet.progress(lines)

    assert found == [one for one in lines if one.required and one.outcome in ("", "not_done")]
    assert progress.left == len(found)
    assert 0 <= progress.percent <= 100
    assert (progress.percent == 100) == all(one.outcome for one in lines)


def test_an_empty_worksheet_is_whole():
    assert worksheet.progress([]) == Progress(lines=0, answered=0, failed=0, left=0)
    assert worksheet.progress([]).percent == 100


# Scopes.

UNIT = Unit(asset=1, site=2, model=3, category=4, regions=(7, 6, 5))


@pytest.mark.req("S0.24")
@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], True),
        ([Scope()], True),
        ([Scope(asset=1)], True),
        ([Scope(asset=9)], False),
        ([Scope(asset=9), Scope(site=2)], True),
        ([Scope(site=2, category=9)], False),
        ([Scope(site=2, category=4, model=3)], True),
        ([Scope(region=7)], True),
        ([Scope(region=5)], True),  # with everything inside it
        ([Scope(region=8)], False),
        ([Scope(region=6, category=4)], True),
    ],
)
def test_what_the_scope_of_a_plan_names(rows, expected):
    assert scope.matches(rows, UNIT) is expected


def test_a_unit_without_a_site_or_a_category_is_not_named_by_one():
    untied = Unit(asset=1, site=None, model=3, category=None)

    assert not any(
        scope.matches([row], untied) for row in (Scope(site=2), Scope(region=5), Scope(category=4))
    )
    assert scope.matches([Scope(model=3)], untied)


IDS = st.none() | st.integers(1, 3)


@given(
    st.builds(Scope, asset=IDS, site=IDS, model=IDS, category=IDS, region=IDS),
    st.builds(
        Unit,
        asset=st.integers(1, 3),
        site=IDS,
        model=st.integers(1, 3),
        category=IDS,
        regions=st.sampled_from([(), (1,), (2, 1)]),
    ),
)
def test_a_plan_reads_a_row_of_scope_as_a_contract_does(row, unit):
    """They are one filter to the people who write them."""
    request = Facts(
        moment=datetime(2026, 3, 20, tzinfo=UTC),
        day=DUE,
        customer=1,
        asset=unit.asset,
        site=unit.site,
        model=unit.model,
        category=unit.category,
        regions=unit.regions,
    )

    assert scope.names(row, unit) is (fits(row, request) is Fit.IN)
