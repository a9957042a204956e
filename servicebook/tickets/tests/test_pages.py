from datetime import timedelta

import pytest
from django.urls import reverse

from servicebook import journal
from servicebook.accounts.models import Role
from servicebook.core import clock, reference
from servicebook.customers.actions import make_promise
from servicebook.journal.models import Entry
from servicebook.messaging.models import Delivery
from servicebook.testing import (
    close_ticket,
    make_asset,
    make_contact,
    make_customer,
    make_reason,
    make_region,
    make_site,
    make_ticket,
    make_user,
)
from servicebook.tickets import actions, queries
from servicebook.tickets.models import SavedView, Ticket, WorkType

pytestmark = pytest.mark.django_db
QUEUE = "/tickets/"


@pytest.fixture
def desk(client, dispatcher, manager):
    client.force_login(dispatcher)
    return client


def shown(response):
    return [row.number for row in response.context["listing"].page.rows]


def act(client, ticket, do, **values):
    return client.post(reverse("tickets:act", args=[ticket.number, do]), values)


# The queue


@pytest.mark.req("S2.10", "S0.48", "S0.49")
def test_the_queue_filters_by_everything_that_it_shows(desk, dispatcher, manager, engineer):
    country = make_region()
    customer = make_customer(name="School 12")
    school = make_site(customer, region=make_region(parent=country))
    plain = make_ticket()
    placed = make_ticket(customer=customer, site=school)
    complaint = make_ticket(kind="complaint", reason=make_reason("consultation", downtime_risk=1))
    mine = make_ticket(title="Frozen compressor")
    actions.assign(mine.pk, to=dispatcher, by=manager)
    waiting = make_ticket()
    actions.wait(waiting.pk, waiting_for="client", by=manager)
    done = make_ticket()
    close_ticket(done, by=manager)

    def asked(**query):
        return set(shown(desk.get(QUEUE, query)))

    assert asked() == {t.number for t in (plain, placed, complaint, mine, waiting)}
    assert asked(status="closed") == {done.number}
    assert asked(status="all", owner=manager.pk) == {
        t.number for t in (plain, placed, complaint, waiting, done)
    }
    assert asked(owner="me") == {mine.number}
    assert asked(kind="complaint") == {complaint.number}
    assert asked(waiting_for="client") == {waiting.number}
    assert asked(region=country.pk) == {placed.number}
    assert asked(customer=customer.pk) == {placed.number}
    assert asked(q="compressor frozen") == {mine.number}
    assert asked(q="school 12") == {placed.number}
    assert asked(priority=4) == set()
    assert asked(closed_within=7) == {done.number}
    assert asked(priority="nonsense") == asked()


@pytest.mark.parametrize("count", [3, 19])
def test_the_queue_takes_the_same_statements_whatever_its_length(count, desk, django_assert_num_queries):
    customer = make_customer()
    for _number in range(count):
        make_ticket(customer=customer, contact=None)
    somebody = make_user()

    with django_assert_num_queries(1):
        rows = list(queries.listed(somebody)[:20])
        assert len({(r.customer.name, r.owner.name, r.reason.name) for r in rows}) == 1


@pytest.mark.parametrize("count", [21, 30])
def test_the_part_that_htmx_swaps_takes_four_statements(count, desk, django_assert_num_queries):
    customer = make_customer()
    for _number in range(count):
        make_ticket(customer=customer, contact=None)
    headers = {"HX-Request": "true", "HX-Target": "listing"}
    desk.get(QUEUE, headers=headers)

    with django_assert_num_queries(4):  # session, person, rows, count
        assert len(shown(desk.get(QUEUE, headers=headers))) == 20


def test_one_move_for_many_says_which_refused(desk, manager, engineer):
    first, second = make_ticket(), make_ticket()
    close_ticket(second, by=manager)

    answer = desk.post(
        "/tickets/many/", {"do": "assign", "to": engineer.pk, "pick": [first.pk, second.pk]}, follow=True
    )

    first.refresh_from_db()
    assert first.owner == engineer
    said = answer.content.decode()
    assert "1 ticket: done." in said
    assert f"Ticket {second.number} is closed" in said


