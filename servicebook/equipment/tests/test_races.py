"""A part is put into a whole while the whole goes to another customer; with the guard on and off (I7)."""

from threading import Event

import pytest

from servicebook.core.errors import Refused
from servicebook.equipment import actions
from servicebook.equipment.actions import assets
from servicebook.equipment.invariants import in_place
from servicebook.equipment.models import Asset
from servicebook.testing import make_asset, make_model, make_site
from servicebook.tickets.tests.test_races import ROUNDS, one_inside_the_other, together

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.req("S0.6"),
    pytest.mark.trust("I7"),
]


def move(unit, site):
    return actions.move_asset(unit.pk, site=site, place=None, by=None)


def put_into(part, whole):
    part = Asset.objects.get(pk=part.pk)
    part.parent = Asset.objects.get(pk=whole.pk)
    return actions.save_asset(part, by=None)


@pytest.mark.parametrize("moved", ["the whole", "what the whole is part of"])
def test_a_part_goes_along_or_stays_out(moved):
    for _round in range(ROUNDS):
        site = make_site()
        top = make_asset(site=site)
        whole = make_asset(site=site, parent=top) if moved != "the whole" else top
        part, there = make_asset(site=site), make_site()
        failed = together(
            lambda top=top, there=there: move(top, there),
            lambda part=part, whole=whole: put_into(part, whole),
        )
        assert [one for one in failed if not isinstance(one, Refused)] == []
        assert list(in_place()) == []
        assert Asset.objects.get(pk=top.pk).customer == there.customer


def test_an_edit_of_a_part_does_not_bring_it_back_from_where_its_whole_went():
    site, there = make_site(), make_site()
    whole = make_asset(site=site)
    part = make_asset(site=site, parent=whole)
    read = Asset.objects.select_related("parent").get(pk=part.pk)
    move(whole, there)
    read.owner_name = "Anna"
    with pytest.raises(Refused, match="part of"):
        actions.save_asset(read, by=None)
    assert list(in_place()) == []


def test_a_new_unit_takes_the_place_of_a_part_while_the_whole_goes():
    for _round in range(ROUNDS):
        site, there, model = make_site(), make_site(), make_model()
        whole = make_asset(site=site)
        part = make_asset(site=site, parent=whole)
        failed = together(
            lambda whole=whole, there=there: move(whole, there),
            lambda part=part, model=model: actions.swap_asset(
                part.pk, replacement=Asset(model=model), by=None
            ),
        )
        assert [one for one in failed if not isinstance(one, Refused)] == []
        assert list(in_place()) == []


@pytest.mark.postgres
def test_without_the_lock_a_part_is_left_behind(monkeypatch):
    site, there = make_site(), make_site()
    whole, part = make_asset(site=site), make_asset(site=site)
    read, go = Event(), Event()

    def check_and_wait(asset, before):
        read.set()
        go.wait(timeout=20)

    monkeypatch.setattr(assets, "hold_wholes", lambda _asset: None)
    monkeypatch.setattr(assets, "_check_serial", check_and_wait)
    one_inside_the_other(lambda: put_into(part, whole), lambda: move(whole, there), read, go)
    assert len(list(in_place())) == 1
