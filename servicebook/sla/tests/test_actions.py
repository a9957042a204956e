from datetime import UTC, date, datetime

import pytest
from django.apps import apps

from servicebook.agenda.models import Obligation
from servicebook.agenda.worker import run_due
from servicebook.core.errors import Refused
from servicebook.journal import history
from servicebook.journal.models import Entry
from servicebook.sla import actions, public_holidays, queries, standard
from servicebook.sla.models import ServiceHours, SpecialDay
from servicebook.sla.rules.typed import TypedDay
from servicebook.testing import make_contract, make_region, make_site

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.15")]

NINE_TO_SIX = ((540, 1080),)
OFFICE = [NINE_TO_SIX] * 5 + [(), ()]
NEW_YEARS_EVE = date(2026, 12, 31)
SHORT = TypedDay(((540, 780),), "New Year's Eve")


@pytest.fixture(autouse=True)
def _in_june(set_clock):
    set_clock("2026-06-01 12:00")


def make_hours(name="Office", days=None, **facts):
    return actions.save(ServiceHours(name=name, week=facts.pop("week", OFFICE), **facts), days, by=None)


def used(hours, *, by_target=False):
    if by_target:
        make_contract(targets=[{"measure": "response", "minutes": 60, "hours": hours}])
    else:
        make_contract(version={"hours": hours})
    return hours


def said(hours):
    entries = Entry.objects.filter(subject_id=hours.pk, subject_type__model="servicehours")
    return [history.say(one.verb, one.facts) for one in entries.order_by("pk")]


def test_hours_are_saved_with_their_days_and_recorded():
    hours = make_hours(days={NEW_YEARS_EVE: SHORT})
    hours.name = "Office hours"
    hours.week = [NINE_TO_SIX] * 6 + [()]
    actions.save(hours, {date(2027, 1, 2): TypedDay()}, by=None)

    assert said(hours) == [
        "Service hours added: Office, Mon–Fri 9:00–18:00",
        "Service hours Office hours: Name: Office → Office hours; "
        "Week: Mon–Fri 9:00–18:00 → Mon–Sat 9:00–18:00; "
        "added 2027-01-02; removed 2026-12-31 9:00–13:00 New Year's Eve",
    ]
    assert queries.every()[hours.pk].hours.days == {date(2027, 1, 2): ()}
    assert queries.every()[hours.pk].hours.week == (*[NINE_TO_SIX] * 6, ())


def test_a_save_that_changes_nothing_says_nothing():
    hours = make_hours(days={NEW_YEARS_EVE: SHORT})
    changed_at = ServiceHours.objects.get(pk=hours.pk).changed_at
    actions.save(ServiceHours.objects.get(pk=hours.pk), {NEW_YEARS_EVE: SHORT}, by=None)

    assert len(said(hours)) == 1
    assert ServiceHours.objects.get(pk=hours.pk).changed_at == changed_at


@pytest.mark.parametrize(
    ("facts", "field", "words"),
    [
        ({"name": " "}, "name", "need a name"),
        ({"name": "24/7"}, "name", "of this name already"),
        ({"week": [()] * 7}, "week", "never open"),
        ({"week": [((600, 500),), *OFFICE[1:]]}, "week", "closes before it opens"),
        ({"time_zone": "Asia/Nowhere"}, "time_zone", "not a time zone"),
        ({"holiday_country": "QQ"}, "holiday_country", "no country"),
    ],
)
def test_what_is_refused(facts, field, words):
    before = ServiceHours.objects.count()
    with pytest.raises(Refused, match=words) as refused:
        make_hours(**facts)
    assert list(refused.value.fields) == [field]
    assert ServiceHours.objects.count() == before


@pytest.mark.parametrize("by_target", [False, True])
@pytest.mark.parametrize("facts", [{"week": [NINE_TO_SIX] * 7}, {"time_zone": "Asia/Tokyo"}])
def test_hours_in_use_keep_their_week_and_zone(by_target, facts):
    hours = used(make_hours(), by_target=by_target)
    for name, value in facts.items():
        setattr(hours, name, value)

    with pytest.raises(Refused, match="Make new service hours and amend the contracts") as refused:
        actions.save(hours, by=None)
    assert refused.value.code == "hours_in_use"
    assert ServiceHours.objects.get(pk=hours.pk).time_zone == ""


def test_hours_in_use_may_be_renamed_and_put_aside():
    hours = used(make_hours())
    hours.name, hours.active = "Old office", False

    assert actions.save(hours, by=None) == ServiceHours.objects.get(name="Old office", active=False)


def test_hours_of_a_draft_may_change():
    hours = make_hours()
    make_contract(state="draft", version={"hours": hours})
    hours.week = [NINE_TO_SIX] * 7
    actions.save(hours, {date(2026, 5, 1): TypedDay()}, by=None)

    assert queries.every()[hours.pk].hours.days == {date(2026, 5, 1): ()}


