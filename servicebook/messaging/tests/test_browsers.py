"""A person switches a browser on, and it rings; whoever uses it next hears nothing of theirs."""

import json
import re

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client

from servicebook.accounts import actions as people
from servicebook.accounts.models import Role
from servicebook.core import clock, http
from servicebook.core.middleware import POLICY
from servicebook.core.tests.servers import Reply
from servicebook.journal.models import Entry
from servicebook.messaging import browser_pages, browsers, sender
from servicebook.messaging.channels import push, webpush
from servicebook.messaging.models import Delivery, Reach
from servicebook.messaging.rules.agents import label_of
from servicebook.messaging.tests.test_push import Browser, push_service
from servicebook.testing import PASSWORD, make_user

__all__ = ["push_service"]
pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.38")]
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0"
)
FIREFOX = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)


@pytest.fixture(autouse=True)
def _allowed():
    allowances = (browsers.rings_of_a_person, browser_pages.moves_of_an_address)
    for one in allowances:
        one.forget()
    yield
    for one in allowances:
        one.forget()


@pytest.fixture
def user():
    return make_user(Role.ENGINEER, name="Timur")


@pytest.fixture
def at_home(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def given(service, browser: Browser, name: str = "one") -> dict[str, str]:
    return {"endpoint": f"{service.url}/{name}", **browser.keys}


def switch_on(client: Client, sent: dict[str, str], agent: str = EDGE) -> str:
    answer = client.post("/settings/me/browsers/", sent, headers={"User-Agent": agent}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def ringing() -> list[str]:
    return [one.address.rpartition("/")[2] for one in Reach.objects.filter(ended_at=None).order_by("pk")]


def test_a_browser_is_switched_on_and_rings(at_home, push_service, user):
    browser = Browser()
    shown = switch_on(at_home, given(push_service, browser))
    assert "rings for reminders from now on" in shown
    assert "<b>Edge on Windows</b>" in shown
    assert push_service.url not in shown  # an endpoint is a secret

    at_home.post("/settings/me/browsers/ring/")
    row = Delivery.objects.get(channel="push")
    assert (row.state, row.user, push_service.asked) == ("waiting", user, [])
    sender.send_due()
    (asked,) = push_service.asked
    told = json.loads(browser.read(asked.body))
    assert told["title"] == "Servicebook rings here"
    assert told["url"] == f"{settings.CONFIG.address}/"
    page = at_home.get("/settings/me/").content.decode()
    assert 'class="status done"' in page or "Sent" in page
    assert Entry.objects.filter(verb="user.browser_on", subject_id=user.pk).count() == 1
    assert Entry.objects.filter(verb="delivery.sent_by_push", subject_id=user.pk).count() == 1


def test_the_page_has_what_the_browser_needs(at_home):
    page = at_home.get("/settings/me/").content.decode()
    assert f'data-key="{webpush.public_key()}"' in page
    assert "/static/ringing.js" in page
    assert "<noscript>" in page
    assert "Ring now" not in page


def test_the_service_worker_stands_at_the_root_for_everybody(client: Client):
    answer = client.get("/sw.js")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Cache-Control"] == "no-cache"
    assert answer["Content-Security-Policy"] == POLICY
    assert not answer.cookies
    script = answer.content.decode()
    assert "notificationclick" in script
    assert not re.search(r"caches\.|\"fetch\"|indexedDB", script)  # it keeps nothing


@pytest.mark.trust("B7")
@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "javascript:alert(1)",
        "http://push.example.com/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost:5432/",
        "https://user:word@8.8.8.8/x",
        "https://8.8.8.8/" + "x" * 500,
        "//evil",
    ],
)
def test_an_address_that_is_not_called_is_not_kept(at_home, endpoint):
    shown = switch_on(at_home, {"endpoint": endpoint, **Browser().keys})
    assert 'class="sb-alert error"' in shown
    assert not Reach.objects.exists()


