"""Three days without a worker, and a start: each owed stage once, in order, at a steady rate."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from servicebook import agenda
from servicebook.accounts.models import Role
from servicebook.agenda import audit
from servicebook.agenda.models import Lane, Obligation, ObligationQuerySet
from servicebook.agenda.rules.catching_up import LATE_AFTER, Allowance
from servicebook.agenda.worker import run_due, steps
from servicebook.agenda.worker.loops import Step
from servicebook.contracts.models import Contract, Milestone
from servicebook.core import clock
from servicebook.customers import actions as customers
from servicebook.customers.models import Customer
from servicebook.journal.models import Entry
from servicebook.maintenance.actions import windows
from servicebook.maintenance.models import Occurrence
from servicebook.reminders import firing
from servicebook.reminders.queries import FIRED
from servicebook.testing import (
    make_asset,
    make_contact,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_ticket,
    make_user,
    sign_contract,
)
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Ticket

pytestmark = pytest.mark.django_db
ALMATY = ZoneInfo("Asia/Almaty")
WENT, CAME = "2026-04-10 12:00", "2026-04-13 12:00"
PER_SECOND = 2
FOLLOWING = ("promise", "silence")  # ladders of what other ladders make
# What came due right now is not behind it; then all in the order in which it was due. What a later stage
# says as well is not said (48 hours of silence, a promise of two days ago, tomorrow's visit that is over by
# now), nor that somebody has to be there for a window that has passed.
OWED = [
    "promise on-time",  # of this minute
    "renewal before-60",
    "milestone on-time",
    "maintenance before-14",  # of a visit that was to be called before that
    "renewal before-7",
    "maintenance before-7",
    "silence after-72h",
    "promise after-1",
    "maintenance after-1",
    "maintenance after-1",
]


@pytest.fixture
def school(db: None) -> Customer:
    customer = make_customer(name="School", currency="KZT")
    make_contact(customer, name="Head", is_main=True, is_decision_maker=True)
    return customer


@pytest.fixture
def house(school: Customer, set_clock: Callable[[str], datetime]) -> None:
    """What is on its way when the worker goes, on 10 April at noon."""
    manager = make_user(Role.MANAGER)
    make_user(Role.ACCOUNTANT)
    plan = make_plan(school, followed=0)
    set_clock("2026-04-01 09:00")
    for name, ends_on in (("sixty", date(2026, 6, 10)), ("seven", date(2026, 4, 19))):
        sign_contract(school, title=name, ends_on=ends_on)
    paid = sign_contract(school, title="paid", ends_on=date(2027, 12, 31))
    Milestone.objects.create(contract=paid, on=date(2026, 4, 11), text="Delivery", amount=1000)
    agenda.refresh(Contract.objects.get(pk=paid.pk))
    for day in (12, 19):
        visit(plan, date(2026, 4, day))
    run_due()
    agreed = visit(plan, date(2026, 4, 21))
    opens = datetime(2026, 4, 12, 10, tzinfo=ALMATY)
    windows.agree_window(
        agreed.pk,
        starts_at=opens,
        ends_at=opens + timedelta(hours=2),
        by_name="B.",
        channel="phone",
        by=manager,
    )
    agenda.refresh_many([make_occurrence(plan, asset=make_asset(school), due_on=date(2026, 4, 25))])
    set_clock("2026-04-09 10:00")
    asked = make_ticket(customer=school, title="Which rack?")
    tickets.start(asked.pk, by=manager)
    tickets.wait(asked.pk, waiting_for="client", by=manager)
    set_clock(WENT)
    due = {"late": "2026-04-11 15:00", "fresh": CAME}
    for text, moment in due.items():
        customers.make_promise(
            text=text,
            owner=manager,
            due_at=datetime.fromisoformat(moment).replace(tzinfo=ALMATY),
            customer=school,
            by=None,
        )
    run_due()


def visit(plan, day: date) -> Occurrence:
    one = make_planned(make_occurrence(plan, asset=make_asset(plan.customer), due_on=day))
    agenda.refresh(one)
    return one


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The seconds by which a worker paces itself, as the test lets them pass."""
    passing = SimpleNamespace(at=1000.0)
    monkeypatch.setattr(steps, "time", SimpleNamespace(monotonic=lambda: passing.at))
    monkeypatch.setattr(settings.CONFIG, "catch_up_per_second", PER_SECOND)
    return passing


