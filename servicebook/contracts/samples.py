"""What the text about a service that runs out says of a real contract (S0.41, S2.8)."""

from servicebook.accounts.models import User
from servicebook.contracts import balance_duties
from servicebook.contracts.models import Balance, Contract
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


def _percent(balance: Balance) -> int:
    """What is used of it now: the text is tried before a threshold is reached, too."""
    granted = balance.granted or 0
    return round(100 * (granted - (balance.left or 0)) / granted) if granted else 100
