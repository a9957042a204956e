"""What is left of what a customer's contracts include, for whoever talks to the customer (S2.6, S2.7)."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from servicebook.accounts.models import User
from servicebook.contracts import amounts, queries
from servicebook.contracts.evidence import contracts_near
from servicebook.contracts.models import Balance, Contract
from servicebook.contracts.models.choices import Period, Service
from servicebook.contracts.rules.terms import Included, Standing, State
from servicebook.contracts.showing import AMBER, RED
from servicebook.core import clock
from servicebook.customers.models import Customer


@dataclass(frozen=True)
class Remaining:
    """A limited line in its period: `left` in words, `used` in percent."""

    number: str  # of the contract
    name: str
    per: str
    left: str
    used: int
    tone: str


def remaining(customer: Customer, user: User) -> list[Remaining]:
    """Return what is left today of the contracts of a customer that `user` may see. Three statements."""
    day = queries.today(customer)
    running = [
        one
        for one in contracts_near(customer, at=clock.now(), day=day)
        if one.state is State.ACTIVE and one.starts_on <= day <= one.ends_on
    ]
    if not running:
        return []
    every = [one.terms.contract for one in running]
    seen = set(Contract.objects.visible_to(user).filter(pk__in=every).values_list("pk", flat=True))
    begun = Balance.objects.filter(contract__in=seen, starts_on__lte=day, ends_on__gte=day)
    kept = {(one.contract_id, one.code): one for one in begun}
    return [
        line for standing in running if standing.terms.contract in seen for line in _lines(standing, kept)
    ]


def _lines(standing: Standing, kept: dict[tuple[int, str], Balance]) -> Iterator[Remaining]:
    terms = standing.terms
    for line in terms.included:
        if line.limit is None:
            continue
        balance = kept.get((terms.contract, line.code))
        granted = balance.granted if balance and balance.granted is not None else line.limit
        taken = balance.used + balance.reserved if balance else Decimal(0)
        yield _line(terms.number, terms.currency, line, granted, taken)


def _line(number: str, currency: str, line: Included, granted: Decimal, taken: Decimal) -> Remaining:
    used = min(100, round(taken * 100 / granted)) if granted else 100
    return Remaining(
        number=number,
        name=str(Service(line.service).label),
        per=str(Period(line.period).label),
        left=amounts.amount(line.service, granted - taken, currency),
        used=used,
        tone="late" if used >= RED else "risk" if used >= AMBER else "done",
    )
