"""What goes out about tickets, field by field, and what comes in."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from servicebook.contracts.models import choices
from servicebook.core.api import (
    Custom,
    Day,
    From,
    FullText,
    Id,
    In,
    Line30,
    Line80,
    Line120,
    Line250,
    Moment,
    Out,
    Paging,
    Text,
    inline,
    unset,
)
from servicebook.tickets.models import Channel, Kind, Link, Message, SlaClock, Status, Ticket, WaitingReason

TicketKind = Annotated[Kind, inline(Kind)]
Direction = Annotated[Message.Direction, inline(Message.Direction)]
Via = Annotated[Channel, inline(Channel)]
TicketStatus = Annotated[Status, inline(Status)]
WaitsFor = Annotated[WaitingReason, inline(WaitingReason)]
LinkKind = Annotated[Link.Kind, inline(Link.Kind)]
Agreement = Annotated[Ticket.Agreement, inline(Ticket.Agreement)]
Measure = Annotated[choices.Measure, inline(choices.Measure)]
Service = Annotated[choices.Service, inline(choices.Service)]
ClockState = Annotated[SlaClock.State, inline(SlaClock.State)]
Verdict = Literal["covered", "partly", "extra", "unknown"]
Sign = Literal["tampering", "misuse", "unsupported"]
Timed = Literal["labour", "remote"]
Counted = Literal["visit", "diagnostic", "parts"]
Level = Annotated[int, Field(ge=1, le=4)]


class TicketRow(Out):
    """A ticket in a list."""

    id: int
    number: str
    kind: TicketKind
    title: str
    customer: Annotated[int, From("customer_id")]
    customer_name: Annotated[str, From("customer__name")]
    contact: Annotated[int | None, From("contact_id")]
    site: Annotated[int | None, From("site_id")]
    asset: Annotated[int | None, From("asset_id")]
    channel: Via
    reason: Annotated[str, From("reason__code")]
    status: TicketStatus
    status_since: Moment
    waiting_for: str
    expected_on: Day | None
    resume_at: Moment | None
    priority: Level
    coverage: str
    contract: Annotated[int | None, From("contract_id")]
    due_at: Moment | None
    next_deadline_at: Moment | None
    owner: Annotated[int, From("owner_id")]
    owner_name: Annotated[str, From("owner__name")]
    team: Annotated[int | None, From("team_id")]
    opened_at: Moment
    responded_at: Moment | None
    closed_at: Moment | None
    changed_at: Moment
    external_ref: str


class ClockRow(Out):
    """A promised time: `due_at` is null while it is paused."""

    measure: Measure
    state: ClockState
    minutes: int
    binding: bool
    started_at: Moment
    due_at: Moment | None
    warn_at: Moment | None
    met_at: Moment | None
    breached_at: Moment | None


class StretchOut(Out):
    since: Moment
    until: Moment | None
    counted: bool
    reason: str
    seconds: int


class ClockOut(ClockRow):
    """A clock as it is in this second; `counted`: seconds."""

    counted: int
    stretches: list[StretchOut]


class ChargeOut(Out):
    """Extra work: `quantity` in trips, diagnostics, minutes, or money; a rate of time is per hour."""

    id: int
    service: Service
    extra: Annotated[int | None, From("extra_id")]
    quantity: Decimal
    unit_price: Decimal
    factor: Decimal
    amount: Decimal
    currency: str
    because: str
    source: str
    at: Moment
    dropped_at: Moment | None
    dropped_because: str


class TicketFields(TicketRow):
    """What a ticket says itself."""

    priority_because: str
    downtime: Level
    contact_name: Annotated[str | None, From("contact__name")]
    site_name: Annotated[str | None, From("site__name")]
    serial: Annotated[str | None, From("asset__serial")]
    region: Annotated[int | None, From("region_id")]
    work_type: Annotated[int | None, From("work_type_id")]
    on_site_contact: str
    preferred_window: str
    waiting_note: str
    done: str
    result: str
    proof: str
    replaced_parts: str
    recommendations: str
    agreement: str
    agreed_by: str
    agreed_at: Moment | None
    withdrawn_because: str
    repeat_of: Annotated[int | None, From("repeat_of_id")]
    merged_into: Annotated[int | None, From("merged_into_id")]
    reopened: int
    tracker_url: str
    tracker_state: str
    arrived_at: Moment | None
    recovered_at: Moment | None
    custom: dict[str, Any]


class TicketOut(TicketFields):
    """A ticket with everything that it says itself, its clocks and what is billed."""

    clocks: list[ClockRow]
    charges: list[ChargeOut]


class TicketFilter(Paging):
    status: TicketStatus = unset
    kind: TicketKind = unset
    customer: Id = unset
    owner: Id = unset
    asset: Id = unset
    site: Id = unset
    contact: Id = unset
    reason: Line30 = unset
    priority: Level = unset
    waiting_for: WaitsFor = unset
    external_ref: Annotated[Line80, Field(min_length=1)] = unset
    coverage: Verdict = unset
    contract: Id = unset


class TicketNew(In):
    customer: Id
    title: Line250 = ""
    text: Text = ""
    contact: Id | None = None
    site: Id | None = None
    asset: Id | None = None
    reason: Line30 | None = None
    kind: TicketKind = Kind.REQUEST
    downtime: Level | None = None
    on_site_contact: Line120 = ""
    preferred_window: Line120 = ""
    author_name: Line120 = ""
    external_ref: Line80 = ""
    acknowledge: bool = True
    custom: Custom = Field(default_factory=dict)


class TicketChange(In):
    """What may be changed. Status, owner and closure have operations of their own."""

    title: Line250 = unset
    contact: Id | None = unset
    site: Id | None = unset
    asset: Id | None = unset
    reason: Line30 = unset
    kind: TicketKind = unset
    downtime: Level = unset
    work_type: Id | None = unset
    on_site_contact: Line120 = unset
    preferred_window: Line120 = unset


class MessageOut(Out):
    id: int
    direction: Direction
    channel: Via
    author: Annotated[int | None, From("author_id")]
    author_name: str
    contact: Annotated[int | None, From("contact_id")]
    at: Moment
    text: str
    automatic: bool


class Said(In):
    text: FullText


class Reply(In):
    text: FullText
    to: Annotated[Id | None, Field(description="A contact; the ticket's own if left out.")] = None
    channel: Annotated[
        Literal["mail", "telegram"] | None, Field(description="The way that they wrote by, if left out.")
    ] = None


class Heard(In):
    """What a customer said elsewhere: on the phone, in a messenger."""

    text: FullText
    channel: Via = Channel.API
    contact: Id | None = None
    author_name: Line120 = ""


class Assignment(In):
    """One of the two: a person, or a team whose lead then owns the ticket."""

    person: Id | None = None
    team: Id | None = None


class Waiting(In):
    waiting_for: WaitsFor
    note: Line250 = ""
    expected_on: Annotated[Day | None, Field(description="Needed for a part or a delivery.")] = None
    resume_at: Moment | None = None


class Note(In):
    note: Line250 = ""


class Closure(In):
    done: FullText
    result: FullText
    proof: FullText
    replaced_parts: FullText
    recommendations: FullText
    agreement: Agreement
    agreed_by: Line120
    agreed_at: Moment | None = None


class Because(In):
    because: Line250


class Merge(In):
    into: Annotated[Line30, Field(description="The number of the ticket that stays.")]


class LinkIn(In):
    to: Annotated[Line30, Field(description="The number of the other ticket.")]
    kind: LinkKind = Link.Kind.RELATED


class LinkOut(Out):
    id: int
    kind: LinkKind
    source: Annotated[str, From("source__number")]
    target: Annotated[str, From("target__number")]


class TimeIn(In):
    minutes: Annotated[int, Field(ge=1, le=1440)]
    worked_on: Day | None = None
    work_type: Id | None = None
    note: Line250 = ""
    service: Annotated[Timed | None, Field(description="As the ticket stands if left out.")] = None
    outside: Annotated[bool | None, Field(description="Outside the service hours; as now if null.")] = None


class TimeOut(Out):
    id: int
    user: Annotated[int, From("user_id")]
    user_name: Annotated[str, From("user__name")]
    minutes: int
    worked_on: Day
    work_type: Annotated[int | None, From("work_type_id")]
    note: str
    service: str
    billed_minutes: int | None


class Found(In):
    signs: Annotated[list[Sign], Field(max_length=10)] = []
    component: Line80 = ""
    consumable: bool | None = None


class Happened(In):
    at: Annotated[Moment | None, Field(description="Now if left out.")] = None


class DeviceEvent(In):
    kind: Literal["arrived", "recovered"]
    device_at: Annotated[Moment, Field(description="When it happened, by the phone's clock.")]
    device_now: Annotated[Moment, Field(description="When it was sent, by the same clock.")]


class Use(In):
    """Trips, diagnostics, or the price of parts. `source`: its cause; the same one moves nothing again."""

    service: Counted
    amount: Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)]
    note: Line120 = ""
    worked_on: Day | None = None
    source: Line30 = ""


class Used(Out):
    covered: Decimal
    billed: Decimal
    left: Decimal | None
    charge: int | None


class ChargeNew(In):
    extra: Annotated[Id, Field(description="A line of the rate card.")]
    quantity: Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)]
    note: Line120 = ""
    without_consent: bool = False
    source: Line30 = ""


class Dropped(In):
    because: Line120


class ConsentNew(In):
    what: Line250
    how: Agreement
    who: Line120
    amount: Annotated[Decimal | None, Field(ge=0, max_digits=14, decimal_places=2)] = None


class ConsentOut(Out):
    id: int
    what: str
    amount: Decimal | None
    currency: str
    how: Agreement
    who: str
    at: Moment


class HandOff(In):
    url: Annotated[str, Field(max_length=300, pattern=r"^https?://[!-~]+$")]
    state: Line80 = ""


class Urgency(In):
    level: Level
    because: Line250


class ReasonOut(Out):
    id: int
    code: str
    name: str
    downtime_risk: Level
    active: bool


class WorkTypeOut(Out):
    id: int
    code: str
    name: str
    standard_minutes: int
    active: bool
