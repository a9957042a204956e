"""What goes out about contracts, field by field, and what comes in."""

from typing import Annotated, Any, Literal

from pydantic import Field

from servicebook.contracts.document import Amount, Billed, Document, Terms, Type
from servicebook.contracts.models.choices import Initiator, State
from servicebook.core.api import (
    Custom,
    Day,
    From,
    Id,
    In,
    Line80,
    Line250,
    Out,
    Paging,
    Text,
    inline,
    unset,
)

ContractState = Annotated[State, inline(State)]
Seen = Annotated[
    int | None,
    Field(ge=0, description="The `seen` that you read; if somebody changed it since, nothing is done."),
]


class ContractRow(Out):
    """A contract in a list."""

    id: int
    number: str
    title: str
    customer: Annotated[int, From("customer_id")]
    customer_name: Annotated[str, From("customer__name")]
    type: Type
    state: ContractState
    owner: Annotated[int, From("owner_id")]
    owner_name: Annotated[str, From("owner__name")]
    starts_on: Day
    ends_on: Day
    cancelled_on: Day | None
    review_on: Day | None
    price: Amount
    currency: str
    billing_cycle: Billed
    sensitive: bool
    renews_itself: bool
    predecessor: Annotated[str | None, From("predecessor__number")]
    external_ref: str
    seen: Annotated[int, From("version")]


class ContractOut(ContractRow):
    """A contract with the terms of its version of today."""

    state_because: str
    considerations: str
    renewal_months: int
    notice_days: int
    custom: dict[str, Any]
    version: int
    terms: Terms


class VersionOut(Out):
    """The terms from a day on."""

    number: int
    valid_from: Day
    in_force: bool
    what_changed: str
    terms: Terms


class ContractFilter(Paging):
    customer: Id | None = None
    owner: Id | None = None
    type: Type | None = None
    state: ContractState | None = None
    external_ref: Line80 = ""


class ContractNew(Document):
    """A draft, with all its terms."""


class ContractWhole(Document):
    """The draft as it shall be: what is left out goes back to what a new one has."""

    seen: Seen = None


class ContractChange(In):
    """What may change in any state. Fields that are left out stay as they are."""

    title: Annotated[Line250, Field(max_length=200)] = unset
    owner: Id = unset
    review_on: Day | None = unset
    considerations: Text = unset
    sensitive: bool = unset
    external_ref: Line80 = unset
    custom: Custom = unset
    seen: Seen = None


class ContractMove(In):
    seen: Seen = None


class ContractMoveBecause(ContractMove):
    because: Annotated[Line250, Field(min_length=1)]


class Cancellation(ContractMoveBecause):
    """Of what is in force, it also says who did not want to go on, why, and since when that is known."""

    reason: Annotated[Id | None, Field(description="One of the reasons of refusal.")] = None
    initiator: Annotated[Initiator, inline(Initiator)] | Literal[""] = ""
    known_on: Day | None = None
    on: Annotated[
        Day | None, Field(description="The last day on which it covers; today or null ends it at once.")
    ] = None


class Amendment(ContractMove):
    """New terms, as a whole, from a day ahead."""

    valid_from: Day
    what_changed: Annotated[Line250, Field(min_length=1)]
    terms: Terms
