"""A next step that the program asked for ends with its reason, not only when somebody ticks it off."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from servicebook import agenda
from servicebook.accounts.models import Role
from servicebook.agenda import audit
from servicebook.agenda.models import Obligation
from servicebook.agenda.worker import run_due
from servicebook.customers.models import Promise
from servicebook.maintenance.actions import moving, windows
from servicebook.maintenance.models import Occurrence
from servicebook.maintenance.rules.windows import Span
from servicebook.reminders import links
from servicebook.reminders.models import Ask
from servicebook.testing import (
    close_ticket,
    make_contact,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(set_clock) -> Occurrence:
    """Due on 30 April; its customer was asked for the window on the 16th."""
    set_clock("2026-04-16 06:00")
    make_user(Role.MANAGER)
    customer = make_customer(name="School 12")
    make_contact(customer, name="Aigul", is_main=True)
    one = make_planned(make_occurrence(make_plan(customer, followed=0)))
    agenda.refresh(one)
    set_clock("2026-04-16 09:00")
    run_due()
    return one


def on(day: int, hour: int) -> datetime:
    return datetime(2026, 5, day, hour, tzinfo=ZoneInfo("Asia/Almaty"))


def steps() -> list[str]:
    rows = Promise.objects.open().exclude(source="").order_by("pk")
    return [text.partition(":")[0] for text in rows.values_list("text", flat=True)]


@pytest.mark.req("S0.27", "S0.39")
def test_the_step_that_a_wish_asks_for_ends_when_the_window_is_agreed(visit, set_clock, dispatcher):
    wishes = [Span(on(4, 10), on(4, 12)), Span(on(5, 10), on(5, 12))]
    windows.wish_windows(visit.pk, wishes, by_name="Aigul", channel="link")
    run_due()
    assert steps() == ["Agree one of the windows that Aigul asks for"]

    set_clock("2026-04-16 11:00")
    agreed = dict(zip(("starts_at", "ends_at"), wishes[0], strict=True))
    windows.agree_window(visit.pk, **agreed, by_name="Aigul", channel="phone", by=dispatcher)
    run_due()

    assert steps() == []
    dropped = Promise.objects.get(text__startswith="Agree one of the windows")
    assert dropped.dropped_because == "it is agreed with the customer"
    set_clock("2026-04-20 09:30")  # 14 days before the day to which the window moved the work
    run_due()
    assert steps() == []
    fired = Obligation.objects.filter(kind="reminders.maintenance", state="fired")
    assert list(fired.values_list("occurrence", flat=True)) == ["2026-04-30"]
    assert list(audit.everything()) == []


@pytest.mark.req("S0.33", "S0.39")
@pytest.mark.parametrize("done", [True, False])
def test_what_was_to_be_seen_to_before_a_visit_ends_with_it(visit, set_clock, manager, done):
    set_clock("2026-04-23 09:30")
    run_due()
    assert "See that window, access and parts are settled" in steps()

    if done:
        close_ticket(visit.ticket, by=manager)
    else:
        moving.skip(visit.pk, because="The school is closed", by=manager)
    run_due()

    assert steps() == []
    assert list(audit.everything()) == []


def test_the_link_of_a_mail_has_a_host_though_nobody_configured_one(visit, settings):
    settings.CONFIG = settings.CONFIG.model_copy(update={"origin": "", "port": 8123})
    ask = Ask.objects.get()

    assert links.url_of(ask, ask.contact).startswith("http://localhost:8123/a/")
