from datetime import timedelta

import pytest
from django.urls import reverse

from servicebook.accounts.models import Role
from servicebook.core import clock, reference
from servicebook.core.models import FieldRule
from servicebook.customers import actions
from servicebook.customers.models import Contact, Customer, Place, Promise, Region, Site
from servicebook.testing import (
    make_asset,
    make_contact,
    make_customer,
    make_reason,
    make_region,
    make_site,
    make_ticket,
    make_user,
)
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db


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


def fill(customer, count, owner):
    """A customer with `count` of everything."""
    now = clock.now()
    for _each in range(count):
        contact = make_contact(customer)
        site = make_site(customer, responsible=contact)
        place = Place.objects.create(site=site, name="Rack")
        asset = make_asset(site=site, place=place)
        make_customer(parent=customer)
        for status in ("queued", "closed"):
            ticket = Ticket.objects.create(
                number=f"T-{customer.pk}-{Ticket.objects.count()}",
                title="Server",
                customer=customer,
                contact=contact,
                site=site,
                asset=asset,
                channel="import",
                status=status,
                closed_at=now if status == "closed" else None,
                reason=make_reason(),
                priority=1,
                priority_because="x",
                owner=owner,
                opened_at=now,
                changed_at=now,
            )
            Message.objects.create(
                ticket=ticket,
                direction="in",
                channel="mail",
                contact=contact,
                author_name=contact.name,
                at=now,
                text="It does not start",
            )
        actions.make_promise(
            text="Call back", owner=owner, due_at=now + timedelta(days=1), customer=customer, by=owner
        )


@pytest.mark.req("S0.1", "S0.2")
def test_everything_about_a_customer_is_on_one_page(desk, dispatcher):
    customer = make_customer(name="School 12", parent=make_customer(name="City"), notes="Pays on time")
    fill(customer, 1, dispatcher)

    shown = page(desk, "customers:customer", customer.pk)

    wanted = [
        Contact.objects.get(),
        Site.objects.get(),
        Promise.objects.get().text,
        "It does not start",
        "Pays on time",
        "City",
        "Promised by",
        *customer.branches.all(),
        *(asset.serial for asset in customer.assets.all()),
        *(ticket.number for ticket in customer.tickets.all()),
    ]
    assert [str(one) for one in wanted if str(one) not in shown] == []


@pytest.mark.parametrize("name", ["customer", "site", "contact"])
def test_a_page_takes_the_same_statements_whatever_hangs_on_it(
    desk, dispatcher, django_assert_max_num_queries, name
):
    counts = []
    for size in (1, 4):
        customer = make_customer()
        fill(customer, size, dispatcher)
        one = {"customer": customer, "site": customer.sites.first(), "contact": customer.contacts.first()}[
            name
        ]
        if name != "customer":  # one thing with everything on it
            for model, field in ((Ticket, name), (Message, name)):
                if hasattr(model, field):
                    model.objects.filter(**{"customer": customer} if model is Ticket else {}).update(
                        **{field: one}
                    )
            if name == "site":
                customer.assets.update(site=one, place=one.places.first())
        page(desk, f"customers:{name}", one.pk)  # caches of the process are warm
        with django_assert_max_num_queries(60) as asked:
            page(desk, f"customers:{name}", one.pk)
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", ["customers", "contacts", "sites", "promises"])
def test_a_list_takes_the_same_statements_at_any_length(
    desk, dispatcher, django_assert_max_num_queries, name
):
    counts = []
    for _each in range(2):
        fill(make_customer(), 3, dispatcher)
        page(desk, f"customers:{name}")
        with django_assert_max_num_queries(30) as asked:
            page(desk, f"customers:{name}")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_customers_are_filtered_by_region_class_owner_words_and_use(desk):
    country = make_region(name="Kazakhstan")
    city = make_region(name="Karaganda", parent=country)
    owner = make_user(Role.ACCOUNT_MANAGER)
    for fields in (
        {"name": "Alpha LLP", "region": city, "customer_class": "A", "owner": owner},
        {"name": "Beta LLP", "phone": "+77015550112"},
        {"name": "Old LLP", "active": False},
    ):
        actions.save_customer(Customer(**fields), by=None)

    def names(**query):
        shown = page(desk, "customers:customers", **query)
        return [name for name in ("Alpha LLP", "Beta LLP", "Old LLP") if name in shown]

    assert names() == ["Alpha LLP", "Beta LLP"]
    assert names(active="all") == ["Alpha LLP", "Beta LLP", "Old LLP"]
    assert names(region=country.pk) == ["Alpha LLP"]
    assert names(customer_class="A") == ["Alpha LLP"]
    assert names(owner=owner.pk) == ["Alpha LLP"]
    assert names(q="8 701 555 01 12") == ["Beta LLP"]
    assert names(q="alp") == ["Alpha LLP"]


