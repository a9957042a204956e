"""Whom no message reaches is not asked and owes no answer: somebody else is, or one of ours hears of it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from servicebook import agenda
from servicebook.accounts.models import Role, User
from servicebook.agenda import audit
from servicebook.agenda.worker import run_due
from servicebook.core import clock
from servicebook.customers.models import Contact, Promise
from servicebook.journal.models import Entry
from servicebook.maintenance.actions import windows
from servicebook.maintenance.models import Occurrence
from servicebook.messaging.models import Delivery, Notice, Suppression
from servicebook.reminders.models import Ask
from servicebook.testing import (
    make_contact,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_site,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.33", "S0.36", "S0.43")]
ALL_STAGES = ("2026-04-16", "2026-04-18", "2026-04-19", "2026-04-21", "2026-04-23", "2026-04-29")


@pytest.fixture
def site(set_clock):
    """A site whose visit is due on 30 April, and becomes a ticket today."""
    set_clock("2026-04-16 06:00")
    manager = make_user(Role.MANAGER, name="Manager")
    return make_site(make_customer(name="School 12", owner=manager))


def make_visit(site) -> None:
    one = make_planned(make_occurrence(make_plan(site.customer, followed=0), site=site))
    agenda.refresh(one)


def written_to() -> list[tuple[str, str, str]]:
    rows = Notice.objects.filter(delivery__contact__isnull=False).order_by("pk")
    return list(rows.values_list("text", "delivery__to_name", "delivery__state"))


def reason() -> str:
    return Promise.objects.filter(source="reminders.maintenance").latest("pk").why


def unreachable(site, how: str) -> Contact:
    """Who is on site, and cannot be written to."""
    if how == "no address":
        return make_contact(site.customer, name="Onsite", is_on_site=True, site=site, email="", phone="")
    Suppression.objects.create(
        channel="mail", address="gone@school.example", because="550 no such user", since=clock.now()
    )
    return make_contact(site.customer, name="Onsite", is_on_site=True, site=site, email="gone@school.example")


@pytest.mark.parametrize("how", ["no address", "dead address"])
def test_of_those_who_may_be_asked_the_first_whom_a_message_reaches(site, set_clock, how):
    unreachable(site, how)
    make_contact(site.customer, name="Main", is_main=True)
    make_visit(site)

    set_clock("2026-04-16 09:00")
    run_due()
    assert reason() == "due on 30 Apr 2026; Main was asked"
    assert Ask.objects.get().contact.name == "Main"
    for day in ALL_STAGES:
        set_clock(f"{day} 09:00")
        run_due()

    texts = ["maintenance_invite", "reply_wanted", "maintenance_again", "maintenance_again"]
    assert [(text, name) for text, name, _state in written_to()] == [(text, "Main") for text in texts]
    assert not Delivery.objects.filter(state="dead").exists()
    assert list(audit.everything()) == []


@pytest.mark.parametrize(
    ("how", "because"),
    [
        ("no address", "The card has no address to write to."),
        ("dead address", "Nothing is sent to gone@school.example: 550 no such user"),
    ],
)
def test_where_a_message_reaches_nobody_the_owner_hears_why_and_nobody_is_chased(
    site, set_clock, how, because
):
    onsite = unreachable(site, how)
    make_visit(site)

    set_clock("2026-04-16 09:00")
    run_due()
    assert reason() == f"due on 30 Apr 2026; Onsite was not asked: {because}"
    assert Entry.objects.filter(verb="reminder.nobody_to_ask").count() == 1
    assert Ask.objects.get().contact is None

    Contact.objects.filter(pk=onsite.pk).update(email="mended@school.example")
    set_clock("2026-04-21 09:00")
    run_due()
    assert written_to() == []  # who never heard of it did not keep silent
    step = Promise.objects.open().get(source="reminders.silence")
    assert step.why.startswith("to be asked since 16 Apr 2026, and nobody could be written to")

    set_clock("2026-04-23 09:00")
    run_due()
    assert [text for text, *_rest in written_to()] == ["maintenance_again"]
    ask = Ask.objects.get()
    assert (ask.contact, ask.asked_at, ask.next_at - ask.asked_at) == (
        onsite,
        clock.now(),
        timedelta(hours=48),  # silence counts from the moment when it reached somebody
    )
    set_clock("2026-04-25 09:00")
    run_due()
    assert [text for text, *_rest in written_to()] == ["maintenance_again", "reply_wanted"]
    assert list(audit.everything()) == []


def test_a_reminder_goes_to_nobody_but_whom_the_question_reached(site, set_clock):
    onsite = make_contact(site.customer, name="Onsite", is_on_site=True, site=site)
    make_contact(site.customer, name="Main", is_main=True)
    make_visit(site)
    set_clock("2026-04-16 09:00")
    run_due()

    Contact.objects.filter(pk=onsite.pk).update(email="")
    set_clock("2026-04-18 09:00")
    run_due()

    assert [text for text, *_rest in written_to()] == ["maintenance_invite"]
    why = Promise.objects.get(source="reminders.silence").why
    assert why.endswith("Onsite was not asked: The card has no address to write to.")
    set_clock("2026-04-23 09:00")
    run_due()
    assert [(text, name) for text, name, _state in written_to()][1:] == [("maintenance_again", "Main")]
    assert list(audit.everything()) == []


def test_how_a_visit_stands_is_told_to_the_first_whom_a_message_reaches(site, set_clock):
    unreachable(site, "no address")
    make_visit(site)
    make_contact(site.customer, name="Main", is_main=True)
    one = Occurrence.objects.get()
    begins = datetime(2026, 4, 30, 9, tzinfo=ZoneInfo("Asia/Almaty"))
    windows.agree_window(
        one.pk,
        by_name="Onsite",
        channel="phone",
        starts_at=begins,
        ends_at=begins + timedelta(hours=3),
        by=User.objects.get(name="Manager"),
    )
    run_due()

    assert [(text, name) for text, name, _state in written_to()] == [("visit_confirmed", "Main")]
    Contact.objects.filter(name="Main").update(email="")
    set_clock("2026-04-17 10:00")
    windows.reopen_window(one.pk, because="Ill", by=User.objects.get(name="Manager"))
    set_clock("2026-04-17 10:11")
    run_due()
    assert written_to()[-1] == ("visit_moved", "Main", "dead")  # whom it was agreed with
    assert Notice.objects.filter(text="undelivered", delivery__user__isnull=False).exists()
