from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from servicebook.accounts.models import Role, Team
from servicebook.core import clock, preferences, reference
from servicebook.core.errors import Changed
from servicebook.files.actions import attach
from servicebook.journal.models import Entry
from servicebook.messaging.models import Delivery
from servicebook.search.models import Indexed
from servicebook.testing import (
    close_ticket,
    make_asset,
    make_contact,
    make_contract,
    make_customer,
    make_reason,
    make_region,
    make_site,
    make_ticket,
    make_user,
)
from servicebook.tickets import actions
from servicebook.tickets.actions.placing import place
from servicebook.tickets.invariants import one_tree
from servicebook.tickets.models import Link, QueueRule, Spell, Ticket, TimeEntry

pytestmark = pytest.mark.django_db


def verbs(ticket):
    return list(Entry.objects.filter(subject_id=ticket.pk).order_by("pk").values_list("verb", flat=True))


def spells(ticket):
    return [(s.status, s.ended_at is None) for s in Spell.objects.filter(ticket=ticket).order_by("pk")]


# Opening


@pytest.mark.req("S0.44", "S0.46", "S0.47")
def test_a_call_becomes_a_ticket_with_one_owner_priority_unit_and_place(dispatcher, manager):
    region = make_region()
    customer = make_customer(criticality=4)
    site = make_site(customer, region=region)
    asset = make_asset(customer, site=site)
    contact = make_contact(customer, name="Gulnar S.")

    ticket = actions.open_ticket(
        customer=customer,
        contact=contact,
        asset=asset,
        reason=make_reason("failure", downtime_risk=3),
        title="Server won't power on",
        text="No light since the power cut.",
        channel="phone",
        downtime=4,
        on_site_contact="B. Akhmetov",
        preferred_window="till 19:00",
        by=dispatcher,
    )

    ticket.refresh_from_db()
    assert ticket.number.startswith("T-20")
    assert (ticket.owner, ticket.status, ticket.priority) == (manager, "queued", 1)
    assert ticket.priority_because == "Work stands still; the customer is vital."
    assert (ticket.site, ticket.region) == (site, region)
    message = ticket.messages.get()
    assert (message.author_name, message.author, message.direction) == ("Gulnar S.", dispatcher, "in")
    assert spells(ticket) == [("queued", True)]
    assert verbs(ticket) == ["ticket.opened", "ticket.covered"]
    assert Indexed.objects.get(subject_id=ticket.pk, title__startswith=ticket.number)
    received = Delivery.objects.get(template="ticket_received")
    assert (received.to_address, received.thread) == (contact.email, ticket.number)
    assert ticket.number in received.subject_line
    assert Delivery.objects.get(template="ticket_yours").to_address == manager.email


@pytest.mark.req("S0.44")
@pytest.mark.parametrize(
    ("count_with", "sqlite", "postgresql"), [("no unit", 10, 6), ("unit", 12, 8), ("contract", 15, 9)]
)
def test_opening_takes_few_statements(
    count_with, sqlite, postgresql, dispatcher, manager, django_capture_on_commit_callbacks
):
    """PostgreSQL gets the rows in one trip; in SQLite, where a trip costs nothing, each is counted."""
    customer = make_customer()
    contact = make_contact(customer)
    asset = None if count_with == "no unit" else make_asset(customer)
    if count_with == "contract":
        make_contract(
            customer,
            included=[{"code": "visits", "service": "visit", "limit": 12}],
            targets=[{"measure": "response", "minutes": 60}, {"measure": "recovery", "minutes": 480}],
        )
    reason = make_reason()
    request = {
        "customer": customer,
        "contact": contact,
        "asset": asset,
        "reason": reason,
        "title": "Server won't power on",
        "text": "No light.",
        "channel": "api",
        "by": dispatcher,
    }
    with django_capture_on_commit_callbacks(execute=True):
        actions.open_ticket(**request)  # reference data and terms are kept now

    with CaptureQueriesContext(
        connection,
    ) as asked:
        actions.open_ticket(**request)

    own = [q["sql"] for q in asked if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]
    most = sqlite if connection.vendor == "sqlite" else postgresql
    assert len(own) <= most, "\n".join(own)


