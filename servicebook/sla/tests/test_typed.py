from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from servicebook.sla.rules.hours import NotOpenings, check_day
from servicebook.sla.rules.typed import (
    NotADay,
    TypedDay,
    read_days,
    read_openings,
    write_days,
    write_openings,
)
from servicebook.sla.wording import WRONG, say_openings, say_week

pytestmark = pytest.mark.req("S0.15")

SPLIT = ((480, 720), (780, 1080))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8:00–12:00, 13:00–18:00", SPLIT),
        ("8-12 13-18", SPLIT),
        ("8.00 - 12.00; 13.00 — 18.00", SPLIT),
        ("13-18, 8-12", SPLIT),
        ("23-24", ((1380, 1440),)),
        ("0:00–24:00", ((0, 1440),)),
        ("", ()),
        ("  ", ()),
        ("–", ()),
        ("-", ()),
    ],
)
def test_a_day_as_people_type_it(text, expected):
    assert read_openings(text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nine to five", "unreadable"),
        ("8:00", "unreadable"),
        ("8-12 and more", "unreadable"),
        ("8-12-14", "unreadable"),
        ("8-12, 13", "unreadable"),
        ("8:75-12", "outside"),
        ("8-25", "outside"),
        ("22:00–6:00", "backwards"),
        ("8-8", "backwards"),
        ("8-12, 11-14", "overlap"),
    ],
)
def test_a_day_that_cannot_be_read(text, why):
    with pytest.raises(NotOpenings) as refused:
        read_openings(text)
    assert refused.value.why == why
    assert why in WRONG


minutes = st.integers(0, 1440)


@st.composite
def lawful_days(draw):
    edges = sorted(draw(st.lists(minutes, max_size=6, unique=True)))
    return check_day(zip(edges[: len(edges) // 2 * 2 : 2], edges[1::2], strict=True))


@given(lawful_days())
def test_what_is_written_is_read(openings):
    assert read_openings(write_openings(openings)) == openings


@given(st.dictionaries(st.dates(date(2000, 1, 1), date(2099, 12, 31)), lawful_days(), max_size=5))
def test_special_days_that_are_written_are_read(days):
    typed = {day: TypedDay(openings, "New Year's Eve, 2 shifts") for day, openings in days.items()}

    assert read_days(write_days(typed)) == typed


def test_special_days_one_a_line():
    text = (
        "\n2026-12-31 9:00–13:00 New Year's Eve\n\n 2.1.2027\n2027-01-07  Christmas \n2027-03-01 8-12 13-18"
    )

    assert read_days(text) == {
        date(2026, 12, 31): TypedDay(((540, 780),), "New Year's Eve"),
        date(2027, 1, 2): TypedDay(),
        date(2027, 1, 7): TypedDay((), "Christmas"),
        date(2027, 3, 1): TypedDay(SPLIT),
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("tomorrow", "date"),
        ("2026-02-29 9-12", "date"),
        ("1026-02-20", "date"),
        ("2026-02-201", "date"),
        ("2026-05-01\n1.5.2026 9-12", "twice"),
        ("2026-05-01 12-9", "backwards"),
        ("2026-05-01 9-12, 11-13", "overlap"),
    ],
)
def test_special_days_that_cannot_be_read(text, why):
    with pytest.raises(NotADay) as refused:
        read_days(text)
    assert refused.value.why == why
    assert refused.value.line == text.splitlines()[-1]


@pytest.mark.parametrize(
    ("week", "expected"),
    [
        ([[[0, 1440]]] * 7, "24/7"),
        ([[[480, 1200]]] * 6 + [[]], "Mon–Sat 8:00–20:00"),
        (
            [[[480, 720], [780, 1080]]] * 5 + [[[600, 840]], []],
            "Mon–Fri 8:00–12:00, 13:00–18:00; Sat 10:00–14:00",
        ),
        ([[[0, 1440]], [], [[0, 1440]], [], [], [], []], "Mon 0:00–24:00; Wed 0:00–24:00"),
    ],
)
def test_a_week_in_words(week, expected):
    assert say_week(week) == expected


def test_words_are_the_readers():
    with translation.override("ru"):
        assert say_week([[[480, 1200]]] * 6 + [[]]) == "Пн–Сб 8:00–20:00"
    assert say_openings([]) == "closed"
    assert say_openings([[480, 720]]) == "8:00–12:00"
