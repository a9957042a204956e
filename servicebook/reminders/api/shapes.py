"""What goes out about reminders, field by field, and what comes in."""

from datetime import time
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from servicebook.contracts.models.choices import Initiator
from servicebook.core.api import (
    Day,
    From,
    Id,
    In,
    Line120,
    Line250,
    Moment,
    Out,
    Paging,
    Text,
    inline,
)
from servicebook.customers.models import Decision
from servicebook.maintenance.models import Heard
from servicebook.messaging.models import Delivery
from servicebook.reminders.actions.ladders import MOST_STAGES
from servicebook.reminders.models import Asks, Ours, Stage, Theirs, What

RuleAbout = Annotated[What, inline(What)]
AtTheCustomer = Annotated[Theirs, inline(Theirs)]
OfTheHouse = Annotated[Ours, inline(Ours)]
AskedFor = Annotated[Asks, inline(Asks)]
ByChannel = Annotated[Delivery.Channel, inline(Delivery.Channel)]
ByWay = Annotated[Heard, inline(Heard)]
StageUnit = Annotated[Stage.Unit, inline(Stage.Unit)]
StageSide = Annotated[Stage.Side, inline(Stage.Side)]


def _of_the_customer(at: time) -> time:
    if at.tzinfo is not None:
        raise ValueError("must have no zone: it is meant where the customer is")
    return at


LocalTime = Annotated[time, AfterValidator(_of_the_customer)]


# Rules.


class RuleStageOut(Out):
    """One stage: when, whom it tells over which channels, and whose next step it makes."""

    name: str
    offset: int
    unit: StageUnit
    side: StageSide
    theirs: list[str]
    asks: AskedFor
    text: str
    channels: list[str]
    urgent: bool
    ours: list[str]
    step: str
    step_owner: OfTheHouse
    step_hours: int
    needs_decision: bool


class RuleOut(Out):
    """A rule: of the house, or of one contract in its place. `texts`: those that its stages may send.

    `seen` is null where the house has none yet, or a contract none of its own.
    """

    what: RuleAbout
    contract: str | None
    active: bool
    region: int | None
    quiet_from: time | None
    quiet_until: time | None
    seen: int | None
    texts: list[str]
    stages: list[RuleStageOut]


class RuleStageIn(In):
    """A stage that keeps its `name` stays the same: what it fired stays fired. New ones have none."""

    name: Annotated[str, StringConstraints(max_length=30, pattern=r"^[-a-zA-Z0-9_]*$")] = ""
    offset: Annotated[int, Field(ge=0, le=3650)]
    unit: StageUnit = Stage.Unit.DAYS
    side: StageSide = Stage.Side.BEFORE
    theirs: Annotated[list[AtTheCustomer], Field(max_length=10)] = []
    asks: AskedFor = Asks.NOTHING
    text: Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z_]*$")] = ""
    channels: Annotated[list[ByChannel], Field(max_length=5)] = []
    urgent: bool = False
    ours: Annotated[list[OfTheHouse], Field(max_length=10)] = []
    step: Annotated[Text, Field(min_length=1, max_length=200)]
    step_owner: OfTheHouse = Ours.OWNER
    step_hours: Annotated[int, Field(ge=1, le=2000)] = 24
    needs_decision: bool = False


class RuleIn(In):
    """The whole rule. `seen`: the version that was read; refused if somebody saved it since."""

    active: bool = True
    region: Id | None = None
    quiet_from: LocalTime | None = None
    quiet_until: LocalTime | None = None
    stages: Annotated[list[RuleStageIn], Field(max_length=MOST_STAGES * 2)]
    seen: Annotated[int | None, Field(ge=0)] = None


# What customers were asked.


class AskOut(Out):
    """One question to a customer: about an `occurrence` (due maintenance), a `ticket` or a `contract`.

    While it is open, `ended_at` is null, and `next_at` says when somebody looks at it. `owner`: whose matter
    it is; `holder`: who looks after it now, the owner of the step that silence made, if it made one.
    """

    id: int
    what: AskedFor
    about: Annotated[str, From("about_type__model")]
    about_id: int
    customer: Annotated[int, From("customer_id")]
    contact: Annotated[int | None, From("contact_id")]
    owner: Annotated[int, From("owner_id")]
    holder: Annotated[int, From("holder_id")]
    asked_at: Moment
    next_at: Moment | None
    opened_at: Moment | None
    ended_at: Moment | None
    ended_as: str
    answer: str
    answered_by: str
    channel: str
    note: str
    decision: str
    decided_by: Annotated[int | None, From("decided_by_id")]


class AskFind(Paging):
    open: Annotated[bool | None, Field(description="true: nobody answered or decided yet.")] = None
    what: AskedFor | None = None
    customer: Id | None = None
    owner: Id | None = None


class AskHeard(In):
    """What a customer answered by phone or in person. A refusal names the answers that there are."""

    answer: Annotated[Text, Field(max_length=30)]
    by_name: Annotated[Line120, Field(min_length=1)]
    channel: ByWay = Heard.PHONE
    note: Annotated[Text, Field(max_length=500)] = ""


class AskDecided(In):
    """How the silence ends. `next_on`: the new day of maintenance; `next_at`: else, when it is asked again.

    `reason`, `initiator` and `known_on`: of a renewal that is refused.
    """

    decision: Annotated[Decision, inline(Decision)]
    note: Line250
    next_on: Day | None = None
    next_at: Moment | None = None
    reason: Id | None = None
    initiator: Annotated[Initiator | None, inline(Initiator)] = None
    known_on: Day | None = None


class AskHanded(In):
    to: Id
