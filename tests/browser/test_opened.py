"""Whether a person looks at the page of a link: said by their hand, not by what fetches or draws the page."""

import pytest

from servicebook.accounts.models import Role
from servicebook.reminders import links
from servicebook.reminders.models import Ask
from servicebook.testing import make_ask, make_contact, make_customer, make_ticket, make_user
from tests.browser.looks import faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.req("S0.43")]


def test_a_page_that_is_only_drawn_is_not_opened_and_one_that_somebody_touches_is(open_browser):
    make_user(Role.MANAGER)
    customer = make_customer()
    ask = make_ask(make_ticket(customer=customer, contact=make_contact(customer)))
    page = open_browser()

    page.goto(f"/a/{links.token_of(ask.pk, ask.contact.pk)}/")
    page.wait_for_load_state("networkidle")
    assert faults(page) == []
    assert Ask.objects.get().opened_at is None

    with page.expect_response(lambda answer: answer.request.method == "POST") as said:
        page.mouse.move(200, 200)  # a browser moves it by itself, too: it says nothing
        page.mouse.wheel(0, 40)
    assert said.value.status == 204
    assert Ask.objects.get().opened_at is not None
    assert Ask.objects.get().ended_at is None
