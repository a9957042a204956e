from datetime import date, timedelta
from decimal import Decimal

import pytest

from servicebook.core.errors import Refused
from servicebook.customers.models import Place
from servicebook.equipment import actions
from servicebook.equipment.models import Asset, AssetModel, Category, Meter, Reading, Warranty
from servicebook.journal import history
from servicebook.journal.models import Entry
from servicebook.search.models import Indexed
from servicebook.testing import make_asset, make_customer, make_model, make_site

pytestmark = pytest.mark.django_db


def entries(subject):
    return list(
        Entry.objects.filter(subject_id=subject.pk, subject_type__model=subject._meta.model_name).order_by(
            "pk"
        )
    )


def verbs(subject):
    return [entry.verb for entry in entries(subject)]


def said(subject):
    entry = entries(subject)[-1]
    return history.say(entry.verb, entry.facts).strip()


def make_place(site, name="Rack A", **fields):
    return Place.objects.create(site=site, name=name, **fields)


@pytest.mark.req("S0.6", "S0.60")
def test_a_unit_is_saved_recorded_and_found_by_its_serial(dispatcher):
    site = make_site()

    asset = actions.save_asset(
        Asset(
            customer=site.customer,
            site=site,
            place=make_place(site),
            model=make_model(name="Server R2"),
            serial=" 7CX-20418 ",
            handed_over_by="Delivery, Mr Li",
            handed_over_on=date(2026, 10, 1),
            data_keeper=dispatcher,
        ),
        by=dispatcher,
    )

    asset.refresh_from_db()
    assert asset.serial == "7CX-20418"
    assert verbs(asset) == ["asset.added"]
    assert Indexed.objects.get(subject_id=asset.pk, subject_type__model="asset").title.endswith("7CX-20418")


def test_a_serial_is_known_once_per_model_and_the_refusal_says_whose_it_is():
    known = make_asset()
    with pytest.raises(Refused, match=known.customer.name) as refused:
        actions.save_asset(Asset(customer=make_customer(), model=known.model, serial=known.serial), by=None)
    assert "serial" in refused.value.fields


@pytest.mark.parametrize("field", ["site", "place"])
def test_a_unit_stands_only_where_its_customer_is(field):
    asset = make_asset()
    elsewhere = make_site()
    setattr(asset, field, elsewhere if field == "site" else make_place(elsewhere))
    with pytest.raises(Refused) as refused:
        actions.save_asset(asset, by=None)
    assert field in refused.value.fields


def test_a_unit_is_never_part_of_itself():
    site = make_site()
    server, board, chip = (make_asset(site=site) for _ in range(3))
    board.parent = server
    actions.save_asset(board, by=None)
    chip.parent = board
    actions.save_asset(chip, by=None)

    server.parent = chip
    with pytest.raises(Refused) as refused:
        actions.save_asset(server, by=None)
    assert "parent" in refused.value.fields


def test_moving_the_whole_moves_its_parts_and_says_why(dispatcher):
    site = make_site(name="School 12")
    other = make_site(site.customer, name="School 14")
    rack = make_place(other)
    server = make_asset(site=site)
    disk = make_asset(site=site, parent=server)
    sector = make_asset(site=site, parent=disk)

    actions.move_asset(server.pk, site=other, place=rack, by=dispatcher, why="School closed")

    for one in (server, disk, sector):
        one.refresh_from_db()
        assert (one.site, one.place) == (other, rack)
        assert said(one) == "Moved from School 12 to School 14, Rack A: School closed"
    assert disk.parent == server


def test_a_part_that_is_moved_alone_leaves_its_whole():
    site = make_site()
    server = make_asset(site=site)
    disk = make_asset(site=site, parent=server)

    moved = actions.move_asset(disk.pk, site=make_site(site.customer), place=None, by=None)

    assert moved.parent is None
    disk.refresh_from_db()
    disk.parent = server  # back in by an edit: it stands where the whole stands
    assert actions.save_asset(disk, by=None).site == site
    disk.site = make_site(site.customer)
    with pytest.raises(Refused, match="part of"):
        actions.save_asset(disk, by=None)


