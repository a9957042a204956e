"""The server room, as the requirements tell it: runtime pulls the date, and the next one appears (S0.31)."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from servicebook.accounts.models import Role
from servicebook.agenda import audit
from servicebook.agenda.worker import run_due
from servicebook.core import clock
from servicebook.core.invariants import violations
from servicebook.equipment.actions import record_reading
from servicebook.equipment.models import Meter
from servicebook.files import actions as files
from servicebook.files import store
from servicebook.maintenance.actions import access, enrolling, parts, windows
from servicebook.maintenance.actions.checklists import Item, publish
from servicebook.maintenance.actions.results import Result, record_many
from servicebook.maintenance.models import Checklist, Kit, Occurrence
from servicebook.maintenance.states import RELATED, state_of
from servicebook.maintenance.worksheets import closing_texts
from servicebook.testing import (
    close_ticket,
    make_asset,
    make_contact,
    make_customer,
    make_plan,
    make_reason,
    make_site,
    make_user,
)
from servicebook.tickets.models import Link, Ticket
from servicebook.tickets.models.talk import Message

pytestmark = pytest.mark.django_db(transaction=True)
PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1"
ITEMS = (
    Item("Battery voltage", kind="measure", unit="V", low=Decimal(12), high=Decimal(14), asks_before=True),
    Item("Clean the filter", proof="photo"),
    Item("Handed over", proof="signature"),
)


@pytest.fixture(autouse=True)
def _files(tmp_path, settings):
    settings.CONFIG = settings.CONFIG.model_copy(update={"files_url": f"file://{tmp_path}/files"})
    store.storage.cache_clear()
    yield
    store.storage.cache_clear()


@pytest.mark.slow
@pytest.mark.req("S0.31", "S0.24", "S0.25", "S0.26", "S0.27", "S0.28", "S0.29", "S0.30")
def test_a_quarter_in_the_server_room(set_clock):
    set_clock("2026-01-05 09:00")
    make_reason("maintenance")
    make_reason("failure")
    boss, engineer, keeper = (make_user(role) for role in (Role.MANAGER, Role.ENGINEER, Role.STOREKEEPER))
    customer = make_customer(name="School 12")
    site = make_site(customer, name="Server room", accessibility="pass")
    contact = make_contact(customer, site=site, name="B. Akhmetov", is_on_site=True)
    ups = make_asset(customer, site=site)
    meter = Meter.objects.create(asset=ups, name="Runtime")
    plan = make_plan(
        customer,
        title="UPS, quarterly",
        rule="first",
        anchor_on=date(2026, 3, 31),
        meter_name="Runtime",
        meter_step=500,
        window_from=time(22),
        window_until=time(6),
        checklist=publish(Checklist(name="UPS"), ITEMS, regulation="EN 62040", by=boss).checklist,
        parts=[{"name": "Battery pack", "quantity": 1}],
        owner=engineer,
        followed=None,
    )
    while enrolling.follow_plans([plan.pk]):
        pass

    # The calendar says 31 March; the runtime gets there first. It is one occurrence.
    for month, day, value in ((1, 6, 100), (1, 20, 240), (2, 3, 380)):
        at = datetime(2026, month, day, 12, tzinfo=UTC)
        clock.set_to(at)
        record_reading(meter.pk, value=Decimal(value), read_at=at, by=engineer)
        run_due()
    task = Occurrence.objects.select_related(*RELATED).order_by("nominal_on").first()
    assert task.by_meter
    assert date(2026, 2, 10) < task.due_on < date(2026, 2, 20)
    assert Occurrence.objects.filter(nominal_on=date(2026, 3, 31)).count() == 1

    # Its ticket is there fourteen days ahead, with all that the work needs.
    ticket = Ticket.objects.get(occurrence=task)
    assert (ticket.owner, ticket.contact, ticket.on_site_contact) == (engineer, contact, contact.name)
    assert [risk.code for risk in state_of(fresh(task)).risks] == []
    clock.set_to(datetime.combine(task.due_on - timedelta(days=7), time(5), UTC))
    run_due()
    assert [risk.code for risk in state_of(fresh(task)).risks] == ["window", "access", "parts"]

    # The pack is reserved in a kit, the night window and access are agreed: nothing is at risk.
    (need,) = task.parts.all()
    parts.reserve(need.pk, kit_id=Kit.objects.create(name="Battery kit 1").pk, by=keeper)
    night = windows.usual_window(fresh(task))
    windows.agree_window(task.pk, **night._asdict(), by_name=contact.name, channel="link")
    access.agree_access(task.pk, by_name=contact.name, channel="phone", by=boss)
    assert state_of(fresh(task)).risks == []
    assert fresh(task).ticket.due_at == night.ends_at

    # The night: readings before and after, a torn filter with its photo, a signature.
    clock.set_to(night.ends_at - timedelta(hours=1))
    parts.issue(need.pk, by=keeper)
    photo = files.attach(ticket, name="filter.png", data=PICTURE, by=engineer)
    lines = {line.item.text: line.pk for line in ticket.worksheet.lines.select_related("item")}
    record_many(
        ticket.pk,
        [
            Result(lines["Battery voltage"], "ok", before=Decimal("11.2"), after=Decimal("13.1")),
            Result(lines["Clean the filter"], "failed", note="torn", photo=photo.pk),
            Result(lines["Handed over"], "ok", signed_by=contact.name),
        ],
        risks="The pack is six years old.",
        by=engineer,
    )
    parts.give_back(need.pk, by=keeper)
    texts = closing_texts(ticket)
    assert "Battery voltage: 11.2 → 13.1 V" in texts.done
    close_ticket(
        Ticket.objects.get(pk=ticket.pk),
        by=engineer,
        done=texts.done,
        result=texts.result,
        proof=texts.proof,
        recommendations=texts.recommendations,
    )
    run_due()

    # What failed has its own ticket, and the next one has appeared by itself.
    follow_up = Link.objects.get(target=ticket).source
    assert (follow_up.asset, follow_up.reason.code) == (ups, "failure")
    assert Message.objects.filter(ticket=follow_up, text__contains="torn").exists()
    done = fresh(task)
    assert state_of(done).standing == "done"
    assert done.enrolment.base_value == Decimal(380)
    following = Occurrence.objects.uncalled().order_by("due_on").first()
    assert following.due_on > done.due_on
    ours = "servicebook.maintenance.invariants"
    assert [said for one, said in violations() if one.check.__module__ == ours] == []
    assert list(audit.everything()) == []


def fresh(task) -> Occurrence:
    return Occurrence.objects.select_related(*RELATED, "enrolment").get(pk=task.pk)
