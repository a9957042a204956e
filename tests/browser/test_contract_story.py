"""A contract from its template to its renewal, as four people of the house see it."""

import pytest
from playwright.sync_api import Page, expect

from servicebook.accounts.models import Role
from servicebook.agenda.worker import run_due
from servicebook.contracts import standard
from servicebook.contracts.models import Contract, ContractTemplate, ExtraService, RefusalReason
from servicebook.core import reference
from servicebook.customers.actions import save_contact, save_customer
from servicebook.customers.models import Contact, Customer
from servicebook.messaging.models import Notice
from servicebook.sla import standard as sla_standard
from servicebook.sla.models import ServiceHours
from servicebook.testing import make_asset, make_reason, make_user
from servicebook.tickets.models import Charge, CoverageDecision, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WEDNESDAY_MORNING = "2026-10-14 11:00"  # inside Mon–Fri 9–18


@pytest.fixture
def ledgerline(set_clock, manager):
    """A customer with an application, a rate card, service hours and the templates of the house."""
    set_clock(WEDNESDAY_MORNING)
    sla_standard.install(ServiceHours)
    standard.install(RefusalReason, ContractTemplate, ServiceHours)
    remote = {"code": "remote-hour", "name": "Remote hour", "service": "remote", "is_standard": True}
    ExtraService.objects.create(price=8000, currency="KZT", **remote)
    make_reason("consultation", name="Consultation")
    reference.changed()
    customer = save_customer(Customer(name="Ledgerline", currency="KZT"), by=manager)
    make_asset(customer, serial="LC-1")
    madina = Contact(customer=customer, name="Madina Ergali", phone="+77015550155", is_decision_maker=True)
    madina.email = "madina@ledgerline.example"
    save_contact(madina, by=manager)
    return customer


@pytest.mark.req("S0.11", "S0.17", "S0.23", "S2.4", "S2.5", "S2.7", "S2.8", "S0.12", "S0.13")
def test_a_contract_from_its_template_to_its_renewal(open_browser, ledgerline, manager):
    desk = open_browser(make_user(Role.DISPATCHER))
    lead = open_browser(manager)

    contract = made_from_a_template(lead, ledgerline)
    first = call(desk, "How do I add a second approver?", answer="Covered")
    shows(desk, first, verdict="Covered", why="Runs 1 Oct 2026 – 30 Nov 2026")

    runs_out_in_the_middle(desk, first)
    the_customer_is_told(contract)

    put_on_hold(lead, contract)
    second = call(desk, "How do I close the month?", answer="Extra work")
    shows(desk, second, verdict="Extra work", why=f"Contract {contract.number} is on hold")

    renewed_with_indexation(lead, contract)
    shows(desk, first, verdict="Covered", why="Runs 1 Oct 2026 – 30 Nov 2026")
    assert CoverageDecision.objects.filter(ticket=first).count() == 1


def made_from_a_template(page: Page, customer: Customer) -> Contract:
    """One hour a month of remote support, as the template has it but for the limit."""
    page.goto(f"/contracts/new/?customer={customer.pk}")
    page.get_by_role("link", name="Remote support by subscription").click()
    page.get_by_label("Title").fill("Ledger Cloud, remote support")
    page.get_by_label("Starts on").fill("2026-10-01")
    page.get_by_label("Ends on").fill("2026-11-30")
    page.get_by_label("Price", exact=True).fill("100000")
    page.get_by_label("Price rise, %").fill("8")
    page.locator("[name=included-0-limit]").fill("1 h")
    expect(page.locator("#reading")).to_contain_text("1 h a month included, then 8,000 ₸ an hour")
    page.get_by_role("button", name="Save as draft").last.click()
    page.get_by_role("link", name="Activate").click()
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_text("is in force").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    return Contract.objects.get()


def call(page: Page, title: str, *, answer: str) -> Ticket:
    """A call is noted on the phone screen, which says the verdict at once, and its ticket opened."""
    page.goto("/phone/")
    page.keyboard.type("701 555 01 55")
    page.keyboard.press("Enter")
    page.get_by_label("What is the matter").fill(title)
    page.keyboard.press("Tab")  # leaving the line asks for the verdict, so not only with "Save"
    page.get_by_label("Reason").select_option(label="Consultation")
    expect(page.locator("#verdict .verdict b")).to_have_text(answer)
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="Save").click()
    page.wait_for_load_state("networkidle")
    ticket = Ticket.objects.get(title=title)
    page.get_by_role("link", name=ticket.number).first.click()
    return ticket


def shows(page: Page, ticket: Ticket, *, verdict: str, why: str) -> None:
    page.goto(ticket.get_absolute_url())
    covered = page.get_by_role("region", name="Coverage")
    expect(covered.locator(".verdict b")).to_have_text(verdict)
    expect(covered.locator(".why")).to_contain_text(why)


def runs_out_in_the_middle(page: Page, ticket: Ticket) -> None:
    """90 minutes of work take the hour that is included; the rest is billed by the rate card."""
    page.goto(f"/tickets/{ticket.number}/time/")
    page.get_by_label("Minutes").fill("90")
    page.get_by_role("button", name="Keep time").click()
    expect(page.get_by_text("1 h covered, 30 min billed").first).to_be_visible()
    expect(page.get_by_role("heading", name="To be billed")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert Charge.objects.get().amount == 4000


def the_customer_is_told(contract: Contract) -> None:
    run_due()
    told = Notice.objects.get(text="balance_low", about_id=contract.pk)
    assert told.delivery.to_name == "Madina Ergali"


def put_on_hold(page: Page, contract: Contract) -> None:
    page.goto(contract.get_absolute_url())
    page.get_by_role("button", name="More").click()
    page.get_by_role("link", name="Hold…").click()
    page.get_by_label("Why").fill("The October invoice is unpaid")
    page.get_by_role("button", name="Put on hold").click()
    expect(page.get_by_text("On hold").first).to_be_visible()
    page.wait_for_load_state("networkidle")


def renewed_with_indexation(page: Page, contract: Contract) -> None:
    """The page proposes the price with the agreed rise; agreed, it is in force from its first day."""
    page.goto(contract.get_absolute_url())
    page.get_by_role("link", name="Prepare renewal…").click()
    page.get_by_label("Agreed already").check()
    page.get_by_role("button", name="Make the offer").click()
    expect(page.get_by_text("takes over on").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    following = Contract.objects.get(predecessor=contract)
    assert (following.price, following.state) == (108_000, "active")