@pytest.mark.parametrize(
    ("do", "more", "says"),
    [
        ("wait", {"waiting_for": "part"}, "Give the day"),
        ("wait", {}, "Choose what the tickets wait for"),
        ("assign", {}, "Choose who gets"),
        ("merge", {"into": "T-1"}, "No ticket has this number"),
        ("explode", {}, "Choose what to do"),
    ],
)
def test_a_bulk_move_that_lacks_something_says_what(do, more, says, desk):
    ticket = make_ticket()

    answer = desk.post("/tickets/many/", {"do": do, "pick": [ticket.pk], **more}, follow=True)

    assert says in answer.content.decode()


def test_a_view_is_kept_for_oneself_or_for_everybody(desk, dispatcher, client, engineer):
    desk.post("/tickets/views/", {"name": "North", "query": "status=waiting&before=x", "shared": "on"})
    desk.post("/tickets/views/", {"name": "Mine", "query": "owner=me"})

    assert SavedView.objects.get(name="North").query == "status=waiting"
    assert {view.name for view in queries.saved_views(engineer)} == {"North"}
    page = desk.get(QUEUE, {"status": "waiting"}).content.decode()
    assert "North" in page

    client.force_login(engineer)
    view = SavedView.objects.get(name="North")
    assert client.post(f"/tickets/views/{view.pk}/remove/").status_code == 403
    assert client.post(f"/tickets/views/{SavedView.objects.get(name='Mine').pk}/remove/").status_code == 404


@pytest.mark.req("S0.49")
def test_the_report_shows_hours_lost_per_reason(desk, manager, set_clock):
    set_clock("2026-10-14 09:00")
    first, second = make_ticket(), make_ticket()
    actions.wait(first.pk, waiting_for="client", by=manager)
    set_clock("2026-10-14 15:30")
    actions.resume(first.pk, by=manager)
    actions.wait(second.pk, waiting_for="access", by=manager)
    now = set_clock("2026-10-14 17:30")

    lost = queries.hours_lost(manager, since=now - timedelta(days=7), until=now)
    assert [(one.reason, one.lost / timedelta(hours=1), one.standing) for one in lost] == [
        ("client", 6.5, 0),
        ("access", 2.0, 1),
    ]
    half = queries.hours_lost(manager, since=now - timedelta(hours=3), until=now)
    assert {one.reason: one.lost / timedelta(hours=1) for one in half} == {"client": 1.0, "access": 2.0}
    assert "6.5" in desk.get("/tickets/waiting/").content.decode()


# One ticket


@pytest.mark.req("S4.3", "S0.47", "S0.53", "S0.46")
def test_the_page_shows_where_it_stands_who_owns_it_and_how_to_get_in(desk, manager):
    customer = make_customer(name="School 12")
    guard = make_contact(customer, name="B. Akhmetov", phone="+77015550112")
    site = make_site(customer, access_rules="pass at the gate", responsible=guard, city="Karaganda")
    asset = make_asset(customer, site=site, serial="7CX-20418")
    make_ticket(asset=asset)
    ticket = make_ticket(asset=asset, title="Server won't power on")
    make_promise(
        text="Call back",
        owner=manager,
        due_at=clock.now() + timedelta(hours=1),
        customer=customer,
        about=ticket,
        by=manager,
    )
    actions.start(ticket.pk, by=manager)

    page = desk.get(ticket.get_absolute_url()).content.decode()

    for words in (
        ticket.number, "Server won&#x27;t power on", "7CX-20418", "pass at the gate", "B. Akhmetov",
        "2 tickets", "repeat", "Call back", f"Dispatched ({ticket.owner.name})", "Signature (pending)",
        ticket.priority_because.replace("'", "&#x27;"),
    ):  # fmt: skip
        assert words in page, words


@pytest.mark.parametrize("count", [1, 12])
def test_the_page_takes_the_same_statements_whatever_was_said(
    count, desk, manager, django_assert_max_num_queries
):
    ticket = make_ticket()
    for number in range(count):
        actions.receive_message(ticket.pk, text=f"Message {number}", channel="mail", contact=ticket.contact)
        actions.log_time(ticket.pk, minutes=5, by=manager)
        other = make_ticket(customer=ticket.customer)
        actions.link(ticket.pk, to=other, by=manager)
    desk.get(ticket.get_absolute_url())

    with django_assert_max_num_queries(22):
        desk.get(ticket.get_absolute_url())


