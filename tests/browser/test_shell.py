"""The shell by keyboard, by touch and without JavaScript."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from servicebook import search
from servicebook.core import clock
from servicebook.customers.models import Promise
from servicebook.testing import PASSWORD, make_customer, make_user
from tests.browser.conftest import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def two_promises(owner):
    for text in ("Call the school", "Send the offer"):
        Promise.objects.create(
            text=text,
            owner=owner,
            due_at=clock.now(),
            customer=make_customer(),
            made_at=clock.now(),
            made_by=owner,
        )


def test_a_person_signs_in_with_the_form(open_browser):
    user = make_user(name="Dana Ospanova")
    page = open_browser()

    page.goto("/")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Dana")


def test_the_slash_goes_to_the_search_box_and_hits_come_while_typing(desk):
    customer = make_customer(name="School 12, Karaganda")
    search.index(customer)
    desk.route("**/customers/**", lambda route: route.fulfill(body="the customer's page"))  # not ours here
    desk.goto("/")

    desk.keyboard.press("/")
    desk.keyboard.type("karag")
    expect(desk.locator("#hits a")).to_contain_text(["School 12, Karaganda"])
    desk.keyboard.press("ArrowDown")
    expect(desk.locator("#hits a.on")).to_have_count(1)
    desk.keyboard.press("Enter")

    desk.wait_for_url(f"**{customer.get_absolute_url()}")


def test_j_and_k_walk_the_list_and_question_mark_shows_the_keys(desk, dispatcher):
    two_promises(dispatcher)
    desk.goto("/")

    desk.keyboard.press("j")
    expect(desk.get_by_role("link", name="Call the school").first).to_be_focused()
    desk.keyboard.press("j")
    expect(desk.get_by_role("link", name="Send the offer").first).to_be_focused()
    desk.keyboard.press("k")
    expect(desk.get_by_role("link", name="Call the school").first).to_be_focused()

    desk.keyboard.press("?")
    expect(desk.locator("#keys")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(desk.locator("#keys")).to_be_hidden()


def test_the_theme_follows_the_system_until_one_is_chosen(open_browser, dispatcher):
    page = open_browser(dispatcher, theme="dark")
    page.goto("/")
    ground = "() => getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(16, 22, 20)"

    page.get_by_role("button", name="Menu of").click()
    page.get_by_role("button", name="Light").click()

    page.wait_for_load_state()
    assert page.evaluate(ground) == "rgb(246, 247, 246)"


@pytest.mark.parametrize("script", [True, False])
def test_the_menu_of_the_phone_opens_with_and_without_javascript(open_browser, engineer, script):
    page = open_browser(engineer, size=PHONE, script=script)
    page.goto("/")
    menu = page.get_by_role("navigation", name="Main")
    expect(menu).to_be_hidden()

    page.get_by_role("button", name="Menu", exact=True).click()

    expect(menu).to_be_visible()
    expect(menu.get_by_role("link", name="Today")).to_be_visible()


def test_signing_out_works_without_javascript(open_browser, dispatcher):
    page = open_browser(dispatcher, script=False)
    page.goto("/")

    page.get_by_role("button", name="Menu of").click()
    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_label("E-mail")).to_be_visible()


def test_what_is_not_there_and_what_is_refused_have_a_face(open_browser, engineer, watched):
    page = open_browser(engineer)

    assert page.goto("/nothing/here/").status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    assert page.goto(reverse("accounts:users")).status == 403
    expect(page.get_by_role("heading", level=1)).to_have_text("This cannot be shown")
    # The browser itself notes the answers 404 and 403.
    watched.wrong = [text for text in watched.wrong if "Failed to load resource" not in text]


def test_the_skip_link_is_the_first_stop_of_the_keyboard(desk):
    desk.goto("/")

    desk.keyboard.press("Tab")
    expect(desk.get_by_role("link", name="Skip to the page")).to_be_focused()
    desk.keyboard.press("Enter")

    expect(desk.locator("main")).to_be_focused()


def test_a_list_filters_while_typing_and_its_address_can_be_shared(open_browser, administrator):
    for name in ("Dana Ospanova", "Timur Bekov"):
        make_user(name=name)
    page = open_browser(administrator)
    page.goto(reverse("accounts:users"))

    page.get_by_label("Name or e-mail").press_sequentially("timur")

    expect(page.get_by_role("link", name="Timur Bekov")).to_be_visible()
    expect(page.get_by_role("link", name="Dana Ospanova")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"\?q=timur$"))
    page.reload()
    expect(page.get_by_role("link", name="Dana Ospanova")).to_have_count(0)
    page.go_back()
    expect(page.get_by_role("link", name="Dana Ospanova")).to_be_visible()


def test_a_list_goes_on_and_turns_round_without_leaving_the_page(open_browser, administrator):
    for number in range(60):
        make_user(name=f"Worker {number:02}")
    page = open_browser(administrator)
    page.goto(reverse("accounts:users"))

    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("link", name="Worker 59")).to_be_visible()
    expect(page.get_by_role("link", name="Worker 00")).to_have_count(0)
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_role("link", name="Worker 00")).to_be_visible()
    page.get_by_role("columnheader", name="Name").get_by_role("link").click()

    expect(page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "descending")
    expect(page.locator("tbody tr").first).to_contain_text("Worker 59")


def test_a_session_that_ended_leads_to_signing_in_instead_of_into_the_list(open_browser, administrator):
    page = open_browser(administrator)
    page.goto(reverse("accounts:users"))
    page.context.clear_cookies()

    page.get_by_role("columnheader", name="Name").get_by_role("link").click()

    expect(page.get_by_label("E-mail")).to_be_visible()
    expect(page.locator("table")).to_have_count(0)


@pytest.mark.parametrize("status", [409, 422])
def test_a_refusal_of_a_fragment_is_shown_and_not_dropped(open_browser, administrator, watched, status):
    page = open_browser(administrator)
    page.route(
        "**/settings/users/?**", lambda route: route.fulfill(status=status, body="<p>Refused: why</p>")
    )
    page.goto(reverse("accounts:users"))

    page.get_by_role("columnheader", name="Name").get_by_role("link").click()

    expect(page.get_by_text("Refused: why")).to_be_visible()
    watched.wrong = [text for text in watched.wrong if "Failed to load resource" not in text]


def test_a_lost_connection_is_said(open_browser, administrator, watched):
    page = open_browser(administrator)
    page.goto(reverse("accounts:users"))
    page.context.set_offline(True)

    page.get_by_role("columnheader", name="Name").get_by_role("link").click()

    expect(page.get_by_role("alert")).to_contain_text("Nothing was lost here")
    watched.wrong.clear()
