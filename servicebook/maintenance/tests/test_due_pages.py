"""The pages of what is due: list, groups, tickets in one click, trips, calendar, all work."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from servicebook.accounts.models import Role
from servicebook.maintenance.actions import call_runs, trips
from servicebook.maintenance.models import Occurrence, Plan, Trip
from servicebook.testing import (
    make_asset,
    make_contract,
    make_customer,
    make_model,
    make_occurrence,
    make_plan,
    make_planned,
    make_region,
    make_site,
    make_user,
)
from servicebook.tickets.models import Ticket

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
HTMX = {"HX-Request": "true", "HX-Target": "listing"}


@pytest.fixture
def desk(client, set_clock, manager):
    """A dispatcher, two weeks before the day of what is due."""
    set_clock("2026-04-16 09:00")
    user = make_user(Role.DISPATCHER)
    client.force_login(user, backend=BACKEND)
    return user


def page(client, name, *args, status=200, headers=None, **query):
    answer = client.get(reverse(f"maintenance:{name}", args=args), query, headers=headers)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def post(client, name, *args, status=200, **values):
    answer = client.post(reverse(f"maintenance:{name}", args=args), values, follow=True)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


@pytest.mark.req("S3.4")
def test_the_list_is_grouped_and_a_group_narrows_it(client, desk):
    city = make_region(name="Karaganda")
    school = make_customer(name="School 12", customer_class="Education")
    near = make_asset(site=make_site(school, region=city, city="Karaganda"), model=make_model(maker="Heat"))
    make_occurrence(make_plan(school), asset=near)
    far = make_occurrence(make_plan(make_customer(name="Clinic"), title="Compressor check"))

    def groups(by):
        shown = client.get(reverse("maintenance:due"), {"group_by": by}).context["groups"]
        return {one.label: one.count for one in shown}

    assert groups("region") == {"Karaganda": 1, "": 1}
    assert groups("city")["Karaganda"] == 1
    assert groups("brand") == {"Heat": 1, "GSE": 1}
    assert groups("class")["Education"] == 1
    shown = page(client, "due", group_by="region", group=f"region:{city.pk}")
    assert "School 12" in shown
    assert far.customer.name not in page(
        client, "due", group_by="region", group=f"region:{city.pk}", headers=HTMX
    )
    assert "Compressor check" in page(client, "due", group_by="region", group="region:", headers=HTMX)
    assert "Compressor check" in page(client, "due", group_by="city", group=f"region:{city.pk}", headers=HTMX)
    assert "Nothing due fits" in page(client, "due", group_by="region", group="region:777")


def test_the_list_filters_by_horizon_state_plan_owner_and_words(client, desk, set_clock):
    late = make_occurrence(make_plan(title="Late"), due_on=date(2026, 4, 1))
    soon = make_planned(make_occurrence(make_plan(title="Soon"), due_on=date(2026, 4, 20)))
    make_occurrence(make_plan(title="Far"), due_on=date(2026, 7, 1))

    def titles(**query):
        shown = page(client, "due", headers=HTMX, **query)
        return {one for one in ("Late", "Soon", "Far") if f">{one}<" in shown}

    assert titles() == {"Late", "Soon"}
    assert titles(horizon="90") == {"Late", "Soon", "Far"}
    assert titles(horizon="nonsense") == {"Late", "Soon"}
    assert titles(show="overdue") == {"Late"}
    assert titles(show="uncalled") == {"Late"}
    assert titles(show="risk") == titles(show="window") == {"Soon"}
    assert titles(plan=late.plan.number) == {"Late"}
    assert titles(owner=soon.ticket.owner_id) == {"Soon"}
    assert titles(q=soon.asset.serial) == {"Soon"}
    assert titles(site=f"#{soon.site_id}") == {"Soon"}
    exported = client.get(reverse("maintenance:due"), {"export": "csv"}).getvalue().decode()
    assert "Late" in exported


@pytest.mark.req("S0.28")
def test_the_list_says_why_a_visit_may_fail(client, desk):
    make_planned(make_occurrence(make_plan(access="Ask for a pass"), due_on=date(2026, 4, 20)))

    shown = page(client, "due", headers=HTMX)

    assert "The window is not agreed" in shown
    assert "Access is not agreed" in shown


@pytest.mark.parametrize("count", [1, 6])
def test_the_list_costs_the_same_however_long(client, desk, count, django_assert_num_queries):
    for number in range(count):
        one = make_occurrence()
        if number % 2:
            make_planned(one)
    page(client, "due", group_by="region")

    with django_assert_num_queries(8):  # session, person, where it begins (2), rows, two to mark them, groups
        page(client, "due", group_by="region", headers=HTMX)


@pytest.mark.req("S3.5", "S0.25")
def test_one_click_makes_the_tickets_of_the_list_and_a_second_one_none(client, desk):
    asset = make_asset()
    plan = make_plan(asset.customer)
    make_occurrence(plan, asset=asset)
    make_occurrence(plan, asset=make_asset(asset.customer), due_on=date(2026, 5, 10))
    make_occurrence(due_on=date(2026, 12, 1))  # beyond the list

    assert "2 tickets are made." in post(client, "make", do="all", query="horizon=30")
    assert Ticket.objects.count() == 2
    assert "No ticket was made" in post(client, "make", do="all", query="horizon=30")
    assert Ticket.objects.count() == 2


@pytest.mark.req("S3.5")
@pytest.mark.parametrize("rests", ["plan", "contract"])
def test_what_rests_hides_nothing_behind_it_from_the_one_click(rests, client, desk, monkeypatch):
    monkeypatch.setattr(call_runs, "MOST", 2)
    on_hold = {"state": "on_hold", "state_because": "unpaid"}
    contract = make_contract(**(on_hold if rests == "contract" else {}))
    resting = make_plan(contract.customer, contract=contract)
    if rests == "plan":
        Plan.objects.filter(pk=resting.pk).update(state="paused", state_because="rebuilt")
    for _n in range(2):
        make_occurrence(resting, due_on=date(2026, 4, 18))
    late = [make_occurrence(due_on=date(2026, 4, 20)) for _n in range(3)]

    assert "2 tickets are made. There may be more: press again." in post(client, "make", do="all", query="")
    assert "1 ticket is made." in post(client, "make", do="all", query="")
    assert set(Ticket.objects.values_list("occurrence", flat=True)) == {one.pk for one in late}


@pytest.mark.req("S3.5")
def test_only_the_ticked_lines_become_tickets(client, desk):
    first, second = make_occurrence(), make_occurrence()

    assert "Tick the lines" in post(client, "make", do="picked", query="")
    assert "1 ticket is made." in post(client, "make", do="picked", pick=[first.pk])
    said = post(client, "make", do="picked", pick=[first.pk, second.pk])
    assert "1 ticket is made. 1 had one already, or rests." in said
    assert Ticket.objects.count() == 2


def test_nobody_makes_tickets_of_what_they_do_not_see(client, set_clock, manager):
    set_clock("2026-04-16 09:00")
    foreign = make_occurrence()
    client.force_login(make_user(Role.ACCOUNT_MANAGER), backend=BACKEND)

    post(client, "make", do="picked", pick=[foreign.pk])
    post(client, "make", do="all", query="horizon=90")

    assert not Ticket.objects.exists()


@pytest.mark.req("S3.6")
def test_all_work_shows_what_was_done_skipped_and_cancelled(client, desk, manager):
    contract = make_contract()
    plan = make_plan(contract.customer, title="Under contract", contract=contract)
    one = make_occurrence(plan)
    Occurrence.objects.filter(pk=one.pk).update(skipped_at="2026-04-01T00:00Z", because="Rebuilt")
    make_occurrence(make_plan(title="Another"))

    shown = page(client, "every", contract=contract.number, headers=HTMX)
    assert "Under contract" in shown
    assert "Rebuilt" in shown
    assert "Another" not in shown
    assert "Under contract" in page(client, "every", came="skipped", headers=HTMX)
    assert "Under contract" not in page(client, "every", came="open", headers=HTMX)
    assert "Under contract" in page(client, "every", on=one.due_on.isoformat(), headers=HTMX)


@pytest.mark.req("S3.4")
def test_the_calendar_shows_a_month(client, desk):
    one = make_occurrence()
    for _n in range(7):
        make_occurrence()

    shown = page(client, "month", "2026-04")
    assert "April 2026" in shown
    assert one.site.name in shown
    assert "3 more" in shown
    assert "April 2026" in page(client, "calendar")
    for nonsense in ("2026-13", "x", "9999-12", "0001-01"):
        page(client, "month", nonsense, status=404)
    page(client, "month", "2026-04", plan="nonsense", customer="x" * 5000)


@pytest.fixture
def neighbours(desk):
    """Two schools in one city, with work a few days apart."""
    city = make_region(name="Karaganda")
    found = []
    for day in (21, 23):
        site = make_site(make_customer(), region=city, city="Karaganda")
        plan = make_plan(site.customer, standard_minutes=60, may_move_days=7)
        found.append(make_occurrence(plan, asset=make_asset(site=site), due_on=date(2026, 4, day)))
    return found


@pytest.mark.req("S0.32")
def test_a_proposed_trip_says_what_it_saves_and_is_made_with_its_tickets(client, desk, neighbours):
    shown = client.get(reverse("maintenance:trips"))
    offer = shown.context["offers"][0]
    text = shown.content.decode()
    assert "saves 1 journey" in text
    assert "later" in text or "earlier" in text
    assert '<option value="30" selected>' in text  # what the list shows when nothing was asked
    assert offer.title == "Karaganda"

    said = post(
        client, "make_trip", day=offer.trip.day.isoformat(), occurrence=offer.trip.ids, title="Schools"
    )

    assert "“Schools” is made, with 2 tasks." in said
    trip = Trip.objects.get()
    assert {one.due_on for one in trip.occurrences.all()} == {offer.trip.day}
    assert Ticket.objects.count() == 2
    assert "Going there anyway" in said
    assert "is taken apart" in post(client, "apart", trip.pk)
    assert not Trip.objects.exists()


@pytest.mark.trust("B1")
def test_a_trip_is_taken_apart_only_by_who_sees_all_of_it(client, desk, neighbours):
    trip = trips.make_trip(date(2026, 4, 22), [one.pk for one in neighbours], title="Schools", by=desk)
    limited = make_user(Role.ACCOUNT_MANAGER)
    first = neighbours[0].customer
    first.owner = limited
    first.save(update_fields=["owner"])
    client.force_login(limited, backend=BACKEND)
    assert "Schools" in page(client, "trips")
    assert client.post(reverse("maintenance:apart", args=[trip.pk])).status_code == 404
    assert Trip.objects.filter(pk=trip.pk).exists()


@pytest.mark.req("S0.32")
def test_a_clause_that_forbids_sharing_is_named(client, desk, neighbours):
    first = neighbours[0]
    contract = make_contract(first.customer, version={"own_trips": True})
    Plan.objects.filter(pk=first.plan_id).update(contract=contract)

    shown = page(client, "trips")

    assert "The contract forbids shared trips" in shown
    assert contract.number in shown


def test_a_trip_that_is_none_is_refused_in_a_sentence(client, desk, neighbours):
    assert "Give the day" in post(client, "make_trip", status=422, day="soon", title="x")
    assert "Choose 2 to" in post(
        client, "make_trip", status=422, day="2026-04-22", title="x", occurrence=[neighbours[0].pk]
    )
    assert "Choose 2 to" in post(
        client, "make_trip", status=422, day="2026-04-22", title="x", occurrence=["\0", "9" * 30]
    )
    far = date(2026, 4, 22) + timedelta(days=60)
    said = post(
        client,
        "make_trip",
        status=422,
        day=far.isoformat(),
        title="x",
        occurrence=[one.pk for one in neighbours],
    )
    assert "No trip yet" in said
    assert f"may be moved by {neighbours[0].plan.may_move_days} days" in said


@pytest.mark.req("S3.4")
def test_the_filter_is_said_in_the_readers_language(client, desk):
    desk.language = "ru"
    desk.save(update_fields=["language"])
    shown = page(client, "due")
    assert ">30 дней</option>" in shown
    assert ">30 days</option>" not in shown
