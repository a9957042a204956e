"""The other ladders: parts, acts, warranties; rules that change; many at once."""

from datetime import date, datetime, time, timedelta
from importlib import import_module
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from servicebook import agenda
from servicebook.accounts.models import Role
from servicebook.agenda import audit
from servicebook.agenda.models import Obligation
from servicebook.agenda.worker import run_due
from servicebook.core import clock, reference
from servicebook.customers import actions as customers
from servicebook.customers.models import Promise
from servicebook.equipment.actions import save_warranty
from servicebook.equipment.models import Warranty
from servicebook.files import actions as files
from servicebook.files.models import Document
from servicebook.maintenance.actions import moving
from servicebook.maintenance.models import Occurrence, PartNeed
from servicebook.messaging.models import Delivery
from servicebook.messaging.sender import Sender
from servicebook.messaging.wishes import unsubscribe, wish
from servicebook.reminders import ladders
from servicebook.reminders.actions.ladders import save_ladder
from servicebook.reminders.duties import StageIsDue
from servicebook.reminders.kinds import KINDS
from servicebook.reminders.models import Ask, Ladder, Stage, What
from servicebook.simulator.post import Letterbox
from servicebook.testing import (
    close_ticket,
    make_asset,
    make_contact,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_region,
    make_ticket,
    make_user,
    sign_contract,
)
from servicebook.tickets import actions as tickets

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Almaty")
PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1"


def steps(what: str) -> list[str]:
    rows = Promise.objects.filter(source__startswith=f"reminders.{what}").order_by("pk")
    return list(rows.values_list("text", flat=True))


def armed(kind: str, pk: int) -> list[tuple[str, str]]:
    rows = Obligation.objects.armed().filter(kind=kind, subject_id=pk).order_by("due_at")
    return list(rows.values_list("occurrence", "stage"))


@pytest.fixture
def visit(set_clock, manager):
    set_clock("2026-04-16 06:00")
    one = make_planned(make_occurrence(make_plan(make_customer(name="School"), title="Check", followed=0)))
    agenda.refresh(one)
    return one


@pytest.mark.req("S0.42")
def test_parts_that_nobody_reserved_are_the_storekeepers_step_five_days_ahead(visit, set_clock):
    store = make_user(Role.STOREKEEPER)
    reference.changed()
    need = PartNeed.objects.create(occurrence=visit, name="Battery", quantity=2)
    agenda.refresh(visit)

    set_clock("2026-04-25 09:00")
    run_due()
    step = Promise.objects.get(source="reminders.parts")
    assert step.owner == store
    assert step.text.startswith("Prepare the parts: 2 × Battery · Check")

    need.state = PartNeed.State.RESERVED
    need.save()
    agenda.refresh(visit)
    run_due()
    assert not Promise.objects.open().filter(source="reminders.parts").exists()
    assert list(audit.everything()) == []


@pytest.mark.req("S0.33")
def test_stages_follow_a_visit_that_moves_and_end_with_it(visit, manager):
    days = [stage for _occurrence, stage in armed("reminders.maintenance", visit.pk)]
    assert days == ["before-14", "before-7", "before-1", "after-1"]

    moving.move(visit.pk, to=date(2026, 5, 15), because="Exams", by=manager)
    assert {occurrence for occurrence, _stage in armed("reminders.maintenance", visit.pk)} == {"2026-05-15"}

    close_ticket(tickets.start(visit.ticket.pk, by=manager), by=manager)
    run_due()
    assert armed("reminders.maintenance", visit.pk) == []
    assert list(audit.everything()) == []


@pytest.mark.req("S0.42")
def test_an_act_is_asked_for_the_day_after_until_a_paper_hangs_on_the_ticket(set_clock, manager, tmp_path):
    set_clock("2026-10-14 10:00")
    with_paper, without = make_ticket(title="With"), make_ticket(title="Without")
    for one in (with_paper, without):
        tickets.start(one.pk, by=manager)
        tickets.arrive(one.pk, by=manager)
    files.attach(with_paper, name="act.png", data=PICTURE, by=manager)

    set_clock("2026-10-15 09:00")
    run_due()

    assert steps("act") == [f"Attach the act or the checklist: {without.number} Without"]
    assert list(audit.everything()) == []