def test_special_days_of_hours_in_use_change_ahead_of_today_only():
    yesterday, today, tomorrow = date(2026, 5, 31), date(2026, 6, 1), date(2026, 6, 2)
    hours = used(make_hours(days={yesterday: TypedDay(), tomorrow: TypedDay()}))

    for day in (yesterday, today):
        with pytest.raises(Refused, match="not ahead of today") as refused:
            actions.save(hours, {day: SHORT}, by=None)
        assert list(refused.value.fields) == ["days"]
    actions.save(hours, {date(2026, 6, 3): SHORT}, by=None)
    assert list(hours.days.values_list("day", flat=True)) == [yesterday, date(2026, 6, 3)]


def test_today_is_where_it_is_latest(set_clock):
    """At noon in Almaty it is 21:00 on Kiritimati; at four in the afternoon it is tomorrow there."""
    hours, at_home = used(make_hours()), used(make_hours("Home", time_zone="Asia/Almaty"))
    make_region(time_zone="Pacific/Auckland")
    make_site(time_zone="Pacific/Kiritimati")
    assert queries.frozen_until(hours) == date(2026, 6, 1)

    set_clock("2026-06-01 16:00")

    assert queries.frozen_until(hours) == date(2026, 6, 2)
    assert queries.frozen_until(at_home) == date(2026, 6, 1)
    assert queries.frozen_until(make_hours("Unused")) is None


def public(hours):
    return dict(hours.days.filter(public=True).values_list("day", "name"))


def test_public_holidays_are_written_out_for_three_years():
    hours = make_hours(holiday_country="KZ")
    assert public(hours) == {}
    run_due()

    days = public(hours)
    assert {day.year for day in days} == {2026, 2027, 2028}
    assert {date(2026, 12, 16), date(2028, 3, 22)} <= set(days)
    assert ServiceHours.objects.get(pk=hours.pk).holidays_until == date(2028, 12, 31)
    assert not queries.calendar(hours.pk, "Asia/Almaty").is_open(datetime(2026, 12, 16, 7, tzinfo=UTC))
    assert said(hours)[-1] == f"Public holidays of KZ written out until 31 Dec 2028: {len(days)}"


def test_each_january_one_more_year_is_written_once(set_clock):
    hours = make_hours(holiday_country="KZ")
    run_due()
    written = public(hours)
    due = Obligation.objects.get(kind="sla.holidays", state="armed")
    assert due.due_at == datetime(2027, 1, 1, tzinfo=UTC)

    set_clock("2027-01-01 12:00")
    run_due()
    run_due()

    days = public(hours)
    assert written.items() <= days.items()
    assert {day.year for day in days} == {2026, 2027, 2028, 2029}
    assert Obligation.objects.get(kind="sla.holidays", state="armed").due_at.year == 2028


def test_holidays_of_hours_in_use_begin_tomorrow():
    hours = used(make_hours())
    hours.holiday_country = "KZ"
    actions.save(hours, by=None)
    run_due()

    assert min(public(hours)) > date(2026, 6, 1)


def test_a_day_of_their_own_goes_before_a_public_holiday_and_gives_it_back(set_clock):
    independence = date(2026, 12, 16)
    hours = make_hours(days={independence: SHORT}, holiday_country="KZ")
    run_due()
    assert queries.every()[hours.pk].hours.days[independence] == SHORT.openings

    set_clock("2026-06-01 12:01")
    actions.save(ServiceHours.objects.get(pk=hours.pk), {}, by=None)
    run_due()
    assert queries.every()[hours.pk].hours.days[independence] == ()

    actions.save(ServiceHours.objects.get(pk=hours.pk), {independence: SHORT}, by=None)
    assert SpecialDay.objects.get(hours=hours, day=independence).public is False


def test_another_country_takes_the_place_of_the_first_and_back(set_clock):
    hours = make_hours(holiday_country="KZ")
    run_due()
    kazakh = public(hours)
    for minute, country in enumerate(("TR", "KZ"), start=1):
        set_clock(f"2026-06-01 12:{minute:02}")
        hours = ServiceHours.objects.get(pk=hours.pk)
        hours.holiday_country = country
        actions.save(hours, by=None)
        run_due()
        assert (date(2026, 10, 29) in public(hours)) == (country == "TR")
    assert public(hours) == kazakh
    hours.refresh_from_db()
    hours.holiday_country = ""
    actions.save(hours, by=None)
    assert public(hours) == {}
    assert not Obligation.objects.filter(kind="sla.holidays", state="armed").exists()


def test_the_countries_that_can_be_chosen_are_those_with_known_holidays():
    import holidays

    assert set(holidays.list_supported_countries(include_aliases=False)) == set(
        public_holidays.countries("en")
    )


@pytest.mark.parametrize("language", ["en", "ru", "kk", "tr", "zh-hans"])
def test_countries_have_names_in_every_language(language):
    assert public_holidays.countries(language)["KZ"]


def test_a_new_installation_has_hours_to_begin_with():
    standard.install(ServiceHours)
    standard.install(apps.get_model("sla", "ServiceHours"))

    assert {"24/7", "Mon–Fri 9–18", "Mon–Sat 8–20"} <= set(
        ServiceHours.objects.values_list("name", flat=True)
    )
    assert ServiceHours.objects.filter(name="24/7").count() == 1