def test_the_history_is_one_stream_that_can_be_narrowed(desk, manager):
    ticket = make_ticket(text="It is dark.")
    actions.start(ticket.pk, by=manager)
    actions.add_note(ticket.pk, text="Take the ladder", by=manager)

    every = desk.get(ticket.get_absolute_url()).content.decode()
    said = desk.get(ticket.get_absolute_url(), {"show": "messages"}).content.decode()
    done = desk.get(ticket.get_absolute_url(), {"show": "work"}).content.decode()

    assert every.index("It is dark.") < every.index("Work began.") < every.index("Take the ladder")
    assert "Work began." not in said
    assert "Take the ladder" not in done


def test_a_mail_stands_below_what_caused_it_and_not_as_something_of_its_own(desk):
    ticket = make_ticket()
    by_itself = {"to": "Gulnar", "what": "Received"}
    journal.record("delivery.sent", ticket, **by_itself)
    journal.record("delivery.sent", ticket, at=clock.now() + timedelta(days=2), **by_itself)

    entries, _more = queries.history(ticket)

    verbs = [one.verb for one in entries if hasattr(one, "verb")]
    assert verbs == ["ticket.opened", "ticket.covered", "delivery.sent"]
    assert "Mail sent to" in desk.get(ticket.get_absolute_url()).content.decode()


def test_a_receiver_is_named_once_however_much_one_mail_tells_of(desk):
    ticket = make_ticket()
    for to, what in (("Gulnar", "Yours"), ("Daniyar", "Step"), ("Daniyar", "Nobody reacts")):
        journal.record("delivery.sent", ticket, to=to, what=what)

    entries, _more = queries.history(ticket)

    (mails,) = (one.mails for one in entries if hasattr(one, "mails"))
    assert mails == [
        {"to": "Gulnar", "what": "Yours"},
        {"to": "Daniyar", "what": "Step\nNobody reacts"},
    ]
    page = desk.get(ticket.get_absolute_url()).content.decode()
    assert "2 mails sent to" in page
    assert page.count(">Daniyar</span>") == 1


def test_a_reply_that_cannot_be_sent_keeps_what_was_typed(desk):
    customer = make_customer()
    ticket = make_ticket(customer=customer, contact=make_contact(customer, email=""))

    answer = desk.post(f"/tickets/{ticket.number}/say/", {"text": "On our way", "do": "reply"})

    assert answer.status_code == 422
    assert "On our way</textarea>" in answer.content.decode()
    assert "no e-mail address" in answer.content.decode()
    desk.post(f"/tickets/{ticket.number}/say/", {"text": "On our way", "do": "note"})
    assert ticket.messages.filter(direction="note").exists()


def test_a_mail_that_did_not_get_through_stands_on_the_ticket(desk):
    ticket = make_ticket()
    Delivery.objects.filter(template="ticket_received").update(
        state="dead", settled_at=clock.now(), last_error="550 no such user"
    )

    assert "550 no such user" in desk.get(ticket.get_absolute_url()).content.decode()


# The acts


@pytest.mark.req("S0.51")
def test_closing_says_at_each_field_what_is_missing_and_keeps_the_rest(desk):
    ticket = make_ticket()

    answer = act(desk, ticket, "close", done="Power supply replaced", result="")

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Power supply replaced</textarea>" in page
    assert "Say what came of it" in page
    ticket.refresh_from_db()
    assert ticket.is_open


