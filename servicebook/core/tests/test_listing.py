"""Pages by key: every row exactly once, whatever the page size, the order or the direction."""

from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.db.models import Q
from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servicebook.core import listing
from servicebook.core.listing import Count, FilterForm, Listing, Sort
from servicebook.customers.models import Promise, Region, Site
from servicebook.testing import make_customer, make_region, make_site, make_user

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
ORDERS = [
    ("pk",),
    ("-pk",),
    ("name",),
    ("-name", "pk"),
    ("region__name", "name"),  # empty for sites without a region
    ("-region__name", "-name"),
    ("customer__name", "-region", "pk"),
]


def walk(rows, order, size):
    """All rows page by page to the end, and the same way back."""
    there, back = [], []
    page = listing.page(rows, order, size=size)
    assert not page.before
    while True:
        there.extend(page.rows)
        if not page.after:
            break
        page = listing.page(rows, order, size=size, after=page.after)
    last = page
    back.extend(reversed(page.rows))
    while last.before:
        last = listing.page(rows, order, size=size, before=last.before)
        back.extend(reversed(last.rows))
    return there, back


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.sampled_from(["ab", "cd", "éж"]), max_size=12),
    with_region=st.lists(st.booleans(), min_size=12, max_size=12),
    size=st.integers(1, 5),
    order=st.sampled_from(ORDERS),
)
def test_every_row_is_shown_exactly_once_whatever_the_page_size(names, with_region, size, order):
    Site.objects.all().delete()
    region = Region.objects.get_or_create(name="North")[0]
    for name, has in zip(names, with_region, strict=False):
        make_site(make_customer(name=name), name=name, region=region if has else None)

    there, back = walk(Site.objects.all(), order, size)

    assert sorted(row.pk for row in there) == sorted(Site.objects.values_list("pk", flat=True))
    assert [row.pk for row in back] == [row.pk for row in reversed(there)]


@pytest.mark.django_db
def test_the_order_is_the_databases_own_and_empty_values_stand_last():
    north, south = make_region(name="North"), make_region(name="South")
    customer = make_customer()
    for name, region in [("a", None), ("b", south), ("c", north), ("d", None)]:
        make_site(customer, name=name, region=region)

    up, _back = walk(Site.objects.all(), ("region__name", "name"), 3)
    down, _back = walk(Site.objects.all(), ("-region__name", "name"), 3)

    assert [site.name for site in up] == ["c", "b", "a", "d"]
    assert [site.name for site in down] == ["b", "c", "a", "d"]


@pytest.mark.django_db
def test_moments_make_keys_to_the_microsecond():
    owner, customer = make_user(), make_customer()
    for step in range(7):
        due = START + timedelta(microseconds=step // 2)
        Promise.objects.create(
            text=str(step), owner=owner, customer=customer, due_at=due, made_at=START, made_by=owner
        )

    there, back = walk(Promise.objects.all(), ("-due_at",), 2)

    assert [row.text for row in there] == list("6543210")
    assert len(back) == 7


@pytest.mark.django_db
def test_a_row_that_goes_or_comes_shifts_nothing():
    customer = make_customer()
    for name in "abcdef":
        make_site(customer, name=name)
    first = listing.page(Site.objects.all(), ("name",), size=3)

    first.rows[0].delete()
    make_site(customer, name="aa")
    second = listing.page(Site.objects.all(), ("name",), size=3, after=first.after)

    assert [site.name for site in second.rows] == ["d", "e", "f"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "token",
    [
        "x",
        "....",
        "W10",
        "bnVsbA",
        "W251bGwsIG51bGxd",
        "WyJhIiwgImIiXQ",
        "WyJhIiwgMWU5OTldWw",
        "é",
        "[" * 3000,
    ],
)
def test_a_broken_key_gives_the_first_page(token):
    site = make_site()

    assert list(listing.page(Site.objects.all(), ("name",), after=token).rows) == [site]


@pytest.mark.django_db
def test_a_key_of_another_order_gives_the_first_page():
    customer = make_customer()
    for name in "abcd":
        make_site(customer, name=name)
    key = listing.page(Site.objects.all(), ("name", "region"), size=2).after

    assert listing.page(Site.objects.all(), ("pk",), size=2, after=key).rows[0].name == "a"


@pytest.mark.django_db
@pytest.mark.parametrize("number", [3, 9])
def test_a_page_costs_one_statement_and_its_count_another(number, django_assert_num_queries):
    for _ in range(number):
        make_site()
    request = RequestFactory().get("/")

    with django_assert_num_queries(2):
        found = Listing(request, Site.objects.all(), sorts={"name": Sort("Name", ("name",))}, size=2).page

    assert found.count == Count(number)


@pytest.mark.django_db
def test_counting_stops_and_says_so():
    for name in "abcd":
        make_region(name=name)

    assert str(listing.count(Region.objects.all(), up_to=3)) == "3+"
    assert str(listing.count(Region.objects.all(), up_to=4)) == "4"
    assert str(Count(1000, more=True)) == "1\N{NO-BREAK SPACE}000+"


class NameFilter(FilterForm):
    name = forms.CharField(max_length=5)
    least = forms.IntegerField()

    def apply(self, queryset):
        wanted = self.cleaned_data.get("name")
        return queryset.filter(Q(name__icontains=wanted)) if wanted else queryset


@pytest.mark.django_db
def test_a_filter_value_that_does_not_fit_is_left_out_and_marked():
    make_region(name="North")
    make_region(name="South")
    request = RequestFactory().get("/", {"name": "nor", "least": "many"})

    found = Listing(
        request, Region.objects.all(), sorts={"name": Sort("Name", ("name",))}, filter_form=NameFilter
    )

    assert [region.name for region in found.page.rows] == ["North"]
    assert "least" in found.form.errors
    assert found.filtered


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "names", "filtered"),
    [
        ({}, ["North"], False),
        ({"name": "nor"}, ["North"], False),
        ({"name": ""}, ["North", "South"], False),
        ({"name": "sou"}, ["South"], True),
    ],
)
def test_a_fresh_page_starts_from_its_initial_filter_and_does_not_call_it_one(asked, names, filtered):
    make_region(name="North")
    make_region(name="South")

    found = Listing(
        RequestFactory().get("/", asked),
        Region.objects.all(),
        sorts={"name": Sort("Name", ("name",))},
        filter_form=NameFilter,
        initial={"name": "nor"},
    )

    assert [region.name for region in found.page.rows] == names
    assert found.filtered == filtered


@pytest.mark.django_db
def test_sorting_turns_round_and_an_unknown_sort_is_the_first():
    for name in "bca":
        make_region(name=name)
    sorts = {"name": Sort("Name", ("name",)), "new": Sort("Newest", ("-pk",))}

    def names(sort):
        request = RequestFactory().get("/", {"sort": sort})
        return [region.name for region in Listing(request, Region.objects.all(), sorts=sorts).page.rows]

    assert names("name") == ["a", "b", "c"]
    assert names("-name") == ["c", "b", "a"]
    assert names("new") == ["a", "c", "b"]
    assert names("password") == ["a", "b", "c"]


@pytest.mark.django_db
def test_only_rows_that_the_person_sees_can_be_picked():
    mine, foreign = make_region(name="Mine"), make_region(name="Foreign")
    request = RequestFactory().post("/", {"pick": [mine.pk, foreign.pk, "x", "-1"]})

    found = Listing(request, Region.objects.exclude(name="Foreign"), sorts={"name": Sort("Name", ("name",))})

    assert list(found.picked()) == [mine]
