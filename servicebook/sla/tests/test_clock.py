"""The fold against a clock that ticks second by second, and stories told in tables."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servicebook.sla.rules.clock import Event, Kind, Reading, State, Stretch, read
from servicebook.sla.rules.device import OLDEST, Implausible, skew_checked
from servicebook.sla.rules.hours import Calendar, Hours

pytestmark = pytest.mark.req("S0.16")

DAY = datetime(2026, 6, 1, tzinfo=UTC)  # a Monday
SECOND = timedelta(seconds=1)
OFFICE = Calendar(Hours("UTC", (((540, 720), (780, 1080)),) * 5 + ((), ())))  # 9–12, 13–18
# Opens and closes every few minutes, so that a short story meets all of it.
RESTLESS = Calendar(Hours("UTC", (((0, 3), (5, 6), (10, 21), (22, 25)),) * 7))


def at(text):
    """ "10:00", "10:00:30" of the day, or "+1 10:00" of the next."""
    days, _, time = text.rpartition(" ")
    parts = [int(part) for part in time.split(":")]
    return DAY + timedelta(days=int(days or 0), hours=parts[0], minutes=parts[1], seconds=sum(parts[2:]))


def event(when, kind, **facts):
    return Event(at(when), Kind(kind), **facts)


def started(when="09:00", minutes=60, **facts):
    return event(when, "started", minutes=minutes, **{"calendar": OFFICE, "warn_percent": 75, **facts})


def reading(*events, now, measure="response"):
    found = read(events, measure, now=at(now))
    assert found is not None
    return found


# The slow reference: a clock that ticks.


def tick(events, now):
    """State, counted, met and breached after ticking from the start to `now`; None before the start."""
    told = sorted((one for one in events if one.at <= now), key=lambda one: one.at)
    start = next((one for one in told if one.kind is Kind.STARTED), None)
    if start is None:
        return None
    todo = [one for one in told if one.kind is not Kind.STARTED]
    todo = [one for one in todo if one.kind is not Kind.TARGET or one.at >= start.at]
    state, counted, met, breached, target = State.RUNNING, 0, None, None, start
    moment = start.at
    while True:
        while todo and todo[0].at <= moment:
            one, ended = todo.pop(0), state not in (State.RUNNING, State.PAUSED)
            does_something = {
                Kind.PAUSED: state is State.RUNNING,
                Kind.RESUMED: state is State.PAUSED,
                Kind.TARGET: True,
                Kind.STOPPED: not ended,
                Kind.MET: not ended,
                Kind.REOPENED: ended,
            }[one.kind]
            if not does_something:
                continue
            if not ended and one.kind is not Kind.MET and counted >= target.minutes * 60:
                breached = breached or moment
            match one.kind:
                case Kind.PAUSED:
                    state = State.PAUSED
                case Kind.RESUMED:
                    state = State.RUNNING
                case Kind.TARGET:
                    target = one
                case Kind.STOPPED:
                    state = State.STOPPED
                case Kind.MET:
                    state, met = (State.MISSED if breached else State.MET), moment
                case Kind.REOPENED:
                    state, met = State.RUNNING, None
        if state in (State.RUNNING, State.PAUSED) and counted >= target.minutes * 60:
            breached = breached or moment
        if moment >= now:
            return state, counted, met, breached
        calendar = target.calendar
        if state is State.RUNNING and (calendar is None or calendar.is_open(moment)):
            counted += 1
        moment += SECOND


@st.composite
def stories(draw):
    moments = st.integers(0, 1500).map(lambda second: DAY + timedelta(seconds=second // 10 * 10))
    targets = st.fixed_dictionaries(
        {
            "minutes": st.integers(1, 12),
            "calendar": st.sampled_from([None, RESTLESS]),
            "warn_percent": st.sampled_from([None, 50, 75, 100]),
        }
    )

    def told(kind):
        facts = draw(targets) if kind in (Kind.STARTED, Kind.TARGET) else {}
        return Event(draw(moments), kind, measure=draw(st.sampled_from(["", "response"])), **facts)

    kinds = draw(st.lists(st.sampled_from(list(Kind)), max_size=8))
    return [told(kind) for kind in draw(st.permutations([Kind.STARTED, *kinds]))]


@settings(max_examples=150, deadline=None)
@given(stories(), st.integers(0, 2000))
def test_the_fold_equals_the_clock_that_ticks(events, seconds):
    now = DAY + timedelta(seconds=seconds)
    found = read(events, "response", now=now)

    assert (found and (found.state, found.counted, found.met_at, found.breached_at)) == tick(events, now)


@settings(max_examples=150, deadline=None)
@given(stories(), st.integers(0, 2000))
def test_a_reading_holds_together(events, seconds):
    now = DAY + timedelta(seconds=seconds)
    found = read(events, "response", now=now)
    if found is None:
        return
    open_ = found.state in (State.RUNNING, State.PAUSED)
    assert sum(one.seconds for one in found.stretches) == found.counted
    assert [one.until is None for one in found.stretches].count(True) == int(open_)
    assert all(
        earlier.until <= later.since
        for earlier, later in zip(found.stretches, found.stretches[1:], strict=False)
    )
    assert (found.due_at is None) <= (found.state is not State.RUNNING)
    assert (found.met_at is None) == (found.state not in (State.MET, State.MISSED))
    assert (found.state is State.MISSED) <= (found.breached_at is not None)
    assert found.state is not State.MET or found.breached_at is None
    if found.warn_at and found.due_at:
        assert found.warn_at <= found.due_at


@settings(max_examples=150, deadline=None)
@given(stories(), st.integers(0, 2000))
def test_the_deadline_is_the_moment_of_the_breach_if_nothing_more_happens(events, seconds):
    now = DAY + timedelta(seconds=seconds)
    told = [one for one in events if one.at <= now]
    found = read(told, "response", now=now)
    if found is None or found.state is not State.RUNNING or found.breached_at:
        return
    before = read(told, "response", now=found.due_at - SECOND)
    then = read(told, "response", now=found.due_at)

    assert before.breached_at is None
    assert then.breached_at == found.due_at
    assert then.counted == found.minutes * 60


@settings(max_examples=100, deadline=None)
@given(stories(), st.integers(0, 1500), st.integers(0, 500), st.randoms())
def test_the_past_does_not_change(events, seconds, later, random):
    """Whatever comes after a moment, and in whatever order it is told, the moment reads the same."""
    now = DAY + timedelta(seconds=seconds)
    more = [Event(now + timedelta(seconds=later + 1), kind, minutes=1) for kind in Kind]
    known = [one for one in events if one.at <= now]
    mixed = [replace(one, at=one.at + timedelta(microseconds=at)) for at, one in enumerate(known)]

    assert read(events + more, "response", now=now) == read(known, "response", now=now)
    in_order = read(sorted(mixed, key=lambda one: one.at), "response", now=now + SECOND)
    random.shuffle(mixed)
    mixed.sort(key=lambda one: one.at.microsecond)  # of one second: as they were given
    assert read(mixed, "response", now=now + SECOND) == in_order


def test_a_clock_counts_through_its_hours():
    found = reading(started("11:30", minutes=60), now="13:15")

    assert found == Reading(
        measure="response",
        state=State.RUNNING,
        started_at=at("11:30"),
        minutes=60,
        counted=45 * 60,
        due_at=at("13:30"),
        warn_at=at("13:15"),
        met_at=None,
        breached_at=None,
        binding=True,
        stretches=(Stretch(at("11:30"), None, True, "", 45 * 60),),
    )


def test_every_counted_and_every_paused_stretch_is_shown():
    found = reading(
        started(),
        event("09:20", "paused", reason="customer"),
        event("10:00", "resumed"),
        event("10:10", "met"),
        now="12:00",
    )

    assert found.stretches == (
        Stretch(at("09:00"), at("09:20"), True, "", 1200),
        Stretch(at("09:20"), at("10:00"), False, "customer", 0),
        Stretch(at("10:00"), at("10:10"), True, "", 600),
    )
    assert (found.state, found.counted, found.due_at, found.warn_at) == (
        State.MET,
        1800,
        at("10:40"),
        None,
    )


# Events after a start at 9:00 with a target of 60 minutes, and what shows at 12:00.
STORIES = {
    "nothing happens": ([], "running", 180, "10:00", "10:00"),
    "met in time": ([("09:59", "met")], "met", 59, "10:00", None),
    "met at the due second": ([("10:00", "met")], "met", 60, "10:00", None),
    "met a second late": ([("10:00:01", "met")], "missed", 60, "10:00", "10:00"),
    "met before the start": ([("08:00", "met")], "met", 0, "10:00", None),
    "paused twice": (
        [("09:10", "paused"), ("09:20", "paused"), ("09:30", "resumed"), ("09:40", "met")],
        "met",
        20,
        "10:20",
        None,
    ),
    "resumed twice": (
        [("09:10", "paused"), ("09:20", "resumed"), ("09:30", "resumed"), ("09:40", "met")],
        "met",
        30,
        "10:10",
        None,
    ),
    "paused and left so": ([("09:10", "paused")], "paused", 10, None, None),
    "paused before the start": ([("08:30", "paused")], "paused", 0, None, None),
    "waited before the start": (
        [("08:30", "paused"), ("08:50", "resumed")],
        "running",
        180,
        "10:00",
        "10:00",
    ),
    "paused at the due second": ([("10:00", "paused")], "paused", 60, None, "10:00"),
    "breached, then paused": ([("10:30", "paused")], "paused", 90, None, "10:00"),
    "breached, then stopped": ([("10:30", "stopped")], "stopped", 90, "10:00", "10:00"),
    "stopped": ([("09:30", "stopped")], "stopped", 30, "10:00", None),
    "paused to closed": ([("09:30", "paused"), ("11:00", "stopped")], "stopped", 30, None, None),
    "met while paused": ([("09:30", "paused"), ("11:00", "met")], "met", 30, None, None),
    "paused after it was met": ([("09:30", "met"), ("09:40", "paused")], "met", 30, "10:00", None),
    "reopened": ([("09:30", "met"), ("11:40", "reopened")], "running", 50, "13:10", None),
    "stopped and reopened": ([("09:30", "stopped"), ("11:40", "reopened")], "running", 50, "13:10", None),
    "reopened with nothing left": (
        [("10:00", "met"), ("11:40", "reopened")],
        "running",
        80,
        "10:00",
        "11:40",
    ),
    "missed and reopened": ([("10:30", "met"), ("11:40", "reopened")], "running", 110, "10:00", "10:00"),
    "reopened while it runs": ([("09:30", "reopened")], "running", 180, "10:00", "10:00"),
    "started again": ([("09:30", "started", 5)], "running", 180, "10:00", "10:00"),
    "target raised": ([("09:30", "target", 240)], "running", 180, "14:00", None),
    "target lowered": ([("09:10", "target", 20)], "running", 180, "09:20", "09:20"),
    "target lowered under what was counted": ([("09:50", "target", 20)], "running", 180, "09:50", "09:50"),
    "target lowered to what was counted": ([("09:20", "target", 20)], "running", 180, "09:20", "09:20"),
    "target lowered and met at once": ([("09:50", "target", 20), ("09:50", "met")], "met", 50, "09:50", None),
    "target raised while paused": (
        [("09:30", "paused"), ("10:00", "target", 120), ("11:00", "resumed")],
        "running",
        90,
        "13:30",
        None,
    ),
    "target lowered while paused": (
        [("09:30", "paused"), ("10:00", "target", 20)],
        "paused",
        30,
        None,
        "10:00",
    ),
    "target before the start": ([("08:00", "target", 20)], "running", 180, "10:00", "10:00"),
    "target raised after the breach": ([("10:30", "target", 240)], "running", 180, "14:00", "10:00"),
    "met late against a raised target": (
        [("10:30", "target", 240), ("11:00", "met")],
        "missed",
        120,
        "14:00",
        "10:00",
    ),
    "target changed after it was met": (
        [("09:30", "met"), ("10:00", "target", 20)],
        "met",
        30,
        "10:00",
        None,
    ),
    "target of its reopening": (
        [("09:30", "met"), ("10:00", "target", 120), ("11:40", "reopened")],
        "running",
        50,
        "14:10",
        None,
    ),
    "what is still to come": ([("12:00:01", "met")], "running", 180, "10:00", "10:00"),
}


@pytest.mark.parametrize("order", [1, -1], ids=["as it happened", "as a phone told it late"])
@pytest.mark.parametrize("story", STORIES)
def test_stories(story, order):
    told, state, minutes, due, breached = STORIES[story]
    events = [
        Event(at(when), Kind(kind), minutes=rest[0] if rest else None, calendar=OFFICE, warn_percent=75)
        for when, kind, *rest in told
    ]
    if order == -1 and len({one.at for one in events}) == len(events):
        events.reverse()

    found = reading(*events, started(), now="12:00")

    shown = [found.state, found.counted // 60, found.due_at, found.breached_at]
    assert shown == [State(state), minutes, due and at(due), breached and at(breached)]


def test_the_rest_of_a_new_target_runs_in_its_hours():
    """Half an hour of the office counts; the contract that came round the clock takes it on at night."""
    moved = event("+0 20:00", "target", minutes=120, warn_percent=50)
    found = reading(started("17:30", minutes=120), moved, now="20:00")

    assert found.counted == 30 * 60
    assert found.due_at == at("21:30")
    assert found.warn_at == at("20:30")
    back = event("20:30", "target", minutes=120, calendar=OFFICE)
    found = reading(started("17:30", minutes=120), moved, back, now="22:00")
    assert (found.counted, found.due_at, found.warn_at) == (60 * 60, at("+1 10:00"), None)


def test_a_goal_is_no_binding_target_and_keeps_its_warning_when_it_is_past():
    found = reading(started(binding=False), now="09:50")

    assert not found.binding
    assert found.warn_at == at("09:45")


def test_measures_do_not_move_each_other():
    events = [
        started(measure="response"),
        started(measure="recovery", minutes=240),
        event("09:10", "met", measure="response"),
        event("09:30", "paused"),
    ]

    assert reading(*events, now="10:00").state is State.MET
    assert reading(*events, now="10:00", measure="recovery").counted == 30 * 60
    assert read(events, "arrival", now=at("10:00")) is None
    assert read(events, "response", now=at("08:59")) is None


def test_parts_of_a_second_are_not_counted():
    start = replace(started(), at=at("09:00") + timedelta(microseconds=900_000))
    met = replace(event("10:00", "met"), at=at("10:00") + timedelta(microseconds=950_000))
    found = read([start, met], "response", now=at("11:00"))

    assert found is not None
    assert (found.started_at, found.met_at, found.state) == (at("09:00"), at("10:00"), State.MET)


def test_a_target_says_how_long():
    with pytest.raises(ValueError, match="minutes"):
        read([event("09:00", "started")], "response", now=at("10:00"))


@pytest.mark.parametrize(
    ("fast", "seconds"), [(timedelta(0), 0), (timedelta(hours=3), 10_800), (timedelta(minutes=-7), -420)]
)
def test_the_clock_of_a_phone_is_corrected(fast, seconds):
    happened, received = at("10:00"), at("15:00")

    assert skew_checked(happened + fast, received + fast, received) == (happened, seconds)


@pytest.mark.parametrize(
    ("ago", "why"), [(-SECOND, "future"), (OLDEST + SECOND, "old"), (timedelta(days=4000), "old")]
)
def test_what_a_phone_cannot_know_is_refused(ago, why):
    with pytest.raises(Implausible) as refused:
        skew_checked(at("10:00") - ago, at("10:00"), at("10:00"))
    assert refused.value.why == why
    assert skew_checked(at("10:00") - OLDEST, at("10:00"), at("10:00")) == (at("10:00") - OLDEST, 0)