def test_at_a_site_of_another_customer_a_unit_becomes_that_customers():
    asset = make_asset()
    site = make_site()
    assert actions.move_asset(asset.pk, site=site, place=None, by=None).customer == site.customer


def test_a_unit_does_not_move_into_a_site_that_is_not_in_use():
    with pytest.raises(Refused, match="not in use"):
        actions.move_asset(make_asset().pk, site=make_site(active=False), place=None, by=None)


@pytest.mark.req("S0.6")
def test_a_swap_keeps_place_whole_meters_and_warranty_and_both_serials(dispatcher, set_clock):
    set_clock("2026-10-14 09:00")
    site = make_site()
    rack = make_place(site)
    server = make_asset(site=site, place=rack)
    old = make_asset(site=site, place=rack, parent=server, serial="OLD-1", software="BIOS 1.2", criticality=4)
    Meter.objects.create(asset=old, name="Runtime")
    for side in Warranty.Side:
        Warranty.objects.create(
            asset=old, side=side, starts_on=date(2026, 1, 1), ends_on=date(2027, 12, 31), claims_to="GSE"
        )

    new = actions.swap_asset(
        old.pk,
        replacement=Asset(model=old.model, customer=old.customer, serial="NEW-1"),
        by=dispatcher,
        why="Burnt",
        old_state=Asset.State.IN_REPAIR,
    )

    old.refresh_from_db()
    new.refresh_from_db()
    assert (new.place, new.parent, new.site) == (rack, server, site)
    assert (new.software, new.criticality, new.state) == ("BIOS 1.2", 4, "in_service")
    assert (old.place, old.parent, old.site, old.state) == (None, None, site, "in_repair")
    assert [meter.name for meter in new.meters.all()] == ["Runtime"]
    assert {(one.side, one.starts_on, one.ends_on) for one in new.warranties.all()} == {
        ("ours", date(2026, 10, 14), date(2027, 12, 31)),
        ("vendor", date(2026, 10, 14), date(2027, 12, 31)),
    }
    assert old.warranties.get(side="ours").ends_on == date(2026, 10, 14)
    assert old.warranties.get(side="vendor").ends_on == date(2027, 12, 31)  # the claim names the old serial
    assert said(old).startswith("Taken out, replaced by") and "NEW-1" in said(old)  # noqa: PT018
    assert "OLD-1" in said(new)
    assert verbs(server) == ["asset.part_replaced"]


@pytest.mark.req("S0.6")
def test_a_stored_unit_with_its_own_warranty_keeps_it(set_clock):
    set_clock("2026-10-14 09:00")
    site = make_site()
    old, spare = make_asset(site=site), make_asset(site=site, state="stored")
    term = {"starts_on": date(2026, 1, 1), "side": "ours"}
    Warranty.objects.create(asset=old, ends_on=date(2026, 12, 31), **term)
    Warranty.objects.create(asset=spare, ends_on=date(2029, 1, 1), **term)

    actions.swap_asset(old.pk, replacement=spare, by=None)

    assert [one.ends_on for one in spare.warranties.all()] == [date(2029, 1, 1)]


def test_a_swap_that_makes_no_sense_is_refused():
    site = make_site()
    old = make_asset(site=site)
    part = make_asset(site=site, parent=old)
    busy = make_asset(site=site, place=make_place(site))
    for other in (old, make_asset(state="stored"), busy):
        with pytest.raises(Refused):
            actions.swap_asset(old.pk, replacement=other, by=None)
    with pytest.raises(Refused):
        actions.swap_asset(part.pk, replacement=old, by=None)
    Asset.objects.filter(pk=old.pk).update(state="retired")
    with pytest.raises(Refused, match="not in service"):
        actions.swap_asset(old.pk, replacement=Asset(model=old.model, serial="N"), by=None)


def test_a_state_changes_once_and_says_why(dispatcher):
    asset = make_asset()
    actions.change_state(asset.pk, state="in_repair", by=dispatcher, why="To the workshop")
    actions.change_state(asset.pk, state="in_repair", by=dispatcher)

    assert verbs(asset) == ["asset.state_changed"]
    assert said(asset) == "State: In service → In repair: To the workshop"