def test_every_list_is_exported(desk):
    make_customer(name="=Alpha")
    make_contact(name="Gulnar")
    for name, word in (
        ("customers", "Alpha"),
        ("contacts", "Gulnar"),
        ("sites", "Name"),
        ("promises", "What"),
    ):
        response = desk.get(reverse(f"customers:{name}"), {"export": "csv"})
        assert word in b"".join(response).decode()


def test_a_customer_is_entered_and_a_wrong_field_keeps_what_was_typed(desk):
    form = {"name": "Alpha", "phone": "call me", "criticality": 2, "address": "Abay 1"}

    refused = desk.post(reverse("customers:new_customer"), form)

    assert refused.status_code == 422
    shown = refused.content.decode()
    assert "call me is not a phone number" in shown
    assert 'value="call me"' in shown and 'value="Abay 1"' in shown  # noqa: PT018
    saved = desk.post(reverse("customers:new_customer"), {**form, "phone": "8 701 555 01 12"})
    one = Customer.objects.get()
    assert saved.url == one.get_absolute_url()
    assert one.phone == "+77015550112"


def test_a_likely_duplicate_is_shown_before_it_is_saved_twice(desk):
    actions.save_customer(Customer(name="ТОО «Альфа Сервис»"), by=None)
    form = {"name": "Альфа сервис", "criticality": 2}

    warned = desk.post(reverse("customers:new_customer"), form).content.decode()

    assert "ТОО «Альфа Сервис»" in warned and "almost the same name" in warned  # noqa: PT018
    assert Customer.objects.count() == 1
    desk.post(reverse("customers:new_customer"), {**form, "sure": "on"})
    assert Customer.objects.count() == 2


@pytest.mark.req("S0.8")
def test_the_administrators_fields_are_in_the_form_and_enforced(desk):
    FieldRule.objects.create(
        entity="customers.customer",
        name="segment",
        label="Segment",
        kind="choice",
        choices=["School", "Clinic"],
        mandatory=True,
    )
    reference.changed()
    form = {"name": "Alpha", "criticality": 2}

    refused = desk.post(reverse("customers:new_customer"), form)
    assert refused.status_code == 422
    assert "Segment" in refused.content.decode()
    desk.post(reverse("customers:new_customer"), {**form, "custom_segment": "Clinic"})

    one = Customer.objects.get()
    assert one.custom == {"segment": "Clinic"}
    assert "Clinic" in page(desk, "customers:customer", one.pk)


def test_a_customer_is_edited_and_put_aside_never_deleted(desk):
    one = make_customer(name="Alpha", owner=make_user(is_active=False))  # who left stays named
    form = {"name": "Alpha 2", "criticality": 3, "owner": one.owner_id}
    assert "Alpha" in page(desk, "customers:edit_customer", one.pk)

    desk.post(reverse("customers:edit_customer", args=[one.pk]), form)

    one.refresh_from_db()
    assert (one.name, one.active, one.owner_id) == ("Alpha 2", False, form["owner"])


def test_a_parent_is_picked_by_name_or_number(desk):
    top = make_customer(name="City")
    form = {"name": "School", "criticality": 2}
    desk.post(reverse("customers:new_customer"), {**form, "parent": "city"})
    desk.post(reverse("customers:new_customer"), {**form, "name": "Clinic", "parent": f"City #{top.pk}"})
    assert [one.parent for one in Customer.objects.filter(parent=top)] == [top, top]
    refused = desk.post(reverse("customers:new_customer"), {**form, "name": "Bank", "parent": "Nobody"})
    assert "Nothing called “Nobody” is known" in refused.content.decode()


def test_suggestions_name_what_the_person_may_see(client):
    actions.save_customer(Customer(name="City clinic"), by=None)
    sign_in(client, Role.DISPATCHER)
    one = Customer.objects.get()
    asked = {"field": "parent", "parent": "clin"}
    assert f"City clinic #{one.pk}" in client.get(reverse("customers:pick"), asked).content.decode()
    sign_in(client, Role.ENGINEER)
    assert "City clinic" not in client.get(reverse("customers:pick"), asked).content.decode()