def said(after: int = 0) -> list[str]:
    """Which stages stand in a history, in the order in which they were said.

    The next steps and questions that stages made have ladders, too; only what people made counts here.
    """
    rows = Entry.objects.filter(verb__in=FIRED, pk__gt=after).order_by("pk")
    stages = [(one.facts["what"], one.facts["stage"], one.facts["step"].split()[-1]) for one in rows]
    made = ("late", "fresh", "rack?")
    return [f"{what} {stage}" for what, stage, of in stages if what not in FOLLOWING or of in made]


def work_off(worker: Step, seconds: SimpleNamespace) -> list[int]:
    """Let the worker catch up, second by second; return how much it did of what was late in each."""
    late = Obligation.objects.filter(due_at__lte=clock.now() - LATE_AFTER).exclude(state="armed")
    did = []
    while Obligation.objects.ready(Lane.PROMISES, clock.now()).exists():
        before = late.filter(state="fired").count()
        worker(lambda: False)
        did.append(late.filter(state="fired").count() - before)
        seconds.at += 1
        assert len(did) < 100
    return did


@pytest.mark.req("S0.25", "S0.33", "S0.34", "S0.38", "S0.39", "S0.40", "S0.42", "S0.4")
@pytest.mark.trust("B23")
@pytest.mark.usefixtures("house")
def test_after_three_days_each_owed_stage_is_said_once_in_order_and_at_a_steady_rate(set_clock, seconds):
    last = Entry.objects.latest("pk").pk
    set_clock(CAME)
    worker = steps.in_time()
    did = work_off(worker, seconds)

    assert said(last) == OWED
    assert max(did) <= PER_SECOND
    assert Ticket.objects.filter(occurrence__due_on=date(2026, 4, 25)).count() == 1  # and it was called

    assert work_off(worker, seconds) == []
    run_due()
    assert len(said(last)) == len(OWED)
    passed = Obligation.objects.filter(kind__startswith="reminders.", due_at__lte=clock.now())
    assert set(passed.values_list("state", flat=True)) == {"fired", "cancelled"}
    assert [str(one) for one in audit.everything()] == []


# The twins: with one of the guards off the same three days end otherwise.


def made_up_for(
    set_clock: Callable[[str], datetime], seconds: SimpleNamespace
) -> tuple[list[str], list[int]]:
    """What a worker says after the outage, and how much it did in each second."""
    last = Entry.objects.latest("pk").pk
    set_clock(CAME)
    did = work_off(steps.in_time(), seconds)
    return said(last), did


@pytest.mark.usefixtures("house")
def test_without_due_order_they_are_said_in_another(set_clock, seconds, monkeypatch):
    ready = ObligationQuerySet.ready
    monkeypatch.setattr(ObligationQuerySet, "ready", lambda self, *of: ready(self, *of).order_by("-ready_at"))
    stages, _did = made_up_for(set_clock, seconds)
    assert stages != OWED
    assert stages.index("maintenance before-7") < stages.index("renewal before-60")


@pytest.mark.usefixtures("house")
def test_without_a_pace_all_of_it_goes_out_in_one_second(set_clock, seconds, monkeypatch):
    monkeypatch.setattr(Allowance, "at", lambda _self, _moment: steps.AT_A_TIME)
    _stages, did = made_up_for(set_clock, seconds)
    assert max(did) > 4 * PER_SECOND


@pytest.mark.usefixtures("house")
def test_without_a_look_at_the_day_what_is_over_is_said_too(set_clock, seconds, monkeypatch):
    standing = firing._standing
    monkeypatch.setattr(firing, "_standing", lambda kind, one, due, _at: standing(kind, one, due, due.at))
    stages, _did = made_up_for(set_clock, seconds)
    assert {"silence after-48h", "maintenance before-1"} <= set(stages)


@pytest.mark.usefixtures("house")
def test_without_memory_of_what_was_fired_it_is_said_twice(set_clock, seconds):
    last = Entry.objects.latest("pk").pk
    made_up_for(set_clock, seconds)
    Obligation.objects.filter(state="fired").delete()
    agenda.refresh_many(list(Contract.objects.all()))
    run_due()
    assert said(last).count("renewal before-7") == 2