@pytest.mark.req("S0.44")
def test_rules_of_the_queue_look_at_reason_region_and_customer_with_what_is_above(dispatcher):
    country = make_region()
    district = make_region(parent=country)
    head = make_customer()
    branch = make_customer(parent=head)
    failure, question = make_reason("failure"), make_reason("consultation")
    north, key, rest = make_user(Role.ENGINEER), make_user(), make_user(Role.MANAGER)
    QueueRule.objects.create(position=1, reason=failure, region=country, owner=north)
    QueueRule.objects.create(position=2, customer=head, owner=key)
    reference.drop()

    def owner(**what):
        what.setdefault("customer", make_customer())
        return actions.open_ticket(title="x", text="x", channel="mail", by=None, **what).owner

    assert owner(site=make_site(c := make_customer(), region=district), customer=c, reason=failure) == north
    assert owner(customer=branch, reason=question) == key
    assert owner(reason=question) == rest

    preferences.choose(service_owner_id=key.pk)
    assert owner(reason=question) == key


@pytest.mark.req("S0.44")
def test_nobody_to_own_it_is_refused_with_a_remedy(dispatcher):
    make_reason()
    with pytest.raises(Exception, match="Service manager") as refusal:
        actions.open_ticket(customer=make_customer(), title="x", text="", channel="phone", by=dispatcher)
    assert refusal.value.code == "nobody_there"
    assert not Ticket.objects.exists()


def test_a_unit_of_somebody_else_is_refused(dispatcher, manager):
    with pytest.raises(actions.NotValid) as refusal:
        make_ticket(customer=make_customer(), asset=make_asset())
    assert set(refusal.value.fields) == {"asset"}


def test_a_unit_of_a_branch_is_not_somebody_elses(manager):
    head = make_customer()
    branch = make_customer(parent=head)

    assert make_ticket(customer=head, asset=make_asset(branch)).asset.customer == branch
    assert make_ticket(customer=branch, contact=make_contact(head)).contact.customer == head


@pytest.mark.req("S0.65")
def test_the_same_reason_on_the_same_unit_within_the_window_is_a_repeat(manager, set_clock):
    asset = make_asset()
    reason = make_reason("configuration", downtime_risk=2)
    set_clock("2026-09-01 10:00")
    first = make_ticket(asset=asset, reason=reason)
    set_clock("2026-09-29 10:00")
    second = make_ticket(asset=asset, reason=reason)
    other_reason = make_ticket(asset=asset, reason=make_reason("consultation"))
    set_clock("2026-11-10 10:00")
    late = make_ticket(asset=asset, reason=reason)

    assert (first.repeat_of, second.repeat_of, other_reason.repeat_of, late.repeat_of) == (
        None,
        first,
        None,
        None,
    )
    assert "repeat" in second.priority_because
    assert "ticket.repeat_found" in verbs(second)


# Talking


def test_a_reply_is_mailed_in_the_thread_and_is_the_response(manager, set_clock):
    set_clock("2026-10-14 09:12")
    ticket = make_ticket(message_id="<first@customer.example>")
    at = set_clock("2026-10-14 09:30")

    message = actions.reply(ticket.pk, text="We are on our way.", by=manager)

    mail = message.delivery
    assert (mail.in_reply_to, mail.automatic) == ("<first@customer.example>", False)
    assert ticket.number in mail.subject_line
    assert message.message_id == mail.message_id
    ticket.refresh_from_db()
    assert ticket.responded_at == at


def test_a_reply_without_an_address_is_refused(manager):
    customer = make_customer()
    ticket = make_ticket(customer=customer, contact=make_contact(customer, email=""))

    with pytest.raises(actions.NotValid) as refusal:
        actions.reply(ticket.pk, text="Hello", by=manager)
    assert "to" in refusal.value.fields
    assert ticket.messages.count() == 1


def test_the_owner_hears_of_a_message_and_the_same_mail_twice_is_one(manager, engineer):
    ticket = make_ticket()
    actions.assign(ticket.pk, to=engineer, by=manager)
    said = {"text": "Please hurry", "channel": "mail", "message_id": "<a@b>", "contact": ticket.contact}

    first = actions.receive_message(ticket.pk, **said)
    again = actions.receive_message(ticket.pk, **said)

    assert first == again
    assert Delivery.objects.filter(template="ticket_message", to_address=engineer.email).count() == 1


def test_the_clients_answer_ends_the_waiting_for_it(manager):
    ticket = make_ticket()
    actions.wait(ticket.pk, waiting_for="client", by=manager)

    actions.receive_message(ticket.pk, text="I am away", channel="mail", automatic=True)
    ticket.refresh_from_db()
    assert ticket.status == "waiting"

    actions.receive_message(ticket.pk, text="Yes, do it", channel="mail")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.waiting_for) == ("working", "")
    assert spells(ticket) == [("queued", False), ("waiting", False), ("working", True)]


