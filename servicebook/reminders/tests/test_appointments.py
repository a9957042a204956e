"""The customer learns which window was taken, and that it holds no longer, unless they did it themselves."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from servicebook import agenda
from servicebook.accounts.models import Role
from servicebook.agenda import audit
from servicebook.agenda.worker import run_due
from servicebook.customers.models import Promise
from servicebook.journal.models import Entry
from servicebook.maintenance.actions import moving, windows
from servicebook.maintenance.models import Occurrence
from servicebook.maintenance.rules.windows import Span
from servicebook.messaging.models import Notice
from servicebook.reminders import links
from servicebook.reminders.models import Ask
from servicebook.reminders.views.answers import requests_of_an_address
from servicebook.testing import (
    make_contact,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_user,
)
from servicebook.tickets import actions as tickets

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.27", "S0.37")]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Almaty"))


TWO = [
    Span(local("2026-05-04 10:00"), local("2026-05-04 12:00")),
    Span(local("2026-05-05 10:00"), local("2026-05-05 12:00")),
]


@pytest.fixture(autouse=True)
def _allowed():
    requests_of_an_address.forget()
    yield
    requests_of_an_address.forget()


@pytest.fixture
def visit(set_clock) -> Occurrence:
    """A visit due on 30 April, of whose window Aigul is asked."""
    set_clock("2026-04-16 06:00")
    make_user(Role.MANAGER, name="Manager")
    customer = make_customer(name="School 12")
    make_contact(customer, name="Aigul", is_main=True)
    one = make_planned(make_occurrence(make_plan(customer, followed=0, title="Check")))
    agenda.refresh(one)
    set_clock("2026-04-16 09:00")
    run_due()
    return one


@pytest.fixture
def agreed(visit, manager) -> Occurrence:
    """Aigul wished for two windows, and a dispatcher took the second."""
    windows.wish_windows(visit.pk, TWO, by_name="Aigul", channel="link")
    begins, ends = TWO[1]
    windows.agree_window(
        visit.pk, starts_at=begins, ends_at=ends, by_name="Aigul", channel="phone", by=manager
    )
    run_due()
    return visit


def told() -> list[tuple[str, str]]:
    rows = Notice.objects.filter(text__startswith="visit_").order_by("pk")
    return list(rows.values_list("text", "delivery__to_name"))


def page(ask: Ask) -> str:
    return reverse("reminders:answer", args=[links.token_of(ask.pk, ask.contact.pk)])


def test_the_customer_learns_which_of_their_windows_was_taken(agreed, client):
    assert told() == [("visit_confirmed", "Aigul")]
    notice = Notice.objects.get(text="visit_confirmed")
    assert "5 May 2026" in notice.body
    assert page(Ask.objects.get()) in notice.url
    assert notice.about == agreed.ticket or notice.about.pk == agreed.ticket_id

    run_due()
    agenda.refresh(Occurrence.objects.get())
    run_due()
    assert len(told()) == 1
    assert list(audit.everything()) == []


def test_the_link_says_that_it_does_not_suit_after_all(agreed, client):
    ask = Ask.objects.get()
    shown = client.get(page(ask))
    assert b'value="other_windows"' in shown.content
    assert b'value="agreed"' not in shown.content
    refused = client.post(page(ask), {"answer": "other_windows", "from_1": "2026-05-06T10:00"})
    assert (refused.status_code, b"2026-05-06T10:00" in refused.content) == (422, True)

    typed = {"answer": "other_windows"}
    for number, day in enumerate(("2026-05-06", "2026-05-07"), start=1):
        typed |= {f"from_{number}": f"{day}T10:00", f"until_{number}": f"{day}T12:00"}
    assert client.post(page(ask), typed).status_code == 302

    one = Occurrence.objects.get()
    assert (one.window_agreed_at, one.promised_from) == (None, None)
    step = Promise.objects.get(source="reminders.answer")
    assert step.text.startswith("Agree one of the windows that Aigul asks for")
    assert b"<form" not in client.get(page(ask)).content  # it was said
    assert client.post(page(ask), typed).status_code == 409
    run_due()
    assert told() == [("visit_confirmed", "Aigul")]
    assert list(audit.everything()) == []


def test_a_call_may_be_asked_for_and_what_was_agreed_holds_meanwhile(agreed, client):
    assert client.post(page(Ask.objects.get()), {"answer": "call"}).status_code == 302

    assert Occurrence.objects.get().window_agreed_at is not None
    assert Promise.objects.get(source="reminders.answer").text.startswith("Call Aigul")


def test_nothing_is_objected_to_once_the_visit_has_begun(agreed, client, set_clock):
    set_clock("2026-05-05 11:00")
    ask = Ask.objects.get()

    assert b"<form" not in client.get(page(ask)).content
    assert client.post(page(ask), {"answer": "call"}).status_code == 409


def test_who_agreed_through_the_link_is_not_told_what_the_page_said(visit, client):
    begins, ends = windows.usual_window(visit)
    windows.agree_window(visit.pk, starts_at=begins, ends_at=ends, by_name="Aigul", channel="link")
    run_due()

    assert told() == []


def test_a_window_agreed_by_phone_before_anybody_was_asked_is_confirmed_too(set_clock, manager, client):
    set_clock("2026-03-01 09:00")
    customer = make_customer(name="School 12")
    make_contact(customer, name="Aigul", is_main=True)
    one = make_planned(make_occurrence(make_plan(customer, followed=0)))
    begins, ends = TWO[0]
    windows.agree_window(one.pk, starts_at=begins, ends_at=ends, by_name="Aigul", channel="phone", by=manager)
    run_due()

    assert told() == [("visit_confirmed", "Aigul")]
    ask = Ask.objects.get()
    assert (ask.ended_as, ask.answer, ask.channel) == ("answered", "agreed", "phone")
    assert b'value="other_windows"' in client.get(page(ask)).content
    assert list(audit.everything()) == []


def test_a_visit_that_we_move_is_told_and_its_new_time_asked_for_once(agreed, manager, set_clock):
    moving.move(agreed.pk, to=date(2026, 5, 11), because="The engineer is ill", by=manager)
    run_due()
    assert [text for text, _name in told()] == ["visit_confirmed"]
    set_clock("2026-04-16 09:11")
    run_due()

    assert [text for text, _name in told()] == ["visit_confirmed", "visit_moved"]
    notice = Notice.objects.get(text="visit_moved")
    assert "5 May 2026" in notice.body
    assert "11 May 2026" in notice.body
    assert "ill" not in notice.body
    ask = Ask.objects.open().get()
    assert page(ask) in notice.url
    set_clock("2026-04-28 09:00")
    run_due()
    assert Notice.objects.filter(text="maintenance_invite").count() == 1  # of the first day
    assert list(audit.everything()) == []


def test_what_is_agreed_anew_in_the_same_call_is_told_as_one_thing(agreed, manager, set_clock):
    windows.reopen_window(agreed.pk, because="They called", by=manager)
    run_due()
    begins, ends = TWO[0]
    windows.agree_window(agreed.pk, starts_at=begins, ends_at=ends, by_name="A", channel="phone", by=manager)
    run_due()
    set_clock("2026-04-16 09:30")
    run_due()

    assert [text for text, _name in told()] == ["visit_confirmed", "visit_confirmed"]
    assert "4 May 2026" in Notice.objects.filter(text="visit_confirmed").latest("pk").body


@pytest.mark.parametrize("how", ["skip", "withdraw"])
def test_a_visit_that_we_call_off_is_told(agreed, manager, how):
    if how == "skip":
        moving.skip(agreed.pk, because="Not needed", by=manager)
    else:
        tickets.withdraw(agreed.ticket_id, because="Not needed", by=manager)
    run_due()

    assert told()[1:] == [("visit_cancelled", "Aigul")]
    assert Notice.objects.get(text="visit_cancelled").url == ""
    assert Occurrence.objects.get(pk=agreed.pk).promised_from is None
    assert list(audit.everything()) == []


def test_what_nobody_counts_on_is_called_off_in_silence(visit, manager):
    moving.skip(visit.pk, because="Not needed", by=manager)
    run_due()

    assert told() == []


def test_a_visit_of_tomorrow_is_told_at_once_and_alone(agreed, manager, set_clock):
    set_clock("2026-05-04 15:00")
    run_due()
    moving.skip(agreed.pk, because="Not needed", by=manager)
    run_due()

    assert Notice.objects.get(text="visit_cancelled").delivery.bundle == ""


def test_without_anybody_to_tell_the_history_says_so(agreed, manager):
    agreed.customer.contacts.update(active=False)
    moving.skip(agreed.pk, because="Not needed", by=manager)
    run_due()

    assert told() == [("visit_confirmed", "Aigul")]
    assert Entry.objects.filter(verb="visit.nobody_told").count() == 1
