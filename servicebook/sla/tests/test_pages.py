from datetime import date

import pytest
from django.urls import reverse

from servicebook.sla import actions
from servicebook.sla.models import ServiceHours
from servicebook.sla.rules.typed import TypedDay
from servicebook.testing import make_contract

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.15", "S0.55")]

SPLIT = [[480, 720], [780, 1080]]


@pytest.fixture
def signed_in(client, manager, set_clock):
    set_clock("2026-06-01 10:00")
    client.force_login(manager)
    return client


def typed(**more):
    week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "8-12, 13-18")
    return {"name": "Two shifts", "sat": "", "sun": "–", **week, **more}


def test_hours_are_typed_in_seven_fields(signed_in):
    answer = signed_in.post(reverse("sla:new_hours"), typed(days="2026-12-31 9-13 Short\n1.5.2027"))
    hours = ServiceHours.objects.get(name="Two shifts")

    assert answer.status_code == 302
    assert hours.week == [SPLIT] * 5 + [[], []]
    assert list(hours.days.values_list("day", "openings", "name")) == [
        (date(2026, 12, 31), [[540, 780]], "Short"),
        (date(2027, 5, 1), [], ""),
    ]
    page = signed_in.get(reverse("sla:edit_hours", args=[hours.pk])).content.decode()
    assert 'value="8:00–12:00, 13:00–18:00"' in page
    assert "2026-12-31 9:00–13:00 Short\n2027-05-01" in page
    again = signed_in.post(reverse("sla:edit_hours", args=[hours.pk]), typed(days="", active="on"))
    assert again.status_code == 302
    assert not hours.days.exists()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"mon": "22-6"}, "It closes before it opens."),
        ({"days": "soon"}, "“soon”: Begin with the date"),
        (dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ""), "These hours never open."),
        ({"time_zone": "Mars"}, "Mars is not a time zone."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(signed_in, more, words):
    answer = signed_in.post(reverse("sla:new_hours"), typed(**more))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert 'value="Two shifts"' in answer.content.decode()


def test_the_page_shows_what_hours_mean(signed_in):
    hours = actions.save(ServiceHours(name="Split", week=[SPLIT] * 5 + [[], []]), by=None)

    page = signed_in.get(reverse("sla:edit_hours", args=[hours.pk])).content.decode()

    assert "Mon–Fri 8:00–12:00, 13:00–18:00" in page
    assert "4 h promised now" in page
    assert "15:00" in page  # two hours before lunch, two after
    assert "Split" in signed_in.get(reverse("sla:hours")).content.decode()


def test_the_week_of_hours_in_use_cannot_be_typed(signed_in):
    hours = actions.save(ServiceHours(name="Split", week=[SPLIT] * 5 + [[], []]), by=None)
    make_contract(version={"hours": hours})
    address = reverse("sla:edit_hours", args=[hours.pk])

    page = signed_in.get(address).content.decode()
    assert "make new service hours and amend the contracts" in page
    answer = signed_in.post(address, typed(name="Renamed", sat="9-12", time_zone="Asia/Tokyo"))

    assert answer.status_code == 302
    stored = ServiceHours.objects.get(pk=hours.pk)
    assert (stored.name, stored.week, stored.time_zone) == ("Renamed", hours.week, "")


def test_a_day_that_has_come_stays_when_hours_are_in_use(signed_in):
    hours = actions.save(ServiceHours(name="Split", week=[SPLIT] * 5 + [[], []]), by=None)
    make_contract(version={"hours": hours})

    answer = signed_in.post(reverse("sla:edit_hours", args=[hours.pk]), typed(days="2026-06-01"))

    assert answer.status_code == 422
    assert "1 Jun 2026 is not ahead of today." in answer.content.decode()
    assert not hours.days.exists()


def test_the_first_days_to_come_are_shown_and_all_when_asked(signed_in):
    days = {date(2026, 7, day): TypedDay((), f"Day {day}") for day in range(1, 13)}
    hours = actions.save(ServiceHours(name="Split", week=[SPLIT] * 7), days, by=None)
    address = reverse("sla:edit_hours", args=[hours.pk])

    shown, whole = (signed_in.get(address + end).content.decode() for end in ("", "?whole=days"))

    assert shown.count("<td>Day ") == 8
    assert "Show all" in shown
    assert whole.count("<td>Day ") == 12
    assert "Show all" not in whole


@pytest.mark.parametrize("count", [1, 4])
def test_the_list_takes_a_fixed_number_of_statements(signed_in, count, django_assert_max_num_queries):
    for number in range(count):
        actions.save(ServiceHours(name=f"H{number}", week=[SPLIT] * 7), by=None)
    signed_in.get(reverse("sla:hours"))

    with django_assert_max_num_queries(7):
        signed_in.get(reverse("sla:hours"))
