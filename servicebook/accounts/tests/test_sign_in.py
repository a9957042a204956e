"""Signing in and out: sessions, safe addresses, limits, language and zone."""

import logging
import re

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from servicebook.accounts import actions
from servicebook.accounts.models import Role
from servicebook.journal.models import Entry
from servicebook.testing import PASSWORD, make_user

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()
    yield
    cache.clear()


def sign_in(client, user, password=PASSWORD, **more):
    return client.post(LOGIN, {"login": user.email, "password": password} | more)


def test_a_person_signs_in_and_it_is_recorded(client, dispatcher):
    answer = sign_in(client, dispatcher)

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/").status_code == 200
    assert Entry.objects.filter(verb="user.signed_in", subject_id=dispatcher.pk).exists()


def test_the_address_is_taken_in_any_case(client, dispatcher):
    dispatcher.email = dispatcher.email.upper()

    assert sign_in(client, dispatcher).status_code == 302


def test_a_wrong_password_is_said_at_the_form_without_saying_who_exists(client, dispatcher):
    wrong = sign_in(client, dispatcher, "wrong password").content.decode()
    unknown = sign_in(client, make_user(email="x@y.example"), "wrong password").content.decode()

    def said(page):
        return re.findall(r'class="sb-alert error".*?</div></div>', page, re.S)

    assert said(wrong) == said(unknown) != []


def test_nobody_registers_alone(client):
    assert client.get("/accounts/signup/").status_code == 302
    assert (
        client.post("/accounts/signup/", {"email": "a@b.example", "password1": PASSWORD}).status_code == 302
    )


# Forms of `next` that lead elsewhere in one browser or another.
ELSEWHERE = [
    "https://evil.example/",
    "http://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http:\\\\evil.example",
    "\thttps://evil.example",
    " https://evil.example",
    "\n//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "/%09/evil.example\t",
    "\x00//evil.example",
    "/\x00/evil.example",
    "https://testserver@evil.example/",
    "https://localhost:8000@evil.example/",
    "//localhost:8000@evil.example",
    "https://evil.example#testserver",
    "https://evil.example?testserver",
    "https://testserver.evil.example/",
    "https://xn--80ak6aa92e.com/",
    "https://еvil.example/",
    "//evil。example",
    "/／evil.example\u2028",
    "／／evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "javascript://testserver/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "ftp://evil.example/",
    "file:///etc/passwd",
    "mailto:a@evil.example",
    "blob:https://evil.example/x",
    "http://localhost/",
    "http://127.0.0.1/",
    "http://[::1]/",
    "http://testserver/",
    "http://testserver:1234/",
    "evil.example",
    "?next=//evil.example",
    "",
]


@pytest.mark.trust("B15")
@pytest.mark.parametrize("address", ELSEWHERE)
def test_next_never_leads_out_of_the_house(client, dispatcher, address):
    assert len(ELSEWHERE) == 50

    answer = sign_in(client, dispatcher, next=address)
    assert answer["Location"] == "/"

    answer = client.post("/accounts/logout/", {"next": address})
    assert re.fullmatch(r"/(accounts/login/)?", answer["Location"])


@pytest.mark.parametrize("address", ["/tickets/", "/settings/me/?x=1", "/customers/%D0%90/"])
def test_next_leads_to_our_own_pages(client, dispatcher, address):
    assert sign_in(client, dispatcher, next=address)["Location"] == address


@pytest.mark.trust("B16")
def test_the_session_changes_its_id_at_sign_in_and_password_change_and_ends_others(client, dispatcher):
    client.cookies["sessionid"] = "planted-by-an-attacker"
    sign_in(client, dispatcher)
    first = client.cookies["sessionid"].value
    assert first != "planted-by-an-attacker"
    other_device = type(client)()
    sign_in(other_device, dispatcher)

    new = "another long secret"
    answer = client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )

    assert answer.status_code == 302
    assert client.cookies["sessionid"].value != first
    assert client.get("/").status_code == 200
    assert other_device.get("/").status_code == 302
    assert Entry.objects.filter(verb="user.password_changed").count() == 1


@pytest.mark.trust("B16")
def test_a_deactivated_person_is_out_at_the_next_request(client, dispatcher, administrator):
    sign_in(client, dispatcher)
    assert client.get("/").status_code == 200

    actions.deactivate_user(dispatcher.pk, by=administrator)

    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/")
    assert client.post(LOGIN, {"login": dispatcher.email, "password": PASSWORD}).status_code in (200, 302)
    assert client.get("/").status_code == 302


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(client):
    answer = client.get(
        "/search/",
        {"q": "x"},
        headers={"hx-request": "true", "hx-current-url": "http://testserver/customers/?q=1"},
    )

    assert answer.status_code == 204
    assert answer["HX-Redirect"] == "/accounts/login/?next=/customers/"


