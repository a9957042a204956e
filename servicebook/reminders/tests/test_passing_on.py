"""A question went out, and its address proves dead: the next at the customer is asked at once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from servicebook import agenda
from servicebook.accounts.models import Role, User
from servicebook.agenda import audit
from servicebook.agenda.models import Obligation
from servicebook.agenda.worker import run_due
from servicebook.core import clock
from servicebook.core.tests.servers import Reply
from servicebook.customers.models import Contact, Promise, Site
from servicebook.intake.tests.mails import bounce
from servicebook.intake.tests.test_mail_in import receive
from servicebook.journal.models import Entry
from servicebook.maintenance.actions import windows
from servicebook.messaging import sender
from servicebook.messaging.models import Delivery, Notice, Suppression, Wish
from servicebook.messaging.notices import Told, tell
from servicebook.messaging.returned import came_back
from servicebook.messaging.tests.test_sms import sms_gateway
from servicebook.reminders import links, passing_on
from servicebook.reminders.actions import asks
from servicebook.reminders.models import Ask
from servicebook.testing import (
    make_contact,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_site,
    make_ticket,
    make_user,
    sign_contract,
)
from servicebook.tickets import actions as tickets

__all__ = ["sms_gateway"]
pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.33", "S0.36", "S0.43")]
GONE = "550 5.1.1 no such user"


@pytest.fixture
def site(set_clock) -> Site:
    set_clock("2026-04-16 06:00")
    manager = make_user(Role.MANAGER, name="Manager")
    return make_site(make_customer(name="School 12", owner=manager))


@pytest.fixture
def onsite(site) -> Contact:
    return make_contact(
        site.customer, name="Onsite", is_on_site=True, site=site, email="onsite@school.example"
    )


@pytest.fixture
def invited(site, onsite, set_clock) -> Ask:
    """Of a visit on 30 April: who is on site was asked for a window, and the mail went out."""
    agenda.refresh(make_planned(make_occurrence(make_plan(site.customer, followed=0), site=site)))
    set_clock("2026-04-16 09:00")
    run_due()
    Delivery.objects.waiting().update(state="sent", settled_at=clock.now())
    return Ask.objects.get()


def comes_back(*, name: str = "Onsite", because: str = GONE) -> None:
    """Report the latest mail to somebody as undeliverable, twice, as servers do."""
    mail = Delivery.objects.filter(channel="mail", to_name=name).latest("pk")
    for _again in range(2):
        came_back([mail.message_id], because=because)
        run_due()


def written_to() -> list[tuple[str, str]]:
    rows = Notice.objects.filter(delivery__contact__isnull=False).order_by("pk")
    return list(rows.values_list("text", "delivery__to_name"))


def passed_on() -> list[tuple[str, str, str]]:
    rows = Entry.objects.filter(verb="ask.passed_on").order_by("pk")
    return [(one.facts["before"], one.facts["address"], one.facts["who"]) for one in rows]


def test_the_next_in_line_is_written_to_at_once_and_once(site, invited, set_clock):
    main = make_contact(site.customer, name="Main", is_main=True)
    set_clock("2026-04-17 11:00")
    comes_back()

    assert written_to() == [("maintenance_invite", "Onsite"), ("maintenance_invite", "Main")]
    assert passed_on() == [("Onsite", "onsite@school.example", "Main")]
    assert Entry.objects.get(verb="ask.passed_on").subject == invited.about.ticket
    ask = Ask.objects.get()
    assert (ask.contact, ask.asked_at, ask.next_at - ask.asked_at) == (
        main,
        clock.now(),
        timedelta(hours=48),  # who never heard of it did not keep silent
    )
    assert Notice.objects.latest("pk").url == links.url_of(ask, main)
    assert Promise.objects.filter(source="messaging.address").count() == 1  # the owner mends it all the same
    assert list(audit.everything()) == []

    for moment in ("2026-04-18 10:00", "2026-04-19 11:00", "2026-04-23 09:00"):
        set_clock(moment)
        run_due()
    assert written_to()[2:] == [("reply_wanted", "Main"), ("maintenance_again", "Main")]
    assert list(audit.everything()) == []


def test_whoever_comes_next_is_passed_over_when_that_address_is_dead_too(site, invited):
    make_contact(site.customer, name="Main", is_main=True, email="main@school.example")
    make_contact(site.customer, name="Also on site", is_on_site=True, site=site, email="also@school.example")
    comes_back()
    Delivery.objects.waiting().update(state="sent", settled_at=clock.now())
    comes_back(name="Also on site")
    assert [who for *_rest, who in passed_on()] == ["Also on site", "Main"]
    assert Ask.objects.get().contact.name == "Main"
    assert list(audit.everything()) == []


@pytest.mark.parametrize("how", ["answered", "withdrawn", "to another"])
def test_nobody_is_written_to_about_what_is_settled(site, invited, how):
    main = make_contact(site.customer, name="Main", is_main=True)
    if how == "answered":
        asks.answer(invited.pk, answer="other", by_name="Onsite", channel="phone", note="Any day")
    elif how == "withdrawn":
        asks.withdraw(invited.pk, because="not needed")
    else:
        Ask.objects.filter(pk=invited.pk).update(contact=main)
    comes_back()
    assert written_to() == [("maintenance_invite", "Onsite")]
    assert passed_on() == []


def test_what_is_answered_while_it_is_passed_on_stays_answered(site, invited):
    """The bounce was read, and the answer comes before its work is done."""
    make_contact(site.customer, name="Main", is_main=True)
    mail = Delivery.objects.get(to_name="Onsite")
    came_back([mail.message_id], because=GONE)
    assert Obligation.objects.filter(kind="reminders.asked_in_vain", state="armed").count() == 1
    asks.answer(invited.pk, answer="other", by_name="Onsite", channel="phone", note="Any day")
    run_due()
    assert written_to() == [("maintenance_invite", "Onsite")]
    assert list(audit.everything()) == []


def test_when_nobody_is_left_the_owner_hears_of_it_as_ever(site, invited, set_clock):
    comes_back()
    assert (written_to(), passed_on()) == ([("maintenance_invite", "Onsite")], [])
    (step,) = Promise.objects.open().filter(source="messaging.address")
    assert (step.owner.name, GONE in step.why) == ("Manager", True)
    assert list(audit.everything()) == []
    set_clock("2026-04-17 09:00")
    make_contact(site.customer, name="Main", is_main=True)
    set_clock("2026-04-23 09:00")
    run_due()
    assert written_to()[-1] == ("maintenance_again", "Main")


def test_a_mailbox_that_is_full_passes_nothing_on(site, invited):
    make_contact(site.customer, name="Main", is_main=True)
    comes_back(because="552 5.2.2 mailbox full")
    assert (written_to(), Suppression.objects.count()) == ([("maintenance_invite", "Onsite")], 0)


def test_an_address_that_is_dead_for_another_message_is_dead_for_the_question(site, invited, onsite):
    make_contact(site.customer, name="Main", is_main=True)
    tell([Told(onsite, "visit_cancelled", onsite, "other-1", {}, channels=("mail",))])
    Delivery.objects.waiting().update(state="sent", settled_at=clock.now())
    comes_back()
    assert passed_on() == [("Onsite", "onsite@school.example", "Main")]


def test_after_the_day_nobody_is_invited_to_it_any_more(site, invited, set_clock):
    make_contact(site.customer, name="Main", is_main=True)
    Ask.objects.update(next_at=clock.now() + timedelta(days=60))
    set_clock("2026-05-02 09:00")
    before = written_to()
    comes_back()
    assert [name for _text, name in written_to()[len(before) :]] == []


def test_who_was_replaced_hands_the_question_on(site, invited, onsite):
    heir = make_contact(site.customer, name="Heir", is_on_site=True, site=site, email="heir@school.example")
    make_contact(site.customer, name="Main", is_main=True)
    Contact.objects.filter(pk=onsite.pk).update(active=False, replaced_by=heir)
    comes_back()
    assert passed_on() == [("Onsite", "onsite@school.example", "Heir")]
    assert Ask.objects.get().contact == heir
    assert list(audit.everything()) == []


def test_what_a_person_asked_in_a_ticket_goes_to_nobody_else(site, onsite, set_clock):
    make_contact(site.customer, name="Main", is_main=True)
    manager = User.objects.get(name="Manager")
    ticket = make_ticket(customer=site.customer, contact=onsite)
    tickets.start(ticket.pk, by=manager)
    tickets.wait(ticket.pk, waiting_for="client", by=manager)
    run_due()
    set_clock("2026-04-18 09:00")
    run_due()
    Delivery.objects.waiting().update(state="sent", settled_at=clock.now())
    comes_back()
    assert ("reply_wanted", "Main") not in written_to()
    assert Ask.objects.get().contact == onsite
    assert Promise.objects.open().filter(source="messaging.address").count() == 1


def test_the_same_person_is_asked_by_another_way_first(site, invited, onsite, sms_gateway):
    make_contact(site.customer, name="Main", is_main=True)
    Contact.objects.filter(pk=onsite.pk).update(phone="+77010000001")
    Wish.objects.create(contact=onsite, channels=["mail", "sms"])
    comes_back()
    row = Delivery.objects.latest("pk")
    assert (row.to_name, row.channel, row.to_address) == ("Onsite", "sms", "+77010000001")
    assert passed_on() == [("Onsite", "onsite@school.example", "Onsite")]


@pytest.mark.req("S0.38")
def test_who_lets_us_in_tomorrow_is_asked_by_mail_when_the_phone_is_gone(
    site, invited, onsite, sms_gateway, set_clock
):
    """The gateway says so when it is asked: nobody waits for a bounce."""
    begins = datetime(2026, 4, 30, 9, tzinfo=ZoneInfo("Asia/Almaty"))
    windows.agree_window(
        invited.about_id,
        by_name="Onsite",
        channel="phone",
        starts_at=begins,
        ends_at=begins + timedelta(hours=3),
        by=User.objects.get(name="Manager"),
    )
    run_due()
    Delivery.objects.waiting().update(state="sent", settled_at=clock.now())
    Contact.objects.filter(pk=onsite.pk).update(phone="+77010000001")
    sms_gateway.reply = lambda _asked: Reply(status=400, body=b'{"code": 13}')
    set_clock("2026-04-29 09:00")
    run_due()
    sender.Sender("sms").step()
    run_due()
    rows = Delivery.objects.filter(notices__text="access_tomorrow").order_by("pk")
    assert [(row.channel, row.to_name, row.state) for row in rows] == [
        ("sms", "Onsite", "dead"),
        ("mail", "Onsite", "waiting"),
    ]
    assert Ask.objects.open().get().contact == onsite
    assert list(audit.everything()) == []


@pytest.mark.req("S0.34")
def test_a_renewal_goes_to_the_main_contact_when_who_decides_is_gone(site, set_clock):
    make_contact(site.customer, name="Main", is_main=True)
    make_contact(site.customer, name="Head", is_decision_maker=True, email="head@school.example")
    sign_contract(site.customer)
    set_clock("2026-11-01 09:00")
    run_due()
    Delivery.objects.waiting().update(state="sent", settled_at=clock.now())
    set_clock("2026-11-03 11:00")
    comes_back(name="Head")
    assert written_to() == [("renewal_notice", "Head"), ("renewal_notice", "Main")]
    set_clock("2026-12-01 09:00")
    run_due()
    assert written_to()[-1] == ("renewal_notice", "Main")
    assert list(audit.everything()) == []


def test_a_report_that_comes_by_mail_is_no_answer_and_hands_the_question_on(site, invited):
    make_contact(site.customer, name="Main", is_main=True)
    mail = Delivery.objects.get(to_name="Onsite")
    for _again in range(2):
        receive(bounce(mail.message_id))
        run_due()
    assert written_to()[1:] == [("maintenance_invite", "Main")]
    assert (Ask.objects.open().count(), len(passed_on())) == (1, 1)
    assert list(audit.everything()) == []


def test_without_a_look_at_dead_addresses_the_next_waits_for_the_next_stage(
    site, invited, monkeypatch: pytest.MonkeyPatch, set_clock: Callable[[str], None]
):
    """The twin."""
    make_contact(site.customer, name="Main", is_main=True)
    monkeypatch.setattr(passing_on, "pass_on", lambda _contact, *, at: None)
    comes_back()
    assert written_to() == [("maintenance_invite", "Onsite")]
    set_clock("2026-04-23 09:00")
    run_due()
    assert written_to()[-1] == ("maintenance_again", "Main")
