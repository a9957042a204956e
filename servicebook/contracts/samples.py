"""What the texts about contracts say of a real one: a service runs out, a new price (S0.13, S0.41, S2.8)."""

from servicebook.accounts.models import User
from servicebook.contracts import balance_duties, queries
from servicebook.contracts.actions import prices
from servicebook.contracts.models import Balance, Contract, PriceChange
from servicebook.customers.queries import receivers_of
from servicebook.messaging.sampling import Sample, sample


@sample("balance_low")
def nearly_used_up(asked: str, user: User) -> Sample | None:
    """The balance of a contract of which most is used."""
    rows = Balance.objects.filter(contract__number__iexact=asked, granted__isnull=False)
    rows = rows.filter(contract__in=Contract.objects.visible_to(user))
    balance = rows.select_related(*balance_duties.RELATED).order_by("-reached_percent", "pk").first()
    if balance is None:
        return None
    facts = balance_duties.facts_of(balance)
    receivers = receivers_of(balance.contract.customer, "renewal")
    if receivers:
        facts["to_name"] = receivers[0].name
    return Sample(str(balance.contract), facts | {"percent": _percent(balance)})


@sample("price_announced", "price_withdrawn")
def new_price(asked: str, user: User) -> Sample | None:
    """The price that was announced last for a contract; without one, as if that of today stayed."""
    rows = Contract.objects.visible_to(user).filter(number__iexact=asked)
    contract = rows.select_related("customer__region", "owner").first()
    if contract is None:
        return None
    price = contract.price
    change = contract.price_changes.order_by("-pk").first() or PriceChange(
        applies_on=queries.today(contract.customer), before=price, after=price
    )
    facts = prices.facts_of(change, contract)
    receivers = receivers_of(contract.customer, "money")
    return Sample(str(contract), facts | ({"to_name": receivers[0].name} if receivers else {}))


def _percent(balance: Balance) -> int:
    """What is used of it now: the text is tried before a threshold is reached, too."""
    granted = balance.granted or 0
    return round(100 * (granted - (balance.left or 0)) / granted) if granted else 100
