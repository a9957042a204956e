from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from servicebook.accounts.models import Role, User
from servicebook.core import clock
from servicebook.customers import actions as customer_actions
from servicebook.customers.models import Place, Site
from servicebook.equipment import actions, queries
from servicebook.equipment.models import Asset, Category, Meter, Warranty
from servicebook.testing import (
    close_ticket,
    make_asset,
    make_customer,
    make_model,
    make_reason,
    make_site,
    make_ticket,
    make_user,
)
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Ticket

pytestmark = pytest.mark.django_db
TODAY = date(2026, 10, 14)


@pytest.fixture
def desk(client, dispatcher):
    client.force_login(dispatcher, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def page(client, name, *args, status=200, **query):
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == status
    return response.content.decode()


def sign_in(client, *roles):
    user = make_user(*roles)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return user


def ticket_of(asset, owner):
    """A ticket about a unit that `owner` works on."""
    if not User.objects.filter(name="Head").exists():
        make_user(Role.MANAGER, name="Head")  # somebody must own what no rule gives to anybody
    ticket = make_ticket(customer=asset.customer, asset=asset, title="Does not start")
    Ticket.objects.filter(pk=ticket.pk).update(owner=owner)
    return ticket


def lived(site, owner, size):
    """A unit with `size` of everything."""
    floor = Place.objects.create(site=site, name=f"Floor {site.places.count()}")
    rack = Place.objects.create(site=site, name="Rack A", parent=floor)
    asset = make_asset(site=site, place=rack)
    meter = actions.save_meter(Meter(asset=asset, name="Runtime"), by=owner)
    for each in range(size):
        actions.save_meter(Meter(asset=asset, name=f"Cycles {each}"), by=owner)
        make_asset(site=site, parent=asset)
        ticket_of(asset, owner)
        at = clock.now() - timedelta(days=10 * (size - each))
        actions.record_reading(meter.pk, value=Decimal(100 * each), read_at=at, by=owner)
        actions.record_repair(
            asset.pk, ticket_number="T-1", done="New supply", parts="PSU-750", by=owner, at=at
        )
        for side in Warranty.Side:
            actions.save_warranty(
                Warranty(asset=asset, side=side, starts_on=TODAY, ends_on=TODAY.replace(year=2027 + each)),
                by=owner,
            )
    return asset


@pytest.mark.req("S0.6", "S0.53", "S0.10")
def test_the_page_of_a_unit_shows_place_warranty_meters_parts_tickets_and_its_life(
    desk, dispatcher, set_clock
):
    set_clock("2026-10-14 09:00")
    asset = lived(make_site(name="School 12"), dispatcher, 2)

    shown = page(desk, "equipment:asset", asset.pk)

    wanted = [
        asset.serial,
        "School 12",
        "Floor 0, Rack A",
        "Running",
        "Runtime",
        "10",  # a day
        "Repaired on T-1: New supply · PSU-750 ×1",
        "PSU-750 <span",  # often needed
        asset.tickets.first().number,
        *(part.serial for part in asset.parts.all()),
    ]
    assert [one for one in wanted if one not in shown] == []


def test_the_page_of_a_unit_takes_the_same_statements_whatever_hangs_on_it(
    desk, dispatcher, django_assert_max_num_queries, set_clock
):
    set_clock("2026-10-14 09:00")
    counts = []
    for size in (1, 5):
        asset = lived(make_site(), dispatcher, size)
        page(desk, "equipment:asset", asset.pk)
        with django_assert_max_num_queries(40) as asked:
            page(desk, "equipment:asset", asset.pk)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_list_takes_the_same_statements_at_any_length(
    desk, dispatcher, django_assert_max_num_queries, set_clock
):
    set_clock("2026-10-14 09:00")
    counts = []
    for _each in range(2):
        lived(make_site(), dispatcher, 2)
        page(desk, "equipment:assets")
        with django_assert_max_num_queries(20) as asked:
            page(desk, "equipment:assets")
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.req("S0.7")
def test_units_are_filtered_by_part_of_a_serial_customer_site_category_model_state_warranty_and_untied(
    desk, set_clock
):
    set_clock("2026-10-14 09:00")
    site = make_site(make_customer(name="Alpha"))
    ups = make_model(name="U1", category=Category.objects.create(name="UPS"))
    one = actions.save_asset(
        Asset(customer=site.customer, site=site, model=ups, serial="7CX-20418", state="in_repair"), by=None
    )
    other = actions.save_asset(Asset(customer=make_customer(), model=make_model(), serial="9ZZ-1"), by=None)
    actions.save_warranty(Warranty(asset=one, starts_on=TODAY, ends_on=TODAY + timedelta(days=20)), by=None)
    actions.save_warranty(
        Warranty(asset=other, starts_on=date(2020, 1, 1), ends_on=date(2021, 1, 1)), by=None
    )

    def serials(**query):
        shown = page(desk, "equipment:assets", **query)
        return [asset.serial for asset in (one, other) if asset.serial in shown]

    assert serials() == ["7CX-20418", "9ZZ-1"]
    assert serials(untied="on") == ["9ZZ-1"]
    for query in (
        {"q": "x-204"},
        {"customer": f"Alpha #{site.customer_id}"},
        {"site": f"#{site.pk}"},
        {"category": ups.category_id},
        {"model": f"#{ups.pk}"},
        {"state": "in_repair"},
        {"warranty": "runs"},
        {"warranty": "soon"},
    ):
        assert serials(**query) == ["7CX-20418"], query
    assert serials(warranty="ended") == ["9ZZ-1"]
    assert serials(warranty="none") == []
    assert "Some units have no site" in page(desk, "equipment:assets")
    exported = b"".join(desk.get(reverse("equipment:assets"), {"export": "csv"})).decode()
    assert "7CX-20418" in exported and "2026-11-03" in exported  # noqa: PT018


def test_a_unit_is_entered_edited_and_a_known_serial_is_refused_at_its_field(desk):
    site = make_site()
    model = make_model(name="Server R2")
    rack = Place.objects.create(site=site, name="Rack A")
    form = {
        "customer": f"#{site.customer_id}",
        "model": f"{model} #{model.pk}",
        "serial": "S-1",
        "site": f"#{site.pk}",
        "place": rack.pk,
        "state": "in_service",
        "criticality": 3,
        "handed_over_by": "Delivery, Mr Li",
        "handed_over_on": "2026-10-01",
    }
    desk.post(reverse("equipment:new_asset"), form)
    one = Asset.objects.get()
    assert (one.place, one.criticality, one.handed_over_on) == (rack, 3, date(2026, 10, 1))
    assert "Delivery, Mr Li" in page(desk, "equipment:asset", one.pk)

    refused = desk.post(reverse("equipment:new_asset"), form)
    assert refused.status_code == 422
    assert "is known already: it belongs to" in refused.content.decode()
    desk.post(reverse("equipment:edit_asset", args=[one.pk]), {**form, "serial": "S-2"})
    one.refresh_from_db()
    assert one.serial == "S-2"


def test_the_form_of_a_part_starts_where_its_whole_stands(desk):
    whole = make_asset()
    shown = page(desk, "equipment:new_asset", parent=whole.pk)
    assert f"{whole.site} #{whole.site_id}" in shown
    assert f"{whole} #{whole.pk}" in shown


def test_a_unit_is_moved_and_swapped_on_its_pages(desk):
    one = make_asset(serial="OLD")
    other = make_site(one.customer)
    rack = Place.objects.create(site=other, name="Rack B")
    page(desk, "equipment:move_asset", one.pk)
    desk.post(
        reverse("equipment:move_asset", args=[one.pk]),
        {"site": f"#{other.pk}", "place": rack.pk, "why": "Rebuilt"},
    )
    one.refresh_from_db()
    assert one.place == rack

    page(desk, "equipment:swap_asset", one.pk)
    refused = desk.post(reverse("equipment:swap_asset", args=[one.pk]), {"old_state": "stored"})
    assert "enter the serial of the new one" in refused.content.decode()
    desk.post(reverse("equipment:swap_asset", args=[one.pk]), {"serial": "NEW", "old_state": "in_repair"})
    new = Asset.objects.get(serial="NEW")
    assert (new.place, new.model) == (rack, one.model)
    shown = page(desk, "equipment:asset", new.pk)
    assert "in the place of" in shown and "OLD" in shown  # noqa: PT018


def test_the_state_meters_and_warranties_are_changed_on_the_page(desk, set_clock):
    set_clock("2026-10-14 09:00")
    one = make_asset()
    address = {
        name: reverse(f"equipment:{name}", args=[one.pk])
        for name in ("change_state", "new_meter", "new_reading", "new_warranty")
    }
    desk.post(address["change_state"], {"state": "in_repair", "why": "Workshop"})
    desk.post(address["new_meter"], {"name": "Runtime", "unit": "h"})
    again = desk.post(address["new_meter"], {"name": "Runtime", "unit": "h"})
    assert again.status_code == 422
    assert "has a meter of this name already" in again.content.decode()
    meter = Meter.objects.get()
    desk.post(address["new_reading"], {"meter": meter.pk, "value": "100", "read_at": "2026-10-01T09:00"})
    late = desk.post(
        address["new_reading"], {"meter": meter.pk, "value": "5", "read_at": "2026-10-10T09:00"}, follow=True
    )
    assert "began again" in late.content.decode()
    future = desk.post(
        address["new_reading"], {"meter": meter.pk, "value": "9", "read_at": "2027-01-01T09:00"}
    )
    assert future.status_code == 422
    assert 'value="9"' in future.content.decode()

    term = {"side": "vendor", "starts_on": "2026-01-01", "ends_on": "2025-01-01", "covers_parts": "on"}
    wrong = desk.post(address["new_warranty"], term)
    assert "The last day is before the first" in wrong.content.decode()
    desk.post(address["new_warranty"], {**term, "ends_on": "2027-01-01"})
    warranty = Warranty.objects.get()
    edit = reverse("equipment:edit_warranty", args=[warranty.pk])
    assert "2027-01-01" in desk.get(edit).content.decode()
    desk.post(edit, {**term, "ends_on": "2028-01-01"})
    remove = reverse("equipment:remove_warranty", args=[warranty.pk])
    assert desk.post(remove, {"because": ""}).status_code == 422
    assert Warranty.objects.get().ends_on == date(2028, 1, 1)
    desk.post(remove, {"because": "Wrong unit"})
    assert not Warranty.objects.exists()


@pytest.mark.req("S0.56")
def test_engineers_see_and_work_on_their_customers_units_only(client, dispatcher):
    ours, theirs = make_asset(), make_asset(serial="SECRET-1")
    engineer = sign_in(client, Role.ENGINEER)
    ticket_of(ours, engineer)
    ticket_of(theirs, dispatcher)

    page(client, "equipment:asset", ours.pk)
    page(client, "equipment:swap_asset", ours.pk)
    for name in ("asset", "move_asset", "swap_asset"):
        page(client, f"equipment:{name}", theirs.pk, status=404)
    page(client, "equipment:edit_asset", ours.pk, status=403)
    assert "SECRET-1" not in page(client, "equipment:assets")
    elsewhere = client.post(reverse("equipment:move_asset", args=[ours.pk]), {"site": f"#{theirs.site_id}"})
    assert elsewhere.status_code == 422


@pytest.mark.parametrize(
    ("route", "asked", "expected"),
    [
        ("pick_asset", {"q": "204"}, "7CX-20418"),
        ("pick_model", {"q": "serv r2"}, "Server R2"),
        ("pick_site", {"q": "scho"}, "School 12"),
    ],
)
def test_suggestions_come_from_a_few_letters(desk, route, asked, expected):
    site = customer_actions.save_site(Site(customer=make_customer(), name="School 12"), by=None)
    actions.save_asset(
        Asset(customer=site.customer, site=site, model=make_model(name="Server R2"), serial="7CX-20418"),
        by=None,
    )
    for narrowed in ({}, {"customer": site.customer_id}, {"customer": f"Alpha #{site.customer_id}"}):
        shown = desk.get(reverse(f"equipment:{route}"), {"field": "q", **asked, **narrowed}).content.decode()
        assert expected in shown


@pytest.mark.req("S0.53")
def test_parts_that_a_model_often_needs_come_from_the_lives_of_all_its_units(dispatcher, set_clock):
    at = set_clock("2026-10-14 09:00")
    model = make_model()
    first, second = make_asset(model=model), make_asset(model=model)
    for asset, parts in ((first, "PSU-750, Fan"), (second, "psu-750"), (make_asset(), "Display")):
        actions.record_repair(asset.pk, ticket_number="T", done="x", parts=parts, by=dispatcher, at=at)

    assert [count for _name, count in queries.often_replaced(first)] == [2, 1]
    assert [entry.subject_id for entry in queries.past_repairs(first)] == [first.pk]


def test_the_places_of_a_typed_site_are_offered_by_their_whole_path(desk, client):
    site = make_site()
    floor = Place.objects.create(site=site, name="2nd floor")
    Place.objects.create(site=site, name="Rack A", parent=floor)
    asked = {"site": f"{site} #{site.pk}"}
    assert "2nd floor › Rack A" in page(desk, "equipment:places", **asked)
    assert "Rack A" not in page(desk, "equipment:places", site="somewhere")
    sign_in(client, Role.ENGINEER)
    assert "Rack A" not in page(client, "equipment:places", **asked)


@pytest.mark.req("S0.6", "S0.53")
def test_closing_a_ticket_writes_the_repair_into_the_life_of_its_unit(desk, manager):
    asset = make_asset(place=None)
    floor = Place.objects.create(site=asset.site, name="2nd floor")
    actions.move_asset(
        asset.pk,
        site=asset.site,
        place=Place.objects.create(site=asset.site, name="Rack", parent=floor),
        by=manager,
    )
    first = make_ticket(customer=asset.customer, asset=asset)
    close_ticket(first, by=manager, done="Replaced the supply", replaced_parts="PSU-750 ×1")
    question = make_ticket(customer=asset.customer, asset=asset, reason=make_reason("consultation"))
    close_ticket(question, by=manager, replaced_parts="none")

    repairs = queries.past_repairs(asset)
    again = make_ticket(customer=asset.customer, asset=asset)
    shown = desk.get(again.get_absolute_url()).content.decode()

    assert [entry.facts["ticket"] for entry in repairs] == [first.number]
    for words in ("2nd floor, Rack", "Replaced the supply", "PSU-750"):
        assert words in shown


@pytest.mark.req("S0.10")
def test_the_work_history_tells_hours_parts_outcome_and_what_a_repeat_repeats(desk, dispatcher, manager):
    asset = make_asset(site=make_site())
    reason = make_reason()
    first = make_ticket(asset=asset, reason=reason)
    tickets.log_time(first.pk, minutes=95, by=dispatcher)
    tickets.log_time(first.pk, minutes=30, by=dispatcher)
    close_ticket(first, by=dispatcher)
    second = make_ticket(asset=asset, reason=reason)
    tickets.log_time(second.pk, minutes=5, by=dispatcher)

    for name, one in (
        ("equipment:asset", asset),
        ("customers:customer", asset.customer),
        ("customers:site", asset.site),
    ):
        shown = page(desk, name, one.pk)
        for words in (
            "Power supply replaced → Starts again",
            "Replaced parts: PSU-750",
            "2 h 5 min",
            "5 min",
            f"Repeat of {first.number}",
        ):
            assert words in shown, (name, words)
