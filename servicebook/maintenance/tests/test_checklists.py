"""Checklists come in versions, and a version never changes (S0.58)."""

from decimal import Decimal

import pytest

from servicebook.core.errors import Changed, Refused
from servicebook.journal.models import Entry
from servicebook.maintenance.actions.checklists import Item, publish
from servicebook.maintenance.models import Checklist

pytestmark = pytest.mark.django_db
ITEMS = (
    Item("Clean the filter", proof="photo"),
    Item(
        "Battery voltage", kind="measure", unit="V", low=Decimal("12.5"), high=Decimal(14), asks_before=True
    ),
)


@pytest.mark.req("S0.58", "S0.26")
def test_each_publication_is_the_next_version_and_the_old_ones_stay(manager):
    first = publish(Checklist(name=" UPS,  quarterly "), ITEMS, regulation="EN 62040", by=manager)
    checklist = first.checklist
    second = publish(checklist, [*ITEMS, Item("Label it")], what_changed="labels", by=manager)

    assert checklist.name == "UPS, quarterly"
    assert [(one.number, one.items.count()) for one in checklist.versions.all()] == [(2, 3), (1, 2)]
    assert (first.regulation, second.regulation) == ("EN 62040", "")
    row = first.items.get(position=2)
    assert (row.unit, row.low, row.high, row.asks_before) == ("V", Decimal("12.5"), Decimal(14), True)
    assert [entry.facts["number"] for entry in Entry.objects.filter(verb="checklist.published")] == [1, 2]


def test_what_says_the_same_makes_no_version(manager):
    first = publish(Checklist(name="UPS"), ITEMS, by=manager)
    assert publish(first.checklist, list(ITEMS), by=manager) == first
    assert publish(first.checklist, ITEMS, regulation="EN 62040", by=manager).number == 2
    assert publish(first.checklist, ITEMS[::-1], regulation="EN 62040", by=manager).number == 3


def test_who_saw_an_older_version_is_told(manager):
    first = publish(Checklist(name="UPS"), ITEMS, by=manager)
    publish(first.checklist, ITEMS[:1], by=manager, seen=1)
    with pytest.raises(Changed):
        publish(first.checklist, ITEMS, by=manager, seen=1)


@pytest.mark.parametrize(
    ("items", "field"),
    [
        ([], "items"),
        ([Item("x")] * 201, "items"),
        ([Item("  ")], "items.0.text"),
        ([Item("x"), Item("x" * 201)], "items.1.text"),
        ([Item("x", kind="dance")], "items.0.kind"),
        ([Item("x", proof="oath")], "items.0.proof"),
        ([Item("x", proof="reading")], "items.0.proof"),
        ([Item("x", kind="measure", low=Decimal(2), high=Decimal(1))], "items.0.high"),
        ([Item("x", kind="measure", low=Decimal("NaN"))], "items.0.low"),
        ([Item("x", kind="measure", high=Decimal("1e30"))], "items.0.high"),
        ([Item("x", hint="x" * 251)], "items.0.hint"),
    ],
)
def test_an_item_that_cannot_be_is_refused_where_it_stands(items, field, manager):
    with pytest.raises(Refused) as refused:
        publish(Checklist(name="UPS"), items, by=manager)

    assert field in refused.value.fields
    assert not Checklist.objects.exists()


def test_a_name_is_used_once(manager):
    publish(Checklist(name="UPS"), ITEMS, by=manager)
    for name in ("ups", " "):
        with pytest.raises(Refused) as refused:
            publish(Checklist(name=name), ITEMS, by=manager)
        assert "name" in refused.value.fields


def test_limits_are_kept_of_readings_only(manager):
    version = publish(
        Checklist(name="UPS"), [Item("x", unit="V", low=Decimal(1), asks_before=True)], by=manager
    )

    row = version.items.get()
    assert (row.unit, row.low, row.asks_before) == ("", None, False)