def test_without_the_guard_such_an_address_would_be_kept(at_home, monkeypatch):
    monkeypatch.setattr(http, "check", lambda url: None)
    switch_on(at_home, {"endpoint": "https://127.0.0.1/x", **Browser().keys})
    assert Reach.objects.count() == 1


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"p256dh": "AAAA", "auth": "AAAA"},
        {"p256dh": "ü", "auth": "ü"},
        {"p256dh": "B" + "A" * 86, "auth": Browser().keys["auth"]},
        {"p256dh": Browser().keys["p256dh"], "auth": "c2hvcnQ"},
        {"p256dh": Browser().keys["p256dh"], "auth": ""},
    ],
)
def test_keys_that_nothing_can_be_encrypted_with_are_refused(at_home, push_service, keys):
    sent = {"endpoint": f"{push_service.url}/one", **keys}
    assert "The keys that this browser sent are none" in switch_on(at_home, sent)
    assert not Reach.objects.exists()


def test_as_many_browsers_ring_as_are_ever_asked(at_home, push_service):
    for number in range(push.MOST_BROWSERS):
        switch_on(at_home, given(push_service, Browser(), str(number)))
    assert "ring for you already" in switch_on(at_home, given(push_service, Browser(), "more"))
    assert len(ringing()) == push.MOST_BROWSERS
    switch_on(at_home, given(push_service, Browser(), "3"))  # one of them once more is none more
    assert len(ringing()) == push.MOST_BROWSERS


def test_the_same_browser_again_gets_its_new_keys(at_home, push_service):
    switch_on(at_home, given(push_service, Browser()))
    newer = Browser()
    switch_on(at_home, given(push_service, newer), agent=FIREFOX)
    reach = Reach.objects.get()
    assert (reach.keys, reach.label) == (newer.keys, "Firefox on Android")


def test_a_browser_rings_for_who_switched_it_on_last(at_home, push_service, user):
    switch_on(at_home, given(push_service, Browser()))
    other, client = make_user(), Client()
    client.force_login(other)
    switch_on(client, given(push_service, Browser()))
    assert [(one.user, one.ended_because) for one in Reach.objects.order_by("pk")] == [
        (user, "moved"),
        (other, ""),
    ]
    with pytest.raises(IntegrityError, match="address"), transaction.atomic():
        Reach.objects.filter(user=user).update(ended_at=None, ended_because="")


def test_only_the_own_browsers_are_switched_off(at_home, push_service, user):
    switch_on(at_home, given(push_service, Browser()))
    reach = Reach.objects.get()
    stranger = Client()
    stranger.force_login(make_user(Role.ADMINISTRATOR))
    assert stranger.post(f"/settings/me/browsers/{reach.pk}/off/").status_code == 404
    assert "Edge on Windows" not in stranger.get("/settings/me/").content.decode()

    answer = at_home.post(f"/settings/me/browsers/{reach.pk}/off/", follow=True)
    assert "Edge on Windows does not ring any more." in answer.content.decode()
    reach.refresh_from_db()
    assert reach.ended_because == "off"
    assert at_home.post(f"/settings/me/browsers/{reach.pk}/off/").status_code == 404
    with pytest.raises(browsers.NothingToRing):
        browsers.ring(user)


def test_it_does_not_ring_without_end(at_home, push_service):
    switch_on(at_home, given(push_service, Browser()))
    for _ in range(6):
        clock.set_to(clock.now().replace(microsecond=0))
        at_home.post("/settings/me/browsers/ring/")
    shown = at_home.post("/settings/me/browsers/ring/", follow=True).content.decode()
    assert "It rang several times just now" in shown


def sign_in(client: Client, user) -> None:
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert client.session.get("_auth_user_id") == str(user.pk)


