from datetime import timedelta

import pytest

from servicebook.accounts.models import Role
from servicebook.agenda.models import Obligation
from servicebook.agenda.worker import run_due
from servicebook.core import clock, reference
from servicebook.core.errors import Refused
from servicebook.core.models import FieldRule
from servicebook.customers import actions, queries
from servicebook.customers.models import Contact, Customer, Place, Promise, Region, Site
from servicebook.journal import history
from servicebook.journal.models import Entry
from servicebook.search.models import Indexed
from servicebook.testing import (
    make_asset,
    make_contact,
    make_customer,
    make_reason,
    make_region,
    make_site,
    make_user,
)
from servicebook.tickets.models import Ticket

pytestmark = pytest.mark.django_db


def verbs(subject):
    return list(
        Entry.objects.filter(subject_id=subject.pk, subject_type__model=subject._meta.model_name)
        .order_by("pk")
        .values_list("verb", flat=True)
    )


def said(subject):
    entry = Entry.objects.filter(subject_id=subject.pk, subject_type__model=subject._meta.model_name).latest(
        "pk"
    )
    return history.say(entry.verb, entry.facts)


def ticket(number, **fields):
    now = clock.now()
    least = {"title": "Server", "channel": "phone", "priority": 3, "priority_because": "x"}
    rest = {"reason": make_reason(), "owner": make_user(), "opened_at": now, "changed_at": now}
    return Ticket.objects.create(number=number, **{**least, **rest, **fields})


def test_a_customer_is_saved_in_one_spelling_recorded_and_found(dispatcher):
    turkey = make_region(country="TR")

    one = actions.save_customer(
        Customer(
            name="  Alpha   Service ",
            region=make_region(parent=turkey),
            phone="0212 555 11 22",
            email="Info@Alpha.TR",
            mail_domains=["@Alpha.tr"],
        ),
        by=dispatcher,
    )

    one.refresh_from_db()
    assert (one.name, one.phone, one.email) == ("Alpha Service", "+902125551122", "info@alpha.tr")
    assert one.mail_domains == ["alpha.tr"]
    assert verbs(one) == ["customer.added"]
    assert Indexed.objects.get(subject_id=one.pk, subject_type__model="customer").title == "Alpha Service"


def test_a_change_says_before_and_after_and_no_change_says_nothing(dispatcher):
    one = actions.save_customer(Customer(name="Alpha"), by=dispatcher)
    one.phone, one.owner = "8 701 555 01 12", dispatcher
    actions.save_customer(one, by=dispatcher)
    actions.save_customer(one, by=dispatcher)

    assert verbs(one) == ["customer.added", "customer.changed"]
    assert said(one) == f"Changed: Phone: – → +77015550112; Account manager: – → {dispatcher.name}"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "call me"),
        ("email", "nobody"),
        ("name", "  "),
        ("mail_domains", ["gmail.com"]),
        ("criticality", 9),
        ("tax_id", "1" * 31),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(field, value):
    with pytest.raises(Refused) as refused:
        actions.save_customer(Customer(**{"name": "Alpha", field: value}), by=None)

    assert field in refused.value.fields
    assert not Customer.objects.exists()


def test_a_customer_is_never_part_of_itself():
    top = actions.save_customer(Customer(name="Ministry"), by=None)
    middle = actions.save_customer(Customer(name="City", parent=top), by=None)
    school = actions.save_customer(Customer(name="School", parent=middle), by=None)

    top.parent = school
    with pytest.raises(Refused) as refused:
        actions.save_customer(top, by=None)

    assert "parent" in refused.value.fields
    assert Customer.objects.get(pk=top.pk).parent is None


@pytest.mark.req("S0.8")
def test_a_mandatory_field_is_enforced_on_every_save():
    FieldRule.objects.create(
        entity="customers.customer", name="tax_id", label="Tax number", custom=False, mandatory=True
    )
    FieldRule.objects.create(entity="customers.site", name="gate", label="Gate", mandatory=True)
    reference.changed()

    with pytest.raises(Refused) as refused:
        actions.save_customer(Customer(name="Alpha"), by=None)
    assert "tax_id" in refused.value.fields
    with pytest.raises(Refused) as refused:
        actions.save_site(Site(customer=make_customer(), name="Office"), by=None)
    assert "gate" in refused.value.fields


