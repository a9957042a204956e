"""What was said of a sensitive contract is for its owner and the leads, wherever it is read (S1.2)."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from servicebook import agenda
from servicebook.accounts.models import Role, Team, User
from servicebook.agenda.worker import run_due
from servicebook.contracts import actions as contracts
from servicebook.contracts.models import Contract, Milestone
from servicebook.core import preferences, reference
from servicebook.customers.models import Promise
from servicebook.messaging.models import Delivery
from servicebook.reminders.models import Ask
from servicebook.testing import Program, make_contact, make_customer, make_user, sign_contract

pytestmark = pytest.mark.django_db


@pytest.fixture
def contract(set_clock) -> Contract:
    """A contract that ends soon, of which its customer was asked whether it goes on."""
    set_clock("2026-06-01 09:00")
    make_user(Role.MANAGER)
    contract = sign_contract(title="Secret vault")
    make_contact(contract.customer, is_main=True)
    set_clock("2026-11-01 09:00")
    run_due()
    return contract


@pytest.mark.req("S1.2")
@pytest.mark.trust("B1")
def test_messages_about_a_sensitive_contract_are_hidden_with_it(contract, client: Client):
    dispatcher, manager = make_user(Role.DISPATCHER), make_user(Role.MANAGER)
    mail = Delivery.objects.get(contact__isnull=False)
    client.force_login(dispatcher)
    assert client.get(mail.get_absolute_url()).status_code == 200

    Contract.objects.filter(pk=contract.pk).update(sensitive=True)
    Promise.objects.update(sensitive=True)

    assert set(Delivery.objects.visible_to(manager)) == set(Delivery.objects.all())
    assert not Delivery.objects.visible_to(dispatcher).exists()
    assert client.get(mail.get_absolute_url()).status_code == 404
    assert contract.number not in client.get("/deliveries/", {"state": "waiting"}).content.decode()
    assert Program(dispatcher).call("GET", "/deliveries").json()["items"] == []
    Contract.objects.filter(pk=contract.pk).update(owner=dispatcher)
    assert mail in Delivery.objects.visible_to(dispatcher)


@pytest.mark.req("S1.2")
def test_a_message_that_also_tells_of_something_hidden_is_hidden(contract):
    other = sign_contract(contract.customer, title="Open")
    mail = Delivery.objects.get(contact__isnull=False)
    notice = mail.notices.get()
    notice.pk, notice.key, notice.about = None, "another", other
    notice.save()
    Delivery.objects.filter(pk=mail.pk).update(about_type=None, about_id=None)
    dispatcher = make_user(Role.DISPATCHER)
    assert mail in Delivery.objects.visible_to(dispatcher)

    Contract.objects.filter(pk=contract.pk).update(sensitive=True)

    assert mail not in Delivery.objects.visible_to(dispatcher)


@pytest.mark.req("S1.2")
def test_a_question_about_a_contract_that_became_sensitive_is_hidden(contract, client: Client):
    dispatcher = make_user(Role.DISPATCHER)
    client.force_login(dispatcher)
    ask = Ask.objects.get()
    assert client.get(ask.get_absolute_url()).status_code == 200

    Contract.objects.filter(pk=contract.pk).update(sensitive=True)

    assert client.get(ask.get_absolute_url()).status_code == 404
    assert "Secret vault" not in client.get(reverse("reminders:asks")).content.decode()


@pytest.mark.req("S1.2")
def test_the_steps_of_a_contract_that_became_sensitive_hide_with_it(contract, set_clock):
    """By its own action: what was asked before, and what silence made of it, follows at once."""
    dispatcher, manager = make_user(Role.DISPATCHER), make_user(Role.MANAGER)
    set_clock("2026-11-04 10:00")
    run_due()
    ask = Ask.objects.get()
    assert ask.open_steps().exists()
    assert Promise.objects.visible_to(dispatcher).filter(pk__in=ask.open_steps()).exists()

    contracts.change(contract.pk, sensitive=True, by=manager)
    run_due()

    assert not Promise.objects.visible_to(dispatcher).exists()
    assert Promise.objects.visible_to(manager).filter(pk__in=ask.open_steps()).exists()
    contracts.change(contract.pk, sensitive=False, by=manager)
    run_due()
    assert Promise.objects.visible_to(dispatcher).filter(pk__in=ask.open_steps()).exists()


@pytest.mark.req("S1.2", "S0.40")
@pytest.mark.parametrize("sensitive", [True, False])
def test_who_may_not_see_a_contract_is_told_nothing_of_it(set_clock, sensitive):
    """Of its renewal, of a milestone and of the silence: neither the lead of a team, nor who stands in."""
    set_clock("2026-06-01 09:00")
    manager, lead, head, books = (
        make_user(role) for role in (Role.MANAGER, Role.ENGINEER, Role.DISPATCHER, Role.ACCOUNTANT)
    )
    preferences.choose(service_owner_id=head.pk)
    owner = make_user(Role.ACCOUNT_MANAGER, team=Team.objects.create(name="Vaults", lead=lead))
    customer = make_customer(owner=make_user(Role.ACCOUNT_MANAGER))
    contract = sign_contract(customer, title="Secret vault", owner=owner, sensitive=sensitive)
    make_contact(customer, is_main=True)
    Milestone.objects.create(contract=contract, on=date(2026, 11, 20), text="Second", amount=100)
    agenda.refresh(Contract.objects.get(pk=contract.pk))
    for days in range(36):
        set_clock(f"{date(2026, 11, 1) + timedelta(days):%Y-%m-%d} 09:00")
        if days == 24:
            User.objects.filter(pk=owner.pk).update(is_active=False)
            reference.changed()
        run_due()

    steps = Promise.objects.exclude(source="").select_related("owner")
    told = Delivery.objects.filter(user__isnull=False).select_related("user")
    named = {one.owner for one in steps} | {one.user for one in told}
    assert named == {owner, manager} if sensitive else named > {lead, head, books}
