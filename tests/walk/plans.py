"""Steps of maintenance: plans, what is due of them, windows, access, parts, trips, worksheets."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from hypothesis import strategies as st

from servicebook.core import clock
from servicebook.maintenance.actions import access, calling, moving, parts, plans, trips, windows
from servicebook.maintenance.actions.results import Result, record_many
from servicebook.maintenance.models import Occurrence, PartNeed, Plan, Trip, Worksheet
from servicebook.maintenance.rules.windows import Span
from tests.walk.company import ALMATY, draft
from tests.walk.steps import AHEAD, ANY, WHY, Steps, step

CHANGES = st.sampled_from(
    [
        {"every": 1},
        {"every": 3},
        {"every_unit": "weeks"},
        {"every_unit": "months"},
        {"per": "site"},
        {"per": "unit"},
        {"counts_from": "done"},
        {"counts_from": "anchor"},
        {"lead_days": 0},
        {"lead_days": 30},
        {"needs_window": False},
        {"shift": "keep"},
        {"rule": "first", "meter_name": "Runtime", "meter_step": 150, "per": "unit"},
    ]
)
PER = st.sampled_from(Plan.Per.values)
OUTCOMES = st.lists(st.sampled_from(["ok", "failed", "not_done", ""]), min_size=1, max_size=2)
SOON = 25  # of what is stored for a year, people touch what comes first


class Plans(Steps):
    """Plans are drafted, switched on, changed, paused, ended."""

    @step(
        customer=st.integers(0, 1), every=st.integers(1, 3), per=st.sampled_from(Plan.Per.values), ahead=AHEAD
    )
    def a_plan_is_drafted(self, customer: int, every: int, per: str, ahead: int) -> None:
        of = self.company.customers[customer]
        self.attempt(draft, self.company, customer=of, every=every, per=per, anchor_on=self.day(ahead))

    @step(which=ANY, who=ANY)
    def a_plan_is_switched_on(self, which: int, who: int) -> None:
        plan = self.one(Plan.objects.filter(state=Plan.State.DRAFT), which)
        self.attempt(plans.activate, plan.pk, by=self.person(who))

    @step(which=ANY, change=CHANGES)
    def a_plan_is_changed(self, which: int, change: dict[str, Any]) -> None:
        plan = self.one(Plan.objects.select_related("contract", "customer"), which)
        for name, value in change.items():
            setattr(plan, name, value)
        self.attempt(plans.save_plan, plan, list(plan.scopes.all()), by=self.company.boss)

    @step(which=ANY)
    def a_plan_is_paused(self, which: int) -> None:
        self.attempt(plans.pause, self.one(Plan.objects.all(), which).pk, because=WHY, by=self.company.boss)

    @step(which=ANY)
    def a_plan_goes_on(self, which: int) -> None:
        plan = self.one(Plan.objects.filter(state=Plan.State.PAUSED), which)
        self.attempt(plans.resume, plan.pk, by=self.company.boss)

    @step(which=ANY)
    def a_plan_ends(self, which: int) -> None:
        self.attempt(plans.end, self.one(Plan.objects.all(), which).pk, because=WHY, by=self.company.boss)


class Due(Steps):
    """What is due is moved, left out, called, agreed, prepared, done."""

    def due(self, which: int, **which_ones: Any) -> Occurrence:
        rows = Occurrence.objects.filter(**which_ones).order_by("due_on", "pk")
        soon: QuerySet[Occurrence] = Occurrence.objects.filter(
            pk__in=list(rows.exclude(cancelled_at__isnull=False).values_list("pk", flat=True)[:SOON])
        )
        return self.one(soon, which)

    def spans(self, ahead: int, number: int) -> list[Span]:
        at = datetime.combine(self.day(ahead), time(10), ALMATY)
        return [Span(at + timedelta(hours=3 * n), at + timedelta(hours=3 * n + 2)) for n in range(number)]

    @step(which=ANY)
    def it_is_left_out(self, which: int) -> None:
        self.attempt(moving.skip, self.due(which).pk, because=WHY, by=self.company.boss)

    @step(which=ANY)
    def it_takes_place_after_all(self, which: int) -> None:
        one = self.due(which, skipped_at__isnull=False)
        self.attempt(moving.bring_back, one.pk, by=self.company.boss)

    @step(which=ANY, ahead=AHEAD)
    def it_is_moved(self, which: int, ahead: int) -> None:
        one = self.due(which)
        self.attempt(moving.move, one.pk, to=self.day(ahead), because=WHY, by=self.company.boss)

    @step(which=ANY)
    def it_is_called_early(self, which: int) -> None:
        self.attempt(calling.call, [self.due(which).pk], by=self.company.boss)

    @step(which=ANY, ahead=AHEAD, number=st.integers(1, 3))
    def windows_are_offered(self, which: int, ahead: int, number: int) -> None:
        one = self.due(which, ticket__isnull=False)
        self.attempt(windows.offer_windows, one.pk, self.spans(ahead, number), by=self.company.boss)

    @step(which=ANY, ahead=AHEAD, number=st.integers(2, 3))
    def other_windows_are_wished(self, which: int, ahead: int, number: int) -> None:
        one = self.due(which, ticket__isnull=False)
        spans = self.spans(ahead, number)
        self.attempt(windows.wish_windows, one.pk, spans, by_name="B.", channel="phone", by=self.company.boss)

    @step(which=ANY, ahead=AHEAD)
    def a_window_is_agreed(self, which: int, ahead: int) -> None:
        begin, end = self.spans(ahead, 1)[0]
        self.attempt(
            windows.agree_window,
            self.due(which).pk,
            starts_at=begin,
            ends_at=end,
            by_name="B.",
            channel="phone",
            by=self.company.boss,
        )

    @step(which=ANY)
    def a_window_holds_no_longer(self, which: int) -> None:
        one = self.due(which, window_agreed_at__isnull=False)
        self.attempt(windows.reopen_window, one.pk, because=WHY, by=self.company.boss)

    @step(which=ANY, agreed=st.booleans())
    def access_is_spoken_of(self, which: int, agreed: bool) -> None:
        one = self.due(which, ticket__isnull=False)
        if agreed:
            self.attempt(access.agree_access, one.pk, by_name="B.", channel="phone", by=self.company.boss)
        else:
            self.attempt(access.withdraw_access, one.pk, because=WHY, by=self.company.boss)

    @step(which=ANY, do=st.sampled_from(["reserve", "issue", "give_back", "use", "drop_part"]))
    def a_part_moves(self, which: int, do: str) -> None:
        self.attempt(getattr(parts, do), self.one(PartNeed.objects.all(), which).pk, by=self.company.boss)

    @step(first=ANY, second=ANY, ahead=AHEAD)
    def two_go_on_one_trip(self, first: int, second: int, ahead: int) -> None:
        ids = {self.due(first).pk, self.due(second).pk}
        self.attempt(trips.make_trip, self.day(ahead), ids, title="Round", by=self.company.boss)

    @step(which=ANY)
    def a_trip_is_taken_apart(self, which: int) -> None:
        self.attempt(trips.take_apart, self.one(Trip.objects.all(), which).pk, by=self.company.boss)

    @step(
        which=ANY,
        outcomes=st.lists(st.sampled_from(["ok", "failed", "not_done", ""]), min_size=1, max_size=2),
    )
    def a_worksheet_is_filled(self, which: int, outcomes: list[str]) -> None:
        sheet = self.one(Worksheet.objects.all(), which)
        lines = sheet.lines.order_by("pk")
        results = [Result(line.pk, one, note=WHY) for line, one in zip(lines, outcomes, strict=False)]
        self.attempt(record_many, sheet.ticket_id, results, by=self.company.boss, at=clock.now())
