"""A customer who was asked: any reaction ends it, silence ends in a decision."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from servicebook import agenda
from servicebook.accounts.models import Role
from servicebook.agenda import audit
from servicebook.agenda.models import Obligation
from servicebook.agenda.worker import run_due
from servicebook.core.errors import Refused
from servicebook.customers import actions as customers
from servicebook.customers.actions.promises import NeedsDecision
from servicebook.customers.models import Promise
from servicebook.intake.mail.actions import receive
from servicebook.intake.tests.mails import plain
from servicebook.journal.models import Entry
from servicebook.maintenance.actions import moving, windows
from servicebook.maintenance.models import Occurrence
from servicebook.messaging import sender
from servicebook.messaging.models import Notice
from servicebook.reminders.actions import asking, asks, deciding
from servicebook.reminders.actions.asking import NewAsk
from servicebook.reminders.actions.asks import AskOver
from servicebook.reminders.models import Ask
from servicebook.testing import (
    make_contact,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_reason,
    make_ticket,
    make_user,
    make_why,
    sign_contract,
)
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(db):
    """Who hears of silence: a manager, and a supervisor who owns the service."""
    from servicebook.core import preferences

    people = {"manager": make_user(Role.MANAGER, name="Manager"), "head": make_user(name="Head of service")}
    preferences.choose(service_owner_id=people["head"].pk)
    return people


@pytest.fixture
def waiting(house, set_clock):
    """A ticket whose customer was asked on Wednesday morning."""
    set_clock("2026-10-14 09:00")
    customer = make_customer(name="School 12")
    contact = make_contact(customer, name="Aigul", is_main=True)
    ticket = make_ticket(customer=customer, contact=contact, title="Which rack?")
    tickets.start(ticket.pk, by=house["manager"])
    tickets.wait(ticket.pk, waiting_for="client", by=house["manager"])
    run_due()
    return Ticket.objects.get(pk=ticket.pk)


def make_visit(set_clock, **plan) -> Occurrence:
    """An occurrence due on 30 April with its ticket, as it is called 14 days ahead."""
    set_clock("2026-04-16 06:00")
    customer = make_customer(name="School 12")
    make_contact(customer, name="Aigul", is_main=True)
    one = make_planned(make_occurrence(make_plan(customer, followed=0, **plan)))
    agenda.refresh(one)
    return one


def fired(kind: str) -> list[str]:
    rows = Obligation.objects.filter(kind=kind, state="fired").order_by("due_at")
    return list(rows.values_list("stage", flat=True))


@pytest.mark.req("S0.36", "S0.39", "S0.40")
def test_silence_goes_from_the_manager_to_the_supervisor_to_a_call_that_needs_a_decision(
    waiting, house, set_clock
):
    ask = Ask.objects.get()
    assert (ask.what, ask.about, ask.contact.name) == ("reply", waiting, "Aigul")
    assert ask.next_at - ask.asked_at == timedelta(hours=48)

    set_clock("2026-10-16 08:59")
    run_due()
    assert fired("reminders.silence") == []
    set_clock("2026-10-16 09:00")
    run_due()
    repeat = Notice.objects.get(text="reply_wanted")
    assert repeat.delivery.to_name == "Aigul"
    assert repeat.about == waiting
    first = Promise.objects.get(source="reminders.silence")
    assert (first.owner.name, first.about) == ("Manager", ask)
    ask.refresh_from_db()
    assert ask.next_at - ask.asked_at == timedelta(hours=72)

    set_clock("2026-10-17 09:00")
    run_due()
    told = Notice.objects.filter(text="escalation", delivery__user=house["head"])
    assert told.count() == 1
    set_clock("2026-10-19 09:00")
    run_due()
    run_due()
    assert fired("reminders.silence") == ["after-48h", "after-72h", "after-5"]
    (call,) = Promise.objects.open().filter(source="reminders.silence")
    assert call.needs_decision
    assert call.text.startswith("Call School 12 and decide")
    ask.refresh_from_db()
    assert ask.next_at == call.due_at
    assert list(audit.everything()) == []

    with pytest.raises(NeedsDecision):
        customers.keep_promise(call.pk, by=house["manager"])
    with pytest.raises(NeedsDecision):
        customers.drop_promise(call.pk, because="No time", by=house["manager"])
    with pytest.raises(NeedsDecision):  # to put it off is a decision, too
        customers.move_promise(call.pk, due_at=call.due_at + timedelta(days=90), by=house["manager"])
    with pytest.raises(Refused) as refused:
        deciding.decide(ask.pk, decision="", note="", by=house["manager"])
    assert set(refused.value.fields) == {"decision", "note"}

    deciding.decide(ask.pk, decision="close", note="They agreed by silence", by=house["manager"])
    call.refresh_from_db()
    ask.refresh_from_db()
    assert (call.decision, ask.ended_as, ask.decided_by) == ("close", "decided", house["manager"])
    assert Ticket.objects.get(pk=waiting.pk).status == "working"
    run_due()
    assert Ask.objects.count() == 1
    assert list(audit.everything()) == []


@pytest.mark.req("S0.40")
def test_who_goes_on_and_waits_again_still_owes_the_decision(waiting, house, set_clock):
    set_clock("2026-10-19 09:00")
    run_due()
    (call,) = Promise.objects.open().filter(needs_decision=True)
    ask = Ask.objects.get()

    set_clock("2026-10-19 10:00")
    tickets.resume(waiting.pk, by=house["manager"])
    run_due()
    tickets.wait(waiting.pk, waiting_for="client", by=house["manager"])
    run_due()

    assert Ask.objects.get(ended_at=None) == ask
    assert Promise.objects.open().get(needs_decision=True) == call
    assert list(audit.everything()) == []
    deciding.decide(ask.pk, decision="close", note="We use the left one", by=house["manager"])
    run_due()
    assert not Ask.objects.open().exists()
    assert Ticket.objects.get().status == "working"
    set_clock("2026-10-20 10:00")
    tickets.wait(waiting.pk, waiting_for="client", by=house["manager"])
    run_due()
    assert Ask.objects.open().get() != ask  # the next question has its own silence
    assert list(audit.everything()) == []


@pytest.mark.req("S0.40")
def test_an_answer_or_the_end_of_the_work_takes_the_decision_away(waiting, house, set_clock):
    set_clock("2026-10-19 09:00")
    run_due()
    tickets.resume(waiting.pk, by=house["manager"])
    run_due()
    assert Promise.objects.open().filter(needs_decision=True).exists()

    set_clock("2026-10-19 11:00")
    tickets.receive_message(waiting.pk, text="The left one", channel="mail", contact=waiting.contact)
    run_due()

    assert Ask.objects.get().ended_as == "answered"
    assert not Promise.objects.open().filter(needs_decision=True).exists()
    assert list(audit.everything()) == []


@pytest.mark.req("S0.40")
def test_after_reschedule_silence_counts_from_the_new_date(waiting, house, set_clock):
    set_clock("2026-10-19 09:00")
    run_due()
    later = datetime(2026, 11, 2, 9, tzinfo=ZoneInfo("Asia/Almaty"))

    deciding.decide(
        Ask.objects.get().pk, decision="reschedule", note="Holidays", next_at=later, by=house["manager"]
    )
    run_due()

    ask = Ask.objects.get(ended_at=None)
    assert ask.asked_at == later
    assert ask.next_at == later + timedelta(hours=48)
    assert not Promise.objects.open().filter(source="reminders.silence").exists()
    set_clock("2026-11-04 08:00")
    run_due()
    assert not Promise.objects.open().filter(source="reminders.silence").exists()
    set_clock("2026-11-04 09:00")
    run_due()
    assert Promise.objects.open().filter(source="reminders.silence").count() == 1
    assert list(audit.everything()) == []


@pytest.mark.req("S0.40")
@pytest.mark.parametrize("year", [2025, 2030, 9999])
def test_a_day_that_has_passed_or_never_comes_is_no_new_date(waiting, house, year):
    with pytest.raises(Refused) as refused:
        deciding.decide(
            Ask.objects.get().pk,
            decision="reschedule",
            note="Later",
            next_at=datetime(year, 12, 31, 18, tzinfo=ZoneInfo("Asia/Almaty")),
            by=house["manager"],
        )
    assert "next_at" in refused.value.fields
    assert Ask.objects.get().ended_at is None


@pytest.mark.req("S0.40")
@pytest.mark.parametrize("day", [date(2026, 4, 30), date(2030, 1, 1), date.max, date.min])
def test_work_is_rescheduled_to_another_day_that_comes(house, set_clock, day):
    make_visit(set_clock)
    set_clock("2026-04-16 09:00")
    run_due()

    with pytest.raises(Refused):
        deciding.decide(
            Ask.objects.get().pk, decision="reschedule", note="Later", next_on=day, by=house["manager"]
        )
    assert Ask.objects.get().ended_at is None


@pytest.mark.req("S0.36", "S0.43")
def test_a_mail_into_the_ticket_ends_the_asking(waiting, house, set_clock):
    set_clock("2026-10-16 09:00")
    run_due()

    set_clock("2026-10-16 10:00")
    tickets.receive_message(waiting.pk, text="The left one", channel="mail", contact=waiting.contact)
    run_due()

    ask = Ask.objects.get()
    assert (ask.ended_as, ask.answer, ask.channel, ask.answered_by) == (
        "answered",
        "written",
        "mail",
        "Aigul",
    )
    assert not Promise.objects.open().filter(source="reminders.silence").exists()
    set_clock("2026-10-30 09:00")
    run_due()
    assert fired("reminders.silence") == ["after-48h"]
    assert Entry.objects.filter(verb="ask.answered", subject_id=waiting.pk).count() == 1
    assert list(audit.everything()) == []


@pytest.mark.req("S0.36", "S0.43")
def test_who_is_reminded_by_mail_answers_into_the_ticket(waiting, house, set_clock):
    set_clock("2026-10-16 09:00")
    run_due()

    mail = Notice.objects.get(text="reply_wanted").delivery
    assert mail.thread == waiting.number  # its Reply-To is signed for the ticket
    told = Notice.objects.filter(delivery__user__isnull=False)
    assert set(told.values_list("delivery__thread", flat=True)) == {""}


@pytest.mark.req("S0.36", "S0.43")
@pytest.mark.parametrize("channel", ["mail", "phone"])
def test_a_word_in_the_ticket_of_planned_work_ends_the_asking_for_its_window(house, set_clock, channel):
    one = make_visit(set_clock)
    set_clock("2026-04-16 09:00")
    run_due()
    ask = Ask.objects.get()

    set_clock("2026-04-16 09:30")
    tickets.receive_message(
        one.ticket_id, text="I am away", channel=channel, contact=ask.contact, automatic=True
    )
    run_due()
    assert Ask.objects.get().ended_at is None  # a machine wrote it
    set_clock("2026-04-16 10:00")
    tickets.receive_message(one.ticket_id, text="Rather on Tuesday", channel=channel, contact=ask.contact)
    run_due()

    ask.refresh_from_db()
    assert (ask.ended_as, ask.answer, ask.channel) == ("answered", "other", channel)
    assert (ask.answered_by, ask.note) == ("Aigul", "Rather on Tuesday")
    step = Promise.objects.get(source="reminders.answer")
    assert step.text.startswith("Look at what Aigul answered")
    set_clock("2026-04-25 09:00")
    run_due()
    assert fired("reminders.silence") == []
    assert not Notice.objects.filter(text="maintenance_again").exists()
    assert list(audit.everything()) == []


@pytest.mark.req("S0.36")
def test_a_word_while_it_waits_for_the_payment_ends_the_asking_and_is_looked_at(house, set_clock):
    set_clock("2026-10-14 09:00")
    ticket = make_ticket()
    tickets.start(ticket.pk, by=house["manager"])
    tickets.wait(ticket.pk, waiting_for="payment", by=house["manager"])
    run_due()

    set_clock("2026-10-14 12:00")
    tickets.receive_message(ticket.pk, text="Paid on Friday", channel="mail", contact=ticket.contact)
    run_due()

    assert Ask.objects.get().ended_as == "answered"
    assert Promise.objects.open().filter(source="reminders.answer").count() == 1
    run_due()
    assert Ask.objects.count() == 1  # this waiting was answered; the next one is asked anew
    assert list(audit.everything()) == []


def test_a_ticket_that_goes_on_by_hand_is_not_asked_about_any_more(waiting, house):
    tickets.resume(waiting.pk, by=house["manager"])
    run_due()

    assert Ask.objects.get().ended_as == "withdrawn"
    assert list(audit.everything()) == []


@pytest.mark.req("S0.33", "S0.37", "S0.43", "S3.3")
def test_maintenance_is_asked_for_at_14_7_and_1_days_until_the_window_is_agreed(house, set_clock):
    one = make_visit(set_clock)
    assert not Ask.objects.exists()
    set_clock("2026-04-16 09:00")
    run_due()
    ask = Ask.objects.get()
    assert (ask.what, ask.about, ask.occurrence) == ("window", one, "2026-04-30")
    invite = Notice.objects.get(text="maintenance_invite")
    assert (invite.delivery.to_name, invite.about) == ("Aigul", one.ticket)
    step = Promise.objects.get(source="reminders.maintenance")
    assert (step.owner, step.about) == (one.ticket.owner, one)

    set_clock("2026-04-17 10:00")
    windows.agree_window(
        one.pk,
        by_name="Aigul",
        channel="phone",
        starts_at=datetime(2026, 4, 30, 9, tzinfo=ZoneInfo("Asia/Almaty")),
        ends_at=datetime(2026, 4, 30, 12, tzinfo=ZoneInfo("Asia/Almaty")),
        by=house["manager"],
    )
    run_due()
    ask.refresh_from_db()
    assert (ask.ended_as, ask.answer, ask.channel) == ("answered", "agreed", "phone")
    step.refresh_from_db()
    assert step.dropped_at

    set_clock("2026-04-23 09:00")
    run_due()
    assert not Notice.objects.filter(text="maintenance_again").exists()  # nothing is asked for any more
    set_clock("2026-04-29 09:00")
    run_due()
    access = Notice.objects.get(text="access_tomorrow")
    assert access.delivery.notices.count() == 1  # urgent: it goes alone
    assert Ask.objects.get(ended_at=None).what == "access"
    set_clock("2026-05-01 09:00")
    run_due()
    assert fired("reminders.maintenance") == ["before-14", "before-7", "before-1", "after-1"]
    assert list(audit.everything()) == []


@pytest.mark.req("S0.33", "S0.36")
def test_work_that_moves_to_another_day_is_asked_about_anew(house, set_clock):
    one = make_visit(set_clock)
    set_clock("2026-04-16 09:00")
    run_due()

    set_clock("2026-04-16 10:00")
    moving.move(one.pk, to=date(2026, 7, 30), because="The part is late", by=house["manager"])
    run_due()

    assert Ask.objects.get().ended_as == "withdrawn"
    assert not Promise.objects.open().exists()
    set_clock("2026-04-30 09:00")
    run_due()
    assert fired("reminders.silence") == []  # nobody keeps silent about a day that is no more
    set_clock("2026-07-16 09:00")
    run_due()
    assert Ask.objects.get(ended_at=None).occurrence == "2026-07-30"
    assert list(audit.everything()) == []


@pytest.mark.req("S0.27", "S0.33")
def test_a_window_that_holds_no_longer_is_asked_for_again(house, set_clock):
    one = make_visit(set_clock)
    set_clock("2026-04-16 09:00")
    run_due()
    facts = {"by_name": "Aigul", "channel": "phone", "by": house["manager"]}
    day = datetime(2026, 4, 30, 9, tzinfo=ZoneInfo("Asia/Almaty"))
    windows.agree_window(one.pk, starts_at=day, ends_at=day + timedelta(hours=3), **facts)
    run_due()

    set_clock("2026-04-17 09:00")
    windows.reopen_window(one.pk, because="The engineer is ill", by=house["manager"])
    run_due()
    set_clock("2026-04-23 09:00")
    run_due()

    assert Notice.objects.get(text="maintenance_again").delivery.to_name == "Aigul"
    assert Ask.objects.open().get().what == "window"
    assert list(audit.everything()) == []


@pytest.mark.req("S0.40")
@pytest.mark.parametrize("decision", ["reschedule", "cancel", "close"])
def test_what_a_decision_does_to_maintenance(house, set_clock, decision):
    one = make_visit(set_clock)
    set_clock("2026-04-16 09:00")
    run_due()
    set_clock("2026-04-22 09:00")
    run_due()
    ask = Ask.objects.get()

    day = date(2026, 5, 20) if decision == "reschedule" else None
    deciding.decide(ask.pk, decision=decision, note="Nobody answers", next_on=day, by=house["manager"])
    run_due()

    one = Occurrence.objects.select_related("ticket").get(pk=one.pk)
    if decision == "reschedule":
        assert one.due_on == day
        set_clock("2026-05-06 09:00")
        run_due()
        assert Ask.objects.get(ended_at=None).occurrence == "2026-05-20"
    elif decision == "cancel":
        assert one.skipped_at
        assert one.ticket.withdrawn_because == "Nobody answers"
    else:
        assert one.ticket.is_open
        set_clock("2026-04-29 09:00")
        run_due()
        assert not Ask.objects.open().exists()
    assert list(audit.everything()) == []


@pytest.mark.req("S0.40", "S0.66")
def test_a_renewal_is_refused_for_a_reason_or_asked_for_again(house, set_clock):
    set_clock("2026-06-01 09:00")
    contract = sign_contract()
    make_contact(contract.customer, is_main=True)
    set_clock("2026-11-01 09:00")
    run_due()
    ask = Ask.objects.get()
    later = datetime(2026, 11, 20, 9, tzinfo=ZoneInfo("Asia/Almaty"))

    with pytest.raises(Refused):
        deciding.decide(ask.pk, decision="cancel", note="Too dear", by=house["manager"])
    deciding.decide(ask.pk, decision="reschedule", note="Budget", next_at=later, by=house["manager"])
    again = Ask.objects.get(ended_at=None)
    assert again.asked_at == later
    set_clock("2026-12-01 09:00")
    run_due()
    assert Ask.objects.open().get() == again  # the stage asks nothing of its own: one question is open

    deciding.decide(again.pk, decision="cancel", note="Too dear", why=make_why(), by=house["manager"])
    contract.refresh_from_db()
    assert contract.refused
    run_due()
    assert not Ask.objects.open().exists()
    assert list(audit.everything()) == []


@pytest.mark.req("S0.34", "S0.43")
def test_a_mail_that_answers_a_renewal_notice_ends_the_asking(house, set_clock):
    set_clock("2026-06-01 09:00")
    make_reason("failure")
    contract = sign_contract()
    contact = make_contact(contract.customer, name="Aigul", email="ok.aigul@school.example", is_main=True)
    set_clock("2026-11-01 09:00")
    run_due()
    set_clock("2026-11-01 09:05")
    sender.send_due()
    mail = Notice.objects.get(text="renewal_notice").delivery

    set_clock("2026-11-01 10:00")
    forged = plain("Stop it", sender="Mallory <m@evil.example>", in_reply_to=mail.message_id)
    receive(forged)
    assert Ask.objects.get().ended_at is None
    receive(plain("Send us the offer.", sender=f"Aigul <{contact.email}>", in_reply_to=mail.message_id))
    run_due()

    ask = Ask.objects.get()
    assert (ask.ended_as, ask.channel, ask.answered_by) == ("answered", "mail", "Aigul")
    assert ask.note == "Send us the offer."
    step = Promise.objects.get(source="reminders.answer")
    assert (step.owner, step.about) == (contract.owner, contract)
    assert list(audit.everything()) == []


@pytest.mark.req("S0.43")
def test_an_answer_by_phone_is_kept_once_with_the_next_step(waiting, house):
    ask = Ask.objects.get()
    facts = {"answer": "call", "by_name": "Aigul", "channel": "phone", "by": house["manager"]}

    asks.answer(ask.pk, **facts)
    asks.answer(ask.pk, **facts)  # the same again changes nothing

    assert Promise.objects.get(source="reminders.answer").text.startswith("Call Aigul")
    with pytest.raises(AskOver):
        asks.answer(ask.pk, answer="written", by_name="Marat", channel="phone")
    with pytest.raises(AskOver):
        deciding.decide(ask.pk, decision="close", note="Late", by=house["manager"])
    assert Entry.objects.filter(verb="ask.answered").count() == 1


def test_a_thing_is_asked_once_at_a_time(waiting, house):
    new = NewAsk(
        what="reply",
        about=waiting,
        occurrence="another",
        customer=waiting.customer,
        owner=house["head"],
    )

    again = asking.ask(new)

    assert Ask.objects.get() == again
    assert (again.owner, again.occurrence) == (house["head"], "another")


@pytest.mark.req("S0.39")
def test_what_somebody_who_leaves_has_asked_goes_to_others(waiting, house):
    from servicebook.accounts.actions import deactivate_user

    leaver = make_user(Role.ACCOUNT_MANAGER)
    asks.hand(Ask.objects.get().pk, to=leaver, by=None)

    deactivate_user(leaver.pk, by=house["manager"])

    assert Ask.objects.get().owner == Ticket.objects.get().owner