@pytest.mark.req("S0.42")
@pytest.mark.parametrize("kind", [*Document.Kind])
def test_only_what_may_prove_the_work_stands_for_its_act(kind, set_clock, manager):
    set_clock("2026-10-14 10:00")
    ticket = tickets.arrive(tickets.start(make_ticket().pk, by=manager).pk, by=manager)
    files.attach(ticket, name="from-the-customer.png", data=PICTURE, kind=kind, by=None, by_name="B.")

    set_clock("2026-10-15 09:00")
    run_due()

    assert bool(steps("act")) == (kind not in ("act", "photo", "other"))
    assert list(audit.everything()) == []


@pytest.mark.req("S0.42", "S0.39")
@pytest.mark.parametrize("closed", [False, True])
def test_the_step_about_an_act_ends_when_a_paper_hangs_on_the_ticket(set_clock, manager, closed):
    set_clock("2026-10-14 10:00")
    ticket = tickets.arrive(tickets.start(make_ticket().pk, by=manager).pk, by=manager)
    if closed:
        close_ticket(ticket, by=manager)
    set_clock("2026-10-15 09:00")
    run_due()
    step = Promise.objects.open().get(source="reminders.act")

    files.attach(ticket, name="act.png", data=PICTURE, by=manager)
    run_due()

    step.refresh_from_db()
    assert step.dropped_because == "it is done or not needed any more"
    assert list(audit.everything()) == []


def test_a_warranty_that_ends_is_offered_something_and_moves_with_its_date(set_clock, manager):
    set_clock("2026-06-01 09:00")
    owner = make_user(Role.ACCOUNT_MANAGER)
    asset = make_asset(make_customer(owner=owner))
    warranty = save_warranty(
        Warranty(asset=asset, starts_on=date(2025, 1, 1), ends_on=date(2026, 7, 31)), by=manager
    )
    warranty.ends_on = date(2026, 8, 31)
    save_warranty(warranty, by=manager)

    set_clock("2026-07-01 09:00")
    run_due()
    assert steps("warranty") == []
    set_clock("2026-08-01 09:00")
    run_due()
    assert Promise.objects.get(source__startswith="reminders.warranty").owner == owner
    assert list(audit.everything()) == []


@pytest.mark.req("S0.37", "S0.39")
@pytest.mark.parametrize("unsubscribed", [False, True])
def test_who_unsubscribed_is_not_asked_and_owes_no_answer(set_clock, manager, unsubscribed):
    set_clock("2026-06-01 09:00")
    asset = make_asset(make_customer(owner=make_user(Role.ACCOUNT_MANAGER)))
    contact = make_contact(asset.customer, is_main=True)
    wish(contact.pk, first="", unsubscribed=unsubscribed, by=manager)
    Stage.objects.filter(ladder__what=What.WARRANTY).update(
        theirs=["main"], asks="reply", text="warranty_ends"
    )
    reference.changed()
    save_warranty(Warranty(asset=asset, starts_on=date(2025, 1, 1), ends_on=date(2026, 8, 31)), by=manager)

    set_clock("2026-08-01 09:00")
    run_due()

    assert Ask.objects.exists() is not unsubscribed
    why = Promise.objects.get(source__startswith="reminders.warranty").why
    assert ("unsubscribed and was not written to" in why) is unsubscribed
    assert Delivery.objects.filter(contact=contact).exists() is not unsubscribed


@pytest.mark.req("S0.37", "S0.39")
@pytest.mark.parametrize("when", ["before", "after"])
def test_who_unsubscribes_owes_no_answer_to_what_was_never_sent(set_clock, manager, when):
    set_clock("2026-06-01 09:00")
    asset = make_asset(make_customer(owner=manager))
    contact = make_contact(asset.customer, is_main=True)
    Stage.objects.filter(ladder__what=What.WARRANTY).update(
        theirs=["main"], asks="reply", text="warranty_ends"
    )
    reference.changed()
    save_warranty(Warranty(asset=asset, starts_on=date(2025, 1, 1), ends_on=date(2026, 8, 31)), by=manager)
    set_clock("2026-08-01 09:00")
    run_due()
    set_clock("2026-08-02 12:00")  # what is told on a day goes out together
    post = Sender(open_way=Letterbox)
    if when == "after":
        assert post.step()
    unsubscribe(contact.pk)
    while post.step():
        pass
    run_due()

    ask = Ask.objects.get()
    assert ask.ended_as == ("withdrawn" if when == "before" else "")
    assert list(audit.everything()) == []