@pytest.mark.req("S0.51")
def test_a_signature_closes_with_the_act_that_came_with_the_form(desk):
    from django.core.files.uploadedfile import SimpleUploadedFile

    ticket = make_ticket()
    make_contact(ticket.customer, name="B. Akhmetov", may_sign=True)
    assert "Who may sign: B. Akhmetov." in desk.get(f"/tickets/{ticket.number}/close/").content.decode()
    answers = {
        "done": "Replaced", "result": "Works", "proof": "Act 7", "replaced_parts": "none",
        "recommendations": "none", "agreement": "signature", "agreed_by": "B. Akhmetov",
        "seen": ticket.version,
    }  # fmt: skip
    refused = act(desk, ticket, "close", **answers)
    assert "Attach the signed act" in refused.content.decode()

    scan = SimpleUploadedFile("act.pdf", b"%PDF-1.4\n1 0 obj\nendobj\ntrailer\n%%EOF\n", "application/pdf")
    ticket.refresh_from_db()
    answer = desk.post(f"/tickets/{ticket.number}/close/", {**answers, "seen": ticket.version, "files": scan})

    ticket.refresh_from_db()
    assert (answer.status_code, ticket.status) == (302, "closed"), answer.content.decode()[-3000:]


@pytest.mark.req("S0.49", "S0.50")
def test_waiting_for_a_part_without_its_day_is_said_at_the_field(desk):
    ticket = make_ticket()

    answer = act(desk, ticket, "wait", waiting_for="part", note="PSU-750")
    assert answer.status_code == 422
    assert "Give the day on which it is expected" in answer.content.decode()
    assert 'value="PSU-750"' in answer.content.decode()


def test_every_act_has_its_form_and_does_what_it_says(desk, dispatcher, engineer, manager):
    ticket, other = make_ticket(), make_ticket()
    second = actions.receive_message(ticket.pk, text="And the printer", channel="mail")
    twin = make_ticket(customer=ticket.customer)
    steps = [
        ("assign", {"to": engineer.pk}),
        ("take", {}),
        ("start", {}),
        ("approval", {"note": "Offer 12"}),
        ("resume", {}),
        ("wait", {"waiting_for": "client"}),
        ("resume", {}),
        ("back", {}),
        ("priority", {"level": 1, "because": "The mayor comes"}),
        ("time", {"minutes": 20, "worked_on": "2026-01-05"}),
        ("promise", {"text": "Call", "due_at": "2035-01-05T10:00", "owner": dispatcher.pk}),
        ("change", {"title": "New title", "reason": ticket.reason_id, "kind": "complaint", "downtime": 2}),
        ("hand-off", {"url": "https://tracker.example/1", "state": "open"}),
        ("link", {"other": other.number}),
        ("split", {"title": "Printer", "messages": [second.pk]}),
        ("merge", {"other": twin.number}),
    ]  # fmt: skip
    for do, values in steps:
        address = reverse("tickets:act", args=[ticket.number, do])
        assert desk.get(address).status_code == 200, do
        answer = desk.post(address, values)
        assert answer.status_code == 302, f"{do}: {answer.content.decode()[-2500:]}"

    ticket.refresh_from_db()
    assert (ticket.merged_into, ticket.kind, ticket.title) == (twin, "complaint", "New title")
    assert Entry.objects.filter(verb="ticket.split").exists()
    assert desk.get(ticket.get_absolute_url()).status_code == 200
    assert desk.get(reverse("tickets:act", args=[ticket.number, "explode"])).status_code == 404


def test_a_number_may_be_given_by_its_end(desk):
    ticket, other = make_ticket(), make_ticket()

    assert act(desk, ticket, "link", other=str(int(other.number[-6:]))).status_code == 302
    assert "No ticket has this number" in act(desk, ticket, "link", other="999999").content.decode()


# A new one


@pytest.mark.req("S0.44")
def test_a_new_ticket_starts_from_anything_that_is_known_of_the_caller(desk, dispatcher):
    customer = make_customer(name="Dairy North")
    asset = make_asset(customer, serial="UPS-7781")
    reason = make_reason()
    from servicebook import search

    search.index(asset)
    found = desk.get("/tickets/new/", {"q": "7781"})
    assert f"?asset={asset.pk}" in found.content.decode()

    form = desk.get("/tickets/new/", {"asset": asset.pk})
    assert form.context["form"].initial["asset"] == asset
    answer = desk.post(
        f"/tickets/new/?asset={asset.pk}",
        {
            "title": "",
            "text": "Beeps",
            "reason": reason.pk,
            "kind": "request",
            "channel": "phone",
            "asset": asset.pk,
        },
    )
    assert answer.status_code == 422
    assert "Beeps</textarea>" in answer.content.decode()
    answer = desk.post(
        f"/tickets/new/?asset={asset.pk}",
        {"title": "UPS beeps", "reason": reason.pk, "kind": "request", "channel": "phone", "asset": asset.pk},
    )
    ticket = Ticket.objects.get()
    assert answer.url == ticket.get_absolute_url()
    assert (ticket.asset, ticket.site, ticket.opened_by) == (asset, asset.site, dispatcher)


