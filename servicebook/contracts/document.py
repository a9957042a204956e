"""The one shape of a contract with its terms: form, API, template and import read and write it.

References are ids. What a value must fulfil beyond its type is said by `contracts.checking`.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field

from servicebook.contracts import models
from servicebook.contracts.models import choices
from servicebook.core.api import Custom, Day, Id, In, Line30, Line80, Line120, Line250, Text, inline

if TYPE_CHECKING:
    from django.db.models import Model

Amount = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]
Times = Annotated[Decimal, Field(max_digits=4, decimal_places=2)]
Percent = Annotated[Decimal, Field(max_digits=6, decimal_places=3)]
Whole = Annotated[int, Field(ge=0, le=32_767)]
Thresholds = Annotated[list[Whole], Field(max_length=10), AfterValidator(lambda given: sorted(set(given)))]
Clauses = 200  # lines of one kind; a contract that needs more is several

Service = Annotated[choices.Service, inline(choices.Service)]
Period = Annotated[choices.Period, inline(choices.Period)]
Measure = Annotated[choices.Measure, inline(choices.Measure)]
Unless = Annotated[choices.Unless, inline(choices.Unless)]
PartsRule = Annotated[choices.PartsRule, inline(choices.PartsRule)]
Channel = Annotated[choices.Channel, inline(choices.Channel)]
Pause = Annotated[choices.Pause, inline(choices.Pause)]
Type = Annotated[choices.ContractType, inline(choices.ContractType)]
Billed = Annotated[choices.BillingCycle, inline(choices.BillingCycle)]
Base = Annotated[choices.IndexBase, inline(choices.IndexBase)]


class Clause(In):
    """One row of terms."""

    def columns(self) -> dict[str, Any]:
        """The values of the row's columns; references by their ids."""
        return {f"{name}_id" if name in REFERENCES else name: value for name, value in self}


REFERENCES = frozenset({"asset", "site", "model", "category", "region", "hours", "extra"})


class Scope(Clause):
    """What is covered: a unit, or all that is at a site, of a model, of a category, in a region."""

    asset: Id | None = None
    site: Id | None = None
    model: Id | None = None
    category: Id | None = None
    region: Id | None = None


class Included(Clause):
    """A measured service. `limit` counts trips, diagnostics, minutes, or money; null has no limit.

    `code` names the line, and with it its balance, from version to version; made where it is empty.
    """

    code: Line30 = ""
    service: Service
    limit: Amount | None = None
    period: Period | None = None  # null only where there is no limit
    category: Id | None = None
    parts: PartsRule = choices.PartsRule.ALL
    outside_factor: Times = Decimal(1)
    rollover: bool = False
    expires_on: Day | None = None


class Target(Clause):
    """A promised time, in minutes of the service hours."""

    measure: Measure
    minutes: Annotated[int, Field(ge=0, le=2_000_000)]
    priority: Annotated[int, Field(ge=0, le=99)] | None = None
    region: Id | None = None
    category: Id | None = None
    hours: Id | None = None


class Exclusion(Clause):
    """What makes it extra work, or with a factor: covered, but counted so many times."""

    unless: Unless
    factor: Times | None = None


class Rate(Clause):
    """The price of a visit, a diagnostic, an hour; of parts a factor on their price."""

    service: Service
    price: Amount
    extra: Id | None = None


class Terms(In):
    """What one version of a contract says."""

    hours: Id | None = None
    channels: Annotated[list[Channel], Field(max_length=10)] = []
    pauses: Annotated[list[Pause], Field(max_length=10)] = []
    warn_percent: Whole = 75
    thresholds: Thresholds = [50, 80, 100]
    uptime_percent: Percent | None = None
    closure_criteria: Text = ""
    customer_does: Text = ""
    we_do: Text = ""
    vendor_does: Text = ""
    access_by: Line120 = ""
    closure_by: Line120 = ""
    own_trips: bool = False
    scopes: Annotated[list[Scope], Field(max_length=5_000)] = []
    included: Annotated[list[Included], Field(max_length=Clauses)] = []
    targets: Annotated[list[Target], Field(max_length=Clauses)] = []
    exclusions: Annotated[list[Exclusion], Field(max_length=Clauses)] = []
    rates: Annotated[list[Rate], Field(max_length=Clauses)] = []

    @classmethod
    def of(cls, version: models.ContractVersion) -> "Terms":
        """Read the terms of a version; five statements unless its clauses are prefetched."""
        own = {name: getattr(version, name) for name in COLUMNS if name != "hours"}
        clauses: dict[str, Any] = {
            name: [_clause(shape, row) for row in getattr(version, name).all()]
            for name, (shape, _model) in CLAUSES.items()
        }
        return cls(**own, hours=version.hours_id, **clauses)

    def columns(self) -> dict[str, Any]:
        """The values of the version's own columns."""
        own = {name: getattr(self, name) for name in COLUMNS if name != "hours"}
        return {**own, "hours_id": self.hours}

    def rows(self, version: models.ContractVersion) -> Iterator[tuple[type["Model"], Sequence["Model"]]]:
        """Make the unsaved rows of the clauses, table by table. Codes of included lines are there."""
        for name, (_shape, model) in CLAUSES.items():
            lines: list[Clause] = getattr(self, name)
            values = [line.columns() for line in lines]
            if name == "included":
                for position, one in enumerate(values):
                    one |= {"position": position, "period": one["period"] or choices.Period.YEAR}
            yield model, [model(version=version, **one) for one in values]