@pytest.mark.parametrize(
    ("text", "after", "lands_on", "status"),
    [
        ("Thanks, it works now!", timedelta(days=1), "same", "closed"),
        ("It broke again", timedelta(days=1), "same", "queued"),
        ("It broke again", timedelta(days=40), "new", "closed"),
    ],
)
def test_what_a_reply_does_to_a_closed_ticket(text, after, lands_on, status, manager):
    ticket = make_ticket()
    close_ticket(ticket, by=manager)
    clock.set_to(clock.now() + after)

    message = actions.receive_message(ticket.pk, text=text, channel="mail", contact=ticket.contact)

    ticket.refresh_from_db()
    assert ticket.status == status
    assert (message.ticket == ticket) == (lands_on == "same")
    if lands_on == "new":
        assert (message.ticket.customer, message.ticket.reason) == (ticket.customer, ticket.reason)
        assert Link.objects.get().kind == "follow_up"


# Moving


@pytest.mark.req("S0.48")
def test_a_ticket_goes_its_way_and_stands_in_one_status_at_a_time(manager, set_clock):
    set_clock("2026-10-14 09:00")
    ticket = make_ticket()
    actions.start(ticket.pk, by=manager)
    actions.ask_approval(ticket.pk, by=manager)
    actions.resume(ticket.pk, by=manager)
    actions.wait(ticket.pk, waiting_for="access", by=manager)
    actions.wait(ticket.pk, waiting_for="payment", by=manager)
    actions.resume(ticket.pk, by=manager)
    actions.put_back(ticket.pk, by=manager)

    assert [status for status, _open in spells(ticket)] == [
        "queued", "working", "approval", "working", "waiting", "waiting", "working", "queued",
    ]  # fmt: skip
    assert [is_open for _status, is_open in spells(ticket)].count(True) == 1
    assert verbs(ticket)[2:] == [
        "ticket.started", "ticket.approval_asked", "ticket.approved", "ticket.waits", "ticket.waits",
        "ticket.resumed", "ticket.put_back",
    ]  # fmt: skip


@pytest.mark.req("S0.48")
def test_what_is_not_lawful_says_what_would_work(manager):
    ticket = make_ticket()
    close_ticket(ticket, by=manager)

    for move in (
        lambda: actions.start(ticket.pk, by=manager),
        lambda: actions.wait(ticket.pk, waiting_for="client", by=manager),
        lambda: actions.assign(ticket.pk, to=make_user(), by=manager),
    ):
        with pytest.raises(actions.MoveRefused, match="Reopen it first"):
            move()


@pytest.mark.req("S0.49", "S0.50")
def test_waiting_needs_a_reason_and_a_part_its_day(manager, set_clock):
    set_clock("2026-10-14 09:00")
    ticket = make_ticket()

    with pytest.raises(actions.NotValid) as refusal:
        actions.wait(ticket.pk, waiting_for="", by=manager)
    assert set(refusal.value.fields) == {"waiting_for"}
    for day in (None, date(2026, 10, 13)):
        with pytest.raises(actions.NotValid) as refusal:
            actions.wait(ticket.pk, waiting_for="part", expected_on=day, by=manager)
        assert set(refusal.value.fields) == {"expected_on"}

    waiting = actions.wait(ticket.pk, waiting_for="part", expected_on=date(2026, 10, 20), by=manager)
    assert (waiting.status, waiting.expected_on, waiting.resume_at) == ("waiting", date(2026, 10, 20), None)


@pytest.mark.req("S0.48", "S0.50", "S0.51")
@pytest.mark.parametrize(
    "bad",
    [
        {"status": "waiting"},
        {"status": "waiting", "waiting_for": "part"},
        {"waiting_for": "client"},
        {"status": "closed"},
        {"status": "closed", "closed_at": "2026-10-14T10:00Z"},
        {"priority": 0},
    ],
)
def test_the_database_itself_refuses_what_must_not_be(bad, manager):
    ticket = make_ticket()

    with pytest.raises(IntegrityError), transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(**bad)


