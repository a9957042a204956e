"""A contract is entered in the browser, with and without scripts, and a case is tried on it."""

import pytest

from servicebook.accounts.models import Role
from servicebook.contracts.models import Contract
from servicebook.testing import make_asset, make_customer, make_user
from tests.browser.conftest import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def school(transactional_db):
    customer = make_customer(name="School 12")
    make_asset(customer)
    return customer


def fill(page, school):
    page.goto(f"/contracts/new/?customer={school.pk}")
    page.get_by_label("Title").fill("Servers of the school")
    page.get_by_label("Starts on").fill("2026-01-01")
    page.get_by_label("Ends on").fill("2099-12-31")
    page.locator("[name=included-0-service]").select_option("visit")
    page.locator("[name=included-0-limit]").fill("12")
    page.locator("[name=included-0-period]").select_option("year")


@pytest.mark.req("S2.5")
@pytest.mark.parametrize("script", [True, False])
def test_one_more_row_keeps_what_was_typed(open_browser, school, script):
    page = open_browser(make_user(Role.MANAGER), script=script)
    fill(page, school)

    page.get_by_role("button", name="One more service").click()
    page.locator("[name=included-2-service]").select_option("labour")
    page.locator("[name=included-2-limit]").fill("20 h")
    page.locator("[name=included-2-period]").select_option("month")
    assert page.get_by_label("Title").input_value() == "Servers of the school"
    assert page.locator("[name=included-0-limit]").input_value() == "12"
    page.get_by_role("button", name="Take line 1 away").first.click()
    page.locator("[name=included-0-service]").wait_for(state="detached")
    page.get_by_role("button", name="Save as draft").last.click()

    page.get_by_role("heading", name="Servers of the school").wait_for()
    lines = Contract.objects.get().versions.get().included.all()
    assert [(one.service, one.limit) for one in lines] == [("labour", 1200)]


@pytest.mark.req("S0.23", "S2.4")
def test_a_draft_is_tried_and_comes_into_force_on_a_phone(open_browser, school):
    page = open_browser(make_user(Role.MANAGER), size=PHONE, theme="dark")
    fill(page, school)
    page.get_by_role("button", name="Save as draft").last.click()

    page.get_by_role("link", name="Try a case…").click()
    page.get_by_label("On-site visits").check()
    page.locator("#answer .verdict.done").wait_for()  # without a button: the page asks while one types
    page.get_by_text("Nothing is saved").wait_for()
    page.goto(Contract.objects.get().get_absolute_url())
    page.get_by_role("link", name="Activate").click()
    page.get_by_role("button", name="Activate").click()

    page.get_by_text("is in force").first.wait_for()
    assert Contract.objects.get().state == "active"
