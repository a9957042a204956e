"""The link of a question: it cannot be guessed, answers once, and shows nothing to anybody else (B17)."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from servicebook import agenda
from servicebook.accounts.models import Role
from servicebook.agenda import audit
from servicebook.agenda.worker import run_due
from servicebook.core import clock, preferences
from servicebook.customers.models import Promise
from servicebook.journal.models import Entry
from servicebook.maintenance.actions import windows
from servicebook.maintenance.models import Occurrence, Window
from servicebook.maintenance.rules.windows import Span
from servicebook.messaging import sender
from servicebook.messaging.models import Delivery
from servicebook.reminders import links
from servicebook.reminders.actions import asking
from servicebook.reminders.actions.asking import NewAsk
from servicebook.reminders.models import Ask
from servicebook.reminders.views.answers import requests_of_an_address
from servicebook.testing import (
    make_contact,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_ticket,
    make_user,
)
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _allowed():
    requests_of_an_address.forget()
    yield
    requests_of_an_address.forget()


@pytest.fixture
def ask(set_clock):
    """A customer is asked for the window of a visit on 30 April."""
    set_clock("2026-04-16 06:00")
    make_user(Role.MANAGER)
    customer = make_customer(name="School 12")
    make_contact(customer, name="Aigul", is_main=True, language="ru")
    agenda.refresh(make_planned(make_occurrence(make_plan(customer, followed=0))))
    set_clock("2026-04-16 09:00")
    run_due()
    return Ask.objects.get()


def page(ask: Ask) -> str:
    return reverse("reminders:answer", args=[links.token_of(ask.pk, ask.contact.pk)])


def first_window(shown) -> str:
    """The first window that a page offers, as a browser sends it."""
    return re.search(r'name="window" value="([^"]+)"', shown.content.decode())[1]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Almaty"))


@pytest.mark.req("S0.27", "S0.37", "S0.43")
def test_the_window_is_confirmed_without_signing_in(ask, client: Client):
    shown = client.get(page(ask))
    assert shown.status_code == 200
    assert b'lang="ru"' in shown.content

    sent = {"answer": "agreed", "window": first_window(shown), "on_site": "Marat", "phone": "+7 701"}
    assert client.post(page(ask), sent).status_code == 302

    one = Occurrence.objects.select_related("ticket").get()
    assert (one.window_agreed_by, one.window_channel) == ("Aigul", "link")
    assert one.window_from == local("2026-04-30 09:00")
    assert one.ticket.on_site_contact == "Marat, +7 701"
    ask.refresh_from_db()
    assert (ask.ended_as, ask.answer, ask.channel, ask.answered_by) == (
        "answered",
        "agreed",
        "link",
        "Aigul",
    )
    assert Entry.objects.filter(verb="ask.link_opened").count() == 1  # who answers has opened it
    over = client.get(page(ask))  # says what was answered
    assert "Aigul" in over.content.decode()
    assert b'value="agreed"' not in over.content  # only that it does not suit after all may still be said
    assert client.post(page(ask), sent).status_code == 409
    run_due()
    assert list(audit.everything()) == []


@pytest.mark.req("S0.43")
def test_what_only_fetches_the_link_has_not_opened_it(ask, client: Client):
    scanner = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"}  # they say so of themselves
    for fetch in (client.head, client.get):
        assert fetch(page(ask), headers=scanner).status_code == 200

    ask.refresh_from_db()
    assert ask.opened_at is None
    assert not Entry.objects.filter(verb="ask.link_opened").exists()


@pytest.mark.req("S0.43")
def test_the_page_says_once_that_a_person_looks_at_it(ask, client: Client):
    assert b"data-says-opened" in client.get(page(ask)).content
    for _twice in range(2):
        answer = client.post(page(ask), {"opened": "1"})
        assert (answer.status_code, answer.content) == (204, b"")

    ask.refresh_from_db()
    assert ask.opened_at is not None
    assert ask.ended_at is None
    assert Entry.objects.filter(verb="ask.link_opened").count() == 1
    assert b"data-says-opened" not in client.get(page(ask)).content

    client.post(page(ask), {"answer": "call"})
    assert client.post(page(ask), {"opened": "1"}).status_code == 204  # nothing of it is an answer
    assert Ask.objects.get().answer == "call"


@pytest.mark.req("S0.43")
def test_who_answers_without_a_script_has_opened_the_link_even_if_the_answer_is_not_whole(
    ask, client: Client
):
    refused = client.post(page(ask), {"answer": "other_windows"})
    assert (refused.status_code, b"data-says-opened" in refused.content) == (422, False)

    ask.refresh_from_db()
    assert ask.opened_at is not None


@pytest.mark.req("S0.27")
def test_other_windows_are_wished_for_and_what_was_typed_stays(ask, client: Client):
    preferences.choose(company="Alatau Service")
    typed = {"answer": "other_windows", "from_1": "2026-05-04T10:00", "until_1": "2026-05-04T12:00"}
    refused = client.post(page(ask), typed)
    assert refused.status_code == 422  # one is no choice
    assert b"2026-05-04T10:00" in refused.content
    for name in ("Первое окно", "Второе окно", "Третье окно"):  # six fields are told apart by ear, too
        assert f"<fieldset><legend>{name}</legend>" in refused.content.decode()
    assert "Alatau Service" in refused.content.decode()  # the house, by its own name
    assert not Window.objects.exists()

    typed |= {"from_2": "2026-05-05T10:00", "until_2": "2026-05-05T12:00"}
    assert client.post(page(ask), typed).status_code == 302
    assert list(Window.objects.values_list("starts_at", "ours", "by_name")) == [
        (local("2026-05-04 10:00"), False, "Aigul"),
        (local("2026-05-05 10:00"), False, "Aigul"),
    ]
    step = Promise.objects.get(source="reminders.answer")
    assert step.text.startswith("Agree one of the windows that Aigul asks for")
    run_due()
    assert list(audit.everything()) == []


@pytest.mark.req("S0.27")
def test_a_window_that_is_offered_no_longer_is_not_taken_for_another(ask, client: Client, manager):
    chosen = first_window(client.get(page(ask)))
    other = Span(local("2026-05-06 14:00"), local("2026-05-06 16:00"))
    windows.offer_windows(ask.about_id, [other], by=manager)

    refused = client.post(page(ask), {"answer": "agreed", "window": chosen, "on_site": "Marat"})

    assert refused.status_code == 422
    assert b'value="Marat"' in refused.content
    assert Occurrence.objects.get().window_agreed_at is None
    sent = {"answer": "agreed", "window": first_window(refused)}
    assert client.post(page(ask), sent).status_code == 302
    assert Occurrence.objects.get().window_from == other.starts_at


@pytest.mark.trust("B17")
def test_forged_cut_and_foreign_tokens_open_nothing(ask, client: Client):
    token = links.token_of(ask.pk, ask.contact.pk)
    other = make_contact(make_customer())
    signed = token.rpartition("-")[2]
    assert len(signed) * 5 >= 128
    wrong = [
        token[:-1],
        token + "a",
        token[:-1] + ("a" if token[-1] != "a" else "b"),
        f"{ask.pk}-{other.pk}-{signed}",
        f"{ask.pk + 1}-{ask.contact.pk}-{signed}",
        f"0{token}",
        token.upper(),
        "x",
        f"{ask.pk}-{ask.contact.pk}-",
    ]
    for one in wrong:
        assert client.get(reverse("reminders:answer", args=[one])).status_code == 404
        assert client.post(reverse("reminders:answer", args=[one]), {"answer": "call"}).status_code == 404
    assert Ask.objects.get().ended_at is None


@pytest.mark.trust("B17")
@pytest.mark.req("S0.3")
def test_the_link_of_who_was_replaced_is_dead(ask, client: Client, manager):
    from servicebook.customers import actions as customers

    customers.replace_contact(ask.contact.pk, by_contact=make_contact(ask.customer), by=manager)

    assert client.get(page(ask)).status_code == 404


@pytest.mark.trust("B17")
@pytest.mark.req("S0.3")
def test_the_message_that_waits_for_who_was_replaced_has_a_link_of_the_successor(
    ask, client: Client, manager
):
    from servicebook.customers import actions as customers

    new = make_contact(ask.customer, name="Berik")
    customers.replace_contact(ask.contact.pk, by_contact=new, by=manager)
    clock.set_to(clock.now() + timedelta(minutes=5))
    sender.send_due()

    mail = Delivery.objects.get(contact=new)
    assert (mail.state, mail.to_address) == ("sent", new.email)
    (token,) = set(re.findall(r"/a/([^/]+)/", mail.body))
    assert token == links.token_of(ask.pk, new.pk)
    assert client.get(reverse("reminders:answer", args=[token])).status_code == 200
    assert client.get(page(ask)).status_code == 404


@pytest.mark.req("S0.43")
def test_a_message_about_several_tickets_that_failed_shows_on_each(ask, client: Client, manager):
    mail = Delivery.objects.get(contact=ask.contact)
    other = make_ticket(customer=ask.customer)
    notice = mail.notices.get()
    notice.pk, notice.key, notice.about = None, "another", other
    notice.save()
    refused = {"state": "dead", "settled_at": clock.now(), "last_error": "550 5.1.1 no such user"}
    Delivery.objects.filter(pk=mail.pk).update(about_type=None, about_id=None, **refused)
    client.force_login(manager)

    for ticket in (other, ask.about.ticket):
        shown = client.get(ticket.get_absolute_url()).content.decode()
        assert "no such user" in shown
        assert mail.get_absolute_url() in shown


@pytest.mark.trust("B17")
def test_people_of_the_house_do_not_read_the_link_of_a_customer(ask, client: Client, manager):
    client.force_login(manager)
    mail = Delivery.objects.get(contact=ask.contact)
    assert links.token_of(ask.pk, ask.contact.pk) in mail.body

    shown = client.get(mail.get_absolute_url()).content.decode()

    assert "Main building" in shown or ask.about.plan.title in shown
    assert "/a/" not in shown


@pytest.mark.trust("B17")
def test_no_cache_no_index_no_foreign_host_learns_of_it(ask, client: Client):
    answer = client.get(page(ask))

    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Referrer-Policy"] == "same-origin"
    assert b'name="robots"' in answer.content


@pytest.mark.trust("B14")
def test_the_host_of_the_link_is_the_configured_one(ask, settings):
    settings.CONFIG = settings.CONFIG.model_copy(update={"origin": "https://service.example"})

    assert links.url_of(ask, ask.contact).startswith("https://service.example/a/")


@pytest.mark.trust("B28")
def test_an_answer_needs_the_token_of_its_own_page(ask):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(page(ask), {"answer": "call"}).status_code == 403
    strict.get(page(ask))
    sent = {"answer": "call", "csrfmiddlewaretoken": strict.cookies["csrftoken"].value}
    assert strict.post(page(ask), sent).status_code == 302


@pytest.mark.trust("B14", "B20")
def test_behind_a_proxy_each_customer_has_a_limit_of_their_own(ask, client: Client, settings):
    settings.CONFIG = settings.CONFIG.model_copy(update={"trusted_proxies": 1})

    def status(said: str) -> int:
        return client.get("/a/1-1-nonsense/", headers={"X-Forwarded-For": said}).status_code

    forged = [status(f"198.51.100.{number}, 203.0.113.7") for number in range(62)]
    assert forged[-1] == 429  # what the caller wrote before the proxy counts for nothing
    assert status("203.0.113.8") == 404


@pytest.mark.trust("B20")
def test_who_tries_tokens_is_stopped(client: Client):
    answers = [client.get("/a/1-1-nonsense/").status_code for _number in range(62)]

    assert answers.count(404) in (60, 61)
    assert answers[-1] == 429


@pytest.mark.req("S0.36", "S0.43")
def test_a_written_answer_stands_in_the_ticket_and_the_work_goes_on(set_clock, client: Client, manager):
    set_clock("2026-10-14 09:00")
    ticket = make_ticket()
    tickets.start(ticket.pk, by=manager)
    tickets.wait(ticket.pk, waiting_for="client", by=manager)
    run_due()
    ask = Ask.objects.get()

    assert client.post(page(ask), {"answer": "written", "note": " "}).status_code == 422
    set_clock("2026-10-14 10:00")
    assert client.post(page(ask), {"answer": "written", "note": "The left one\nplease"}).status_code == 302

    said = Message.objects.filter(direction="in").latest("pk")
    assert (said.text, said.contact) == ("The left one\nplease", ticket.contact)
    assert Ticket.objects.get().status == "working"
    run_due()
    assert Ask.objects.get().answer == "written"
    assert list(audit.everything()) == []


@pytest.mark.parametrize(
    ("what", "answer", "status"),
    [
        ("access", "agreed", 302),
        ("access", "no", 422),
        ("payment", "paid", 302),
        ("renewal", "renew", 302),
        ("renewal", "no", 422),
        ("reply", "call", 302),
        ("reply", "nonsense", 422),
    ],
)
def test_what_each_question_takes_for_an_answer(client: Client, manager, what, answer, status):
    customer = make_customer()
    new = NewAsk(
        what=what,
        about=customer,
        occurrence="1",
        customer=customer,
        contact=make_contact(customer),
        owner=manager,
    )
    ask = asking.ask(new)

    assert client.post(page(ask), {"answer": answer}).status_code == status
    assert (Ask.objects.get().ended_at is not None) == (status == 302)


@pytest.mark.req("S0.37")
def test_what_follows_an_answer_is_said_in_the_language_of_the_house(ask, client: Client, manager, settings):
    settings.LANGUAGE_CODE = "ru"
    client.post(page(ask), {"answer": "call"})
    assert Promise.objects.get(text__startswith="Позвонить, Aigul: ").owner is not None
    manager.language = "ru"
    manager.save(update_fields=["language"])
    client.force_login(manager)
    assert "Aigul: ответ (Ссылка)" in client.get(ask.get_absolute_url()).content.decode()
