"""What goes out about maintenance, field by field, and what comes in."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from servicebook.core.api import (
    Day,
    From,
    Id,
    In,
    Line30,
    Line120,
    Line250,
    Moment,
    Out,
    Paging,
    Text,
    inline,
)
from servicebook.maintenance.models import ChecklistItem, Heard, PartNeed, Window, WorksheetLine
from servicebook.maintenance.rules.windows import Span

Seen = Annotated[
    int | None,
    Field(ge=0, description="The `seen` that you read; if somebody changed it since, nothing is done."),
]
HeardBy = Annotated[Heard, inline(Heard)]
Amount = Annotated[Decimal, Field(max_digits=14, decimal_places=3, allow_inf_nan=False)]


class OccurrenceBecause(In):
    because: Annotated[Line250, Field(min_length=1, max_length=200)]


class OccurrenceOff(OccurrenceBecause):
    seen: Seen = None


# Occurrences.


class OccurrenceRow(Out):
    """One due instance of a plan, as it is stored."""

    id: int
    plan: Annotated[str, From("plan__number")]
    title: Annotated[str, From("plan__title")]
    customer: Annotated[int, From("customer_id")]
    site: Annotated[int | None, From("site_id")]
    asset: Annotated[int | None, From("asset_id")]
    key: str
    part: int
    follows: Annotated[int | None, From("follows_id")]
    nominal_on: Day
    due_on: Day
    moved_because: str
    by_meter: bool
    forecast_from: Day | None
    forecast_until: Day | None
    ticket: Annotated[str | None, From("ticket__number")]
    called_at: Moment | None
    skipped_at: Moment | None
    cancelled_at: Moment | None
    because: str
    trip: Annotated[int | None, From("trip_id")]
    window_from: Moment | None
    window_until: Moment | None
    window_agreed_at: Moment | None
    window_agreed_by: str
    window_channel: str
    access_agreed_at: Moment | None
    access_agreed_by: str
    seen: Annotated[int, From("version")]


class OccurrenceOut(OccurrenceRow):
    """With how it stands today, why its visit may fail (`window`, `access`, `parts`), and what follows it.

    Who agreed to the window of the next confirmed its day.
    """

    state: str
    risks: list[str]
    next_on: Day | None
    next_confirmed_at: Moment | None
    next_confirmed_by: str


class OccurrenceFilter(Paging):
    customer: Id | None = None
    site: Id | None = None
    asset: Id | None = None
    plan: Annotated[Line30, Field(description="Its number.")] = ""
    due_from: Day | None = None
    due_until: Day | None = None
    unfinished: Annotated[bool | None, Field(description="true: still to be done.")] = None
    called: Annotated[bool | None, Field(description="Whether it has its ticket.")] = None


class OccurrenceMove(OccurrenceOff):
    to: Day


# Windows and access.


class SpanIn(In):
    starts_at: Moment
    ends_at: Moment

    def span(self) -> Span:
        return Span(self.starts_at, self.ends_at)


class WindowOut(Out):
    id: int
    starts_at: Moment
    ends_at: Moment
    ours: bool
    by_name: str
    made_at: Moment
    state: Annotated[Window.State, inline(Window.State)]


class Offer(In):
    windows: Annotated[list[SpanIn], Field(min_length=1, max_length=3)]


class Agreed(In):
    """Who at the customer agreed, and how we heard of it."""

    by_name: Annotated[Line120, Field(min_length=1)]
    channel: HeardBy = Heard.API


class Wish(Agreed):
    windows: Annotated[list[SpanIn], Field(min_length=1, max_length=3)]


class WindowAgreed(Agreed):
    """One that was offered or wished for, by its id; or another, by its beginning and end."""

    window: Id | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None


# Parts.


class PartOut(Out):
    id: int
    name: str
    quantity: int
    kit: Annotated[int | None, From("kit_id")]
    state: Annotated[PartNeed.State, inline(PartNeed.State)]
    serial: str
    changed_at: Moment


class PartNew(In):
    name: Annotated[Line120, Field(min_length=1)]
    quantity: Annotated[int, Field(ge=1, le=9999)] = 1


class PartReserved(In):
    kit: Annotated[Id | None, Field(description="Reserve it in this kit.")] = None


class PartUsed(In):
    quantity: Annotated[int | None, Field(ge=1, le=9999, description="All, if it is left out.")] = None
    serial: Annotated[Line250, Field(max_length=200)] = ""


class KitOut(Out):
    """`occurrence` is the task at which the kit is; null when it is free."""

    id: int
    name: str
    contents: str
    active: bool
    occurrence: int | None


# Trips.


class TripIn(In):
    day: Day
    title: Annotated[Line250, Field(min_length=1, max_length=200)]
    occurrences: Annotated[list[Id], Field(min_length=2, max_length=100)]


class TripRow(Out):
    id: int
    day: Day
    title: str
    region: Annotated[int | None, From("region_id")]
    city: str


class TripOut(TripRow):
    occurrences: list[int]


# Checklists and worksheets.


class ItemIn(In):
    text: Annotated[Line250, Field(min_length=1, max_length=200)]
    kind: Annotated[ChecklistItem.Kind, inline(ChecklistItem.Kind)] = ChecklistItem.Kind.CHECK
    unit: Annotated[Line30, Field(max_length=20)] = ""
    low: Amount | None = None
    high: Amount | None = None
    asks_before: bool = False
    proof: Annotated[ChecklistItem.Proof, inline(ChecklistItem.Proof)] = ChecklistItem.Proof.NONE
    required: bool = True
    hint: Line250 = ""


class ItemOut(Out):
    text: str
    kind: Annotated[ChecklistItem.Kind, inline(ChecklistItem.Kind)]
    unit: str
    low: Decimal | None
    high: Decimal | None
    asks_before: bool
    proof: Annotated[ChecklistItem.Proof, inline(ChecklistItem.Proof)]
    required: bool
    hint: str


class ChecklistRow(Out):
    id: int
    name: str
    active: bool


class ChecklistOut(ChecklistRow):
    """With its latest version; number 0 while there is none."""

    number: int
    regulation: str
    what_changed: str
    items: list[ItemOut]


class Published(In):
    regulation: Text = ""
    what_changed: Line250 = ""
    items: Annotated[list[ItemIn], Field(min_length=1, max_length=200)]


class ChecklistNew(Published):
    name: Annotated[Line120, Field(min_length=1)]


class VersionNew(Published):
    seen: Annotated[
        int | None, Field(ge=0, description="The number of the version that you read; 409 after a later one.")
    ] = None


class LineOut(Out):
    """One item on one unit, what it asks for, and what came of it."""

    id: int
    asset: int | None
    item: str
    kind: str
    unit: str
    low: Decimal | None
    high: Decimal | None
    asks_before: bool
    proof: str
    required: bool
    hint: str
    outcome: str
    before: Decimal | None
    after: Decimal | None
    deviates: bool
    text: str
    note: str
    photo: int | None
    signed_by: str
    at: Moment | None
    follow_up: str | None
    seen: int


class WorksheetOut(Out):
    """What is to be done on a ticket, by the checklist as it was on the day the ticket was made."""

    ticket: str
    checklist: str
    version: int
    regulation: str
    standard_minutes: int
    risks: str
    lines: list[LineOut]


class LineIn(In):
    """What came of a line. An empty outcome opens it again."""

    line: Id
    outcome: Annotated[WorksheetLine.Outcome, inline(WorksheetLine.Outcome)]
    before: Amount | None = None
    after: Amount | None = None
    text: Text = ""
    note: Line250 = ""
    photo: Annotated[Id | None, Field(description="A document of this ticket.")] = None
    signed_by: Line120 = ""
    seen: Seen = None


class Recorded(In):
    lines: Annotated[list[LineIn], Field(max_length=500)]
    risks: Text | None = None
    at: Annotated[Moment | None, Field(description="When it was done; now, if it is left out.")] = None
