"""A text is tried on something real before it is sent, by the page itself (S0.41)."""

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from servicebook import agenda
from servicebook.accounts.models import Role
from servicebook.agenda.worker import run_due
from servicebook.core import reference
from servicebook.equipment.models import Asset, Warranty
from servicebook.messaging import sampling, texts
from servicebook.messaging.models import Notice
from servicebook.reminders.models import Ask, Ladder
from servicebook.testing import (
    make_asset,
    make_balance,
    make_contact,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_ticket,
    make_user,
    sign_contract,
)
from servicebook.tickets import actions as tickets

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.41")]


@pytest.fixture
def manager(client: Client, set_clock):
    set_clock("2026-04-16 06:00")
    one = make_user(Role.MANAGER, name="Manager", phone="+77015550201")
    client.force_login(one)
    return one


@pytest.fixture
def school(manager):
    customer = make_customer(name="School 12")
    make_contact(customer, name="Gulnar", is_main=True)
    return customer


def preview(client: Client, code: str, record: str, language: str = "en") -> str:
    """The part of the page that shows how the text reads about `record`."""
    page = reverse("messaging:text", args=[code, language])
    answer = client.get(page, {"record": record})
    assert answer.status_code == 200
    part = re.search(r"How it reads.*?</dl>", answer.content.decode(), re.S)
    return re.sub(r"\s+", " ", part[0] if part else answer.content.decode())


def test_a_preview_on_a_visit_says_what_its_customer_then_gets(client, school, set_clock):
    one = make_planned(make_occurrence(make_plan(school, followed=0)))
    agenda.refresh(one)

    read = preview(client, "maintenance_invite", one.ticket.number.lower())

    assert "Dear Gulnar" in read
    assert one.site.name in read
    assert "+7 701 555 0201" in read, "a number as people read it"
    assert not Ask.objects.exists(), "a preview writes nothing"
    set_clock("2026-04-16 09:00")
    run_due()
    sent = Notice.objects.get(text="maintenance_invite")
    assert sent.subject_line in read
    for line in filter(None, sent.body.splitlines()):
        assert "/a/" in line or line in read
    assert one.plan.title in preview(client, "maintenance_again", one.plan.number)
    assert "30 апреля" in preview(client, "maintenance_invite", one.ticket.number, "ru")
    for code in ("access_tomorrow", "visit_confirmed", "visit_moved", "visit_cancelled"):
        read = preview(client, code, one.ticket.number)
        assert "Dear Gulnar" in read, code
        assert "30 April 2026" in read, code


def test_a_preview_also_reads_where_nothing_is_to_come_and_no_rule_is_on(client, school):
    one = make_planned(make_occurrence(make_plan(school, followed=0)))
    for ladder in Ladder.objects.filter(what="maintenance"):
        ladder.active = False
        ladder.save()
    reference.drop()

    assert "Gulnar" not in preview(client, "maintenance_invite", one.ticket.number)  # nobody is asked
    assert one.plan.title in preview(client, "maintenance_invite", one.ticket.number)


def test_a_preview_on_a_contract_a_unit_a_ticket(client, school, manager):
    contract = sign_contract(school, title="Servers")
    unit: Asset = make_asset(school, serial="GSE-1")
    Warranty.objects.create(asset=unit, side="ours", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 24))
    ticket = make_ticket(customer=school, title="Which rack?")
    tickets.start(ticket.pk, by=manager)

    assert contract.number in preview(client, "renewal_notice", contract.number)
    make_balance(contract, used=9)
    assert "75" in preview(client, "balance_low", contract.number)
    assert contract.number in preview(client, "price_announced", contract.number)
    assert "24 December 2026" in preview(client, "warranty_ends", "gse-1")
    assert "Which rack?" in preview(client, "reply_wanted", ticket.number)  # nobody was asked yet
    tickets.wait(ticket.pk, waiting_for="client", by=manager)
    run_due()
    assert "Which rack?" in preview(client, "reply_wanted", ticket.number)
    assert "Which rack?" in preview(client, "escalation", ticket.number)
    assert "Dear" not in preview(client, "step", contract.number)
    assert contract.number in preview(client, "step", contract.number)


def test_what_a_person_may_not_see_is_not_found(client, school):
    contract = sign_contract(school)
    engineer = make_user(Role.ENGINEER)

    assert sampling.find("renewal_notice", contract.number, engineer) is None
    assert "Nothing that you may see is called T-0" in preview(client, "maintenance_invite", "T-0")


def test_every_text_for_customers_but_that_of_invoices_can_be_tried():
    theirs = {one.code for one in texts.TEXTS.values() if not one.ours}
    assert {code for code in theirs if not sampling.can_find(code)} == {"payment_due"}