@pytest.mark.req("S0.5")
def test_a_site_is_entered_with_its_access_and_shown_with_its_places(desk):
    customer = make_customer()
    person = make_contact(customer, name="B. Akhmetov", phone="+77015550112")
    form = {
        "name": "School 12",
        "city": "Karaganda",
        "accessibility": "escort",
        "access_hours": "8:00–19:00",
        "access_rules": "Pass at the gate",
        "responsible": person.pk,
    }
    desk.post(reverse("customers:new_site", args=[customer.pk]), form)
    site = Site.objects.get()
    desk.post(reverse("customers:new_place", args=[site.pk]), {"kind": "floor", "name": "2nd floor"})
    floor = Place.objects.get()
    desk.post(
        reverse("customers:new_place", args=[site.pk]),
        {"kind": "rack", "name": "Rack A", "parent": floor.pk},
    )
    asset = make_asset(site=site, place=Place.objects.get(name="Rack A"), serial="7CX-20418")

    shown = page(desk, "customers:site", site.pk)

    for words in ("Escort needed", "Pass at the gate", "B. Akhmetov", "2nd floor", "Rack A", asset.serial):
        assert words in shown
    kept = desk.post(reverse("customers:remove_place", args=[floor.pk]), follow=True).content.decode()
    assert "2nd floor is not empty" in kept
    desk.post(reverse("customers:edit_place", args=[floor.pk]), {"kind": "floor", "name": "3rd floor"})
    assert "3rd floor" in page(desk, "customers:site", site.pk)


@pytest.mark.req("S0.3")
def test_a_contact_is_replaced_by_somebody_new_in_one_step_or_not_at_all(desk):
    old = make_contact(name="Gulnar")
    make_site(old.customer, responsible=old)
    address = reverse("customers:replace_contact", args=[old.pk])
    assert "1 sites" in page(desk, "customers:replace_contact", old.pk)

    refused = desk.post(address, {"name": "Aigul", "email": ""})
    assert refused.status_code == 422
    assert Contact.objects.count() == 1  # the new person is not left behind
    desk.post(address, {"name": "Aigul", "email": "aigul@school12.kz"})

    old.refresh_from_db()
    assert old.replaced_by.name == "Aigul"
    assert "Replaced" in page(desk, "customers:contact", old.pk)
    desk.post(reverse("customers:reinstate_contact", args=[old.pk]))
    old.refresh_from_db()
    assert old.active


def test_a_contact_is_entered_at_a_site_and_edited(desk):
    site = make_site()
    shown = page(desk, "customers:new_contact", site.customer_id, site=site.pk)
    assert f'value="{site.pk}" selected' in shown
    desk.post(
        reverse("customers:new_contact", args=[site.customer_id]),
        {"name": "Aigul", "phone": "8 701 555 01 12", "site": site.pk, "may_sign": "on"},
    )
    one = Contact.objects.get()
    assert (one.phone, one.may_sign, one.site) == ("+77015550112", True, site)
    desk.post(
        reverse("customers:edit_contact", args=[one.pk]),
        {"name": "Aigul S.", "active": "on", "is_main": "on"},
    )
    one.refresh_from_db()
    assert (one.name, one.is_main, one.may_sign) == ("Aigul S.", True, False)


@pytest.mark.req("S0.4")
def test_a_promise_is_made_moved_handed_kept_and_dropped_on_its_pages(desk, dispatcher, set_clock):
    set_clock("2026-10-14 09:00")
    customer = make_customer()
    desk.post(
        reverse("customers:new_promise", args=[customer.pk]),
        {"text": "Call back", "due_at": "2026-10-14T11:00", "owner": dispatcher.pk},
    )
    one = Promise.objects.get()
    assert one.due_at == set_clock("2026-10-14 11:00")
    set_clock("2026-10-14 12:00")
    assert "Overdue" in page(desk, "customers:promises", state="late")

    def post(what, status=302, **form):
        assert desk.post(reverse(f"customers:{what}_promise", args=[one.pk]), form).status_code == status
        one.refresh_from_db()

    post("move", 422, due_at="2026-10-14T10:00")  # a moment that has passed
    post("move", due_at="2026-10-15T10:00", because="Not there")
    other = make_user()
    post("hand", to=other.pk)
    assert one.owner == other
    post("drop", 422, because="")
    post("drop", because="Bought elsewhere")
    post("keep")
    assert (one.kept_at, one.dropped_because) == (None, "Bought elsewhere")
    assert "Bought elsewhere" in page(desk, "customers:promise", one.pk)


def test_regions_are_kept_by_the_administrator_alone(client):
    sign_in(client, Role.DISPATCHER)
    page(client, "customers:regions", status=403)
    sign_in(client, Role.ADMINISTRATOR)
    client.post(reverse("customers:new_region"), {"name": "Karaganda", "country": "kz", "active": "on"})
    region = Region.objects.get()
    assert region.country == "KZ"
    refused = client.post(
        reverse("customers:edit_region", args=[region.pk]), {"name": "Karaganda", "parent": region.pk}
    )
    assert "part of itself" in refused.content.decode()
    assert "Karaganda" in page(client, "customers:regions")