@pytest.mark.req("S0.44", "S2.2")
def test_a_ticket_is_given_to_a_person_or_a_department(manager, engineer):
    ticket = make_ticket()
    lead = make_user(Role.ENGINEER)
    north, headless = Team.objects.create(name="North", lead=lead), Team.objects.create(name="South")

    actions.assign(ticket.pk, to=engineer, by=manager)
    actions.assign(ticket.pk, to=engineer, by=manager)  # changes nothing
    assert Delivery.objects.filter(template="ticket_yours", to_address=engineer.email).count() == 1
    assert verbs(ticket).count("ticket.assigned") == 1

    given = actions.assign(ticket.pk, to=north, by=manager)
    assert (given.owner, given.team) == (lead, north)

    with pytest.raises(actions.NotValid, match="no lead"):
        actions.assign(ticket.pk, to=headless, by=manager)
    with pytest.raises(actions.NotValid, match="has left"):
        actions.assign(ticket.pk, to=make_user(is_active=False), by=manager)


@pytest.mark.trust("2.4")
def test_two_dispatchers_do_not_send_two_people_without_knowing(manager, engineer):
    ticket, other = make_ticket(), make_user(Role.ENGINEER)
    actions.assign(ticket.pk, to=engineer, by=manager, instead_of=ticket.owner_id)

    with pytest.raises(Changed, match=f"was given to {engineer.name}"):
        actions.assign(ticket.pk, to=other, by=manager, instead_of=ticket.owner_id)

    ticket.refresh_from_db()
    assert ticket.owner == engineer
    assert actions.assign(ticket.pk, to=other, by=manager).owner == other  # who did not look is not asked


def test_whoever_takes_a_ticket_gets_no_mail(manager, engineer):
    ticket = make_ticket()

    actions.assign(ticket.pk, to=engineer, by=engineer)

    assert not Delivery.objects.filter(to_address=engineer.email).exists()


# Closing


def test_placing_tells_the_new_owner_and_sees_a_repeat(manager, dispatcher, set_clock):
    customer, expert = make_customer(), make_user(Role.ENGINEER)
    asset, reason = make_asset(customer), make_reason()
    earlier = make_ticket(customer=customer, asset=asset, reason=reason)
    ticket = make_ticket(reason=reason)
    QueueRule.objects.create(customer=customer, owner=expert)
    reference.changed()

    placed = place(ticket.pk, customer=customer, by=dispatcher, contact=None, asset=asset)

    assert (placed.owner, placed.repeat_of) == (expert, earlier)
    assert Delivery.objects.filter(to_address=expert.email, template="ticket_yours").count() == 1


@pytest.mark.req("S0.51")
def test_closing_is_refused_until_everything_is_answered(manager):
    ticket = make_ticket()

    with pytest.raises(actions.NotReadyToClose) as refusal:
        close_ticket(ticket, by=manager, done="", proof=" ", replaced_parts="", agreement="")
    assert set(refusal.value.fields) == {"done", "proof", "replaced_parts", "agreement"}

    with pytest.raises(actions.NotReadyToClose) as refusal:
        close_ticket(ticket, by=manager, agreement="signature")
    assert set(refusal.value.fields) == {"proof", "agreed_by"}  # no signed act, and nobody who may sign

    closed = close_ticket(ticket, by=manager, replaced_parts="none", recommendations="none")
    assert (closed.status, closed.agreement) == ("closed", "phone")
    assert closed.agreed_at == closed.closed_at
    assert Entry.objects.get(verb="ticket.closed").facts["answers"]["recommendations"] == "none"


def test_the_books_balance_with_a_contact_of_the_head_office_three_levels_up(manager):
    top = lowest = make_customer()
    for _level in range(3):
        lowest = make_customer(parent=lowest)
    ticket = make_ticket(customer=lowest, contact=make_contact(top))
    assert list(one_tree()) == []

    Ticket.objects.filter(pk=ticket.pk).update(contact=make_contact(make_customer()))
    assert list(one_tree()) == [f"{ticket.number}: its contact belongs to another customer"]


@pytest.mark.req("S0.2")
def test_only_a_signer_of_the_customer_or_above_it_signs(manager):
    group = make_customer()
    branch = make_customer(parent=make_customer(parent=group))
    ticket = make_ticket(customer=branch)
    make_contact(branch, name="A. Teacher")
    make_contact(branch, name="B. Gone", may_sign=True, active=False)
    make_contact(make_customer(), name="C. Stranger", may_sign=True)
    scan = b"%PDF-1.4\n1 0 obj\nendobj\ntrailer\n%%EOF\n"
    attach(ticket, name="act.pdf", data=scan, content_type="application/pdf", kind="act", by=manager)

    def sign(name):
        return close_ticket(ticket, by=manager, agreement="signature", agreed_by=name)

    with pytest.raises(actions.NotReadyToClose, match="Nobody of this customer may sign"):
        sign("A. Teacher")
    make_contact(group, name="D. Director", may_sign=True)
    for name in ("A. Teacher", "B. Gone", "C. Stranger"):
        with pytest.raises(actions.NotReadyToClose, match=r"Who may: D\. Director") as refusal:
            sign(name)
        assert set(refusal.value.fields) == {"agreed_by"}
    assert sign(" d.  director").agreement == "signature"


