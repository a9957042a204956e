"""The link at the foot of a mail: it stops what no contract asks for, also what waits, and nothing else."""

import re

import pytest
from django.conf import settings
from django.test import Client

from servicebook.accounts.models import Role
from servicebook.core import preferences
from servicebook.customers.actions import replace_contact
from servicebook.journal.models import Entry
from servicebook.messaging import channels, sender, unsubscribing, wishes
from servicebook.messaging.models import Delivery, Notice, Wish
from servicebook.messaging.notices import Told, tell
from servicebook.messaging.public_pages import requests_of_an_address
from servicebook.testing import make_contact, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.38")]
ORIGIN = "https://service.example"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture(autouse=True)
def _allowed(monkeypatch):
    monkeypatch.setattr(settings.CONFIG, "origin", ORIGIN)
    requests_of_an_address.forget()
    yield
    requests_of_an_address.forget()


@pytest.fixture
def morning(set_clock):
    set_clock("2026-03-05 08:00")


@pytest.fixture
def contact():
    return make_contact(name="Aigul", email="ok.aigul@school.example")


def told(to, text: str, **how) -> Told:
    facts = {"equipment": "Server", "days": 30, "contract_number": "C-1"}
    return Told(to, text, to.customer, f"{text.replace('_', '-')}-1", facts, f"{ORIGIN}/a/{text}/", **how)


def page(contact) -> str:
    return unsubscribing.url_of(contact.pk).removeprefix(ORIGIN)


def said(mail) -> str:
    return mail.get_payload(decode=True).decode()


