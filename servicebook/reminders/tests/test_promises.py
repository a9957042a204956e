"""A promise that is late: its owner hears of it at its moment, a manager a day later."""

from datetime import timedelta

import pytest

from servicebook.accounts.models import Role
from servicebook.agenda import audit
from servicebook.agenda.worker import run_due
from servicebook.core import preferences
from servicebook.customers import actions
from servicebook.customers.models import Promise
from servicebook.messaging.models import Notice
from servicebook.testing import make_customer, make_user

pytestmark = pytest.mark.django_db


def told() -> list[str]:
    rows = Notice.objects.select_related("delivery").order_by("pk")
    return [f"{row.delivery.to_address}: {row.subject_line}" for row in rows]


@pytest.mark.req("S0.4")
@pytest.mark.trust("B23")
def test_the_owner_of_an_overdue_promise_is_told_once_per_date_and_a_manager_a_day_later(
    set_clock, dispatcher, manager
):
    at = set_clock("2026-10-14 09:00")
    promise = actions.make_promise(
        text="Call back about the offer",
        owner=dispatcher,
        due_at=at + timedelta(hours=1),
        customer=make_customer(name="Alpha"),
        by=None,
    )
    run_due()
    assert told() == []

    set_clock("2026-10-14 10:00")
    run_due()
    run_due()
    assert told() == [f"{dispatcher.email}: Call back about the offer"]
    assert Notice.objects.get().url.endswith(promise.get_absolute_url())
    assert Promise.objects.count() == 1  # it is the step itself

    actions.move_promise(promise.pk, due_at=at + timedelta(hours=5), by=dispatcher)
    set_clock("2026-10-14 14:00")
    run_due()
    assert told() == [f"{dispatcher.email}: Call back about the offer"] * 2

    set_clock("2026-10-15 14:00")
    run_due()
    step = Promise.objects.get(source="reminders.promise")
    assert (step.owner, step.about) == (manager, promise)
    assert step.text == f"{dispatcher.name} is late: Call back about the offer"
    set_clock("2026-10-20 14:00")
    run_due()
    assert Promise.objects.count() == 2  # a step that looks after a late promise makes no further one
    assert list(audit.everything()) == []


def test_a_promise_that_was_kept_in_time_bothers_nobody(set_clock, dispatcher):
    at = set_clock("2026-10-14 09:00")
    due = at + timedelta(hours=1)
    promise = actions.make_promise(
        text="Call", owner=dispatcher, due_at=due, customer=make_customer(), by=None
    )
    actions.keep_promise(promise.pk, by=dispatcher)
    set_clock("2026-10-14 12:00")
    run_due()
    assert not Notice.objects.exists()


def test_when_the_owner_left_whoever_owns_the_service_is_told(set_clock):
    at = set_clock("2026-10-14 09:00")
    left, head = make_user(), make_user(Role.MANAGER)
    preferences.choose(service_owner_id=head.pk)
    due = at + timedelta(hours=1)
    actions.make_promise(text="Call", owner=left, due_at=due, customer=make_customer(), by=None)
    left.is_active = False
    left.save()
    set_clock("2026-10-14 12:00")
    run_due()
    assert Notice.objects.get().delivery.to_address == head.email


@pytest.mark.req("S0.4", "S0.39")
@pytest.mark.parametrize("how", ["kept", "dropped", "moved"])
def test_nobody_looks_after_a_promise_that_is_late_no_more(set_clock, dispatcher, manager, how):
    at = set_clock("2026-10-14 09:00")
    due = at + timedelta(hours=1)
    promise = actions.make_promise(
        text="Call", owner=dispatcher, due_at=due, customer=make_customer(), by=None
    )
    set_clock("2026-10-15 11:00")
    run_due()
    assert Promise.objects.open().filter(source="reminders.promise").count() == 1

    if how == "kept":
        actions.keep_promise(promise.pk, by=dispatcher)
    elif how == "dropped":
        actions.drop_promise(promise.pk, because="They called us", by=dispatcher)
    else:
        actions.move_promise(promise.pk, due_at=at + timedelta(days=3), by=dispatcher)
    run_due()

    assert not Promise.objects.open().filter(source="reminders.promise").exists()
    assert list(audit.everything()) == []