def test_a_customer_is_put_aside_only_without_open_tickets():
    one = actions.save_customer(Customer(name="Alpha"), by=None)
    ticket("T-1", customer=one)
    one.active = False
    with pytest.raises(Refused, match="1 open ticket") as refused:
        actions.save_customer(one, by=None)
    assert "active" in refused.value.fields

    Ticket.objects.update(status="closed", closed_at=clock.now(), channel="import")
    actions.save_customer(one, by=None)
    assert verbs(one)[-1] == "customer.deactivated"


@pytest.mark.req("S0.5")
def test_a_site_keeps_its_access_and_its_responsible_contact(dispatcher):
    customer = make_customer()
    person = make_contact(customer)

    site = actions.save_site(
        Site(
            customer=customer,
            name="School 12",
            city="Karaganda",
            access_hours="Mon–Fri 8:00–19:00",
            accessibility=Site.Accessibility.ESCORT,
            access_rules="Pass at the gate, server room with Mr Akhmetov",
            responsible=person,
        ),
        by=dispatcher,
    )

    assert verbs(site) == ["site.added"]
    with pytest.raises(Refused) as refused:
        actions.save_site(Site(customer=customer, name="School 12"), by=dispatcher)
    assert "name" in refused.value.fields
    site.responsible = make_contact()
    with pytest.raises(Refused) as refused:
        actions.save_site(site, by=dispatcher)
    assert "responsible" in refused.value.fields


def test_a_site_with_equipment_is_not_put_aside():
    asset = make_asset()
    asset.site.active = False
    with pytest.raises(Refused, match="1 unit still stands"):
        actions.save_site(asset.site, by=None)


def test_places_stay_in_their_site_and_hang_under_each_other():
    site = make_site()
    floor = actions.save_place(Place(site=site, name="2nd floor", kind=Place.Kind.FLOOR), by=None)
    room = actions.save_place(Place(site=site, name="Server room", parent=floor), by=None)
    rack = actions.save_place(Place(site=site, name="Rack A", kind=Place.Kind.RACK, parent=room), by=None)

    assert queries.place_paths([rack, room, floor])[rack.pk] == "2nd floor, Server room, Rack A"
    floor.parent = rack
    with pytest.raises(Refused, match="part of itself"):
        actions.save_place(floor, by=None)
    with pytest.raises(Refused, match="in another site"):
        actions.save_place(Place(site=make_site(), name="Rack B", parent=room), by=None)
    with pytest.raises(Refused, match="not empty"):
        actions.remove_place(room.pk, by=None)
    actions.remove_place(rack.pk, by=None)
    assert verbs(site)[-1] == "site.place_removed"


@pytest.mark.parametrize(
    ("of_site", "of_its_region", "of_customers_region", "expected"),
    [
        ("Asia/Tokyo", "Asia/Seoul", "Europe/Paris", "Asia/Tokyo"),
        ("", "Asia/Seoul", "Europe/Paris", "Asia/Seoul"),
        ("", "", "Europe/Paris", "Europe/Paris"),
        ("", None, "Europe/Paris", "Europe/Paris"),
        ("", "", "", "Asia/Almaty"),
    ],
)
def test_the_zone_is_that_of_the_nearest_who_has_one(of_site, of_its_region, of_customers_region, expected):
    customer = make_customer(region=make_region(time_zone=of_customers_region))
    above = None if of_its_region is None else make_region(time_zone=of_its_region)
    region = make_region(parent=above) if above else None
    site = make_site(customer, region=region, time_zone=of_site)

    assert queries.zone_of(site, customer) == expected
    assert queries.zone_of(None, customer) == (of_customers_region or "Asia/Almaty")


def test_regions_give_country_and_zone_to_what_is_inside():
    country = actions.save_region(Region(name="Türkiye", country="tr", time_zone="Europe/Istanbul"), by=None)
    city = actions.save_region(Region(name="Ankara", parent=country), by=None)
    site = make_site(region=city)

    assert queries.country_of(city.pk) == "TR"
    assert queries.country_of(None) == "KZ"
    assert queries.zone_of(site, site.customer) == "Europe/Istanbul"
    assert set(queries.region_and_below(country.pk)) == {country.pk, city.pk}
    with pytest.raises(Refused, match="time zone"):
        actions.save_region(Region(name="Mars", time_zone="Mars/Base"), by=None)


