"""Always exactly one person who is here, whoever left."""

import pytest

from servicebook.accounts.models import Role, Team
from servicebook.core import preferences, reference
from servicebook.reminders import people
from servicebook.reminders.models import Ours
from servicebook.reminders.people import Whose
from servicebook.testing import make_contact, make_customer, make_site, make_user
from servicebook.tickets.directory import NobodyThere

pytestmark = pytest.mark.django_db


def leave(*persons) -> None:
    for one in persons:
        one.is_active = False
        one.save()
    reference.changed()


@pytest.mark.req("S0.37", "S0.39", "S0.40")
def test_each_role_has_one_person_and_somebody_instead_when_that_one_left():
    lead, owner, engineer, account = (
        make_user(name=name) for name in ("Lead", "Owner", "Engineer", "Account")
    )
    manager, head = make_user(Role.MANAGER, name="Manager"), make_user(name="Head")
    store, books = make_user(Role.STOREKEEPER, name="Store"), make_user(Role.ACCOUNTANT, name="Books")
    preferences.choose(service_owner_id=head.pk)
    team = Team.objects.create(name="Servers", lead=lead)
    whose = Whose(owner=owner.pk, engineer=engineer.pk, account_manager=account.pk, team=team.pk)

    def named() -> list[str]:
        return [people.of_ours(role, whose).name for role in Ours]

    assert list(Ours) == [
        "owner",
        "engineer",
        "account_manager",
        "manager",
        "supervisor",
        "storekeeper",
        "accountant",
    ]
    assert named() == ["Owner", "Engineer", "Account", "Lead", "Head", "Store", "Books"]
    leave(owner, engineer)
    assert named() == ["Lead", "Lead", "Account", "Lead", "Head", "Store", "Books"]
    leave(lead, account, head, store, books)
    assert named() == ["Manager"] * 7
    assert [one.name for one in people.all_of_ours(list(Ours), whose)] == ["Manager"]  # once
    other = make_user(name="Anybody")
    leave(manager)
    assert named() == ["Anybody"] * 7
    leave(other)
    with pytest.raises(NobodyThere):
        named()


@pytest.mark.req("S0.40")
def test_who_leads_the_team_is_not_told_on_themselves_while_a_manager_is_there():
    lead, manager = make_user(name="Lead"), make_user(Role.MANAGER, name="Manager")
    team = Team.objects.create(name="Servers", lead=lead)

    def hears(owner) -> str:
        return people.of_ours(Ours.MANAGER, Whose(owner=owner.pk, team=team.pk)).name

    assert hears(lead) == "Manager"
    assert hears(manager) == "Lead"
    leave(manager)
    assert hears(lead) == "Lead"  # nobody else is there


@pytest.mark.req("S0.2", "S0.3", "S0.37")
def test_at_the_customer_the_first_role_that_somebody_has_near_the_site_first(django_assert_num_queries):
    customer = make_customer()
    site = make_site(customer)
    make_contact(customer, name="Elsewhere", is_on_site=True, site=make_site(customer))
    main = make_contact(customer, name="Main", is_main=True)
    here = make_contact(customer, name="Here", is_on_site=True, site=site)
    gone = make_contact(customer, name="Gone", is_decision_maker=True, active=False)

    with django_assert_num_queries(1):
        known = people.contacts_of([customer.pk])[customer.pk]

    def asked(*roles: str, at=site):
        return people.of_theirs(roles, known, customer=customer, site=at)

    assert asked("on_site", "main") == [here, main]
    assert asked("decision_maker", "main") == [main]  # who left decides nothing
    assert asked("signer") == []
    assert gone not in known


@pytest.mark.req("S0.3")
def test_who_was_asked_is_asked_again_through_the_successor():
    customer = make_customer()
    new = make_contact(customer)
    old = make_contact(customer, active=False, replaced_by=new)
    known = people.contacts_of([customer.pk])[customer.pk]

    assert people.successor(old, known) == new
    assert people.successor(new, known) == new
    assert people.successor(None, known) is None
    assert people.successor(make_contact(), known) is None