# Who sees what


@pytest.mark.trust("B1", "B2")
def test_a_strangers_ticket_is_not_there(client, manager):
    engineer, stranger = make_user(Role.ENGINEER), make_user(Role.ENGINEER)
    ticket = make_ticket(title="MARKER")
    actions.assign(ticket.pk, to=engineer, by=manager)
    own = make_ticket()
    actions.assign(own.pk, to=stranger, by=manager)
    actions.link(own.pk, to=ticket, by=manager)
    client.force_login(stranger)

    assert client.get(ticket.get_absolute_url()).status_code == 404
    for do in ("start", "close", "merge"):
        assert act(client, ticket, do).status_code == 404
    assert client.post(f"/tickets/{ticket.number}/say/", {"text": "x"}).status_code == 404
    client.post("/tickets/many/", {"do": "start", "pick": [ticket.pk]})
    ticket.refresh_from_db()
    assert ticket.status == "queued"
    for page in (QUEUE, own.get_absolute_url()):
        assert "MARKER" not in client.get(page).content.decode()
    assert "No ticket has this number" in act(client, own, "link", other=ticket.number).content.decode()


@pytest.mark.trust("B28")
def test_a_move_is_never_made_by_looking(desk):
    ticket = make_ticket()

    desk.get(reverse("tickets:act", args=[ticket.number, "start"]))
    assert desk.get("/tickets/many/").status_code == 405
    assert desk.get(f"/tickets/{ticket.number}/say/").status_code == 405
    ticket.refresh_from_db()
    assert ticket.status == "queued"


# What people may not do, and what no database keeps


@pytest.mark.trust("B2")
def test_an_engineer_does_not_assign_merge_or_prioritise_on_the_page_as_little_as_in_the_api(
    client, engineer, manager
):
    ticket, other = make_ticket(), make_ticket()
    for one in (ticket, other):
        actions.assign(one.pk, to=engineer, by=manager)
    client.force_login(engineer)

    for do, values in (
        ("assign", {"to": manager.pk}),
        ("merge", {"other": other.number}),
        ("priority", {"level": 1, "because": "I say so"}),
    ):
        assert act(client, ticket, do, **values).status_code == 403
        for_many = {"pick": ticket.pk, "do": do, "to": manager.pk, "into": other.number}
        client.post(reverse("tickets:bulk"), for_many)

    ticket.refresh_from_db()
    assert (ticket.owner, ticket.status) == (engineer, "queued")
    page = client.get(ticket.get_absolute_url())
    assert {"assign", "merge", "priority"}.isdisjoint(page.context["acts"])
    assert "close" in page.context["acts"]
    assert "Merge into" not in client.get(QUEUE).content.decode()


def test_a_nul_is_left_out_of_what_is_typed_and_stands_in_no_address(desk):
    ticket = make_ticket()

    desk.post(reverse("tickets:say", args=[ticket.number]), {"text": "all\x00 well", "do": "note"})

    assert ticket.messages.get(direction="note").text == "all well"
    assert desk.get(f"/tickets/{ticket.number}%00/").status_code == 404


def test_more_tickets_at_once_than_allowed_are_refused_as_a_whole(desk):
    ticket = make_ticket()

    said = desk.post(
        reverse("tickets:bulk"), {"pick": range(ticket.pk, ticket.pk + 1000), "do": "start"}, follow=True
    )

    assert "At most 200 tickets at once" in said.content.decode()
    ticket.refresh_from_db()
    assert ticket.status == "queued"


# Two people at once


