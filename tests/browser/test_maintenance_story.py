"""A quarter of maintenance for two schools, as the people of the house and of the schools see it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from servicebook.accounts.models import Role, User
from servicebook.agenda.worker import run_due
from servicebook.core import clock, preferences, reference
from servicebook.customers.actions import save_contact, save_customer, save_site
from servicebook.customers.models import Contact, Customer, Site
from servicebook.equipment.models import Asset
from servicebook.messaging.sender import send_due
from servicebook.messaging.tests.conftest import Script, mail_server
from servicebook.reminders import standard as reminders
from servicebook.reminders.models import Ladder, Stage
from servicebook.reminders.views.answers import requests_of_an_address
from servicebook.testing import make_asset, make_model, make_user
from servicebook.tickets import standard as tickets
from servicebook.tickets.models import Reason, WorkType
from tests.browser.conftest import PHONE, Watched
from tests.browser.letters import letters_to, link_in, text_of
from tests.browser.looks import faults

__all__ = ["mail_server"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
BOLAT, SAULE = "bolat@school12.example", "saule@school45.example"


@dataclass
class House:
    """The people of the story, and what passes between them."""

    manager: User
    dispatcher: User
    engineer: User
    head: User
    post: Script
    watched: Watched
    set_clock: Callable[[str], Any]
    pages: list[Page] = field(default_factory=list)

    def at(self, moment: str) -> None:
        """Let the clock go on to `moment`; the worker runs, and the post goes when a bundle is full."""
        for page in self.pages:
            page.wait_for_load_state("networkidle")  # in tests pages and worker share one connection
        begun = self.set_clock(moment)
        run_due()
        clock.set_to(begun + timedelta(minutes=5))
        send_due()


@pytest.fixture
def house(live_server, mail_server, monkeypatch, settings, set_clock, watched) -> Iterator[House]:
    """Two schools with a server each and somebody who opens the door; what a new installation comes with."""
    set_clock("2026-01-12 09:00")
    monkeypatch.setattr(settings.CONFIG, "origin", live_server.url)
    requests_of_an_address.forget()
    tickets.install(Reason, WorkType)
    reminders.install(Ladder, Stage)
    manager = make_user(Role.MANAGER, name="Gulnara Omarova", phone="+77272501010")
    engineer = make_user(Role.ENGINEER, name="Daniyar Seitkali", phone="+77015550109")
    head = make_user(Role.ADMINISTRATOR, name="Marat Ibraev")
    preferences.choose(service_owner_id=head.pk)
    reference.changed()
    model = make_model(name="Server R2")
    school(model, name="School 12", person="Bolat Akhmetov", email=BOLAT, serial="R2-0012", by=manager)
    school(model, name="School 45", person="Saule Nurlan", email=SAULE, serial="R2-0045", by=manager)
    desk = make_user(Role.DISPATCHER, name="Aigul Kassenova")
    yield House(manager, desk, engineer, head, mail_server, watched, set_clock)
    requests_of_an_address.forget()


def school(model: Any, *, name: str, person: str, email: str, serial: str, by: User) -> Asset:
    customer = save_customer(Customer(name=name), by=by)
    site = save_site(Site(customer=customer, name=f"{name}, server room", city="Almaty"), by=by)
    save_contact(Contact(customer=customer, site=site, name=person, email=email, is_on_site=True), by=by)
    return make_asset(customer, site=site, model=model, serial=serial)


@pytest.mark.req("S0.24", "S0.25", "S0.26", "S0.27", "S0.28", "S0.30", "S0.33", "S0.36", "S0.37", "S0.40")
def test_a_quarter_from_the_plan_to_the_next_date(open_browser, house):
    lead, desk, visitor = open_browser(house.manager), open_browser(house.dispatcher), open_browser()
    house.pages += [lead, desk, visitor]
    writes_a_checklist(lead)
    makes_a_plan(lead)
    looks_at_a_year(lead)
    switches_it_on(lead, house)

    tickets_appear_once(desk, house)
    proposes_other_windows(visitor, house)
    agrees_one_of_them(desk, house)

    silence_goes_up(house)
    decides(lead, house)

    works_on_site(open_browser(house.engineer, size=PHONE, theme="dark"), house)
    what_failed_is_work_of_its_own(desk, house)
    the_next_date_stands_on_the_plan(lead, house)


def writes_a_checklist(page: Page) -> None:
    """Found through the settings; one item has limits and is read before and after."""
    page.goto("/")
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("main").get_by_role("link", name="Checklists").click()
    sound(page)
    page.get_by_role("link", name="New checklist").first.click()
    page.get_by_label("Name").fill("Server room, quarterly")
    page.locator("[name=items-0-text]").fill("Clean the filters")
    page.locator("[name=items-1-text]").fill("Battery voltage")
    page.locator("[name=items-1-kind]").select_option(label="Reading")
    page.locator("[name=items-1-unit]").fill("V")
    page.locator("[name=items-1-low]").fill("12")
    page.locator("[name=items-1-high]").fill("14")
    page.locator("tr.seldom").nth(1).get_by_text("more").click()
    page.locator("[name=items-1-asks_before]").check()
    sound(page)
    page.get_by_role("button", name="Publish").last.click()
    expect(page.get_by_role("heading", name="Server room, quarterly")).to_be_visible()
    sound(page)


def makes_a_plan(page: Page) -> None:
    """One plan for the servers of two customers: each row of its scope is a site."""
    page.get_by_role("link", name="Maintenance").click()
    page.get_by_role("link", name="New plan").first.click()
    page.get_by_label("Title").fill("Server room, quarterly")
    picks(page, "scopes-0-site", "School 12")
    page.get_by_role("button", name="One more line").click()
    picks(page, "scopes-1-site", "School 45")
    page.get_by_label("First on").fill("2026-02-02")
    page.get_by_label("Checklist").select_option(label="Server room, quarterly")
    page.get_by_label("Owner of the tasks").select_option(label="Daniyar Seitkali")
    expect(page.locator("#reading")).to_contain_text("2 units are in its scope today")
    page.wait_for_load_state("networkidle")
    sound(page)
    page.get_by_role("button", name="Save and look at a year").click()


def looks_at_a_year(page: Page) -> None:
    """2 May is a Saturday: the page says that it is Monday, and why."""
    days = page.locator("#days")
    expect(days.get_by_role("row")).to_have_count(5)
    expect(days).to_contain_text("Mon 4 May")
    sound(page)


def switches_it_on(page: Page, house: House) -> None:
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_text("is active").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    run_due()
    page.reload()
    sound(page)


def tickets_appear_once(page: Page, house: House) -> None:
    """Not a day before 14 days ahead, and once however often the worker looks."""
    house.at("2026-01-18 09:00")
    page.goto("/tickets/")
    expect(page.get_by_role("main")).not_to_contain_text("Server room, quarterly")
    house.at("2026-01-19 09:30")
    house.at("2026-01-19 09:40")
    page.goto("/tickets/")
    expect(page.get_by_role("main").get_by_role("link", name="Server room, quarterly")).to_have_count(2)
    sound(page)


def proposes_other_windows(page: Page, house: House) -> None:
    """The mail has one link; behind it nobody signs in. One window is no choice: that is said kindly."""
    (invitation,) = letters_to(BOLAT, house.post)
    assert "Server R2" in text_of(invitation)
    page.goto(link_in(invitation))
    sound(page)
    window(page, 0, "2026-02-03T10:00", "2026-02-03T12:00")
    with refused(page, house, saying="Give 2 to 3 windows, so that there is a choice."):
        page.get_by_role("button", name="Send these windows").click()
    window(page, 1, "2026-02-04T14:00", "2026-02-04T16:00")
    page.get_by_role("button", name="Send these windows").click()
    expect(page.get_by_role("main")).to_contain_text("Bolat Akhmetov answered: Other windows suit better")
    sound(page)


def window(page: Page, place: int, begin: str, end: str) -> None:
    page.get_by_label("From").nth(place).fill(begin)
    page.get_by_label("Until").nth(place).fill(end)


def agrees_one_of_them(page: Page, house: House) -> None:
    """The due day goes with the window, and nobody has to agree it any more."""
    house.at("2026-01-19 14:00")
    page.get_by_role("link", name="Maintenance").click()
    sound(page)
    page.get_by_role("row").filter(has_text="School 12").get_by_role("link").first.click()
    expect(page.locator("#window")).to_contain_text("Other windows are asked for")
    sound(page)
    page.locator("#window li").filter(has_text="Wed 4 Feb").get_by_role("link", name="Agree").click()
    expect(page.get_by_label("Wed 4 Feb 14:00–16:00")).to_be_checked()
    expect(page.get_by_label("Another day")).to_be_hidden()
    page.get_by_label("another one").check()
    expect(page.get_by_label("Another day")).to_be_visible()
    page.get_by_label("Tue 3 Feb 10:00–12:00").check()  # somebody is there all morning
    page.get_by_label("How").select_option(label="Link")
    page.get_by_role("button", name="The window is agreed").click()
    expect(page.get_by_text("The window is agreed with Bolat Akhmetov")).to_be_visible()
    expect(page.locator("#window")).to_contain_text("Tue 3 Feb 10:00–12:00")
    sound(page)
    house.at("2026-01-20 10:00")
    page.goto("/promises/")
    expect(page.get_by_role("link", name="Agree the window with School 45")).to_be_visible()
    expect(page.get_by_role("main")).not_to_contain_text("School 12")


def silence_goes_up(house: House) -> None:
    """48 hours: asked again, and the manager hears of it; 72 hours: the head of service, too."""
    house.at("2026-01-21 09:31")
    assert "we wait for your answer" in str(letters_to(SAULE, house.post)[-1]["Subject"])
    assert "does not react" in str(letters_to(house.manager.email, house.post)[-1]["Subject"])
    assert letters_to(house.head.email, house.post) == []
    house.at("2026-01-22 09:31")
    assert "does not react" in str(letters_to(house.head.email, house.post)[-1]["Subject"])
    house.at("2026-01-24 09:31")


def decides(page: Page, house: House) -> None:
    """The step of the fifth day ends with a recorded decision, and not before all of it is said."""
    page.get_by_role("link", name="Promises").click()
    row = page.get_by_role("row").filter(has_text="Call School 45 and decide")
    expect(row.get_by_role("button", name="Kept")).to_have_count(0)
    row.get_by_role("link", name="Decide", exact=True).click()
    expect(page.get_by_text("The customer did not react.")).to_be_visible()
    sound(page)
    page.get_by_role("link", name="Decide", exact=True).click()
    sound(page)
    page.get_by_label("Decision").select_option(label="Reschedule")
    page.get_by_label("What was decided, and why").fill("The school rebuilds its network until 6 February")
    with refused(page, house, saying="Give another day for the work."):
        page.get_by_role("button", name="Record the decision").click()
    page.get_by_label("New day, to reschedule").fill("2026-02-09")
    page.get_by_role("button", name="Record the decision").click()
    expect(page.get_by_text("The decision is recorded.")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Reschedule · Gulnara Omarova")
    sound(page)
    page.get_by_role("link", name="Today").click()
    expect(page.get_by_role("main")).not_to_contain_text("Call School 45 and decide")
    house.at("2026-01-26 09:31")
    assert "9 February 2026" in text_of(letters_to(SAULE, house.post)[-1])  # asked anew, for the new day


def works_on_site(page: Page, house: House) -> None:
    """From Today to the worksheet with the thumb; a reading before and after, one item failed."""
    house.at("2026-02-02 09:31")
    assert "confirm access" in str(letters_to(BOLAT, house.post)[-1]["Subject"])
    house.at("2026-02-03 10:10")
    page.goto("/")
    page.get_by_role("link", name="Start the work").first.click()
    page.get_by_role("button", name="Start").click()
    page.get_by_role("link", name="Open the worksheet").click()
    filters = page.locator("fieldset", has_text="Clean the filters")
    filters.get_by_text("Done", exact=True).click()
    expect(filters).to_contain_text("Kept")
    battery = page.locator("fieldset", has_text="Battery voltage")
    battery.get_by_label("Before").fill("11.2")
    battery.get_by_label("Before").press("Tab")
    expect(battery).to_contain_text("Kept")
    battery.get_by_label("After").fill("11.4")
    with refused(page, house, saying="Say why."):  # outside the limits
        battery.get_by_label("After").press("Tab")
    battery.get_by_label("Why").fill("The battery does not hold its charge")
    battery.get_by_label("Why").press("Tab")
    expect(battery).to_contain_text("Outside the limits")
    battery.get_by_text("Failed", exact=True).click()
    expect(battery.get_by_role("link", name="T-2026-000003")).to_be_visible()
    page.get_by_role("button", name="Keep everything").click()
    expect(page.get_by_text("Everything is kept.")).to_be_visible()
    expect(battery).to_contain_text("Outside the limits")
    sound(page)
    page.get_by_role("link", name="Close the ticket").click()
    expect(page.get_by_label("What was done")).to_have_value(re.compile("Battery voltage: 11.2 → 11.4 V"))
    page.get_by_label("Replaced parts").fill("none")
    page.get_by_label("Phone").check()
    page.get_by_role("button", name="Close ticket").click()
    expect(page.get_by_text("is closed").first).to_be_visible()
    sound(page)
    house.at("2026-02-03 11:00")


def what_failed_is_work_of_its_own(page: Page, house: House) -> None:
    page.goto("/tickets/")
    page.get_by_role("main").get_by_role("link", name="Battery voltage").first.click()
    expect(page.get_by_role("main")).to_contain_text("The battery does not hold its charge")
    expect(page.get_by_role("main")).to_contain_text("R2-0012")
    sound(page)


def the_next_date_stands_on_the_plan(page: Page, house: House) -> None:
    page.get_by_role("link", name="Maintenance").click()
    page.get_by_role("link", name="Plans", exact=True).click()
    page.get_by_role("link", name="Server room, quarterly").click()
    row = page.locator("#enrolments").get_by_role("row").filter(has_text="R2-0012")
    expect(row).to_contain_text("3 Feb")
    expect(row).to_contain_text("4 May")
    sound(page)


def picks(page: Page, name: str, text: str) -> None:
    """Type the beginning and take the first that is suggested."""
    page.locator(f"[name={name}]").wait_for()
    page.wait_for_load_state()  # "One more line" is a page of its own: what suggests listens from then on
    page.locator(f"[name={name}]").press_sequentially(text)
    offered = page.locator(f"#id_{name}_list option")
    expect(offered.first).to_be_attached()
    page.locator(f"[name={name}]").fill(offered.first.get_attribute("value") or "")


@contextmanager
def refused(page: Page, house: House, *, saying: str) -> Iterator[None]:
    """What is sent inside is not taken, and the page says why; the browser notes it on its console."""
    with page.expect_console_message(lambda noted: "422" in noted.text):
        yield
    expect(page.get_by_text(saying)).to_be_visible()
    assert len(house.watched.wrong) == 1, house.watched.wrong
    house.watched.wrong.clear()


def sound(page: Page) -> None:
    """Nothing is wrong with the page that is open."""
    page.wait_for_load_state("networkidle")
    assert faults(page) == []
