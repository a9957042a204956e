from datetime import UTC, date, datetime

import pytest

from servicebook.core import reference
from servicebook.sla import queries
from servicebook.sla.models import ServiceHours, SpecialDay

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.15")]

OFFICE = [[[540, 1080]]] * 5 + [[], []]
MONDAY_NINE_IN_ALMATY = datetime(2026, 6, 1, 4, tzinfo=UTC)


def make_hours(name="Office", week=OFFICE, **facts):
    return ServiceHours.objects.create(name=name, week=week, **facts)


def test_hours_are_kept_where_the_site_is_or_where_they_say():
    here, there = make_hours(), make_hours("Berlin", time_zone="Europe/Berlin")

    assert queries.calendar(here.pk, "Asia/Almaty").is_open(MONDAY_NINE_IN_ALMATY)
    assert not queries.calendar(here.pk, "Europe/Berlin").is_open(MONDAY_NINE_IN_ALMATY)
    assert not queries.calendar(there.pk, "Asia/Almaty").is_open(MONDAY_NINE_IN_ALMATY)
    assert queries.calendar(None, "Asia/Almaty").is_open(datetime(2026, 6, 7, tzinfo=UTC))


def test_special_days_count():
    hours = make_hours()
    SpecialDay.objects.create(hours=hours, day=date(2026, 6, 1), name="Children's day")
    SpecialDay.objects.create(hours=hours, day=date(2026, 6, 7), openings=[[540, 600]])
    calendar = queries.calendar(hours.pk, "Asia/Almaty")

    assert not calendar.is_open(MONDAY_NINE_IN_ALMATY)
    assert calendar.is_open(datetime(2026, 6, 7, 4, 30, tzinfo=UTC))


def test_which_hours_are_open_costs_no_statement(django_assert_num_queries):
    office, always = make_hours(), make_hours("Always", [[[0, 1440]]] * 7)
    make_hours("Put aside", [[[0, 1440]]] * 7, active=False)
    reference.drop()
    found = queries.open_hours(MONDAY_NINE_IN_ALMATY, "Asia/Almaty")

    with django_assert_num_queries(0):
        assert queries.open_hours(MONDAY_NINE_IN_ALMATY, "Asia/Almaty") == found
        assert queries.calendar(office.pk, "Asia/Almaty") is queries.calendar(office.pk, "Asia/Almaty")
    assert found >= {office.pk, always.pk}
    assert queries.open_hours(datetime(2026, 6, 7, 4, tzinfo=UTC), "Asia/Almaty") >= {always.pk}
    assert office.pk not in queries.open_hours(datetime(2026, 6, 7, 4, tzinfo=UTC), "Asia/Almaty")
