"""Golden tables of the rules of renewal and indexation."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicebook.contracts.rules import indexation, renewal
from servicebook.contracts.rules.indexation import Base
from servicebook.contracts.rules.renewal import Outlook, Term
from servicebook.core.money import CurrencyMix, Money

ALMATY, BERLIN, KATHMANDU, KIRITIMATI, CAIRO = (
    "Asia/Almaty",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Africa/Cairo",
)
END = date(2026, 12, 31)
DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "tz", "over"),
    [
        (END, ALMATY, "2026-12-31 19:00"),
        (END, KATHMANDU, "2026-12-31 18:15"),
        (END, KIRITIMATI, "2026-12-31 10:00"),
        (date(2026, 3, 29), BERLIN, "2026-03-29 22:00"),  # a day of 23 hours
        (date(2026, 10, 25), BERLIN, "2026-10-25 23:00"),  # and one of 25
        (date(2026, 4, 23), CAIRO, "2026-04-23 22:00"),  # midnight itself is skipped that night
        (date(2028, 2, 28), ALMATY, "2028-02-28 19:00"),
    ],
)
def test_the_last_day_ends_at_midnight_of_the_customer(day, tz, over):
    assert f"{renewal.end_of(day, tz):%Y-%m-%d %H:%M}" == over


# Every row was computed wrongly somewhere: from the start of the contract, from its first term, or
# with months taken for 30 days.
@pytest.mark.req("S0.12")
@pytest.mark.parametrize(
    ("ends_on", "notice_days", "last_day"),
    [
        ("2026-12-31", 30, "2026-12-01"),
        ("2026-12-31", 60, "2026-11-01"),
        ("2026-12-31", 90, "2026-10-02"),
        ("2027-12-31", 30, "2027-12-01"),  # the same contract a term later: not 2026 again
        ("2026-02-28", 30, "2026-01-29"),
        ("2028-02-29", 30, "2028-01-30"),
        ("2028-03-01", 1, "2028-02-29"),
        ("2027-03-01", 1, "2027-02-28"),
        ("2026-12-31", 0, "2026-12-31"),
        ("2026-03-31", 365, "2025-03-31"),
    ],
)
def test_the_legal_notice_date_counts_back_from_the_last_day(ends_on, notice_days, last_day):
    found = renewal.last_day_to_refuse(date.fromisoformat(ends_on), notice_days)

    assert found == date.fromisoformat(last_day)


@pytest.mark.req("S0.12")
@pytest.mark.parametrize(
    ("ends_on", "months", "starts", "ends"),
    [
        ("2026-12-31", 12, "2027-01-01", "2027-12-31"),
        ("2026-10-14", 12, "2026-10-15", "2027-10-14"),
        ("2027-02-28", 12, "2027-03-01", "2028-02-29"),  # the end of February stays its end
        ("2028-02-29", 12, "2028-03-01", "2029-02-28"),
        ("2028-02-28", 12, "2028-02-29", "2029-02-28"),  # not the last of a leap February
        ("2026-01-31", 1, "2026-02-01", "2026-02-28"),
        ("2026-02-28", 1, "2026-03-01", "2026-03-31"),
        ("2026-04-30", 6, "2026-05-01", "2026-10-31"),
        ("2026-01-30", 1, "2026-01-31", "2026-02-28"),
        ("2026-11-15", 3, "2026-11-16", "2027-02-15"),
        ("2026-12-31", 36, "2027-01-01", "2029-12-31"),
    ],
)
def test_the_next_term_follows_without_a_gap_and_keeps_the_month_end(ends_on, months, starts, ends):
    term = renewal.next_term(date.fromisoformat(ends_on), months)

    assert term == Term(date.fromisoformat(starts), date.fromisoformat(ends))


@given(DAYS, st.integers(1, 60))
def test_a_next_term_is_neither_gap_nor_overlap_and_about_as_long_as_agreed(ends_on, months):
    term = renewal.next_term(ends_on, months)

    assert term.starts_on - ends_on == timedelta(days=1)
    apart = (term.ends_on.year - ends_on.year) * 12 + term.ends_on.month - ends_on.month
    assert apart == months


def test_a_term_has_months():
    with pytest.raises(ValueError, match="at least one month"):
        renewal.next_term(END, 0)


@pytest.mark.req("S0.66")
@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, Outlook.OPEN),
        ({"renews_itself": True}, Outlook.ITSELF),
        ({"renews_itself": True, "at_risk": True}, Outlook.AT_RISK),
        ({"renews_itself": True, "refused": True}, Outlook.REFUSED),
        ({"successor": "draft"}, Outlook.OFFERED),
        ({"successor": "draft", "at_risk": True}, Outlook.AT_RISK),
        ({"successor": "active", "at_risk": True}, Outlook.RENEWED),
        ({"successor": "cancelled"}, Outlook.OPEN),
        ({"running": False}, Outlook.ENDED),
        ({"running": False, "refused": True}, Outlook.REFUSED),
    ],
)
def test_outlook(facts, expected):
    usual = {"running": True, "refused": False, "at_risk": False, "renews_itself": False}

    assert renewal.outlook(**{**usual, **facts}) is expected


def kzt(amount: str) -> Money:
    return Money(Decimal(amount), "KZT")


@pytest.mark.req("S0.13")
@pytest.mark.parametrize(
    ("current", "original", "percent", "base", "after"),
    [
        ("4800000", "4000000", "8", Base.CURRENT, "5184000.00"),
        ("4800000", "4000000", "8", Base.ORIGINAL, "5120000.00"),
        ("99.99", "99.99", "3.333", Base.CURRENT, "103.32"),  # 103.3226667
        ("0.50", "0.50", "1", Base.CURRENT, "0.50"),  # 0.505 goes to the even side
        ("1.50", "1.50", "1", Base.CURRENT, "1.52"),  # and so does 1.515
        ("1000", "1000", "-5", Base.CURRENT, "950.00"),
        ("0", "0", "8", Base.CURRENT, "0.00"),
    ],
)
def test_a_rise_is_computed_from_its_base_and_rounded_once(current, original, percent, base, after):
    found = indexation.preview(kzt(current), Decimal(percent), base=base, original=kzt(original))

    assert str(found.after.amount) == after
    assert found.difference == kzt(after) - kzt(current)


def test_a_rise_of_yen_has_no_cents():
    yen = Money(Decimal(1005), "JPY")

    found = indexation.preview(yen, Decimal("2.5"), base=Base.CURRENT, original=yen)

    assert str(found.after.amount) == "1030"  # 1030.125


def test_a_rise_does_not_mix_currencies():
    with pytest.raises(CurrencyMix):
        indexation.preview(kzt("1"), Decimal(1), base=Base.ORIGINAL, original=Money(Decimal(1), "EUR"))


@pytest.mark.req("S0.13")
@pytest.mark.parametrize(
    ("applies_on", "rises", "code", "would_work"),
    [
        ("2026-11-01", [], None, None),
        ("2026-10-31", [], "rise_without_notice", "2026-11-01"),  # 29 days of the 30 agreed
        ("2026-11-01", ["2025-11-01"], None, None),  # a year ago to the day
        ("2026-11-01", ["2025-11-02"], "rise_twice_in_a_year", "2026-11-02"),
        ("2026-11-01", ["2027-02-01"], "rise_twice_in_a_year", "2028-02-01"),  # announced, still to come
        ("2026-11-01", ["2020-01-01", "2026-01-01"], "rise_twice_in_a_year", "2027-01-01"),
        ("2028-01-01", [], None, None),  # the first day of the successor
        ("2028-01-02", [], "rise_outside_the_term", None),
        ("2025-01-01", [], "rise_outside_the_term", None),  # its first day has its first price
    ],
)
def test_a_rise_is_refused_with_what_would_work(applies_on, rises, code, would_work):
    said = indexation.against(
        date.fromisoformat(applies_on),
        today=date(2026, 10, 2),
        notice_days=30,
        rises=[date.fromisoformat(day) for day in rises],
        starts_on=date(2025, 1, 1),
        ends_on=date(2027, 12, 31),
    )

    assert (said and said.code, said and said.facts.get("earliest")) == (code, would_work)


@pytest.mark.req("S0.13")
@pytest.mark.parametrize(
    ("today", "expected", "told_on"),
    [
        ("2025-06-01", "2026-01-01", "2025-11-18"),
        ("2025-12-02", "2026-01-01", "2025-11-18"),  # the last day to announce it
        ("2025-12-03", "2027-01-01", "2026-11-18"),  # too late for this one
        ("2027-12-02", "2028-01-01", "2027-11-18"),  # with the renewal
        ("2027-12-03", None, None),
    ],
)
def test_the_next_rise_is_on_an_anniversary_or_with_the_renewal(today, expected, told_on):
    day = indexation.next_rise(
        date(2025, 1, 1), date(2027, 12, 31), today=date.fromisoformat(today), notice_days=30
    )

    assert (day and day.isoformat()) == expected
    assert (day and indexation.tell_on(day, 30).isoformat()) == told_on


@pytest.mark.parametrize(
    ("day", "later"),
    [("2026-03-01", "2027-03-01"), ("2028-02-29", "2029-03-01"), ("2027-02-28", "2028-02-28")],
)
def test_a_year_later(day, later):
    assert indexation.a_year_later(date.fromisoformat(day)) == date.fromisoformat(later)


@pytest.mark.parametrize(
    ("before", "after", "percent"), [("100", "108", "8.000"), ("3", "4", "33.333"), ("0", "5", "0")]
)
def test_percent_of(before, after, percent):
    assert str(indexation.percent_of(Decimal(before), Decimal(after))) == percent
