"""What goes out about plans, field by field, and what comes in."""

from datetime import time
from typing import Annotated, Any

from pydantic import Field

from servicebook.contracts.document import Scope
from servicebook.core.api import (
    Custom,
    Day,
    From,
    Id,
    In,
    Line30,
    Line80,
    Line120,
    Line250,
    Out,
    Paging,
    Text,
    inline,
)
from servicebook.maintenance.api.shapes import Amount, Seen
from servicebook.maintenance.models import Plan

Rule = Annotated[Plan.Rule, inline(Plan.Rule)]
Unit = Annotated[Plan.Unit, inline(Plan.Unit)]
CountsFrom = Annotated[Plan.CountsFrom, inline(Plan.CountsFrom)]
Shift = Annotated[Plan.Shift, inline(Plan.Shift)]
Per = Annotated[Plan.Per, inline(Plan.Per)]
PlanState = Annotated[Plan.State, inline(Plan.State)]
Weekday = Annotated[int, Field(ge=0, le=6, description="0 is Monday.")]
Days = Annotated[int, Field(ge=0, le=366)]


class PlanPart(In):
    """A part that each task needs."""

    name: Annotated[Line120, Field(min_length=1)]
    quantity: Annotated[int, Field(ge=1, le=9999)] = 1


class PlanDocument(In):
    """A plan with its rule, its scope, and what each task is made with. References are ids."""

    title: Annotated[Line250, Field(min_length=1, max_length=200)]
    customer: Id | None = None
    contract: Annotated[Line30 | None, Field(description="Its number.")] = None
    rule: Rule = Plan.Rule.CALENDAR
    every: Annotated[int, Field(ge=1, le=1200)] | None = None
    every_unit: Unit = Plan.Unit.MONTHS
    anchor_on: Day | None = None
    nth: Annotated[int, Field(ge=-1, le=5, description="The nth weekday; -1 is the last.")] | None = None
    weekday: Weekday | None = None
    counts_from: CountsFrom = Plan.CountsFrom.ANCHOR
    meter_name: Line80 = ""
    meter_step: Amount | None = None
    shift: Shift = Plan.Shift.NEXT
    hours: Annotated[Id | None, Field(description="Service hours whose days are the working days.")] = None
    weekdays: Annotated[list[Weekday], Field(max_length=7)] = []
    window_from: time | None = None
    window_until: time | None = None
    starts_on: Day | None = None
    ends_on: Day | None = None
    per: Per = Plan.Per.UNIT
    lead_days: Days = 14
    may_move_days: Days = 7
    needs_window: bool = True
    work_type: Id
    standard_minutes: Annotated[int, Field(ge=1, le=100_000)] | None = None
    checklist: Id | None = None
    parts: Annotated[list[PlanPart], Field(max_length=100)] = []
    access: Text = ""
    instructions: Text = ""
    owner: Id | None = None
    team: Id | None = None
    external_ref: Line80 = ""
    custom: Custom = {}
    scopes: Annotated[list[Scope], Field(max_length=200)] = []


class PlanWhole(PlanDocument):
    """The plan as it shall be: what is left out goes back to what a new one has."""

    seen: Seen = None


class PlanRow(Out):
    """A plan in a list."""

    id: int
    number: str
    title: str
    customer: Annotated[int | None, From("customer_id")]
    contract: Annotated[str | None, From("contract_number")]
    state: PlanState
    state_because: str
    rule: Rule
    every: int | None
    every_unit: Unit
    anchor_on: Day | None
    per: Per
    owner: Annotated[int | None, From("owner_id")]
    external_ref: str
    seen: Annotated[int, From("version")]


class PlanColumns(PlanRow):
    nth: int | None
    weekday: int | None
    counts_from: CountsFrom
    meter_name: str
    meter_step: Amount | None
    shift: Shift
    hours: Annotated[int | None, From("hours_id")]
    weekdays: list[int]
    window_from: time | None
    window_until: time | None
    starts_on: Day | None
    ends_on: Day | None
    lead_days: int
    may_move_days: int
    needs_window: bool
    work_type: Annotated[int, From("work_type_id")]
    standard_minutes: int | None
    checklist: Annotated[int | None, From("checklist_id")]
    parts: list[dict[str, Any]]
    access: str
    instructions: str
    team: Annotated[int | None, From("team_id")]
    custom: dict[str, Any]


class PlanOut(PlanColumns):
    """A plan with its whole rule and scope."""

    scopes: list[Scope]


class PlanFilter(Paging):
    customer: Id | None = None
    contract: Annotated[Line30, Field(description="Its number.")] = ""
    state: PlanState | None = None
    owner: Id | None = None
    external_ref: Line80 = ""


class PlanBecause(In):
    because: Annotated[Line250, Field(min_length=1, max_length=200)]