@pytest.mark.trust("2.4")
def test_nobody_closes_over_a_message_that_was_not_read(manager):
    ticket = make_ticket()
    actions.receive_message(ticket.pk, text="And the printer too", channel="mail")

    with pytest.raises(Changed, match="Look at what is new"):
        close_ticket(ticket, by=manager, seen=ticket.version)
    ticket.refresh_from_db()
    assert ticket.is_open
    assert close_ticket(ticket, by=manager, seen=ticket.version).status == "closed"


def test_reopening_needs_a_reason_and_counts(manager):
    ticket = make_ticket()
    with pytest.raises(actions.MoveRefused, match="is open"):
        actions.reopen(ticket.pk, by=manager, because="x")
    close_ticket(ticket, by=manager)

    with pytest.raises(actions.NotValid):
        actions.reopen(ticket.pk, by=manager, because=" ")
    again = actions.reopen(ticket.pk, by=manager, because="the customer called")

    assert (again.status, again.reopened, again.closed_at) == ("queued", 1, None)


# Relating


def test_a_merged_ticket_gives_everything_away_and_passes_on_what_comes(manager):
    kept = make_ticket()
    old = make_ticket(customer=kept.customer, contact=kept.contact)
    actions.log_time(old.pk, minutes=30, by=manager)

    actions.merge(old.pk, into=kept, by=manager)
    late = actions.receive_message(old.pk, text="More", channel="mail")
    noted = actions.add_note(old.pk, text="From a page that was open", by=manager)
    answered = actions.reply(old.pk, text="We come", by=manager)

    old.refresh_from_db()
    assert (old.status, old.merged_into) == ("closed", kept)
    assert {late.ticket, noted.ticket, answered.ticket} == {kept}
    assert kept.messages.count() == 5
    assert TimeEntry.objects.get().ticket == kept
    with pytest.raises(actions.MoveRefused, match="Work goes on there"):
        actions.reopen(old.pk, by=manager, because="x")


def test_tickets_of_two_customers_are_not_merged(manager):
    ticket, other = make_ticket(), make_ticket()

    with pytest.raises(actions.NotValid, match="another customer"):
        actions.merge(ticket.pk, into=other, by=manager)
    with pytest.raises(actions.NotValid, match="into itself"):
        actions.merge(ticket.pk, into=ticket, by=manager)


def test_splitting_moves_messages_to_a_linked_ticket(manager):
    ticket = make_ticket()
    second = actions.receive_message(ticket.pk, text="The printer too", channel="mail")

    with pytest.raises(actions.NotValid):
        actions.split(
            ticket.pk, title="Printer", message_ids=[m.pk for m in ticket.messages.all()], by=manager
        )
    fresh = actions.split(ticket.pk, title="Printer", message_ids=[second.pk], by=manager)

    assert (fresh.customer, fresh.title) == (ticket.customer, "Printer")
    assert [m.text for m in fresh.messages.all()] == ["The printer too"]
    assert ticket.messages.count() == 1
    assert spells(fresh) == [("queued", True)]
    assert Link.objects.get(source=fresh, target=ticket).kind == "split"


@pytest.mark.req("S4.19")
def test_a_hand_off_keeps_the_link_and_shows_how_it_stands_there(manager):
    ticket = make_ticket()

    for bad in ("javascript:alert(1)", "tracker", "ftp://x/1"):
        with pytest.raises(actions.NotValid):
            actions.hand_off(ticket.pk, url=bad, by=manager)
    actions.hand_off(ticket.pk, url="https://tracker.example/12", by=manager, state="open")
    moved = actions.hand_off(ticket.pk, url="https://tracker.example/12", by=manager, state="fix deployed")

    assert (moved.tracker_url, moved.tracker_state) == ("https://tracker.example/12", "fix deployed")
    assert verbs(ticket)[-2:] == ["ticket.handed_off", "ticket.tracker_moved"]


# Working


