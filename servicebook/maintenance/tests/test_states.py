"""Whatever is done in whatever order, an occurrence stands as a slow reference says (S0.24, S0.27, S0.28)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servicebook.accounts.models import Role
from servicebook.core import clock, reference
from servicebook.core.errors import Refused
from servicebook.journal.models import Entry
from servicebook.maintenance.actions import access, calling, moving, windows
from servicebook.maintenance.actions.settling import closing_of, settle
from servicebook.maintenance.models import Occurrence
from servicebook.maintenance.rules.windows import Span
from servicebook.maintenance.states import RELATED, state_of
from servicebook.testing import close_ticket, make_occurrence, make_plan, make_reason, make_user
from servicebook.tickets import actions as tickets

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.req("S0.27", "S0.28", "S0.24")]
ALMATY = ZoneInfo("Asia/Almaty")
NOON = datetime(2026, 4, 10, 12, tzinfo=ALMATY)
DAY = date(2026, 4, 30)


@dataclass
class Reference:
    """A slow and simple account of one occurrence."""

    due_on: date = DAY
    called: bool = False
    closed: bool = False
    skipped: bool = False
    asked: bool = False
    agreed: date | None = None  # the day of the window
    access: bool = False

    def stands(self, today: date) -> str:
        if self.closed:
            return "done"
        if self.skipped:
            return "skipped"
        if today > self.due_on:
            return "overdue"
        if self.agreed:
            return "agreed"
        if self.asked:
            return "asked"
        return "called" if self.called else "ahead"

    def may_fail(self, today: date) -> list[str]:
        since = self.due_on - timedelta(days=7)
        if self.closed or self.skipped or not self.called or today < since:
            return []
        return ["window"] * (not self.agreed) + ["access"] * (not self.access)

    @property
    def over(self) -> bool:
        return self.closed or self.skipped


def span(day: date) -> Span:
    starts = datetime(day.year, day.month, day.day, 10, tzinfo=ALMATY)
    return Span(starts, starts + timedelta(hours=2))


class Story:
    """An occurrence and its reference, side by side."""

    def __init__(self, by) -> None:
        self.by, self.reference = by, Reference()
        plan = make_plan(access="Ask the guard", may_move_days=30)
        self.pk = make_occurrence(plan, due_on=DAY).pk

    @property
    def row(self) -> Occurrence:
        return Occurrence.objects.select_related(*RELATED).get(pk=self.pk)

    def act(self, name: str) -> None:
        """Do it to both; what the reference forbids must be refused, and change nothing."""
        before = self.picture()
        lawful = getattr(self, f"_{name}_is_lawful", lambda: not self.reference.over)()
        try:
            with transaction.atomic():
                getattr(self, name)()
        except Refused:
            assert not lawful, name
            assert self.picture() == before, name
        else:
            assert lawful, name

    def picture(self):
        rows = Occurrence.objects.filter(pk=self.pk).values()
        return list(rows), list(self.row.windows.values("pk", "state")), Entry.objects.count()

    def check(self) -> None:
        row, reference = self.row, self.reference
        state, today = state_of(row), clock.today(ALMATY)
        assert state.standing == reference.stands(today)
        assert [risk.code for risk in state.risks] == reference.may_fail(today)
        assert row.due_on == reference.due_on
        assert (row.ticket is not None) == reference.called
        if row.ticket:
            assert row.ticket.is_open == (not reference.over)
            assert row.ticket.was_done == reference.closed
            if row.ticket.is_open:
                assert row.ticket.due_at.astimezone(ALMATY).date() >= reference.due_on
        assert row.windows.filter(state="accepted").exists() == bool(row.window_agreed_at)

    # What is done, and what it does to the reference.

    def call(self) -> None:
        calling.call([self.pk], by=self.by)
        self.reference.called |= not self.reference.skipped

    def _call_is_lawful(self) -> bool:
        return True

    def offer(self) -> None:
        windows.offer_windows(self.pk, [span(self.reference.due_on)], by=self.by)
        self.reference.asked = True

    def _offer_is_lawful(self) -> bool:
        return not self.reference.over and not self.reference.agreed

    def wish(self) -> None:
        day = self.reference.due_on
        wishes = [span(day + timedelta(days=1)), span(day + timedelta(days=2))]
        windows.wish_windows(self.pk, wishes, by_name="B.", channel="link")
        self._take_agreement_back()
        self.reference.asked = True

    def agree(self) -> None:
        self._agree(self.reference.due_on)

    def agree_later(self) -> None:
        self._agree(self.reference.due_on + timedelta(days=1))

    def _agree_is_lawful(self) -> bool:
        return not self.reference.over and self.reference.agreed in (None, self.reference.due_on)

    def _agree_later_is_lawful(self) -> bool:
        return not self.reference.over and not self.reference.agreed

    def _agree(self, day: date) -> None:
        found = windows.agree_window(
            self.pk, **span(day)._asdict(), by_name="B.", channel="phone", by=self.by
        )
        assert found.window_agreed_at
        self.reference.access &= day == self.reference.due_on
        self.reference.due_on, self.reference.agreed, self.reference.asked = day, day, False

    def reopen_window(self) -> None:
        windows.reopen_window(self.pk, because="x", by=self.by)
        self.reference.asked &= not self.reference.agreed
        self._take_agreement_back()

    def _take_agreement_back(self) -> None:
        """Access was agreed for the window."""
        self.reference.access &= not self.reference.agreed
        self.reference.agreed = None

    def let_in(self) -> None:
        access.agree_access(self.pk, by_name="B.", channel="phone", by=self.by)
        self.reference.access = True

    def lock_out(self) -> None:
        access.withdraw_access(self.pk, because="x", by=self.by)
        self.reference.access = False

    def move(self) -> None:
        self.reference_day = self.reference.due_on + timedelta(days=2)
        moving.move(self.pk, to=self.reference_day, because="x", by=self.by)
        self.reference.asked &= not self.reference.agreed
        self.reference.due_on, self.reference.agreed, self.reference.access = self.reference_day, None, False

    def skip(self) -> None:
        moving.skip(self.pk, because="x", by=self.by)
        self.reference.skipped, self.reference.agreed, self.reference.asked = True, None, False
        self.reference.access = False

    def bring_back(self) -> None:
        moving.bring_back(self.pk, by=self.by)
        self.reference.skipped = False

    def _bring_back_is_lawful(self) -> bool:
        return not self.reference.closed

    def close(self) -> None:
        if self.reference.called:
            close_ticket(self.row.ticket, by=self.by)
            self.reference.closed = True
            settle(self.row.ticket_id, closing=closing_of(self.row.ticket.closed_at))

    def _close_is_lawful(self) -> bool:
        return not self.reference.called or not self.reference.over

    def reopen(self) -> None:
        if self.reference.closed:
            tickets.reopen(self.row.ticket_id, because="x", by=self.by)
            self.reference.closed = False

    def _reopen_is_lawful(self) -> bool:
        return True


ACTS = [
    "call", "offer", "wish", "agree", "agree_later", "reopen_window", "let_in", "lock_out", "move", "skip",
    "bring_back", "close", "reopen",
]  # fmt: skip


@settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(acts=st.lists(st.sampled_from(ACTS), min_size=3, max_size=14), later=st.integers(0, 40))
def test_an_occurrence_stands_as_the_reference_says(acts, later):
    with transaction.atomic():
        clock.set_to(NOON)
        make_reason("maintenance")
        reference.drop()  # what the example before knew was rolled back with it
        story = Story(make_user(Role.MANAGER))
        for act in acts:
            story.act(act)
            story.check()
        clock.set_to(NOON + timedelta(days=later))
        story.check()
        transaction.set_rollback(True)