@pytest.mark.req("S0.33", "S0.34")
@pytest.mark.trust("B23")
def test_what_is_armed_follows_a_rule_that_changes(set_clock, manager):
    set_clock("2026-06-01 09:00")
    here = make_region()
    near, far = sign_contract(make_customer(region=here)), sign_contract()
    row = Ladder.objects.get(what=What.RENEWAL, contract=None)
    moved = [Stage(name="before-60", offset=50, step="Call"), Stage(name="", offset=20, step="Call again")]

    row.region = here
    save_ladder(row, moved, by=manager)
    set_clock("2026-06-01 09:01")
    run_due()

    assert [stage for _occurrence, stage in armed("reminders.renewal", near.pk)] == [
        "before-60",
        "before-20",
    ]
    assert armed("reminders.renewal", far.pk) == []
    row.refresh_from_db()
    assert row.followed == row.changed_at
    assert list(audit.everything()) == []


@pytest.mark.req("S0.34", "S0.37")
@pytest.mark.trust("B24")
@pytest.mark.parametrize("what", ["customer", "region", "site"])
def test_what_is_armed_follows_where_the_customer_is(what, set_clock, manager):
    """Days are days there, and a rule may be switched on for one region alone."""
    set_clock("2026-06-01 09:00")
    far, city = make_region(time_zone="Asia/Almaty"), make_region(time_zone="Asia/Almaty")
    customer = make_customer(region=far)
    contract, asset = sign_contract(customer), make_asset(customer)
    task = make_planned(make_occurrence(make_plan(customer), asset=asset, due_on=date(2026, 6, 25)))
    ladder = Ladder.objects.get(what=What.RENEWAL, contract=None)
    ladder.region = city
    save_ladder(ladder, list(ladder.stages.all()), by=manager)
    set_clock("2026-06-01 10:00")
    run_due()
    assert armed("reminders.renewal", contract.pk) == []

    if what == "customer":
        customer.region = city
        customers.save_customer(customer, by=manager)
    elif what == "region":
        far.parent, far.time_zone = city, "America/New_York"
        customers.save_region(far, by=manager)
    else:
        asset.site.time_zone = "America/New_York"
        customers.save_site(asset.site, by=manager)
    set_clock("2026-06-01 10:01")
    run_due()
    assert len(armed("reminders.renewal", contract.pk)) == (0 if what == "site" else 4)
    stage = Obligation.objects.get(kind="reminders.maintenance", subject_id=task.pk, stage="before-7")
    zone = ZONE if what == "customer" else ZoneInfo("America/New_York")
    assert stage.due_at == datetime(2026, 6, 18, 9, tzinfo=zone)
    assert list(audit.everything()) == []


@pytest.mark.req("S0.34")
def test_a_contract_may_have_its_own_ladder(set_clock, manager):
    set_clock("2026-06-01 09:00")
    own, other = sign_contract(), sign_contract()
    save_ladder(
        Ladder(what=What.RENEWAL, contract=own),
        [Stage(name="", offset=120, step="Begin early")],
        by=manager,
    )
    set_clock("2026-06-01 09:01")
    run_due()

    assert len(armed("reminders.renewal", own.pk)) == 1
    assert len(armed("reminders.renewal", other.pk)) == 4
    assert ladders.in_force(What.RENEWAL, contract=other.pk).contract is None
    assert list(audit.everything()) == []


@pytest.mark.req("S0.34")
def test_a_contract_whose_own_ladder_is_off_is_not_announced(set_clock, manager):
    set_clock("2026-06-01 09:00")
    own, other = sign_contract(), sign_contract()
    save_ladder(
        Ladder(what=What.RENEWAL, contract=own, active=False),
        [Stage(name="", offset=120, step="Begin early")],
        by=manager,
    )
    set_clock("2026-06-01 09:01")
    run_due()

    assert armed("reminders.renewal", own.pk) == []
    assert len(armed("reminders.renewal", other.pk)) == 4
    assert list(audit.everything()) == []


