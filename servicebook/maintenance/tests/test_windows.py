"""The window of a visit: offered, wished for, agreed once, and taken back (S0.27)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicebook.core.errors import Refused
from servicebook.journal.models import Entry
from servicebook.maintenance.actions import moving, windows
from servicebook.maintenance.actions.windows import AlreadyAgreed
from servicebook.maintenance.models import Window
from servicebook.maintenance.rules import windows as rules
from servicebook.maintenance.rules.windows import Span
from servicebook.testing import make_contract, make_customer, make_occurrence, make_plan, make_user

ALMATY = ZoneInfo("Asia/Almaty")
VIENNA = ZoneInfo("Europe/Vienna")
DAY = date(2026, 4, 30)


def span(text: str, hours: float = 2) -> Span:
    starts = datetime.fromisoformat(text).replace(tzinfo=ALMATY)
    return Span(starts, starts + timedelta(hours=hours))


@pytest.fixture
def task(db, set_clock):
    set_clock("2026-04-10 09:00")
    return make_occurrence(due_on=DAY)


def verbs(thing) -> list[str]:
    entries = Entry.objects.filter(subject_id=thing.pk, subject_type__model="occurrence").order_by("pk")
    return [entry.verb.removeprefix("occurrence.") for entry in entries]


# The rules.


@pytest.mark.req("S0.27")
@pytest.mark.parametrize(
    ("day", "opens", "closes", "expected"),
    [
        ("2026-04-30", "09:00", "12:00", "09:00 12:00 3.0"),
        ("2026-04-30", "22:00", "06:00", "22:00 06:00 8.0"),  # over night
        ("2026-04-30", "08:00", "08:00", "08:00 08:00 24.0"),
        ("2026-03-28", "22:00", "06:00", "22:00 06:00 7.0"),  # clocks go forward
        ("2026-10-24", "22:00", "06:00", "22:00 06:00 9.0"),  # and back
        ("2026-03-29", "02:00", "03:00", "03:00 04:00 1.0"),  # this hour does not exist
        ("2026-03-29", "02:30", "03:00", "03:30 04:00 0.5"),
        ("2026-10-25", "02:00", "03:00", "02:00 03:00 2.0"),  # this one is there twice
    ],
)
def test_a_window_is_meant_in_local_time_and_survives_the_nights_of_the_clocks(day, opens, closes, expected):
    found = rules.on(date.fromisoformat(day), time.fromisoformat(opens), time.fromisoformat(closes), VIENNA)

    local = [f"{one.astimezone(VIENNA):%H:%M}" for one in found]
    assert f"{' '.join(local)} {(found.ends_at - found.starts_at) / timedelta(hours=1)}" == expected


@given(
    day=st.dates(date(2024, 1, 1), date(2032, 12, 31)),
    opens=st.times(),
    closes=st.times(),
    zone=st.sampled_from(["Europe/Vienna", "Asia/Almaty", "America/New_York", "Australia/Lord_Howe"]),
)
def test_no_window_ends_before_it_begins(day, opens, closes, zone):
    found = rules.on(day, opens, closes, ZoneInfo(zone))

    assert found.starts_at.tzinfo is UTC
    assert timedelta(0) < found.ends_at - found.starts_at <= timedelta(hours=25)


NOW = datetime(2026, 4, 10, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("spans", "fewest", "says"),
    [
        ([], 1, "Give 1 to 3 windows"),
        ([span("2026-04-29 10:00")], 2, "Give 2 to 3 windows"),
        ([span(f"2026-04-2{n} 10:00") for n in range(4)], 1, "Give 1 to 3 windows"),
        ([span("2026-04-29 10:00"), span("2026-04-28 10:00", -1)], 1, "Window 2 ends before it begins"),
        ([span("2026-04-10 08:59")], 1, "has begun already"),
        ([span("2026-04-29 10:00", 49)], 1, "longer than two days"),
        ([span("2027-12-29 10:00")], 1, "more than a year ahead"),
        ([span("2026-04-29 10:00")] * 2, 2, "Window 2 is the same"),
    ],
)
def test_what_speaks_against_windows(spans, fewest, says):
    found = rules.wrong(spans, now=NOW, fewest=fewest)

    assert found is not None
    assert says in found.text % found.facts


def test_nothing_speaks_against_one_to_three_windows_ahead():
    for count in (1, 2, 3):
        assert rules.wrong([span(f"2026-04-2{n} 10:00") for n in range(count)], now=NOW) is None


# Offering and wishing.


@pytest.mark.req("S0.27")
def test_a_new_offer_stands_in_the_place_of_the_old_one(task, dispatcher):
    (old,) = windows.offer_windows(task.pk, [span("2026-04-30 10:00")], by=dispatcher)
    new = windows.offer_windows(
        task.pk, [span("2026-04-30 14:00"), span("2026-04-29 22:00", 8)], by=dispatcher
    )

    old.refresh_from_db()
    assert old.state == Window.State.DECLINED
    assert {one.state for one in new} == {Window.State.OPEN}
    said = Entry.objects.filter(verb="occurrence.windows_offered").latest("pk")
    assert said.facts["windows"] == "30 Apr 2026 14:00 – 16:00; 29 Apr 2026 22:00 – 30 Apr 2026 06:00"
    assert said.actor == dispatcher


def test_a_refused_offer_changes_nothing(task, dispatcher):
    windows.offer_windows(task.pk, [span("2026-04-30 10:00")], by=dispatcher)
    with pytest.raises(Refused) as refused:
        windows.offer_windows(task.pk, [span("2026-04-09 10:00")], by=dispatcher)

    assert "windows" in refused.value.fields
    assert task.windows.get().state == Window.State.OPEN


@pytest.mark.req("S0.27", "S0.41")
def test_the_customer_wishes_for_others_and_what_is_far_is_said(task):
    made = windows.wish_windows(
        task.pk,
        [span("2026-05-04 10:00"), span("2026-05-20 10:00")],
        by_name="B. Akhmetov",
        channel="link",
    )

    assert [one.ours for one in made] == [False, False]
    assert [windows.is_far(task, one) for one in made] == [False, True]  # the plan allows seven days
    entry = Entry.objects.get(verb="occurrence.windows_wished_far")
    assert (entry.actor_name, entry.facts["far"]) == ("B. Akhmetov", "20 May 2026 10:00 – 12:00")
    task.refresh_from_db()
    assert task.due_on == DAY  # nothing is agreed yet


def test_the_same_wish_twice_is_one(task):
    wishes = [span("2026-05-04 10:00"), span("2026-05-05 10:00")]
    for _time in range(2):
        windows.wish_windows(task.pk, wishes, by_name="B. Akhmetov", channel="link")

    assert task.windows.count() == 2
    assert verbs(task) == ["windows_wished"]


def test_one_wish_is_too_few_and_a_nameless_or_unheard_one_none(task):
    two = [span("2026-05-04 10:00"), span("2026-05-05 10:00")]
    for spans, name, channel, field in (
        (two[:1], "B. Akhmetov", "link", "windows"),
        (two, "  ", "link", "by_name"),
        (two, "B. Akhmetov", "pigeon", "channel"),
    ):
        with pytest.raises(Refused) as refused:
            windows.wish_windows(task.pk, spans, by_name=name, channel=channel)
        assert field in refused.value.fields
    assert not task.windows.exists()


def test_a_wish_takes_an_agreement_back(task, dispatcher):
    windows.agree_window(
        task.pk, **span("2026-04-30 10:00")._asdict(), by_name="B.", channel="phone", by=dispatcher
    )
    windows.wish_windows(
        task.pk, [span("2026-05-04 10:00"), span("2026-05-05 10:00")], by_name="B.", channel="link"
    )

    task.refresh_from_db()
    assert task.window_agreed_at is None
    assert sorted(task.windows.values_list("state", flat=True)) == ["declined", "open", "open"]


# Agreeing.


@pytest.mark.req("S0.27")
def test_agreeing_to_one_declines_the_others_and_moves_the_work_to_its_day(task):
    offered = windows.offer_windows(
        task.pk, [span("2026-04-30 10:00"), span("2026-05-01 22:00", 8)], by=make_user()
    )
    agreed = windows.agree_window(task.pk, window_id=offered[1].pk, by_name="B. Akhmetov", channel="link")

    assert agreed.due_on == date(2026, 5, 1)  # where it begins, at the site
    assert agreed.moved_because == "window agreed with B. Akhmetov"
    assert (agreed.window_agreed_by, agreed.window_channel) == ("B. Akhmetov", "link")
    assert agreed.window_agreed_at == datetime(2026, 4, 10, 4, tzinfo=UTC)
    assert agreed.nominal_on == DAY
    assert list(task.windows.values_list("state", flat=True)) == ["declined", "accepted"]
    entry = Entry.objects.get(verb="occurrence.window_agreed_and_moved")
    assert entry.actor_name == "B. Akhmetov"
    assert entry.facts["how"] == "Link"


def test_the_same_window_agreed_to_twice_changes_nothing(task):
    (offered,) = windows.offer_windows(task.pk, [span("2026-04-30 10:00")], by=make_user())
    for by_name in ("B. Akhmetov", "Somebody else"):
        agreed = windows.agree_window(task.pk, window_id=offered.pk, by_name=by_name, channel="link")

    assert agreed.window_agreed_by == "B. Akhmetov"
    assert agreed.version == 1
    assert verbs(task) == ["windows_offered", "window_agreed"]


def test_another_window_is_refused_once_one_is_agreed(task, dispatcher):
    first, second = windows.offer_windows(
        task.pk, [span("2026-04-30 10:00"), span("2026-04-30 14:00")], by=dispatcher
    )
    windows.agree_window(task.pk, window_id=first.pk, by_name="B. Akhmetov", channel="link")
    for action in (
        lambda: windows.agree_window(task.pk, window_id=second.pk, by_name="B.", channel="link"),
        lambda: windows.offer_windows(task.pk, [span("2026-04-29 10:00")], by=dispatcher),
    ):
        with pytest.raises(AlreadyAgreed, match=r"30 Apr 2026 10:00 – 12:00 is agreed with B\. Akhmetov"):
            action()


def test_a_customer_takes_only_what_is_on_offer_and_a_dispatcher_what_was_said_by_phone(task, dispatcher):
    (old,) = windows.offer_windows(task.pk, [span("2026-04-30 10:00")], by=dispatcher)
    windows.offer_windows(task.pk, [span("2026-04-30 14:00")], by=dispatcher)
    free = span("2026-05-02 09:00")._asdict()
    for what in ({"window_id": old.pk}, free):
        with pytest.raises(Refused, match="not on offer"):
            windows.agree_window(task.pk, **what, by_name="B.", channel="link")

    windows.agree_window(task.pk, **free, by_name="B. Akhmetov", channel="phone", by=dispatcher)
    task.refresh_from_db()
    assert task.due_on == date(2026, 5, 2)


def test_the_usual_window_may_be_confirmed_without_an_offer(set_clock, db):
    set_clock("2026-04-10 09:00")
    task = make_occurrence(make_plan(window_from=time(22), window_until=time(6)), due_on=DAY)
    usual = windows.usual_window(task)

    assert usual == span("2026-04-30 22:00", 8)
    windows.agree_window(task.pk, **usual._asdict(), by_name="B. Akhmetov", channel="link")
    task.refresh_from_db()
    assert (task.due_on, task.window_until) == (DAY, usual.ends_at)


@pytest.mark.parametrize(
    ("what", "field"),
    [
        ({}, "starts_at"),
        ({"starts_at": span("2026-04-30 10:00").starts_at}, "ends_at"),
        ({"window_id": 987654}, "window_id"),
        (span("2026-04-30 10:00", -1)._asdict(), "windows"),
        (span("2026-04-01 10:00")._asdict(), "windows"),
    ],
)
def test_what_is_no_window_is_refused_where_it_stands(what, field, task, dispatcher):
    with pytest.raises(Refused) as refused:
        windows.agree_window(task.pk, **what, by_name="B.", channel="phone", by=dispatcher)

    assert field in refused.value.fields


def test_no_window_is_after_the_end_of_the_contract(set_clock, dispatcher):
    set_clock("2026-04-10 09:00")
    customer = make_customer()
    plan = make_plan(customer, contract=make_contract(customer, ends_on=DAY))
    task, late = make_occurrence(plan, due_on=DAY), span("2026-05-01 10:00")
    for action in (
        lambda: windows.offer_windows(task.pk, [late], by=dispatcher),
        lambda: windows.agree_window(task.pk, **late._asdict(), by_name="B.", channel="phone", by=dispatcher),
    ):
        with pytest.raises(Refused, match="go until 30 Apr 2026") as refused:
            action()
        assert "windows" in refused.value.fields


def test_a_window_of_another_task_is_none_of_this(task, dispatcher):
    (foreign,) = windows.offer_windows(
        make_occurrence(due_on=DAY).pk, [span("2026-04-30 10:00")], by=dispatcher
    )
    with pytest.raises(Refused, match="not one of this maintenance"):
        windows.agree_window(task.pk, window_id=foreign.pk, by_name="B.", channel="phone", by=dispatcher)


@pytest.mark.req("S0.27")
def test_an_agreement_is_taken_back_for_a_reason(task, dispatcher):
    with pytest.raises(Refused, match="Say why"):
        windows.reopen_window(task.pk, because=" ", by=dispatcher)
    windows.reopen_window(task.pk, because="nothing was agreed", by=dispatcher)
    assert verbs(task) == []

    windows.agree_window(
        task.pk, **span("2026-05-01 10:00")._asdict(), by_name="B.", channel="phone", by=dispatcher
    )
    again = windows.reopen_window(task.pk, because="the server room is rebuilt", by=dispatcher)
    assert (again.window_agreed_at, again.window_from, again.window_channel) == (None, None, "")
    assert again.due_on == date(2026, 5, 1)
    assert verbs(task)[-1] == "window_reopened"
    # Whoever said it by phone may say it again.
    windows.agree_window(
        task.pk, **span("2026-05-01 10:00")._asdict(), by_name="B.", channel="phone", by=dispatcher
    )
    assert task.windows.get().state == Window.State.ACCEPTED


def test_nothing_is_agreed_about_what_is_skipped(task, dispatcher):
    moving.skip(task.pk, because="the school is closed", by=dispatcher)
    for action in (
        lambda: windows.offer_windows(task.pk, [span("2026-04-30 10:00")], by=dispatcher),
        lambda: windows.wish_windows(task.pk, [], by_name="B.", channel="link"),
        lambda: windows.agree_window(task.pk, window_id=1, by_name="B.", channel="link"),
        lambda: windows.reopen_window(task.pk, because="x", by=dispatcher),
    ):
        with pytest.raises(Refused, match=r"skipped \(the school is closed\)\. Bring it back first"):
            action()
