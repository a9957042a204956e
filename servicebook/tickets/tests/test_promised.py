"""What was promised by when: clocks that follow their ticket, warnings, breaches, late news from a phone."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from servicebook.agenda import audit
from servicebook.agenda.models import Obligation
from servicebook.agenda.worker import run_due
from servicebook.core import clock
from servicebook.core.errors import Refused
from servicebook.customers.models import Promise
from servicebook.journal.models import Entry
from servicebook.messaging.models import Delivery
from servicebook.sla.actions import save as save_hours
from servicebook.sla.models import ServiceHours
from servicebook.sla.rules.typed import TypedDay
from servicebook.testing import (
    close_ticket,
    make_asset,
    make_contract,
    make_reason,
    make_ticket,
    sign_contract,
)
from servicebook.tickets import actions, duties
from servicebook.tickets.actions.placing import place
from servicebook.tickets.clocks import events_of, shown
from servicebook.tickets.models import ClockEvent, CoverageDecision, Outage, SlaClock, Ticket

pytestmark = pytest.mark.django_db(transaction=True)

ALMATY = ZoneInfo("Asia/Almaty")
TARGETS = [
    {"measure": "response", "minutes": 60},
    {"measure": "arrival", "minutes": 240},
    {"measure": "recovery", "minutes": 480},
]


@pytest.fixture
def promised(manager, set_clock):
    """Open a ticket on Wednesday at nine, with a promise of one, four and eight hours; parts pause."""

    def open_it(*, targets=TARGETS, version=None, **request) -> Ticket:
        set_clock("2026-10-14 09:00")
        request.setdefault("asset", make_asset())
        request.setdefault("downtime", 2)
        version = {"pauses": ["part"], **(version or {})}
        make_contract(request["asset"].customer, targets=targets, version=version)
        return make_ticket(**request)

    return open_it


def clocks(ticket: Ticket) -> dict[str, SlaClock]:
    return {one.measure: one for one in ticket.clocks.all()}


def local(moment: datetime | None) -> str:
    """A moment as the wall clock of Almaty shows it."""
    return moment.astimezone(ALMATY).strftime("%d %H:%M") if moment else "–"


def check_books(ticket: Ticket) -> None:
    """Rows equal the fold of their events, and the agenda holds what they owe."""
    ticket.refresh_from_db()
    for kept, read in zip(
        ticket.clocks.order_by("pk"), shown(ticket, events_of(ticket), at=clock.now()), strict=True
    ):
        for name in ("measure", "state", "minutes", "due_at", "met_at", "counted"):
            assert getattr(kept, name) == getattr(read, name), name
    assert not [str(one) for one in audit.everything() if one.kind.startswith("tickets.")]


@pytest.mark.req("S0.16", "S0.23")
def test_a_new_ticket_knows_its_deadlines(promised):
    ticket = promised()

    ticket.refresh_from_db()
    assert {name: local(one.due_at) for name, one in clocks(ticket).items()} == {
        "response": "14 10:00", "arrival": "14 13:00", "recovery": "14 17:00",
    }  # fmt: skip
    assert local(ticket.next_deadline_at) == "14 10:00"
    assert ticket.contract_id
    assert CoverageDecision.objects.get(ticket=ticket).current
    owed = Obligation.objects.filter(kind__startswith="tickets.sla_", state="armed")
    assert sorted((one.kind.partition("_")[2], one.stage, local(one.due_at)) for one in owed) == [
        ("breach", "arrival", "14 13:00"), ("breach", "recovery", "14 17:00"),
        ("breach", "response", "14 10:00"), ("warning", "arrival", "14 12:00"),
        ("warning", "recovery", "14 15:00"), ("warning", "response", "14 09:45"),
    ]  # fmt: skip
    check_books(ticket)


@pytest.mark.req("S0.16")
def test_what_is_done_meets_the_promises(promised, manager, set_clock):
    ticket = promised()

    set_clock("2026-10-14 09:24")
    actions.start(ticket.pk, by=manager)
    set_clock("2026-10-14 11:00")
    actions.arrive(ticket.pk, by=manager)
    set_clock("2026-10-14 16:59")
    actions.recover(ticket.pk, by=manager)

    assert {name: (one.state, local(one.met_at)) for name, one in clocks(ticket).items()} == {
        "response": ("met", "14 09:24"), "arrival": ("met", "14 11:00"), "recovery": ("met", "14 16:59"),
    }  # fmt: skip
    ticket.refresh_from_db()
    assert ticket.next_deadline_at is None
    assert not Obligation.objects.filter(kind__startswith="tickets.sla_", state="armed").exists()
    check_books(ticket)


def _reply(ticket, by):
    actions.reply(ticket.pk, text="On our way", by=by)


def _start(ticket, by):
    actions.start(ticket.pk, by=by)


def _arrive(ticket, by):
    actions.arrive(ticket.pk, by=by)


def _close(ticket, by):
    close_ticket(ticket, by=by)


@pytest.mark.req("S0.16")
@pytest.mark.parametrize(
    ("act", "states"),
    [
        (_reply, {"response": "met", "arrival": "running", "recovery": "running"}),
        (_start, {"response": "met", "arrival": "running", "recovery": "running"}),
        (_arrive, {"response": "met", "arrival": "met", "recovery": "running"}),
        (_close, {"response": "met", "arrival": "stopped", "recovery": "met"}),
    ],
)
def test_which_act_meets_what(act, states, promised, manager):
    ticket = promised()

    act(ticket, manager)

    assert {name: one.state for name, one in clocks(ticket).items()} == states
    check_books(ticket)


@pytest.mark.req("S0.16", "S0.49")
@pytest.mark.parametrize(
    ("reasons", "due", "state"),
    [
        (["part"], "14 18:00", "running"),  # an hour, paused
        (["client"], "14 17:00", "running"),  # a reason that does not pause
        (["client", "part"], "14 18:00", "running"),
        (["part", "client"], "14 18:00", "running"),
        (["part", "part"], "14 19:00", "running"),
    ],
)
def test_waiting_pauses_the_clock_where_the_contract_says_so(
    reasons, due, state, promised, manager, set_clock
):
    ticket = promised()
    actions.start(ticket.pk, by=manager)

    for hour, reason in enumerate(reasons, start=10):
        set_clock(f"2026-10-14 {hour}:00")
        actions.wait(ticket.pk, waiting_for=reason, expected_on=clock.now().date(), by=manager)
    waits = clocks(ticket)["recovery"]
    assert (waits.state, waits.due_at is None) == (
        ("paused", True) if reasons[-1] == "part" else ("running", False)
    )
    check_books(ticket)
    set_clock(f"2026-10-14 {10 + len(reasons)}:00")
    actions.resume(ticket.pk, by=manager)

    assert (local(clocks(ticket)["recovery"].due_at), clocks(ticket)["recovery"].state) == (due, state)
    check_books(ticket)


@pytest.mark.req("S1.6")
def test_a_warning_tells_the_owner_and_a_breach_whoever_answers_for_it(promised, manager, set_clock):
    ticket = promised(targets=[{"measure": "recovery", "minutes": 480}], downtime=1)
    before = ticket.priority

    set_clock("2026-10-14 15:00")
    run_due()
    run_due()
    [warning] = Delivery.objects.filter(template="ticket_deadline_near")
    assert warning.to_address == ticket.owner.email
    assert "Recovery is promised within 8 h, until 14 Oct 2026 17:00." in warning.body
    ticket.refresh_from_db()
    assert (before, ticket.priority) == (3, 2)
    assert "deadline is 2 h away" in ticket.priority_because

    set_clock("2026-10-14 17:00")
    run_due()
    run_due()
    kept = clocks(ticket)["recovery"]
    assert (local(kept.breached_at), kept.state) == ("14 17:00", "running")
    assert Entry.objects.filter(verb="ticket.sla_breached", subject_id=ticket.pk).count() == 1
    assert {one.to_address for one in Delivery.objects.filter(template="ticket_deadline_missed")} == {
        manager.email
    }
    assert Promise.objects.open().filter(owner=manager, text__startswith="Call the customer").count() == 1
    ticket.refresh_from_db()
    assert ticket.priority == 1
    check_books(ticket)

    set_clock("2026-10-14 18:00")
    close_ticket(ticket, by=manager)
    kept.refresh_from_db()
    assert (kept.state, local(kept.breached_at), local(kept.met_at)) == ("missed", "14 17:00", "14 18:00")
    check_books(ticket)


@pytest.mark.req("S0.17", "S0.23")
@pytest.mark.parametrize("rollover", [False, True])
def test_its_own_work_does_not_turn_the_verdict_of_a_ticket(manager, set_clock, rollover):
    set_clock("2026-10-14 09:00")
    asset = make_asset()
    lines = [{"service": one} for one in ("diagnostic", "labour", "parts")]
    visits = {"service": "visit", "limit": 1, "period": "year", "rollover": rollover}
    sign_contract(asset.customer, terms={"included": [visits, *lines]})
    run_due()
    ticket = make_ticket(asset=asset)
    assert ticket.coverage == "covered"

    set_clock("2026-10-15 09:00")
    share = actions.use_contract(ticket.pk, service="visit", amount=Decimal(1), by=manager)
    assert (share.covered, share.left) == (1, 0)
    set_clock("2027-01-20 09:00")  # the year of the visit is over
    run_due()
    actions.set_priority(ticket.pk, level=1, because="The director called", by=manager)
    actions.decide_again(ticket.pk, by=manager)

    ticket.refresh_from_db()
    assert ticket.coverage == "covered"
    assert make_ticket(asset=asset).coverage == "extra"
    first = CoverageDecision.objects.filter(ticket=ticket).order_by("pk").first()
    now = CoverageDecision.objects.get(ticket=ticket, current=True)
    assert now.decision["because"] == first.decision["because"]


@pytest.mark.req("S1.6")
@pytest.mark.trust("B23")
def test_after_an_outage_what_is_missed_is_told_once_and_no_warning_with_it(promised, manager, set_clock):
    ticket = promised()

    set_clock("2026-10-17 09:00")
    run_due()
    run_due()

    kinds = {"ticket.deadline_near", "ticket.sla_breached"}
    told = Entry.objects.filter(subject_id=ticket.pk, verb__in=kinds).order_by("pk")
    assert [(one.verb, one.facts["measure"]) for one in told] == [
        ("ticket.sla_breached", "response"), ("ticket.sla_breached", "arrival"),
        ("ticket.sla_breached", "recovery"),
    ]  # fmt: skip
    assert {one.template for one in Delivery.objects.filter(template__startswith="ticket_deadline")} == {
        "ticket_deadline_missed"
    }
    check_books(ticket)


@pytest.mark.req("S1.6")
@pytest.mark.trust("B23")
def test_a_ticket_that_was_closed_too_late_during_an_outage_bothers_nobody(promised, manager, set_clock):
    ticket = promised(targets=[{"measure": "recovery", "minutes": 480}])
    set_clock("2026-10-15 09:00")
    close_ticket(ticket, by=manager)

    set_clock("2026-10-17 09:00")
    run_due()

    assert clocks(ticket)["recovery"].state == "missed"
    assert Entry.objects.filter(verb="ticket.sla_breached", subject_id=ticket.pk).count() == 1
    assert not Delivery.objects.filter(template__startswith="ticket_deadline").exists()
    assert not Promise.objects.open().exists()
    check_books(ticket)


@pytest.mark.req("S0.15", "S1.6")
def test_clocks_follow_a_special_day_that_is_added_while_they_run(promised, manager, set_clock, monkeypatch):
    monkeypatch.setattr(duties, "READ_AT_A_TIME", 2)
    set_clock("2026-10-14 08:00")
    hours = save_hours(ServiceHours(name="Day", week=[((540, 1080),)] * 7, time_zone="Asia/Almaty"), by=None)
    target = {"measure": "recovery", "minutes": 3 * 540, "hours": hours}
    first = promised(targets=[target])
    others = [make_ticket(asset=first.asset, downtime=2) for _ in range(4)]
    assert local(clocks(first)["recovery"].due_at) == "16 18:00"
    actions.wait(others[0].pk, waiting_for="part", expected_on=clock.now().date(), by=manager)

    set_clock("2026-10-14 10:00")
    save_hours(hours, {date(2026, 10, 15): TypedDay((), "Day off")}, by=manager)
    set_clock("2026-10-14 10:01")
    run_due()

    for ticket in (first, *others[1:]):
        ticket.refresh_from_db()
        assert local(ticket.next_deadline_at) == "17 18:00"
        check_books(ticket)
    history = Entry.objects.filter(verb="ticket.hours_changed")
    assert history.count() == 4
    set_clock("2026-10-14 10:02")
    actions.resume(others[0].pk, by=manager)
    check_books(others[0])
    run_due()
    assert history.count() == 4


@pytest.mark.req("S1.6", "S0.49")
def test_it_is_breached_while_it_waits_for_what_does_not_pause(promised, manager, set_clock):
    ticket = promised(targets=[{"measure": "recovery", "minutes": 480}])
    actions.wait(ticket.pk, waiting_for="client", by=manager)

    set_clock("2026-10-14 17:00")
    run_due()

    assert local(clocks(ticket)["recovery"].breached_at) == "14 17:00"
    check_books(ticket)


@pytest.mark.req("S1.6", "S0.11")
def test_a_goal_that_is_missed_is_no_breach(promised, manager, set_clock):
    set_clock("2026-10-14 09:00")
    asset = make_asset()
    make_contract(asset.customer, type="one_off", targets=[{"measure": "recovery", "minutes": 60}])
    ticket = make_ticket(asset=asset)

    set_clock("2026-10-14 10:00")
    run_due()

    assert not clocks(ticket)["recovery"].binding
    assert not Entry.objects.filter(verb="ticket.sla_breached").exists()
    assert Entry.objects.filter(verb="ticket.goal_missed").count() == 1
    assert not Promise.objects.filter(text__startswith="Call the customer").exists()


@pytest.mark.req("S1.6")
@pytest.mark.trust("2.4")
def test_two_workers_find_one_breach(real_rows, promised, set_clock):
    ticket = promised(targets=[{"measure": "recovery", "minutes": 60}])
    set_clock("2026-10-14 10:00")
    start = Barrier(2)

    def work() -> None:
        start.wait(timeout=20)
        try:
            run_due()
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    run_due()

    assert Entry.objects.filter(verb="ticket.sla_breached", subject_id=ticket.pk).count() == 1
    assert local(clocks(ticket)["recovery"].breached_at) == "14 10:00"


@pytest.mark.req("S0.16")
def test_a_paused_ticket_that_is_closed_is_met_and_goes_on_when_it_is_opened_again(
    promised, manager, set_clock
):
    ticket = promised(targets=[{"measure": "recovery", "minutes": 480}])
    set_clock("2026-10-14 10:00")
    actions.wait(ticket.pk, waiting_for="part", expected_on=clock.now().date(), by=manager)
    set_clock("2026-10-15 10:00")
    close_ticket(ticket, by=manager)
    closed = clocks(ticket)["recovery"]
    assert (closed.state, closed.counted, local(closed.met_at)) == ("met", 3600, "15 10:00")
    check_books(ticket)

    set_clock("2026-10-15 12:00")
    actions.reopen(ticket.pk, because="Dark again", by=manager)

    again = clocks(ticket)["recovery"]
    assert (again.state, local(again.due_at), again.met_at) == ("running", "15 19:00", None)
    check_books(ticket)


@pytest.mark.req("S0.16", "S0.19")
def test_a_target_that_changes_while_it_is_paused_keeps_what_was_counted(promised, manager, set_clock):
    by_priority = [
        {"measure": "recovery", "minutes": 480},
        {"measure": "recovery", "minutes": 120, "priority": 1},
    ]
    ticket = promised(targets=by_priority)
    set_clock("2026-10-14 10:00")
    actions.wait(ticket.pk, waiting_for="part", expected_on=clock.now().date(), by=manager)
    set_clock("2026-10-14 11:00")
    actions.set_priority(ticket.pk, level=1, because="The director called", by=manager)
    paused = clocks(ticket)["recovery"]
    assert (paused.state, paused.minutes, paused.counted) == ("paused", 120, 3600)
    check_books(ticket)

    set_clock("2026-10-14 12:00")
    actions.resume(ticket.pk, by=manager)

    assert local(clocks(ticket)["recovery"].due_at) == "14 13:00"
    check_books(ticket)


@pytest.mark.req("S0.16", "S0.23")
def test_a_unit_that_is_named_later_starts_the_clocks_in_retrospect(manager, set_clock):
    set_clock("2026-10-14 09:00")
    asset = make_asset()
    other = make_asset(asset.customer)
    make_contract(asset.customer, targets=TARGETS, version={"pauses": ["part"]}, scopes=[{"asset": asset}])
    ticket = make_ticket(asset=other)
    assert not clocks(ticket)
    set_clock("2026-10-14 09:30")
    actions.start(ticket.pk, by=manager)
    set_clock("2026-10-14 10:00")
    actions.wait(ticket.pk, waiting_for="part", expected_on=clock.now().date(), by=manager)
    set_clock("2026-10-14 11:00")
    actions.resume(ticket.pk, by=manager)

    set_clock("2026-10-14 12:00")
    actions.change(ticket.pk, asset=asset, by=manager)

    known = clocks(ticket)
    assert (known["response"].state, local(known["response"].met_at)) == ("met", "14 09:30")
    assert (known["recovery"].state, local(known["recovery"].due_at)) == ("running", "14 18:00")
    assert CoverageDecision.objects.filter(ticket=ticket).count() == 2
    assert CoverageDecision.objects.get(ticket=ticket, current=True).contract_id
    check_books(ticket)


@pytest.mark.req("S0.16")
def test_a_contract_that_holds_no_more_stops_the_clocks(promised, manager, set_clock):
    ticket = promised()
    other = make_asset()
    set_clock("2026-10-14 09:10")

    place(ticket.pk, customer=other.customer, contact=None, asset=other, by=manager)

    assert {one.state for one in clocks(ticket).values()} == {"stopped"}
    ticket.refresh_from_db()
    assert (ticket.contract_id, ticket.next_deadline_at) == (None, None)
    assert not Obligation.objects.filter(kind__startswith="tickets.sla_", state="armed").exists()


@pytest.mark.req("S0.16")
def test_a_merged_ticket_promises_nothing_any_more(promised, manager):
    asset = make_asset()
    old = promised(asset=asset)
    kept = make_ticket(asset=asset)

    actions.merge(old.pk, into=kept, by=manager)

    assert {one.state for one in clocks(old).values()} == {"stopped"}
    assert {one.state for one in clocks(kept).values()} == {"running"}
    check_books(old)
    check_books(kept)


@pytest.mark.req("S0.16", "S1.6")
def test_news_that_a_phone_brings_late_takes_a_breach_back(promised, manager, set_clock):
    ticket = promised(targets=[{"measure": "recovery", "minutes": 480}])
    set_clock("2026-10-14 17:00")
    run_due()
    actions.recover(ticket.pk, at=clock.now() - timedelta(minutes=5), by=manager)
    set_clock("2026-10-14 17:30")
    assert clocks(ticket)["recovery"].state == "met"
    assert clocks(ticket)["recovery"].breached_at is None

    # The phone was without a network, and its clock is ten minutes fast.
    fast = timedelta(minutes=10)
    at = datetime(2026, 10, 14, 11, 20, tzinfo=UTC)  # 16:20 there
    for _time in range(2):
        actions.clock_event_from_device(
            ticket.pk,
            "recovered",
            device_at=at + fast,
            device_now=clock.now() + fast,
            received_at=clock.now(),
            by=manager,
        )

    ticket.refresh_from_db()
    assert ticket.recovered_at == at
    assert clocks(ticket)["recovery"].met_at == at
    assert ClockEvent.objects.filter(ticket=ticket, device_skew=600).count() == 1
    check_books(ticket)


@pytest.mark.parametrize(
    ("kind", "ago", "field"),
    [("danced", 0, "kind"), ("arrived", -5, "device_at"), ("arrived", 60 * 24 * 20, "device_at")],
)
def test_what_a_phone_cannot_know_is_refused(kind, ago, field, promised, manager, set_clock):
    ticket = promised()
    set_clock("2026-10-14 10:00")

    with pytest.raises(Refused) as refusal:
        actions.clock_event_from_device(
            ticket.pk,
            kind,
            device_at=clock.now() - timedelta(minutes=ago),
            device_now=clock.now(),
            received_at=clock.now(),
            by=manager,
        )

    assert field in refusal.value.fields


@pytest.mark.req("S0.15", "S0.16")
def test_a_clock_runs_in_the_hours_and_the_zone_of_the_site(manager, set_clock):
    set_clock("2026-10-16 19:00")  # Friday
    asset = make_asset()
    asset.site.time_zone = "Asia/Kathmandu"  # it is 19:45 there
    asset.site.save()
    week = [[[8 * 60, 20 * 60]]] * 5 + [[], []]
    hours = ServiceHours.objects.create(name="Mon–Fri 8–20", week=week)
    make_contract(asset.customer, targets=[{"measure": "response", "minutes": 60}], version={"hours": hours})

    ticket = make_ticket(asset=asset)

    zone = timedelta(hours=5, minutes=45)
    due = clocks(ticket)["response"].due_at
    assert f"{due.astimezone(UTC) + zone:%a %H:%M}" == "Mon 08:45"


@pytest.mark.req("S1.5")
def test_a_unit_that_stands_still_is_an_outage_until_it_works_again(promised, manager, set_clock):
    ticket = promised(downtime=4)
    outage = Outage.objects.get()
    assert (outage.ticket, outage.asset, outage.started_at) == (ticket, ticket.asset, ticket.opened_at)

    set_clock("2026-10-14 11:00")
    actions.recover(ticket.pk, by=manager)
    outage.refresh_from_db()
    assert local(outage.ended_at) == "14 11:00"

    set_clock("2026-10-14 12:00")
    close_ticket(ticket, by=manager)
    set_clock("2026-10-14 13:00")
    actions.reopen(ticket.pk, because="Dark again", by=manager)
    assert [(local(one.started_at), local(one.ended_at)) for one in Outage.objects.all()] == [
        ("14 09:00", "14 11:00"), ("14 13:00", "–"),
    ]  # fmt: skip

    actions.change(ticket.pk, downtime=2, by=manager)
    assert not Outage.objects.filter(ended_at=None).exists()


def test_a_ticket_without_a_contract_has_no_clocks_and_costs_its_moves_nothing(
    manager, set_clock, django_assert_num_queries
):
    set_clock("2026-10-14 09:00")
    make_reason()
    ticket = make_ticket()

    actions.arrive(ticket.pk, by=manager)
    actions.recover(ticket.pk, by=manager)

    assert not ClockEvent.objects.exists()
    ticket.refresh_from_db()
    assert (ticket.arrived_at, ticket.coverage) == (clock.now(), "extra")
    check_books(ticket)


@pytest.mark.req("S4.18")
def test_a_plant_is_reached_within_twelve_hours_by_night_and_trained_before_it_is_closed(
    promised, manager, set_clock
):
    ticket = promised(targets=[{"measure": "arrival", "minutes": 720}], downtime=4)
    ticket = actions.assign(ticket.pk, to=manager, by=manager)
    assert local(clocks(ticket)["arrival"].due_at) == "14 21:00"

    set_clock("2026-10-14 20:40")
    actions.arrive(ticket.pk, by=manager)
    assert clocks(ticket)["arrival"].state == SlaClock.State.MET

    set_clock("2026-10-15 03:10")
    actions.recover(ticket.pk, by=manager)
    closed = close_ticket(
        Ticket.objects.get(pk=ticket.pk),
        by=manager,
        done="Bearing 6309 replaced, drive tuned under load, two operators trained on the new limits",
        replaced_parts="Bearing 6309, 1 piece",
    )
    assert "operators trained" in closed.done
    assert closed.replaced_parts == "Bearing 6309, 1 piece"
    assert [local(one.ended_at) for one in closed.outages.all()] == ["15 03:10"]
    check_books(closed)
