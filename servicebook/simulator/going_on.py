"""The account manager plays: a price is announced, a contract rests, is amended, renewed or lost."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Protocol

from servicebook.contracts import actions, queries, renewals
from servicebook.contracts.actions import Why
from servicebook.contracts.actions.balances import buy_pack
from servicebook.contracts.document import Target, Terms
from servicebook.contracts.models import Balance, Contract, RefusalReason
from servicebook.contracts.models.choices import Initiator, Measure, Period, State
from servicebook.contracts.rules import renewal
from servicebook.core import clock
from servicebook.customers.actions import keep_promise
from servicebook.customers.models import Promise, Region
from servicebook.simulator.agreements import AGREEMENTS, HOUR, Agreement
from servicebook.simulator.company import Company

AMENDED_ON, AMENDED_FROM = 11, 13  # days of the play
ROUND = timedelta(days=7)
DECIDED_WITHIN = timedelta(days=28)  # of a contract's end the customer says yes or no
LOST_FOR = ("Too dear", "Goes to another provider", "Does it with own people")


class Planner(Protocol):
    """Lets something happen on a day of the play, at an hour of it."""

    def __call__(self, day: int, hour: int, happen: Callable[[], object]) -> None: ...


class AccountManager:
    """Marat. What he does on fixed days shows every state a contract can be in; the rest is drawn."""

    def __init__(
        self, company: Company, rng: Random, on: Planner, agreements: Sequence[Agreement] = AGREEMENTS
    ) -> None:
        self.company, self.rng, self.on, self.agreements = company, rng, on, agreements
        self.marat = company.people["marat"]

    def plan(self) -> None:
        """Plan what is to happen on fixed days, and the first round."""
        for one in self.agreements:
            contract = self.company.contracts[one.key]
            if one.at_risk_on is not None:
                self.on(one.at_risk_on, 11, partial(self._doubts, contract))
            if one.held_on is not None:
                self.on(one.held_on, 10, partial(self._holds, contract))
            if one.resumed_on is not None:
                self.on(one.resumed_on, 10, partial(self._resumes, contract))
        self.on(AMENDED_ON, 15, partial(self._amends, self.company.contracts["schools"]))
        self._round(3)

    def _round(self, day: int) -> None:
        """Once a week: next steps are taken, packs sold, contracts that end soon decided."""
        self.on(day, 9, self._takes_next_steps)
        self.on(day, 14, self._sells_packs)
        self.on(day, 16, self._asks_for_decisions)
        self.on(day, 17, partial(self._round, day + ROUND.days))

    # -- on fixed days

    def _doubts(self, contract: int) -> None:
        why = self._why("Too dear", "Two offers lie on the table, both below ours.")
        actions.mark_at_risk(contract, why, by=self.marat)

    def _holds(self, contract: int) -> None:
        actions.hold(contract, because="The invoice of the last quarter is 45 days overdue", by=self.marat)

    def _resumes(self, contract: int) -> None:
        actions.resume(contract, by=self.marat)

    def _amends(self, contract: int) -> None:
        row = Contract.objects.get(pk=contract)
        terms = Terms.of(row.versions.latest("number"))
        temirtau = Region.objects.get(name="Temirtau").pk
        nearer = Target(measure=Measure.RESPONSE, minutes=2 * HOUR, region=temirtau)
        actions.amend(
            contract,
            terms.model_copy(update={"targets": [*terms.targets, nearer]}),
            valid_from=clock.now().date() + timedelta(days=AMENDED_FROM - AMENDED_ON),
            what_changed="Temirtau is answered within 2 hours",
            by=self.company.people["aigul"],
        )

    # -- every week

    def _takes_next_steps(self) -> None:
        mine = Promise.objects.filter(owner=self.marat, kept_at=None, dropped_at=None)
        for promise in mine.filter(due_at__lte=clock.now() + ROUND).order_by("pk"):
            if self.rng.random() < 0.85:
                keep_promise(promise.pk, by=self.marat)

    def _sells_packs(self) -> None:
        """Who has nearly used up a prepaid pack mostly buys another one."""
        low = Balance.objects.filter(told_percent__gte=80, contract__state=State.ACTIVE)
        for balance in low.select_related("contract__customer").order_by("contract_id", "code"):
            today = queries.today(balance.contract.customer)
            version = queries.version_on(balance.contract, today)
            line = version and version.included.filter(code=balance.code, period=Period.PACK).first()
            if line and balance.starts_on <= today <= balance.ends_on and self.rng.random() < 0.6:
                bought = line.limit or Decimal(0)
                buy_pack(balance.contract_id, balance.code, bought, key=f"sold-{today}", by=self.marat)

    def _asks_for_decisions(self) -> None:
        until = clock.now().date() + DECIDED_WITHIN
        ending = Contract.objects.live().filter(ends_on__lte=until, type__in=renewal.RENEWABLE_TYPES)
        for contract in ending.filter(refused=False, renews_itself=False).order_by("pk"):
            if not renewals.is_followed(contract):
                self._decided(contract)

    def _decided(self, contract: Contract) -> None:
        """The customer says yes, says no, or wants another week."""
        draw = self.rng.random()
        if contract.at_risk:
            draw += 0.3
        if draw < 0.45:
            self._renews(contract)
        elif draw > 0.9:
            actions.refuse(contract.pk, self._why(self.rng.choice(LOST_FOR), ""), by=self.marat)

    def _renews(self, contract: Contract) -> None:
        """With the rise that the contract provides for."""
        if contract.at_risk:
            actions.take_back_doubt(contract.pk, by=self.marat)
        price = contract.price
        if contract.index_percent:
            changes = renewals.prices_of(contract)
            price = renewals.preview(contract, contract.index_percent, changes).after.amount
        actions.renew(contract.pk, price=price, in_force=True, by=self.marat)

    def _why(self, reason: str, note: str) -> Why:
        return Why(
            RefusalReason.objects.get(name=reason),
            Initiator.CUSTOMER,
            known_on=clock.now().date(),
            note=note,
        )