# The clauses of a version: the name of the list → its shape and its table.
CLAUSES: dict[str, tuple[type[Clause], type["Model"]]] = {
    "scopes": (Scope, models.CoverageScope),
    "included": (Included, models.IncludedService),
    "targets": (Target, models.SlaTarget),
    "exclusions": (Exclusion, models.Exclusion),
    "rates": (Rate, models.Rate),
}
COLUMNS = tuple(name for name in Terms.model_fields if name not in CLAUSES)


def _clause(shape: type[Clause], row: "Model") -> Clause:
    names = shape.model_fields
    return shape(**{name: getattr(row, f"{name}_id" if name in REFERENCES else name) for name in names})


class Document(In):
    """A whole contract: with whom, from when to when, for how much, how it goes on, and its terms."""

    title: Annotated[Line250, Field(max_length=200)]
    customer: Id
    type: Type = choices.ContractType.SLA
    owner: Id | None = None  # null: the customer's account manager, else whoever saves it
    starts_on: Day
    ends_on: Day
    review_on: Day | None = None
    price: Amount = Decimal(0)
    currency: Annotated[str, Field(max_length=3)] = ""  # empty: the customer's, else the house's
    billing_cycle: Billed = choices.BillingCycle.YEAR
    considerations: Text = ""
    sensitive: bool = False
    template: Line120 = ""
    renews_itself: bool = False
    renewal_months: Whole = 12
    notice_days: Whole = 30
    index_percent: Percent | None = None
    index_base: Base = choices.IndexBase.CURRENT
    index_notice_days: Whole = 30
    index_rule: Line120 = ""
    external_ref: Line80 = ""
    custom: Custom = {}
    terms: Terms = Terms()

    @classmethod
    def of(cls, contract: models.Contract, version: models.ContractVersion) -> "Document":
        """Read a contract with one of its versions."""
        own: dict[str, Any] = {name: getattr(contract, name) for name in OWN}
        own |= {"customer": contract.customer_id, "owner": contract.owner_id}
        return cls(**own, terms=Terms.of(version))

    def columns(self) -> dict[str, Any]:
        """The values of the contract's own columns; customer and owner left out."""
        return {name: getattr(self, name) for name in OWN}


OWN = tuple(name for name in Document.model_fields if name not in ("customer", "owner", "terms"))
CHANGEABLE = ("title", "owner", "review_on", "considerations", "sensitive", "external_ref", "custom")


def differences(before: Terms, after: Terms) -> list[str]:
    """Return the names of the parts of the terms that differ, in the order of the document."""
    return [name for name in Terms.model_fields if getattr(before, name) != getattr(after, name)]


def with_codes(terms: Terms) -> Terms:
    """Give every included line that has none a code of its own: "visit", "visit-2"."""
    taken = {line.code for line in terms.included if line.code}
    lines = []
    for line in terms.included:
        code = line.code or _free(line.service.value, taken)
        taken.add(code)
        lines.append(line.model_copy(update={"code": code}))
    return terms.model_copy(update={"included": lines})


def _free(wanted: str, taken: set[str]) -> str:
    code, number = wanted, 1
    while code in taken:
        number += 1
        code = f"{wanted}-{number}"
    return code


__all__ = [
    "CHANGEABLE", "CLAUSES", "Document", "Exclusion", "Included", "Rate", "Scope", "Target", "Terms",
    "differences", "with_codes",
]  # fmt: skip