def test_time_is_logged_within_a_day(manager, set_clock):
    set_clock("2026-10-14 09:00")
    ticket = make_ticket()
    with pytest.raises(actions.NotValid):
        actions.log_time(ticket.pk, minutes=0, by=manager)
    with pytest.raises(actions.NotValid):
        actions.log_time(ticket.pk, minutes=10, worked_on=date(2026, 10, 15), by=manager)

    entry = actions.log_time(ticket.pk, minutes=45, by=manager, note="On the phone")

    assert (entry.minutes, entry.user, entry.worked_on) == (45, manager, date(2026, 10, 14))


@pytest.mark.req("S0.46")
def test_a_change_that_weighs_computes_the_priority_again(manager):
    ticket = make_ticket(reason=make_reason("consultation", downtime_risk=1))
    before = ticket.priority

    changed = actions.change(ticket.pk, reason=make_reason("failure", downtime_risk=4), by=manager)

    assert changed.priority < before
    assert "stands still" in changed.priority_because
    assert Entry.objects.get(verb="ticket.changed").facts["fields"]
    by_hand = actions.set_priority(ticket.pk, level=1, because="The mayor comes", by=manager)
    assert (by_hand.priority, by_hand.priority_because[:15]) == (1, "The mayor comes")


@pytest.mark.trust("B3")
def test_only_listed_fields_are_changed(manager):
    ticket = make_ticket()
    for name in ("number", "owner", "status", "customer", "priority", "merged_into", "closed_at"):
        with pytest.raises(TypeError):
            actions.change(ticket.pk, by=manager, **{name: None})


def test_one_refusal_of_many_stops_nobody_else(manager, engineer):
    open_one, closed_one = make_ticket(), make_ticket()
    close_ticket(closed_one, by=manager)

    outcome = actions.each([open_one, closed_one], actions.assign, to=engineer, by=manager)

    assert outcome.done == [open_one.number]
    assert "Reopen it first" in outcome.refused[closed_one.number]
    open_one.refresh_from_db()
    assert open_one.owner == engineer


def test_what_a_call_says_is_the_customers_word_even_without_a_known_contact(dispatcher, manager):
    customer = make_customer(name="Dairy North")

    call = make_ticket(customer=customer, contact=None, channel="phone", by=dispatcher)
    own = make_ticket(customer=customer, contact=None, channel="internal", by=dispatcher)

    assert [t.messages.get().author_name for t in (call, own)] == ["Dairy North", dispatcher.name]


@pytest.mark.parametrize(
    ("note", "says"),
    [("", "Waits for: Part, 2 Jan 2099"), ("PSU-750", "Waits for: Part, 2 Jan 2099: PSU-750")],
)
def test_the_history_says_what_it_waits_for(note, says, manager):
    ticket = make_ticket()

    actions.wait(ticket.pk, waiting_for="part", expected_on=date(2099, 1, 2), note=note, by=manager)

    assert Entry.objects.get(verb="ticket.waits").sentence == says


def test_every_verb_of_tickets_is_said():
    import re
    from pathlib import Path

    from servicebook.journal.history import SENTENCES
    from servicebook.tickets import actions as package

    sources = [*Path(package.__file__).parent.glob("*.py"), Path(package.__file__).parents[1] / "duties.py"]
    used = {verb for file in sources for verb in re.findall(r'"(ticket\.[a-z_]+)"', file.read_text())}

    assert len(used) > 25
    assert used <= SENTENCES.keys()


@pytest.mark.parametrize(
    ("verb", "facts", "said"),
    [
        ("contract_used", {"service": "visit", "covered": "1", "billed": "0"}, "On-site visits: 1 covered"),
        ("contract_used", {"service": "visit", "covered": "0", "billed": "2"}, "On-site visits: 2 billed"),
        (
            "contract_used",
            {"service": "parts", "covered": "1500.50", "billed": "55000", "note": "Relay K2"},
            "Spare parts: 1,500.5 covered, 55,000 billed · Relay K2",
        ),
        (
            "time_logged",
            {"who": "Timur", "minutes": 185, "worked_on": "3 Nov"},
            "Timur worked 3 h 5 min on 3 Nov.",
        ),
        (
            "deadline_near",
            {"measure": "recovery", "minutes": 360, "due": "17:12"},
            "Recovery: 6 h left, until 17:12.",
        ),
    ],
)
def test_amounts_are_said_as_people_write_them(verb, facts, said):
    from servicebook.journal.history import say

    assert say(f"ticket.{verb}", facts) == said