def test_signing_out_ends_that_browser_and_no_other(client: Client, push_service, user):
    elsewhere = Client()
    sign_in(client, user)
    sign_in(elsewhere, user)
    switch_on(client, given(push_service, Browser(), "here"))
    switch_on(elsewhere, given(push_service, Browser(), "there"))
    assert client.cookies["browser"]["httponly"]
    client.post("/accounts/logout/")
    assert ringing() == ["there"]
    assert Reach.objects.get(ended_at__isnull=False).ended_because == "signed_out"


def test_whoever_signs_in_next_ends_it_when_the_session_was_over(client: Client, push_service, user):
    sign_in(client, user)
    switch_on(client, given(push_service, Browser()))
    client.session.flush()
    sign_in(client, user)
    assert ringing() == ["one"]  # the same person: it goes on
    client.session.flush()
    sign_in(client, make_user())
    assert ringing() == []


def test_a_cookie_that_was_not_made_here_ends_nothing(client: Client, push_service, user):
    sign_in(client, user)
    switch_on(client, given(push_service, Browser()))
    forger = Client()
    sign_in(forger, make_user())
    forger.cookies["browser"] = str(Reach.objects.get().pk)
    assert forger.post("/accounts/logout/").status_code == 302
    assert ringing() == ["one"]


def test_nothing_rings_for_who_has_no_access_any_more(at_home, push_service, user):
    switch_on(at_home, given(push_service, Browser()))
    Reach.objects.create(user=user, channel="telegram", address="4711", linked_at=clock.now())
    people.deactivate_user(user.pk, by=make_user(Role.ADMINISTRATOR))
    assert set(Reach.objects.values_list("ended_because", flat=True)) == {"left"}
    people.activate_user(user.pk, by=make_user(Role.ADMINISTRATOR))
    assert ringing() == []


def test_a_person_sees_that_a_browser_does_not_take_it_any_more(at_home, push_service):
    switch_on(at_home, given(push_service, Browser()))
    push_service.reply = lambda asked: Reply(410)
    at_home.post("/settings/me/browsers/ring/")
    sender.send_due()
    assert Reach.objects.get().ended_because == "gone"
    shown = at_home.get("/settings/me/").content.decode()
    assert "Edge on Windows does not ring any more: its push service takes nothing" in shown
    assert Entry.objects.filter(verb="user.browser_off").count() == 1
    push_service.reply = lambda asked: Reply(201)
    shown = switch_on(at_home, given(push_service, Browser(), "again"))
    assert "its push service takes nothing" not in shown


def test_a_browser_that_got_another_address_is_followed_without_a_session(at_home, push_service):
    first, newer = Browser(), Browser()
    switch_on(at_home, given(push_service, first))
    worker = Client(enforce_csrf_checks=True)
    proof = {"old": f"{push_service.url}/one", "old_auth": first.keys["auth"]}
    wrong = {**proof, "old_auth": Browser(auth=b"f" * 16).keys["auth"], **given(push_service, newer, "two")}
    assert worker.post("/sw/moved/", wrong).status_code == 404
    assert (
        worker.post("/sw/moved/", {**proof, **given(push_service, newer, "two"), "p256dh": "x"}).status_code
        == 404
    )
    assert worker.post("/sw/moved/").status_code == 404
    assert ringing() == ["one"]

    assert worker.post("/sw/moved/", {**proof, **given(push_service, newer, "two")}).status_code == 204
    reach = Reach.objects.get()
    assert (ringing(), reach.keys) == (["two"], newer.keys)
    assert worker.post("/sw/moved/", {**proof, **given(push_service, newer, "two")}).status_code == 404


def test_who_tries_many_addresses_is_stopped(client: Client):
    for _ in range(60):
        client.post("/sw/moved/")
    assert client.post("/sw/moved/").status_code == 429


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        (EDGE, "Edge on Windows"),
        (FIREFOX, "Firefox on Android"),
        (SAFARI, "Safari on iPhone"),
        (EDGE.partition(" Edg/")[0], "Chrome on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("", "Browser"),
        ("<script>" * 100, "Browser"),
    ],
)
def test_a_browser_is_called_by_what_it_is(agent, label):
    assert label_of(agent) == label