@pytest.mark.trust("2.4")
def test_whoever_was_told_of_a_change_can_go_on_with_what_was_typed(desk, manager):
    ticket = make_ticket()
    answers = {
        "done": "Replaced", "result": "Works", "proof": "Photo", "replaced_parts": "none",
        "recommendations": "none", "agreement": "phone", "agreed_by": "B. Akhmetov",
        "seen": ticket.version,
    }  # fmt: skip
    actions.receive_message(ticket.pk, text="And the printer too", channel="mail")

    told = act(desk, ticket, "close", **answers)

    assert "Look at what is new" in told.content.decode()
    again = {**answers, "seen": told.context["form"]["seen"].value()}
    assert act(desk, ticket, "close", **again).status_code == 302


@pytest.mark.trust("2.4")
def test_the_second_dispatcher_is_told_to_whom_a_ticket_was_given(desk, manager, engineer):
    ticket = make_ticket()
    seen = desk.get(f"/tickets/{ticket.number}/assign/").context["form"]["seen"].value()
    actions.assign(ticket.pk, to=engineer, by=manager)

    told = act(desk, ticket, "assign", to=manager.pk, seen=seen)

    assert f"was given to {engineer.name}" in told.content.decode()
    again = told.context["form"]["seen"].value()
    assert act(desk, ticket, "assign", to=manager.pk, seen=again).status_code == 302


def test_the_answer_goes_to_who_asks_and_to_nobody_in_their_place(desk, manager):
    office = make_customer()
    branch = make_customer(parent=office)
    make_contact(branch, name="Aaron")
    head = make_contact(office, name="Zarina")
    ticket = make_ticket(customer=branch, contact=head)
    page = desk.get(ticket.get_absolute_url())
    assert page.context["usual_way"].contact == head

    desk.post(
        reverse("tickets:say", args=[ticket.number]),
        {"text": "We come", "do": "reply", "to": f"{head.pk}:mail"},
    )
    assert Delivery.objects.get(template="ticket_reply").to_address == head.email

    nobody = make_ticket(customer=branch, contact=None)
    page = desk.get(nobody.get_absolute_url())
    assert "Choose who gets it" in page.content.decode()
    answer = {"text": "Hello", "do": "reply", "to": ""}
    assert desk.post(reverse("tickets:say", args=[nobody.number]), answer).status_code == 422


@pytest.mark.req("S4.3")
def test_what_was_agreed_before_is_pending_again_after_reopening(manager):
    ticket = make_ticket()
    closed = close_ticket(ticket, by=manager)
    assert queries.road(closed)[-1].label == "Signature (Phone)"

    opened = actions.reopen(ticket.pk, by=manager, because="It broke again")

    assert queries.road(opened)[-1].label == "Signature (pending)"


def test_who_is_not_known_can_be_entered_and_who_is_put_aside_is_named(desk, client, engineer, manager):
    page = desk.get("/tickets/new/", {"q": "nobody yet"}).content.decode()
    assert reverse("customers:new_customer") in page

    customer = make_customer(active=False)
    page = desk.get("/tickets/new/", {"customer": customer.pk}).content.decode()
    assert f"{customer.name} is put aside" in page

    client.force_login(engineer)
    page = client.get("/tickets/new/", {"q": "nobody yet"}).content.decode()
    assert "Nothing fits" in page
    assert reverse("customers:new_customer") not in page


@pytest.mark.req("S0.45")
def test_a_reason_or_work_type_taken_out_of_use_stays_where_it_is(desk, manager):
    reason, work_type = make_reason("tuning"), WorkType.objects.create(code="old", name="Old way")
    ticket = make_ticket(reason=reason)
    actions.change(ticket.pk, by=manager, work_type=work_type)
    for thing in (reason, work_type):
        thing.active = False
        thing.save()
    reference.changed()

    form = desk.get(f"/tickets/{ticket.number}/change/").context["form"]
    typed = {one.name: one.value() for one in form if isinstance(one.value(), str | int)}
    answer = act(desk, ticket, "change", **{**typed, "title": "Another title"})

    assert answer.status_code == 302, answer.context["form"].errors
    ticket.refresh_from_db()
    assert (ticket.title, ticket.reason, ticket.work_type) == ("Another title", reason, work_type)