def test_a_repair_stands_on_the_line_of_life_with_its_ticket_and_parts(dispatcher, set_clock):
    at = set_clock("2026-10-14 09:00")
    asset = make_asset()
    actions.record_repair(
        asset.pk,
        ticket_number="T-2026-000123",
        done="Replaced the supply",
        parts="PSU-750",
        by=dispatcher,
        at=at,
    )
    assert said(asset) == "Repaired on T-2026-000123: Replaced the supply · PSU-750 ×1"
    assert entries(asset)[0].at == at


def test_warranties_fit_and_can_be_taken_away_for_a_reason(dispatcher):
    asset = make_asset()
    wrong = Warranty(asset=asset, starts_on=date(2026, 2, 1), ends_on=date(2026, 1, 1))
    with pytest.raises(Refused) as refused:
        actions.save_warranty(wrong, by=dispatcher)
    assert "ends_on" in refused.value.fields
    right = actions.save_warranty(
        Warranty(asset=asset, starts_on=date(2026, 1, 1), ends_on=date(2027, 1, 1), component="Fan"),
        by=dispatcher,
    )
    right.ends_on = date(2028, 1, 1)
    actions.save_warranty(right, by=dispatcher)
    with pytest.raises(Refused):
        actions.remove_warranty(right.pk, by=dispatcher, because="")
    actions.remove_warranty(right.pk, by=dispatcher, because="Wrong unit")

    assert verbs(asset) == ["asset.warranty_added", "asset.warranty_changed", "asset.warranty_removed"]
    assert said(asset).endswith("(Fan) until 1 Jan 2028: Wrong unit")
    whole = Warranty(asset=asset, starts_on=date(2026, 1, 1), ends_on=date(2027, 1, 1))
    actions.save_warranty(whole, by=dispatcher)
    assert said(asset) == f"Warranty added, {whole.get_side_display()} until 1 Jan 2027"


@pytest.fixture
def meter(db, set_clock):
    set_clock("2026-10-14 09:00")
    return actions.save_meter(Meter(asset=make_asset(), name="Runtime"), by=None)


def test_a_reading_below_the_one_before_is_a_reset_and_a_late_one_is_seen_anew(meter, set_clock):
    now = set_clock("2026-10-14 09:00")

    def read(days_ago, value):
        return actions.record_reading(
            meter.pk, value=Decimal(value), read_at=now - timedelta(days=days_ago), by=None
        )

    assert read(30, 100).is_reset is False
    assert read(10, 150).is_reset is False
    late = read(20, 400)  # between the two
    assert late.is_reset is False
    assert Reading.objects.get(value=150).is_reset is True
    assert read(5, 20).is_reset is True
    assert said(meter.asset) == "Runtime began again: 20 hours on 9 Oct 2026 09:00"


def test_the_same_reading_again_changes_nothing_and_another_value_is_refused(meter, set_clock):
    now = set_clock("2026-10-14 10:00")
    actions.record_reading(meter.pk, value=Decimal(5), read_at=now, by=None)
    actions.record_reading(meter.pk, value=Decimal(5), read_at=now, by=None)
    assert meter.readings.count() == 1
    with pytest.raises(Refused):
        actions.record_reading(meter.pk, value=Decimal(6), read_at=now, by=None)


@pytest.mark.parametrize(
    ("value", "ahead", "field"), [("-1", 0, "value"), ("NaN", 0, "value"), ("1", 1, "read_at")]
)
def test_a_reading_that_cannot_be_is_refused(meter, set_clock, value, ahead, field):
    now = set_clock("2026-10-14 10:00")
    with pytest.raises(Refused) as refused:
        actions.record_reading(meter.pk, value=Decimal(value), read_at=now + timedelta(hours=ahead), by=None)
    assert field in refused.value.fields


def test_models_and_categories_exist_once():
    ups = actions.save_category(Category(name=" UPS "), by=None)
    actions.save_model(AssetModel(maker="GSE", name="U1", category=ups), by=None)
    with pytest.raises(Refused):
        actions.save_category(Category(name="UPS"), by=None)
    with pytest.raises(Refused):
        actions.save_model(AssetModel(maker="GSE", name="U1"), by=None)
