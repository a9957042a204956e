"""A browser that a person switched on shows what it is told, and opens what it is about."""

import json
import re

import pytest
from django.conf import settings
from playwright.sync_api import expect

from servicebook.accounts.models import Role
from servicebook.core import clock
from servicebook.core.tests.servers import Reply, serving
from servicebook.messaging import sender
from servicebook.messaging.models import Reach
from servicebook.messaging.tests.test_push import Browser
from servicebook.testing import make_user
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.looks import faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.req("S0.38")]
# What is shown, as soon as it is as many as expected and one says so; after two seconds in any case.
SHOWN = """async ([count, body]) => {
  const registration = await navigator.serviceWorker.ready;
  for (let tries = 0; ; tries += 1) {
    const shown = await registration.getNotifications();
    const told = shown.map(({ title, body, tag, data }) => ({ title, body, tag, url: data.url }));
    const there = told.length === count && told.some((one) => one.body === body);
    if (there || tries > 100) return told;
    await new Promise((next) => setTimeout(next, 20));
  }
}"""

ACTIVATED = """async () => {
  const { active } = await navigator.serviceWorker.ready;
  while (active.state !== "activated") {
    await new Promise((next) => active.addEventListener("statechange", next, { once: true }));
  }
}"""


@pytest.fixture
def user():
    return make_user(Role.ENGINEER, name="Timur")


@pytest.fixture
def settled_page(open_browser, live_server, user):
    """The own settings of a person whose browser may show notifications."""
    page = open_browser(user)
    page.context.grant_permissions(["notifications"], origin=live_server.url)
    page.goto("/settings/me/")
    return page


@pytest.fixture
def deliver(settled_page, live_server):
    """Register the service worker, and give it what a push service would."""
    page = settled_page
    session = page.context.new_cdp_session(page)
    ids: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: ids.extend(
            one["registrationId"]
            for one in event["registrations"]
            if one["scopeURL"].startswith(live_server.url) and not one["isDeleted"]
        ),
    )
    session.send("ServiceWorker.enable")
    page.evaluate("() => navigator.serviceWorker.register('/sw.js')")
    page.evaluate(ACTIVATED)

    def deliver_(data: str, *, count: int, body: str = "") -> list[dict[str, str]]:
        """Push, and return what is shown. A browser under load drops some of what it is given this way."""
        shown: list[dict[str, str]] = []
        for _attempt in range(4):
            session.send(
                "ServiceWorker.deliverPushMessage",
                {"origin": live_server.url, "registrationId": ids[-1], "data": data},
            )
            shown = page.evaluate(SHOWN, [count, body])
            if len(shown) >= count and any(one["body"] == body for one in shown):
                break
        return shown

    return deliver_


def test_what_is_pushed_is_shown(deliver, live_server):
    told = {
        "title": "Call School 12",
        "body": "due today",
        "tag": "t-1",
        "url": f"{live_server.url}/promises/1/",
    }
    assert deliver(json.dumps(told), count=1, body="due today") == [told]

    late = {**told, "body": "late"}
    # A repeat takes the place of the first.
    assert deliver(json.dumps(late), count=1, body="late") == [late]
    foreign = {"title": "Foreign", "tag": "t-2", "url": "https://evil.example/x"}
    assert len(deliver(json.dumps(foreign), count=2)) == 2
    shown = {one["title"]: one["url"] for one in deliver("no JSON at all", count=3)}
    home = f"{live_server.url}/"
    assert shown == {"Call School 12": told["url"], "Foreign": home, "Servicebook": home}


def test_a_click_opens_what_it_is_about(settled_page, deliver, live_server):
    """Only a person's own click may open a window, so that one call of the browser is written down here."""
    url = f"{live_server.url}/promises/1/"
    assert len(deliver(json.dumps({"title": "Call", "tag": "t-1", "url": url}), count=1)) == 1
    (worker,) = settled_page.context.service_workers
    opened = worker.evaluate("""async () => {
      const opened = [];
      self.clients.openWindow = async (url) => { opened.push(url); };
      const [notification] = await self.registration.getNotifications();
      const event = new NotificationEvent("notificationclick", { notification });
      self.dispatchEvent(event);
      while (!opened.length) await new Promise((done) => setTimeout(done, 10));
      return { opened, left: (await self.registration.getNotifications()).length };
    }""")
    assert opened == {"opened": [url], "left": 0}


def test_the_worker_keeps_nothing_and_serves_every_page(settled_page, deliver, live_server):
    kept = settled_page.evaluate("""async () => ({
      scope: (await navigator.serviceWorker.ready).scope,
      caches: await caches.keys(),
      databases: (await indexedDB.databases()).length,
    })""")
    assert kept == {"scope": f"{live_server.url}/", "caches": [], "databases": 0}


def test_a_subscription_is_handed_over_and_switched_off(settled_page, monkeypatch):
    page = settled_page
    monkeypatch.setattr(settings.CONFIG, "reach_inside", "127.0.0.1")
    browser = Browser()
    with serving(lambda asked: Reply(201)) as service:
        given = {"endpoint": f"{service.url}/one", "expirationTime": None, "keys": browser.keys}
        with page.expect_navigation():
            page.evaluate(
                """async (given) => {
                  const { src } = document.querySelector('script[src*="ringing"]');
                  (await import(src)).handOver(given);
                }""",
                given,
            )
        expect(page.get_by_text("rings for reminders from now on")).to_be_visible()
        expect(page.locator("#browsers")).to_contain_text("Chrome on Linux")
        page.get_by_role("button", name="Ring now").click()
        expect(page.get_by_text("It is on its way")).to_be_visible()
        sender.send_due()
        assert json.loads(browser.read(service.asked[0].body))["title"] == "Servicebook rings here"
    page.get_by_role("button", name=re.compile("Switch .* off")).click()
    expect(page.get_by_text("does not ring any more")).to_have_count(2)  # above the page, and in the history
    assert Reach.objects.get().ended_because == "off"


def test_without_a_push_service_the_page_says_so_kindly(settled_page, watched):
    settled_page.get_by_role("button", name="Let this browser ring").click()
    expect(settled_page.locator("[data-said]")).to_contain_text("gives no answer")
    expect(settled_page.get_by_role("button", name="Let this browser ring")).to_be_enabled()
    assert not Reach.objects.exists()
    # The browser's own word to developers about its private windows, of which each test has one.
    watched.wrong = [line for line in watched.wrong if "incognito" not in line]


def test_who_does_not_allow_it_reads_how(open_browser, user, live_server):
    page = open_browser(user)
    page.goto("/settings/me/")
    page.evaluate("() => { Notification.requestPermission = async () => 'denied'; }")
    page.get_by_role("button", name="Let this browser ring").click()
    expect(page.locator("[data-said]")).to_contain_text("may not show notifications")


@pytest.mark.parametrize(("size", "theme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_the_card_is_sound(open_browser, user, size, theme):
    now = clock.now()
    for number, label in enumerate(("Chrome on Windows", "Samsung Internet on Android")):
        Reach.objects.create(
            user=user, channel="push", address=f"https://p.example/{number}", label=label, linked_at=now
        )
    page = open_browser(user, size=size, theme=theme)
    page.goto("/settings/me/")
    expect(page.get_by_role("button", name="Let this browser ring")).to_be_visible()
    assert faults(page) == []
