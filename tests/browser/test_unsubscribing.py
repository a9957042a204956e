"""A customer on a phone stops what no contract asks for, and comes back, with and without JavaScript."""

import pytest

from servicebook.messaging import unsubscribing
from servicebook.messaging.models import Wish
from servicebook.testing import make_contact
from tests.browser.conftest import PHONE
from tests.browser.looks import faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.req("S0.38")]


@pytest.mark.parametrize(("script", "theme"), [(True, "dark"), (False, "light")])
def test_a_customer_unsubscribes_and_comes_back(open_browser, script, theme):
    contact = make_contact(name="Aigul Serikova", language="ru")
    page = open_browser(size=PHONE, theme=theme, script=script)
    page.goto(f"/u/{unsubscribing.token_of(contact.pk)}/")
    assert not script or faults(page) == []
    assert not Wish.objects.exists()

    page.get_by_role("button", name="Отписаться").click()
    page.get_by_text("Вы отписались.").wait_for()
    assert not script or faults(page) == []
    assert Wish.objects.get().unsubscribed_at is not None

    page.get_by_role("button", name="Снова присылать мне всё").click()
    page.get_by_role("button", name="Отписаться").wait_for()
    assert Wish.objects.get().unsubscribed_at is None