def test_likely_duplicates_are_named_with_the_sign_that_says_so():
    by_number = actions.save_customer(Customer(name="Omega", tax_id="123"), by=None)
    by_name = actions.save_customer(Customer(name="ТОО «Альфа Сервис»"), by=None)
    actions.save_customer(Customer(name="Бета"), by=None)

    found = queries.likely_duplicates(Customer(name="Альфа сервис", tax_id="123"))

    assert [(one.customer, one.because.value) for one in found] == [(by_number, "tax_id"), (by_name, "name")]


@pytest.mark.req("S0.4")
def test_a_promise_turns_overdue_on_its_own_once_per_date(set_clock, dispatcher):
    made_at = set_clock("2026-10-14 09:00")
    promise = actions.make_promise(
        text="Call back",
        owner=dispatcher,
        due_at=made_at + timedelta(hours=2),
        customer=make_customer(),
        by=dispatcher,
    )
    first = Obligation.objects.get(kind="customers.promise_overdue")
    assert (first.due_at, first.state) == (promise.due_at, "armed")

    actions.move_promise(promise.pk, due_at=made_at + timedelta(hours=5), by=dispatcher)
    first.refresh_from_db()
    second = Obligation.objects.get(kind="customers.promise_overdue", state="armed")
    assert (first.state, second.due_at) == ("cancelled", made_at + timedelta(hours=5))

    set_clock("2026-10-14 12:00")
    run_due()
    assert "promise.overdue" not in verbs(promise)  # the old date is nobody's business any more
    set_clock("2026-10-14 15:00")
    run_due()
    run_due()
    assert verbs(promise).count("promise.overdue") == 1
    assert Promise.objects.overdue(made_at + timedelta(hours=6)).get() == promise

    actions.keep_promise(promise.pk, by=dispatcher)
    assert not Obligation.objects.filter(kind="customers.promise_overdue", state="armed").exists()
    assert not Promise.objects.overdue(made_at + timedelta(hours=6)).exists()


def test_a_promise_is_kept_or_dropped_once_and_for_a_reason(dispatcher, set_clock):
    at = set_clock("2026-10-14 09:00")
    promise = actions.make_promise(
        text="Send offer", owner=dispatcher, due_at=at + timedelta(days=1), customer=make_customer(), by=None
    )
    with pytest.raises(Refused) as refused:
        actions.drop_promise(promise.pk, because=" ", by=dispatcher)
    assert "because" in refused.value.fields
    actions.drop_promise(promise.pk, because="Bought elsewhere", by=dispatcher)
    with pytest.raises(Refused, match="dropped"):
        actions.keep_promise(promise.pk, by=dispatcher)
    assert said(promise) == "Promise dropped: Send offer. Bought elsewhere"


def test_nothing_is_promised_for_the_end_of_time(set_clock, dispatcher):
    at = set_clock("2026-10-14 09:00")
    given = {"text": "Call", "owner": dispatcher, "customer": make_customer(), "by": None}
    promise = actions.make_promise(due_at=at + timedelta(days=3650), **given)
    for_ever = at.replace(year=9999, month=12, day=31)

    with pytest.raises(Refused, match="ten years"):
        actions.move_promise(promise.pk, due_at=for_ever, by=dispatcher)
    with pytest.raises(Refused, match="ten years"):
        actions.make_promise(due_at=for_ever, **given)


@pytest.mark.parametrize("what", ["text", "due_at", "owner"])
def test_a_promise_needs_words_a_moment_to_come_and_an_owner_who_is_here(what, set_clock):
    at = set_clock("2026-10-14 09:00")
    given = {"text": "Call", "due_at": at + timedelta(hours=1), "owner": make_user()}
    given[what] = {"text": " ", "due_at": at, "owner": make_user(is_active=False)}[what]
    with pytest.raises(Refused) as refused:
        actions.make_promise(customer=make_customer(), by=None, **given)
    assert what in refused.value.fields