def test_logout_ends_the_session_in_the_database_too(client, dispatcher):
    sign_in(client, dispatcher)

    assert client.get("/accounts/logout/").status_code == 200  # only asks
    assert Session.objects.count() == 1
    client.post("/accounts/logout/")

    assert Session.objects.count() == 0


@pytest.mark.trust("B20")
def test_guessing_a_password_is_stopped(client, dispatcher):
    answers = [sign_in(client, dispatcher, f"guess number {number}") for number in range(7)]

    assert any("Too many" in answer.content.decode() for answer in answers)
    assert sign_in(client, dispatcher).status_code != 302  # even the right one has to wait


@pytest.mark.trust("B14", "B17")
def test_the_link_of_a_reset_mail_starts_with_our_origin_and_works_once(client, dispatcher, settings):
    settings.ALLOWED_HOSTS = ["evil.example", "testserver"]
    client.post(
        "/accounts/password/reset/",
        {"email": dispatcher.email},
        headers={"host": "evil.example", "x-forwarded-host": "evil.example"},
    )

    text = mail.outbox[0].body
    assert "evil" not in text
    link = re.search(re.escape(settings.CONFIG.origin) + r"(/accounts/password/reset/key/\S+)", text)
    assert link

    page = client.get(link[1], follow=True)
    new = "another long secret"
    done = client.post(page.request["PATH_INFO"], {"password1": new, "password2": new})
    assert done.status_code == 302
    assert "does not work" in type(client)().get(link[1], follow=True).content.decode()
    dispatcher.refresh_from_db()
    assert dispatcher.check_password(new)


def test_a_reset_for_somebody_unknown_looks_the_same_and_sends_nothing(client):
    answer = client.post("/accounts/password/reset/", {"email": "nobody@house.example"})

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/password/reset/done/")
    assert mail.outbox == []


def test_an_invited_person_sets_a_password_and_signs_in(client, administrator, settings):
    person = actions.add_user(email="new@house.example", name="New", roles=[Role.ENGINEER], by=administrator)
    link = actions.invite(person.pk, by=administrator)

    page = client.get(link.removeprefix(settings.CONFIG.origin), follow=True)
    client.post(page.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})

    assert sign_in(client, person).status_code == 302


@pytest.mark.trust("B16")
def test_the_old_address_does_not_open_the_door_any_more(client, dispatcher, administrator):
    sign_in(client, dispatcher)
    client.post("/accounts/logout/")
    old = dispatcher.email

    actions.change_user(dispatcher.pk, by=administrator, email="fresh@house.example")

    assert client.post(LOGIN, {"login": old, "password": PASSWORD}).status_code == 200
    assert client.post(LOGIN, {"login": "fresh@house.example", "password": PASSWORD}).status_code == 302


def test_pages_speak_the_persons_language_and_zone(client, set_clock):
    set_clock("2026-10-14 23:30")
    person = make_user(Role.ADMINISTRATOR, language="ru", time_zone="Europe/Berlin")
    actions.change_user(person.pk, by=person, name="Dana")
    client.force_login(person)

    answer = client.get(reverse("accounts:me"), headers={"accept-language": "tr"})

    page = answer.content.decode()
    assert 'lang="ru"' in page
    assert answer["Content-Language"] == "ru"
    assert "20:30" in page  # 23:30 in Almaty


@pytest.mark.trust("B19")
def test_passwords_and_links_are_in_no_log(client, dispatcher, caplog, settings):
    caplog.set_level(logging.DEBUG)
    secrets = ["Canary-password-1", "Canary-password-2"]
    sign_in(client, dispatcher, secrets[0])
    client.post("/accounts/password/reset/", {"email": dispatcher.email})
    key = re.search(r"/key/(\S+)/", mail.outbox[0].body)[1]
    page = client.get(f"/accounts/password/reset/key/{key}/", follow=True)
    client.post(page.request["PATH_INFO"], {"password1": secrets[1], "password2": secrets[1]})

    seen = caplog.text + str(list(Entry.objects.values_list("facts", flat=True)))

    assert not [secret for secret in [*secrets, key] if secret in seen]