def test_a_mail_with_something_optional_says_how_to_stop_it(morning, set_clock, mail_server, contact):
    other = make_contact(email="ok.other@school.example", language="ru")
    tell([told(contact, "warranty_ends"), told(contact, "renewal_notice"), told(other, "renewal_notice")])
    tell([told(other, "warranty_ends", urgent=True)])
    set_clock("2026-03-05 08:02")
    sender.send_due()

    both = next(mail for mail in mail_server.taken if "aigul" in mail["To"])
    link = unsubscribing.url_of(contact.pk)
    assert both["List-Unsubscribe"] == f"<{link}>"
    assert both["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert said(both).rstrip().endswith(link)
    theirs = [mail for mail in mail_server.taken if "other" in mail["To"]]
    assert sorted(mail["List-Unsubscribe"] is not None for mail in theirs) == [False, True]
    of_other = unsubscribing.url_of(other.pk)
    assert sorted(of_other in said(mail) for mail in theirs) == [False, True]


def test_without_https_there_is_a_link_and_no_single_click(
    morning, set_clock, mail_server, contact, monkeypatch
):
    monkeypatch.setattr(settings.CONFIG, "origin", "http://desk.local")
    tell([told(contact, "warranty_ends")])
    set_clock("2026-03-05 08:02")
    sender.send_due()
    (mail,) = mail_server.taken
    assert mail["List-Unsubscribe"].startswith("<http://desk.local/u/")
    assert mail["List-Unsubscribe-Post"] is None


def test_no_link_stands_in_short_messages_and_in_those_to_our_people(contact, monkeypatch):
    monkeypatch.setattr(channels, "is_set_up", lambda channel: True)
    contact.phone = "+77010000000"
    contact.save()
    tell([told(contact, "warranty_ends", channels=("sms",))])
    user = make_user()
    tell([Told(user, "step", user, "s-1", {"step": "Call"}, f"{ORIGIN}/t/")])
    bodies = list(Delivery.objects.values_list("body", flat=True))
    assert len(bodies) >= 2
    assert not any("/u/" in body for body in bodies)


def test_looking_changes_nothing_and_a_click_stops_and_starts(client: Client, contact):
    for _ in range(2):  # scanners of mails follow links
        shown = client.get(page(contact))
        assert (shown.status_code, shown["X-Robots-Tag"]) == (200, "noindex, nofollow")
        assert "no-store" in shown["Cache-Control"]
        assert not Wish.objects.exists()
    assert client.post(page(contact), {"wish": "stop"}).status_code == 302
    assert "You are unsubscribed." in client.get(page(contact)).content.decode()
    assert tell([told(contact, "warranty_ends")]) == []
    client.post(page(contact), {"wish": "stop"})
    client.post(page(contact), {"wish": "back"})
    assert len(tell([told(contact, "warranty_ends")])) == 1
    assert client.post(page(contact), {"wish": "pigeons"}).status_code == 422
    lines = Entry.objects.filter(verb__in=["contact.unsubscribed", "contact.came_back"]).order_by("pk")
    assert [(line.verb, line.actor_name, line.subject) for line in lines] == [
        ("contact.unsubscribed", "Aigul", contact),
        ("contact.came_back", "Aigul", contact),
    ]


@pytest.mark.trust("B28")
@pytest.mark.parametrize("multipart", [True, False])
def test_a_mail_provider_stops_it_with_one_request(contact, multipart):
    provider = Client(enforce_csrf_checks=True)
    typed = {} if multipart else {"content_type": "application/x-www-form-urlencoded"}
    body = ONE_CLICK if multipart else "List-Unsubscribe=One-Click"
    answer = provider.post(page(contact), body, headers={"Origin": "https://mail.example"}, **typed)
    assert answer.status_code == 200
    assert not answer.cookies
    assert Wish.objects.get(contact=contact).unsubscribed_at
    provider.post(page(contact), body, **typed)
    assert Entry.objects.filter(verb="contact.unsubscribed").count() == 1


@pytest.mark.trust("B17")
def test_a_link_that_was_not_made_here_tells_nothing(client: Client, contact, set_clock):
    other = make_contact(contact.customer)
    right = unsubscribing.token_of(contact.pk)
    of_nobody = unsubscribing.token_of(999_999_999)
    forged = [
        right[:-1] + ("a" if right[-1] != "a" else "b"),
        f"{other.pk}-{right.partition('-')[2]}",
        right.upper(),
        f"0{right}",
        "x",
        of_nobody,
        "9" * 30 + "-" + "a" * 32,
    ]
    bodies = set()
    for token in forged:
        answer = client.get(f"/u/{token}/")
        assert answer.status_code == 404
        bodies.add(answer.content)
        assert client.post(f"/u/{token}/", ONE_CLICK).status_code == 404
    assert len(bodies) == 1
    assert not Wish.objects.exists()
    assert client.get(f"/u/{right}/").status_code == 200


def test_the_link_of_who_was_replaced_or_left_opens_nothing(client: Client, contact):
    left = make_contact(contact.customer, active=False)
    new = make_contact(contact.customer)
    replace_contact(contact.pk, by_contact=new, by=make_user(Role.DISPATCHER))
    assert [client.get(page(one)).status_code for one in (contact, left, new)] == [404, 404, 200]
    assert client.post(page(contact), ONE_CLICK).status_code == 404


def test_who_tries_many_links_is_stopped(client: Client, contact):
    for _ in range(60):
        client.get("/u/1-x/")
    stopped = client.get(page(contact))
    assert (stopped.status_code, int(stopped["Retry-After"]) > 0) == (429, True)


def test_what_waits_is_looked_at_again_when_it_is_sent(morning, set_clock, mail_server, contact):
    tell([told(contact, "warranty_ends", urgent=True)])
    tell([told(contact, "renewal_notice")])
    tell([told(contact, "maintenance_invite")])
    row = Delivery.objects.get(bundle="")
    wishes.unsubscribe(contact.pk)
    set_clock("2026-03-05 08:02")
    sender.send_due()

    row.refresh_from_db()
    assert (row.state, row.last_error) == ("cancelled", sender.UNSUBSCRIBED)
    (mail,) = mail_server.taken
    assert mail["List-Unsubscribe"] is None
    line = Entry.objects.get(verb="delivery.withheld")
    assert (line.subject, line.facts["to"]) == (contact.customer, "Aigul")
    dispatcher = Client()
    dispatcher.force_login(make_user(Role.DISPATCHER))
    shown = dispatcher.get("/deliveries/?state=cancelled").content.decode()
    assert "unsubscribed from what no contract asks for" in shown
    history = dispatcher.get(contact.customer.get_absolute_url()).content.decode()
    assert "Not sent to Aigul, who unsubscribed" in history


def test_of_several_things_only_the_optional_one_is_left_out(morning, set_clock, mail_server, contact):
    tell([told(contact, "warranty_ends"), told(contact, "renewal_notice")])
    wishes.unsubscribe(contact.pk)
    set_clock("2026-03-05 08:02")
    sender.send_due()

    (mail,) = mail_server.taken
    assert "/a/renewal_notice/" in said(mail)
    assert "/a/warranty_ends/" not in said(mail)
    assert "/u/" not in said(mail)
    assert list(Notice.objects.filter(left_out=True).values_list("text", flat=True)) == ["warranty_ends"]
    verbs = Entry.objects.filter(verb__startswith="delivery.").values_list("verb", flat=True)
    assert sorted(verbs) == ["delivery.sent", "delivery.withheld"]


def test_who_came_back_before_it_went_out_gets_all_of_it(morning, set_clock, mail_server, contact):
    contact.email = "450-1.aigul@school.example"
    contact.save()
    tell([told(contact, "warranty_ends"), told(contact, "renewal_notice")])
    wishes.unsubscribe(contact.pk)
    set_clock("2026-03-05 08:02")
    sender.send_due()
    assert (mail_server.taken, Notice.objects.filter(left_out=True).count()) == ([], 1)
    wishes.come_back(contact.pk)
    set_clock("2026-03-05 09:30")
    sender.send_due()
    (mail,) = mail_server.taken
    assert "/a/warranty_ends/" in said(mail)
    assert not Notice.objects.filter(left_out=True).exists()


def test_the_successor_gets_it_with_a_link_of_their_own(morning, set_clock, mail_server, contact):
    wishes.unsubscribe(contact.pk)
    wishes.come_back(contact.pk)
    tell([told(contact, "warranty_ends", urgent=True)])
    new = make_contact(contact.customer, email="ok.new@school.example")
    replace_contact(contact.pk, by_contact=new, by=make_user(Role.DISPATCHER))
    sender.send_due()
    (mail,) = mail_server.taken
    assert mail["List-Unsubscribe"] == f"<{unsubscribing.url_of(new.pk)}>"
    assert unsubscribing.url_of(new.pk) in said(mail)
    assert unsubscribing.url_of(contact.pk) not in said(mail)


def test_our_people_see_when_they_unsubscribed_and_not_their_link(morning, contact):
    tell([told(contact, "warranty_ends", urgent=True)])
    wishes.unsubscribe(contact.pk)
    dispatcher = Client()
    dispatcher.force_login(make_user(Role.DISPATCHER))
    card = dispatcher.get(contact.get_absolute_url()).content.decode()
    assert re.search(r'name="unsubscribed" checked', card)
    assert "Unsubscribed by the link" in card
    row = Delivery.objects.get()
    assert unsubscribing.url_of(contact.pk) in row.body
    assert "/u/" not in dispatcher.get(row.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("language", "button"),
    [
        ("en", "Unsubscribe"),
        ("ru", "Отписаться"),
        ("kk", "Жазылудан бас тарту"),
        ("tr", "Abonelikten çık"),
        ("zh-hans", "退订"),
    ],
)
def test_the_page_speaks_the_language_of_its_holder(client: Client, language, button):
    contact = make_contact(language=language)
    shown = client.get(page(contact), headers={"Accept-Language": "fr"}).content.decode()
    assert f">{button}</button>" in shown


def test_the_page_bears_the_name_of_the_house(contact, client):
    preferences.choose(company="Alatau Service")
    assert "Alatau Service</div>" in client.get(page(contact)).content.decode()
