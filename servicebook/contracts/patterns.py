"""What a template keeps of a contract (S2.5): its terms and how it goes on, not what is one customer's."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, ValidationError

from servicebook.contracts.document import Amount, Base, Billed, Document, Percent, Terms, Type, Whole
from servicebook.contracts.models import Contract, ContractTemplate, choices
from servicebook.contracts.rules.periods import months_later
from servicebook.core.api import In, Line120, Text


class Pattern(In):
    """The shape of `ContractTemplate.terms`. A clause that it does not know is refused."""

    type: Type = choices.ContractType.SLA
    months: Annotated[int, Field(ge=1, le=600)] = 12  # how long a contract made from it runs
    price: Amount = Decimal(0)
    currency: Annotated[str, Field(max_length=3)] = ""
    billing_cycle: Billed = choices.BillingCycle.YEAR
    considerations: Text = ""
    renews_itself: bool = False
    renewal_months: Whole = 12
    notice_days: Whole = 30
    index_percent: Percent | None = None
    index_base: Base = choices.IndexBase.CURRENT
    index_notice_days: Whole = 30
    index_rule: Line120 = ""
    terms: Terms = Terms()


OWN = tuple(name for name in Pattern.model_fields if name not in ("months", "terms"))


def of(contract: Contract) -> Pattern:
    """Take the newest terms of a contract; its units and sites stay behind."""
    whole = Document.of(contract, contract.versions.latest("number"))
    scopes = [one for one in whole.terms.scopes if not (one.asset or one.site)]
    terms = whole.terms.model_copy(update={"scopes": scopes})
    return Pattern(
        **{name: getattr(whole, name) for name in OWN},
        months=_months(whole.starts_on, whole.ends_on),
        terms=terms,
    )


def read(template: ContractTemplate) -> Pattern | None:
    """Read a template; None where it holds what is not known (any more)."""
    try:
        return Pattern.model_validate(template.terms)
    except ValidationError:
        return None


def begin(pattern: Pattern | None, *, starts_on: date, **own: Any) -> Document:
    """What a fresh form begins with. It may still be without a customer; what is saved may not."""
    used = pattern or Pattern()
    ends_on = months_later(starts_on, used.months) - timedelta(days=1)
    values = {name: getattr(used, name) for name in OWN}
    if not values["currency"]:
        values["currency"] = own["currency"]
    defaults = {
        name: field.get_default(call_default_factory=True)
        for name, field in Document.model_fields.items()
        if not field.is_required()
    }
    dates = {"starts_on": starts_on, "ends_on": ends_on}
    return Document.model_construct(
        **{**defaults, **own, **values, **dates, "title": "", "terms": used.terms}
    )


def _months(starts_on: date, ends_on: date) -> int:
    """The length of a term in whole months, at least one."""
    after = ends_on + timedelta(days=1)
    return max(1, (after.year - starts_on.year) * 12 + after.month - starts_on.month)


__all__ = ["Pattern", "begin", "of", "read"]