@pytest.mark.req("S0.38")
def test_what_is_said_late_keeps_the_hours_of_rest(set_clock, manager):
    set_clock("2026-06-01 09:00")
    row = Ladder.objects.get(what=What.RENEWAL, contract=None)
    row.quiet_from, row.quiet_until = time(21), time(8)
    save_ladder(row, list(row.stages.all()), by=manager)
    run_due()
    contract = sign_contract()
    make_contact(contract.customer, is_main=True)

    set_clock("2026-11-02 02:00")  # the worker was off since October, and starts at night
    run_due()

    rows = Delivery.objects.waiting()
    assert rows.filter(contact__isnull=False).count() == 1
    assert {one.ready_at.astimezone(ZONE).isoformat(" ", "minutes") for one in rows} == {
        "2026-11-02 08:00+05:00"
    }


@pytest.mark.parametrize("what", ["renewal", "maintenance", "silence"])
def test_many_stages_cost_the_statements_of_one(set_clock, manager, what):
    set_clock("2026-04-16 09:00")
    kind = KINDS[What(what)]
    counts = []
    for number in (1, 6):
        subjects = [_due_subject(what, manager) for _one in range(number)]
        declared = type("Declared", (StageIsDue,), {"kind": kind})()
        now = clock.now()
        kind.gather(subjects)
        pairs = [(one, next(due for due in kind.owed(one, now=now) if due.at <= now)) for one in subjects]
        with CaptureQueriesContext(connection) as statements:
            assert set(declared.fire_many(pairs, at=now)) == set()
        counts.append(len(statements))
    assert counts[1] <= counts[0] + 1, counts


def _due_subject(what: str, manager) -> object:
    customer = make_customer()
    contact = make_contact(customer, is_main=True)
    if what == "renewal":
        return sign_contract(customer, ends_on=date(2026, 5, 30))
    if what == "maintenance":
        one = make_planned(make_occurrence(make_plan(customer, followed=0)))
        return Occurrence.objects.get(pk=one.pk)
    from servicebook.reminders.actions import asking

    ticket = make_ticket(customer=customer, contact=contact)
    return asking.ask(
        asking.NewAsk(
            what="reply",
            about=ticket,
            occurrence="1",
            customer=customer,
            contact=contact,
            owner=manager,
            asked_at=clock.now() - timedelta(hours=50),
        )
    )


@pytest.mark.trust("B26")
def test_stages_of_an_older_installation_are_renamed_neither_lost_nor_doubled(set_clock):
    set_clock("2026-06-01 09:00")
    contract = sign_contract(review_on=date(2026, 8, 1))
    migration = import_module("servicebook.reminders.migrations.0003_standard")
    before = _rows(contract.pk)
    migration.give_back(apps, None)
    assert not Obligation.objects.filter(kind="reminders.renewal").exists()
    fired = Obligation.objects.get(kind="contracts.renewal", stage="prepare")
    Obligation.objects.filter(pk=fired.pk).update(state="fired", settled_at=clock.now())

    migration.take_over(apps, None)
    agenda.refresh(contract)

    assert _rows(contract.pk) == before
    fired.refresh_from_db()
    assert (fired.kind, fired.stage, fired.state) == ("reminders.renewal", "before-90", "fired")


def _rows(pk: int) -> set[tuple[str, str, str, datetime]]:
    rows = Obligation.objects.filter(subject_id=pk, kind__in=["reminders.renewal", "reminders.review"])
    return {(row.kind, row.occurrence, row.stage, row.due_at) for row in rows}


def test_an_upgrade_lets_what_is_there_follow_the_ladders(set_clock, manager):
    set_clock("2026-06-01 09:00")
    contract = sign_contract()
    Obligation.objects.filter(kind__startswith="reminders.").delete()
    Ladder.objects.all().delete()
    import_module("servicebook.reminders.migrations.0003_standard").install(apps, None)

    set_clock("2026-06-01 09:01")
    run_due()

    assert len(armed("reminders.renewal", contract.pk)) == 4
    assert list(audit.everything()) == []
