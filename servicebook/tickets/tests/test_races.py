"""Two people at once, on both engines, with the guards on and off (docs/trust.md, 2.4)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from threading import Barrier, Event, Thread

import pytest
from django.db import OperationalError, connection

from servicebook.accounts.models import Role
from servicebook.core.errors import Refused
from servicebook.equipment.actions import save_asset
from servicebook.equipment.models import Asset
from servicebook.journal.models import Entry
from servicebook.testing import close_ticket, make_customer, make_model, make_ticket, make_user
from servicebook.tickets import actions
from servicebook.tickets.actions import _base, moving, relating, talking
from servicebook.tickets.models import Message, Spell, Ticket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.trust("2.4"), pytest.mark.slow]
ROUNDS = 6


def together(*calls: Callable[[], object]) -> list[Exception]:
    """Run the calls in threads that start at once; return what they refused."""
    start, failed = Barrier(len(calls)), []

    def run(call: Callable[[], object]) -> None:
        try:
            start.wait(timeout=20)
            _patient(call)
        except Exception as error:  # noqa: BLE001 - looked at by the test
            failed.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return failed


def _patient(call: Callable[[], object]) -> object:
    """A file of SQLite waits for the other writer; the tests' database in memory says at once that it
    is locked, so it is asked again."""
    while True:
        try:
            return call()
        except OperationalError as error:
            if "locked" not in str(error):
                raise


def check_books(ticket: Ticket) -> None:
    """What holds whatever happened: one open spell, of the status that the ticket has."""
    ticket.refresh_from_db()
    assert [s.status for s in Spell.objects.filter(ticket=ticket, ended_at=None)] == [ticket.status]
    assert (ticket.closed_at is None) == ticket.is_open


def test_close_against_reply_loses_no_message_and_leaves_no_closed_ticket_with_an_unread_one(manager):
    for _round in range(ROUNDS):
        ticket = make_ticket()
        failed = together(
            lambda ticket=ticket: close_ticket(ticket, by=manager, seen=ticket.version),
            lambda ticket=ticket: actions.receive_message(ticket.pk, text="Not yet!", channel="mail"),
        )
        check_books(ticket)
        assert Message.objects.filter(ticket=ticket, text="Not yet!").count() == 1
        # Whoever was first: the ticket is open, and the closer was told or the message reopened it.
        assert ticket.is_open
        assert all(isinstance(error, Refused) for error in failed)


def test_assign_against_assign_leaves_one_owner_and_an_unbroken_chain(manager):
    first, second = make_user(Role.ENGINEER), make_user(Role.ENGINEER)
    for _round in range(ROUNDS):
        ticket = make_ticket()
        failed = together(
            lambda ticket=ticket: actions.assign(ticket.pk, to=first, by=manager),
            lambda ticket=ticket: actions.assign(ticket.pk, to=second, by=manager),
        )
        check_books(ticket)
        chain = [
            (entry.facts["before"], entry.facts["after"])
            for entry in Entry.objects.filter(verb="ticket.assigned", subject_id=ticket.pk).order_by("pk")
        ]
        assert chain[0][0] == manager.name
        assert chain[-1][1] == ticket.owner.name
        assert all(one[1] == two[0] for one, two in pairwise(chain))
        assert len(chain) + len(failed) == 2


def test_merge_against_reply_strands_no_message(manager):
    for _round in range(ROUNDS):
        kept = make_ticket()
        old = make_ticket(customer=kept.customer)
        failed = together(
            lambda old=old, kept=kept: actions.merge(old.pk, into=kept, by=manager),
            lambda old=old: actions.receive_message(old.pk, text="One more thing", channel="mail"),
        )
        assert not failed
        check_books(old)
        check_books(kept)
        assert Message.objects.get(text="One more thing", ticket__in=[old, kept]).ticket == kept


def test_two_starts_make_one(manager):
    for _round in range(ROUNDS):
        ticket = make_ticket()
        failed = together(*[lambda ticket=ticket: actions.start(ticket.pk, by=manager)] * 2)
        check_books(ticket)
        assert len(failed) == 1
        assert isinstance(failed[0], Refused)
        assert Entry.objects.filter(verb="ticket.started", subject_id=ticket.pk).count() == 1


# The twins: without the guards the same races break, so the tests above are not blind.


@contextmanager
def guards_off(monkeypatch: pytest.MonkeyPatch, *, read: Event, go: Event) -> Iterator[None]:
    """Take lock and version check away; whoever reads a ticket says so and waits for `go`."""

    def unlocked(ticket_id: int) -> Ticket:
        ticket = Ticket.objects.select_related("customer", "contact", "site", "asset", "owner", "reason").get(
            pk=ticket_id
        )
        if not read.is_set():
            read.set()
            go.wait(timeout=20)
        return ticket

    def write(ticket: Ticket, **changes: object) -> None:
        Ticket.objects.filter(pk=ticket.pk).update(**changes)
        for name, value in changes.items():
            setattr(ticket, name, value)

    for module in (moving, relating, talking):
        monkeypatch.setattr(module, "locked", unlocked)
        monkeypatch.setattr(module, "write", write)
    monkeypatch.setattr(_base, "write", write)
    yield


def one_inside_the_other(
    first: Callable[[], object], second: Callable[[], object], read: Event, go: Event
) -> None:
    """`first` reads, then `second` runs to its end, then `first` goes on with what it read."""

    def run() -> None:
        try:
            first()
        except Exception:  # noqa: BLE001, S110 - the damage is looked at by the test
            pass
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    assert read.wait(timeout=20)
    second()
    go.set()
    thread.join(timeout=60)


@pytest.mark.postgres
def test_without_guards_a_reply_is_stranded_on_a_merged_ticket(manager, monkeypatch):
    kept = make_ticket()
    old = make_ticket(customer=kept.customer)
    read, go = Event(), Event()
    with guards_off(monkeypatch, read=read, go=go):
        one_inside_the_other(
            lambda: actions.receive_message(old.pk, text="One more thing", channel="mail"),
            lambda: actions.merge(old.pk, into=kept, by=manager),
            read,
            go,
        )

    assert Message.objects.get(text="One more thing").ticket == old


@pytest.mark.postgres
def test_without_guards_the_chain_of_owners_breaks(manager, monkeypatch):
    first, second = make_user(Role.ENGINEER), make_user(Role.ENGINEER)
    ticket = make_ticket()
    read, go = Event(), Event()
    with guards_off(monkeypatch, read=read, go=go):
        one_inside_the_other(
            lambda: actions.assign(ticket.pk, to=first, by=manager),
            lambda: actions.assign(ticket.pk, to=second, by=manager),
            read,
            go,
        )

    befores = Entry.objects.filter(verb="ticket.assigned").values_list("facts__before", flat=True)
    assert list(befores) == [manager.name, manager.name]


@pytest.mark.trust("B21")
def test_one_serial_entered_twice_at_once_is_one_unit_and_one_refusal(manager):
    model, customer = make_model(), make_customer()
    for each in range(ROUNDS):

        def enter(serial=f"7CX-{each}"):
            save_asset(Asset(customer=customer, model=model, serial=serial), by=manager)

        failed = together(enter, enter)
        assert [isinstance(error, Refused) for error in failed] == [True], failed
        assert "Not saved" in str(failed[0])
        assert Asset.objects.filter(model=model, serial=f"7CX-{each}").count() == 1