def test_contacts_are_known_by_their_mail_and_customers_by_their_domain():
    customer = make_customer(mail_domains=["school12.kz"])
    person = make_contact(customer, email="gulnar@school12.kz")
    left = make_contact(customer, email="old@school12.kz", active=False)

    assert queries.by_mail("Gulnar@School12.kz") == (person, customer)
    assert queries.by_mail(left.email) == (None, customer)
    assert queries.by_mail("new@school12.kz") == (None, customer)
    assert queries.by_mail("new@elsewhere.kz") == (None, None)
    make_customer(mail_domains=["school12.kz"])
    assert queries.by_mail("new@school12.kz") == (None, None)  # two share it: nobody guesses


@pytest.mark.req("S0.3")
def test_a_successor_takes_over_roles_sites_tickets_and_promises(dispatcher, set_clock):
    at = set_clock("2026-10-14 09:00")
    customer = make_customer()
    old = make_contact(customer, is_main=True, may_sign=True)
    new = make_contact(customer)
    site = make_site(customer, responsible=old)

    waits = ticket("T-1", customer=customer, contact=old)
    closed = ticket("T-2", customer=customer, contact=old, status="closed", closed_at=at, channel="import")
    promise = actions.make_promise(
        text="Call", owner=dispatcher, due_at=at + timedelta(hours=1), customer=customer, by=None, about=old
    )

    actions.replace_contact(old.pk, by_contact=new, by=dispatcher)

    for row in (old, new, site, waits, closed, promise):
        row.refresh_from_db()
    assert (old.active, old.replaced_by) == (False, new)
    assert (new.is_main, new.may_sign) == (True, True)
    assert site.responsible == new
    assert waits.contact == new
    assert closed.contact == old  # the past stays as it was
    assert Promise.objects.get().about == new
    assert verbs(waits) == ["ticket.contact_replaced"]
    assert verbs(old) == ["contact.replaced"]


@pytest.mark.req("S0.3")
def test_a_successor_must_be_reachable_of_the_same_customer_and_somebody_else(dispatcher):
    old = make_contact()
    for new in (
        old,
        make_contact(),
        make_contact(old.customer, email=""),
        make_contact(old.customer, active=False),
    ):
        with pytest.raises(Refused):
            actions.replace_contact(old.pk, by_contact=new, by=dispatcher)
    old.refresh_from_db()
    assert old.active


def test_whom_sites_count_on_is_replaced_not_put_aside(dispatcher):
    person = make_contact()
    make_site(person.customer, responsible=person)
    person.active = False
    with pytest.raises(Refused, match="responsible for 1 site"):
        actions.save_contact(person, by=dispatcher)


def test_who_was_replaced_comes_back_only_on_purpose(dispatcher):
    old = make_contact()
    new = make_contact(old.customer)
    actions.replace_contact(old.pk, by_contact=new, by=dispatcher)
    stale = Contact.objects.get(pk=old.pk)
    stale.active = True
    with pytest.raises(Refused, match="was replaced by"):
        actions.save_contact(stale, by=dispatcher)

    back = actions.reinstate_contact(old.pk, by=dispatcher)

    assert (back.active, back.replaced_by) == (True, None)


def test_receivers_are_those_who_can_be_reached_and_the_responsible_of_the_site(django_assert_num_queries):
    customer = make_customer()
    main = make_contact(customer, is_main=True)
    make_contact(customer, is_on_site=True, active=False)
    here = make_contact(customer)
    site = make_site(customer, responsible=here)

    with django_assert_num_queries(1):
        assert queries.receivers_of(customer, "access", site=site) == [here]
    assert queries.receivers_of(customer, "access", site=make_site(customer)) == [main]


def test_promises_are_seen_by_their_owner_and_by_those_who_see_the_customer():
    engineer, other = make_user(Role.ENGINEER), make_user(Role.ENGINEER)
    manager = make_user(Role.ACCOUNT_MANAGER)
    customer = make_customer(owner=manager)
    promise = actions.make_promise(
        text="Call", owner=engineer, due_at=clock.now() + timedelta(hours=1), customer=customer, by=None
    )

    for person, sees in ((engineer, True), (other, False), (manager, True), (make_user(), True)):
        assert Promise.objects.visible_to(person).filter(pk=promise.pk).exists() is sees
