import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicebook.contracts.amounts import hours
from servicebook.contracts.rules.durations import LONGEST, NotALength, parse


@pytest.mark.req("S0.16")
@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("4 h", 240),
        ("4h", 240),
        ("4", 240),
        ("30 min", 30),
        ("30m", 30),
        ("2 d", 2880),
        ("1 h 30 min", 90),
        ("1h30m", 90),
        ("1:30", 90),
        ("1.5 h", 90),
        ("1,5 ч", 90),
        ("0.25h", 15),
        ("2 days", 2880),
        ("  8   hours ", 480),
        ("4 часа", 240),
        ("45 мин.", 45),
        ("2 дня", 2880),
        ("4 сағ", 240),
        ("2 күн", 2880),
        ("4 saat", 240),
        ("30 dk", 30),
        ("4小时", 240),
        ("2天", 2880),
        ("366 d", LONGEST),
    ],
)
def test_a_length_is_read_as_people_write_it(text, minutes):
    assert parse(text) == minutes


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "h",
        "four hours",
        "0",
        "0 h",
        "-4 h",
        "4 bananas",
        "367 d",
        "1:75",
        "0.005 h",
        "4 h h",
        "1e3",
    ],
)
def test_what_says_no_length_is_refused(text):
    with pytest.raises(NotALength):
        parse(text)


def test_a_number_alone_is_in_the_unit_that_the_field_says():
    assert parse("90", unit="min") == 90
    assert parse("2", unit="d") == 2880


@given(st.integers(1, LONGEST))
def test_what_is_shown_is_read_back(minutes):
    assert parse(hours(minutes)) == minutes
