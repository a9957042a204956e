"""The list of what is due: what is in it, how it is grouped, and that SQL says what the rules say (S3.4)."""

from datetime import date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from servicebook.accounts.models import Role
from servicebook.core import clock
from servicebook.maintenance.models import Occurrence, PartNeed
from servicebook.maintenance.queries import due
from servicebook.maintenance.queries.conditions import is_at_risk, is_overdue
from servicebook.maintenance.queries.due import By
from servicebook.maintenance.rules.risk import Code
from servicebook.maintenance.rules.standing import Standing
from servicebook.maintenance.states import RELATED, states_of
from servicebook.testing import (
    close_ticket,
    make_asset,
    make_customer,
    make_model,
    make_occurrence,
    make_plan,
    make_planned,
    make_region,
    make_site,
    make_user,
)
from servicebook.tickets import actions as tickets

DAY = timedelta(days=1)
TODAY = date(2026, 4, 10)
HORIZON = TODAY + 30 * DAY


@pytest.fixture
def dispatcher(db, set_clock):
    set_clock("2026-04-10 09:00")
    make_user(Role.MANAGER)
    return make_user(Role.DISPATCHER)


def listed(user, until=HORIZON):
    return list(due.due(user, until=until).order_by("due_on", "pk"))


def skipped(one):
    Occurrence.objects.filter(pk=one.pk).update(skipped_at=clock.now(), because="Not needed")


def cancelled(one):
    Occurrence.objects.filter(pk=one.pk).update(cancelled_at=clock.now(), because="Sold")


@pytest.mark.req("S3.4")
def test_due_is_what_is_still_to_be_done_and_overdue_stays_in_it(dispatcher):
    overdue = make_occurrence(due_on=date(2024, 1, 31))
    called = make_planned(make_occurrence(due_on=TODAY))
    ahead = make_occurrence(due_on=HORIZON)
    make_occurrence(due_on=HORIZON + DAY)
    skipped(make_occurrence(due_on=TODAY))
    cancelled(make_occurrence(due_on=TODAY))
    close_ticket(make_planned(make_occurrence(due_on=TODAY)).ticket, by=dispatcher)
    off = make_planned(make_occurrence(due_on=TODAY))
    tickets.withdraw(off.ticket_id, because="Off", by=dispatcher)

    assert listed(dispatcher) == [overdue, called, ahead]


@pytest.mark.req("S3.4")
def test_the_list_shows_what_a_person_may_see(dispatcher):
    stranger = make_user(Role.ACCOUNT_MANAGER)
    owner = make_user(Role.ACCOUNT_MANAGER)
    mine = make_occurrence(make_plan(make_customer(owner=owner)), due_on=TODAY)
    engineer = make_user(Role.ENGINEER)
    called = make_planned(make_occurrence(due_on=TODAY))
    tickets.assign(called.ticket_id, to=engineer, by=dispatcher)

    assert listed(owner) == [mine]
    assert listed(engineer) == [called]
    assert listed(stranger) == []
    assert listed(dispatcher) == [mine, called]


@pytest.fixture
def regions(db):
    """Three levels: the country, its regions, their districts."""
    country = make_region(name="Kazakhstan")
    north = make_region(name="Karaganda Region", parent=country)
    south = make_region(name="Almaty Region", parent=country)
    return {
        "country": country,
        "north": north,
        "south": south,
        "temirtau": make_region(name="Temirtau", parent=north),
        "abai": make_region(name="Abai District", parent=north),
    }


def at(region, city="", *, maker="GSE", customer_class=""):
    """An occurrence at a site there."""
    customer = make_customer(customer_class=customer_class)
    site = make_site(customer, region=region, city=city)
    unit = make_asset(customer, site=site, model=make_model(maker=maker))
    return make_occurrence(make_plan(customer), asset=unit, due_on=TODAY)


def groups(user, by):
    found = due.grouped(due.due(user, until=HORIZON), by, now=clock.now())
    return [(one.label, one.count) for one in found]


@pytest.mark.req("S3.4")
def test_the_list_is_grouped_by_region_city_district_brand_and_class(dispatcher, regions):
    at(regions["temirtau"], "Temirtau", maker="Dell", customer_class="A")
    at(regions["temirtau"], "Temirtau", maker="Dell", customer_class="B")
    at(regions["abai"], "Abai", customer_class="A")
    at(regions["north"], "Karaganda", customer_class="A")
    at(regions["south"])
    at(None)

    assert groups(dispatcher, By.REGION) == [("Karaganda Region", 4), ("Almaty Region", 1), ("", 1)]
    assert groups(dispatcher, By.DISTRICT) == [("Temirtau", 2), ("Abai District", 1), ("", 3)]
    assert groups(dispatcher, By.CITY) == [("Temirtau", 2), ("Abai", 1), ("Karaganda", 1), ("", 2)]
    assert groups(dispatcher, By.BRAND) == [("GSE", 4), ("Dell", 2)]
    assert groups(dispatcher, By.CUSTOMER_CLASS) == [("A", 3), ("B", 1), ("", 2)]


@pytest.mark.req("S3.4")
@pytest.mark.parametrize("by", By)
def test_the_rows_of_a_group_are_as_many_as_it_says(by, dispatcher, regions):
    for place, maker in product([*regions.values(), None], ["Dell", ""]):
        at(place, place.name if place else "", maker=maker, customer_class=maker and "A")
    rows = due.due(dispatcher, until=HORIZON)

    found = due.grouped(rows, by, now=clock.now())

    assert sum(one.count for one in found) == 12
    for one in found:
        assert due.of_group(rows, by, one.key).count() == one.count
    assert not due.of_group(rows, by, "77777777")


