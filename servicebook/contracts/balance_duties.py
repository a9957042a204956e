"""What a balance owes the future: its threshold is told, and its rest is settled after its period."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook import journal
from servicebook.agenda import Due, duty
from servicebook.contracts import amounts, letters, queries
from servicebook.contracts.actions.balances import close_period
from servicebook.contracts.models import Balance
from servicebook.contracts.models.choices import Service
from servicebook.contracts.rules.balances import WRITTEN_OFF_AFTER_DAYS
from servicebook.contracts.rules.figures import NOTHING
from servicebook.customers.actions import make_promise
from servicebook.customers.models import Promise
from servicebook.customers.queries import receivers_of
from servicebook.messaging.models import Delivery, Notice
from servicebook.messaging.notices import Told, tell

NEXT_STEP_WITHIN = timedelta(days=1)
RELATED = ("contract__customer__region", "contract__owner")
in_their_language = lazy(amounts.amount, str)


@duty(
    "contracts.balance_low", subject=Balance, related=RELATED, title=gettext_lazy("Included service runs out")
)
class RunsOut:
    """Near depletion the customer is flagged and written to, and the owner has a next step (S2.8).

    Once per threshold and period; of several reached at once, the highest is told.
    """

    def owed(self, balance: Balance) -> Iterator[Due]:
        if balance.reached_percent > balance.told_percent and balance.reached_at:
            yield Due(at=balance.reached_at, occurrence=str(balance.reached_percent))

    def fire(self, balance: Balance, due: Due, *, at: datetime) -> None:
        standing = Balance.objects.select_for_update(of=("self",)).select_related(*RELATED).get(pk=balance.pk)
        if (
            str(standing.reached_percent) != due.occurrence
            or standing.reached_percent <= standing.told_percent
        ):
            return
        standing.told_percent = standing.reached_percent
        standing.save(update_fields=["told_percent"])
        told = _names(tell(list(_customer_is_told(standing))))
        tell([_owner_is_told(_next_step(standing, told, at), standing)])
        contract = standing.contract
        facts: dict[str, Any] = {
            "service": standing.service,
            "percent": standing.told_percent,
            "code": standing.code,
        }
        journal.record("contract.balance_low", contract, at=at, to=", ".join(told), **facts)
        if not contract.sensitive:
            journal.record("customer.balance_low", contract.customer, at=at, number=contract.number, **facts)


@duty(
    "contracts.period_end",
    subject=Balance,
    related=RELATED,
    title=gettext_lazy("A period of what is included ends"),
)
class PeriodEnd:
    """What is left is carried over at once, or written off when nobody logs work for it any more."""

    def owed(self, balance: Balance) -> Iterator[Due]:
        if balance.granted is None:
            return
        late = 0 if balance.rollover else WRITTEN_OFF_AFTER_DAYS
        day = balance.ends_on + timedelta(days=1 + late)
        start = datetime.combine(day, time(), queries.zone(balance.contract.customer))
        yield Due(at=start.astimezone(UTC), occurrence=balance.ends_on.isoformat())

    def fire(self, balance: Balance, due: Due, *, at: datetime) -> None:
        if balance.ends_on.isoformat() == due.occurrence:
            close_period(balance.pk)


def _customer_is_told(balance: Balance) -> Iterator[Told]:
    """What whoever decides at the customer is told."""
    contract, facts = balance.contract, facts_of(balance)
    for contact in receivers_of(contract.customer, "renewal"):
        yield Told(
            to=contact,
            text="balance_low",
            history=contract,
            key=_key(balance),
            facts=facts,
            zone=facts["zone"],
        )


def facts_of(balance: Balance) -> dict[str, Any]:
    """What the customer's text is made from."""
    contract = balance.contract
    return {
        **letters.facts_of(contract),
        "service": Service(balance.service).label,
        "percent": balance.told_percent,
        "left": in_their_language(balance.service, balance.left or NOTHING, contract.currency),
        "end_date": balance.ends_on,
    }


def _names(notices: Sequence[Notice]) -> list[str]:
    """Who at the customer is reached by what was told."""
    reached = [one.delivery for one in notices if one.delivery.state != Delivery.State.DEAD]
    return list(dict.fromkeys(row.to_name for row in reached))


def _owner_is_told(step: Promise, balance: Balance) -> Told:
    """What the owner of the next step is told."""
    contract = balance.contract
    url = settings.CONFIG.address + contract.get_absolute_url()
    return Told(
        to=step.owner,
        text="step",
        history=contract,
        key=_key(balance),
        url=url,
        facts={
            "step": step.text,
            "about": f"{contract.number} {contract.title}",
            "customer": contract.customer.name,
            "due": step.due_at,
            "why": step.why,
        },
    )


def _key(balance: Balance) -> str:
    return f"balance-{balance.pk}-{balance.told_percent}"


def _next_step(balance: Balance, told: list[str], at: datetime) -> Promise:
    contract = balance.contract
    said = {
        "number": contract.number,
        "service": balance.get_service_display(),
        "percent": balance.told_percent,
        "left": amounts.amount(balance.service, balance.left or NOTHING, contract.currency),
        "day": amounts.day(balance.ends_on),
        "people": ", ".join(told),
    }
    why = (
        _("%(left)s left until %(day)s; %(people)s got a notice")
        if told
        else _(
            "%(left)s left until %(day)s; there is nobody to write to: name a decision maker or main contact"
        )
    )
    return make_promise(
        text=(_("Offer more of %(service)s: %(percent)s %% used in %(number)s") % said)[:200],
        why=(why % said)[:200],
        owner=queries.in_charge(contract),
        due_at=at + NEXT_STEP_WITHIN,
        customer=contract.customer,
        about=contract,
        sensitive=contract.sensitive,
        by=None,
    )