@pytest.mark.req("S0.56")
def test_engineers_see_only_whom_they_work_for_and_change_nothing(client, dispatcher):
    ours, theirs = make_customer(name="Ours"), make_customer(name="Theirs")
    engineer = sign_in(client, Role.ENGINEER)
    fill(ours, 1, engineer)
    fill(theirs, 1, dispatcher)

    page(client, "customers:customer", ours.pk)
    for name, one in (
        ("customer", theirs),
        ("site", theirs.sites.get()),
        ("contact", theirs.contacts.get()),
        ("promise", theirs.promises.get()),
    ):
        page(client, f"customers:{name}", one.pk, status=404)
    assert "Theirs" not in page(client, "customers:customers", active="all")
    page(client, "customers:edit_customer", ours.pk, status=403)


def test_an_account_manager_does_not_edit_what_is_a_colleagues(client):
    mine = sign_in(client, Role.ACCOUNT_MANAGER)
    ours, theirs = make_customer(owner=mine), make_customer(owner=make_user(Role.ACCOUNT_MANAGER))
    page(client, "customers:edit_customer", ours.pk)
    for name in ("edit_customer", "new_site", "new_contact", "new_promise"):
        page(client, f"customers:{name}", theirs.pk, status=404)


def test_what_somebody_else_saved_meanwhile_is_not_overwritten_unseen(desk, dispatcher):
    one = actions.save_customer(Customer(name="Alpha"), by=dispatcher)
    address = reverse("customers:edit_customer", args=[one.pk])
    opened = desk.get(address).context["form"]["seen"].value()
    one.address = "Abay 1"
    actions.save_customer(one, by=dispatcher)
    form = {"name": "Alpha 2", "address": "", "criticality": 2, "active": "on", "seen": opened}

    refused = desk.post(address, form)

    assert "Somebody else changed this" in refused.content.decode()
    one.refresh_from_db()
    assert (one.name, one.address) == ("Alpha", "Abay 1")
    desk.post(address, {**form, "seen": refused.context["form"]["seen"].value()})
    one.refresh_from_db()
    assert (one.name, one.address) == ("Alpha 2", "")


def test_a_form_that_was_opened_last_is_saved_at_once(desk, dispatcher):
    for one, route in (
        (make_customer(), "customers:edit_customer"),
        (make_site(latitude="49.806123"), "customers:edit_site"),
        (make_contact(), "customers:edit_contact"),
        (make_asset(), "equipment:edit_asset"),
    ):
        address = reverse(route, args=[one.pk])
        form = desk.get(address).context["form"]
        typed = {bound.html_name: bound.value() for bound in form}
        kept = {name: value for name, value in typed.items() if value not in (None, "", False)}
        assert desk.post(address, kept).status_code == 302, route


@pytest.mark.req("S0.56")
@pytest.mark.trust("B1")
def test_an_account_manager_sees_branches_however_deep_and_nothing_beside_them(client):
    mine = sign_in(client, Role.ACCOUNT_MANAGER)
    lowest = top = make_customer(owner=mine)
    for _level in range(5):
        lowest = make_customer(parent=lowest, owner=make_user(Role.ACCOUNT_MANAGER))
    above, beside = make_customer(), make_customer()
    top.parent = above
    top.save()
    site, contact = make_site(customer=lowest), make_contact(lowest)

    for thing in (lowest, site, contact):
        assert client.get(thing.get_absolute_url()).status_code == 200
    for thing in (above, beside):
        assert client.get(thing.get_absolute_url()).status_code == 404
    assert Customer.objects.visible_to(mine).count() == 6


@pytest.mark.trust("B16")
def test_a_deactivated_person_sees_no_promise_even_as_manager(manager):
    actions.make_promise(
        text="Call",
        owner=manager,
        due_at=clock.now() + timedelta(days=1),
        customer=make_customer(),
        by=manager,
    )
    assert Promise.objects.visible_to(manager).count() == 1
    manager.is_active = False
    assert Promise.objects.visible_to(manager).count() == 0


@pytest.mark.req("S0.2")
def test_every_call_and_mail_of_a_contact_stands_in_the_contacts_history(desk, dispatcher, manager):
    contact = make_contact()
    first = make_ticket(customer=contact.customer, contact=contact, channel="mail", text="It smells burnt")
    tickets.receive_message(first.pk, text="And it hums now", channel="phone", contact=contact, by=dispatcher)
    tickets.reply(first.pk, text="We are on the way", by=dispatcher)
    other = make_ticket(customer=contact.customer, text="Somebody else's words")

    shown = page(desk, "customers:contact", contact.pk)

    for words in ("It smells burnt", "And it hums now", "We are on the way"):
        assert words in shown
    assert other.title not in shown