def test_a_site_without_a_region_counts_where_its_customer_is(dispatcher, regions):
    customer = make_customer(region=regions["abai"])
    make_occurrence(make_plan(customer), asset=make_asset(customer), due_on=TODAY)

    assert groups(dispatcher, By.REGION) == [("Karaganda Region", 1)]
    assert due.in_region(due.due(dispatcher, until=HORIZON), regions["north"].pk).count() == 1
    assert due.in_region(due.due(dispatcher, until=HORIZON), regions["south"].pk).count() == 0


def test_without_a_country_the_top_regions_are_the_regions(dispatcher):
    city = make_region(name="Almaty")
    district = make_region(name="Medeu", parent=city)
    at(district)
    at(city)

    assert groups(dispatcher, By.REGION) == [("Almaty", 2)]
    assert groups(dispatcher, By.DISTRICT) == [("Medeu", 1), ("", 1)]


@pytest.mark.req("S3.4")
def test_a_group_says_how_many_are_late_and_how_many_may_fail(dispatcher, regions):
    late = make_planned(at(regions["abai"]))
    Occurrence.objects.filter(pk=late.pk).update(due_on=TODAY - DAY)
    tickets.plan_for(late.ticket_id, due_at=clock.now() - DAY, because="x", by=dispatcher)
    make_planned(at(regions["abai"]))
    at(regions["south"])

    found = due.grouped(due.due(dispatcher, until=HORIZON), By.REGION, now=clock.now())

    assert [(one.label, one.count, one.overdue, one.at_risk) for one in found] == [
        ("Karaganda Region", 2, 1, 2),
        ("Almaty Region", 1, 0, 0),
    ]


def every_kind(by):
    """Occurrences of every kind, on days around the ones that count."""
    for days, called, window, access, part in product(
        (-1, 0, 1, 7, 8), (False, True), (False, True), ("", "pass", "Ask the guard"), (False, True)
    ):
        customer = make_customer()
        site = make_site(customer, accessibility="pass" if access == "pass" else "hard", time_zone=ZONE)
        plan = make_plan(customer, needs_window=window, access="" if access == "pass" else access)
        one = make_occurrence(plan, asset=make_asset(customer, site=site), due_on=TODAY + days * DAY)
        if part:
            PartNeed.objects.create(occurrence=one, name="Battery")
        if called:
            make_planned(one)


ZONE = "Asia/Almaty"


@pytest.mark.slow
@pytest.mark.req("S0.28")
@pytest.mark.parametrize("hour", ["00:00", "09:00", "23:59"])
def test_the_conditions_in_sql_say_what_the_rules_say(hour, dispatcher, set_clock):
    every_kind(dispatcher)
    closed, off, agreed, gone = Occurrence.objects.exclude(ticket=None).order_by("due_on")[:4]
    close_ticket(closed.ticket, by=dispatcher)
    tickets.withdraw(off.ticket_id, because="Off", by=dispatcher)
    span = {"window_from": clock.now(), "window_until": clock.now() + DAY, "window_agreed_at": clock.now()}
    said = {"window_agreed_by": "A", "window_channel": "phone", "access_agreed_at": clock.now()}
    Occurrence.objects.filter(pk=agreed.pk).update(**span, **said)
    skipped(gone)
    set_clock(f"2026-04-10 {hour}")
    now = clock.now().astimezone(ZoneInfo(ZONE))

    every = list(Occurrence.objects.select_related(*RELATED))
    states = states_of(every)

    overdue = {one.pk for one in every if states[one.pk].standing is Standing.OVERDUE}
    assert set(Occurrence.objects.filter(is_overdue(now)).values_list("pk", flat=True)) == overdue
    for reasons in ([], [Code.WINDOW], [Code.ACCESS], [Code.PARTS], [Code.ACCESS, Code.PARTS]):
        wanted = set(reasons or Code)
        fails = {one.pk for one in every if wanted & {risk.code for risk in states[one.pk].risks}}
        found = Occurrence.objects.filter(is_at_risk(now, *reasons)).values_list("pk", flat=True)
        assert fails
        assert set(found) == fails
        assert len(found) == len(fails)  # none twice


@pytest.mark.req("S3.4")
@pytest.mark.parametrize("count", [1, 4])
def test_a_page_of_the_list_takes_five_statements(count, dispatcher, django_assert_num_queries):
    for _each in range(count):
        make_planned(make_occurrence(due_on=TODAY))
        make_occurrence(due_on=TODAY)

    with django_assert_num_queries(5):  # where what is due begins (2), the rows, their parts, their windows
        rows = listed(dispatcher)
        due.mark(rows)
        shown = [(one.standing, one.risks, one.plan.title, one.site.city, str(one.asset)) for one in rows]

    assert len(shown) == 2 * count


@pytest.mark.parametrize("by", By)
def test_groups_take_one_statement(by, dispatcher, regions, django_assert_num_queries):
    at(regions["abai"])
    due.levels()
    rows = due.due(dispatcher, until=HORIZON)

    with django_assert_num_queries(1):
        due.grouped(rows, by, now=datetime(2026, 4, 10, tzinfo=ZoneInfo(ZONE)))
