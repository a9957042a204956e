"""Contracts in any number for the bulk company: rows as drafting, activating and work would leave them."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from django.contrib.contenttypes.models import ContentType
from django.db import models

from servicebook import agenda
from servicebook.accounts.models import User
from servicebook.contracts.document import CLAUSES, Exclusion, Included, Scope, Target, Terms, with_codes
from servicebook.contracts.models import Balance, BalanceEntry, Contract, ContractSpell, ContractVersion
from servicebook.contracts.models.choices import Measure, Pause, Period, Service, State, Unless
from servicebook.contracts.queries import today, zone
from servicebook.contracts.rules import terms as rules
from servicebook.contracts.rules.periods import period_of
from servicebook.core.models import NumberSeries
from servicebook.customers.models import Customer
from servicebook.journal.models import Entry
from servicebook.search.models import Indexed
from servicebook.simulator.loading import indexed, load, next_id, numbered, settle
from servicebook.sla.models import ServiceHours

SHARE = 2  # every second customer has a contract
AT_ONCE = 2_000
YEAR = 365
LOADED = (Contract, ContractVersion, ContractSpell, Balance, BalanceEntry, Entry, Indexed)


def add(customers: Sequence[Customer], dice: Random) -> None:
    """Give every second customer a contract that has been in force for some months."""
    signed = customers[::SHARE]
    terms = _terms()
    for offset in range(0, len(signed), AT_ONCE):
        _load(signed[offset : offset + AT_ONCE], terms, dice)
    settle(*LOADED, *(model for _shape, model in CLAUSES.values()))


def _load(signed: Sequence[Customer], terms: Terms, dice: Random) -> None:
    contracts = list(_contracts(signed, dice))
    versions = list(numbered(ContractVersion, (_version(one, terms) for one in contracts)))
    balances = list(numbered(Balance, _balances(contracts, terms, dice)))
    load(contracts)
    load(versions)
    load(numbered(ContractSpell, map(_spell, contracts)))
    clauses: dict[type[models.Model], list[models.Model]] = {}
    for version in versions:
        for model, rows in terms.rows(version):
            clauses.setdefault(model, []).extend(rows)
    for model, rows in clauses.items():
        load(numbered(model, iter(rows)))
    load(balances)
    load(numbered(BalanceEntry, _entries(balances)))
    load(numbered(Entry, map(_activated, contracts)))
    load(numbered(Indexed, map(indexed, contracts)))
    agenda.refresh_many(contracts, new=True)
    agenda.refresh_many(balances, new=True)


def _terms() -> Terms:
    return with_codes(
        Terms(
            hours=ServiceHours.objects.get(name="Mon–Sat 8–20").pk,
            pauses=[Pause.PART, Pause.ACCESS, Pause.CLIENT],
            scopes=[Scope()],
            included=[
                Included(service=Service.VISIT, limit=Decimal(24), period=Period.YEAR),
                Included(service=Service.LABOUR, limit=Decimal(6000), period=Period.YEAR),
                Included(service=Service.DIAGNOSTIC),
                Included(service=Service.REMOTE),
                Included(service=Service.PARTS, limit=Decimal(500_000), period=Period.YEAR),
            ],
            targets=[
                Target(measure=Measure.RESPONSE, minutes=60, priority=1),
                Target(measure=Measure.RESPONSE, minutes=240),
                Target(measure=Measure.RECOVERY, minutes=1440),
            ],
            exclusions=[Exclusion(unless=Unless.TAMPERING), Exclusion(unless=Unless.MISUSE)],
        )
    )


def _contracts(signed: Sequence[Customer], dice: Random) -> Iterator[Contract]:
    first = next_id(Contract)
    year = today(signed[0]).year
    series, _new = NumberSeries.objects.get_or_create(series="SC", year=year, defaults={"last": 0})
    for place, customer in enumerate(signed):
        starts_on = today(customer) - timedelta(days=dice.randint(30, 330))
        yield Contract(
            pk=first + place,
            number=f"SC-{year}-{series.last + 1 + place:06d}",
            title=f"Full service, {customer.name}",
            customer=customer,
            state=State.ACTIVE,
            owner=_owner(customer),
            starts_on=starts_on,
            ends_on=starts_on + timedelta(days=YEAR - 1),
            price=Decimal(dice.randrange(500_000, 9_000_000, 50_000)),
            currency="KZT",
            made_at=_morning(starts_on, customer),
            made_by=_owner(customer),
        )
    series.last += len(signed)
    series.save(update_fields=["last"])


def _owner(customer: Customer) -> User:
    if customer.owner is None:
        raise ValueError(f"{customer} has no account manager")
    return customer.owner


def _morning(day: date, customer: Customer) -> datetime:
    return datetime.combine(day, time(9), zone(customer))


def _version(contract: Contract, terms: Terms) -> ContractVersion:
    return ContractVersion(
        contract=contract, number=1, valid_from=contract.starts_on, in_force=True, **terms.columns()
    )


def _spell(contract: Contract) -> ContractSpell:
    return ContractSpell(contract=contract, state=contract.state, started_at=contract.made_at)


def _balances(contracts: Sequence[Contract], terms: Terms, dice: Random) -> Iterator[Balance]:
    """What is included this year; of limited lines less than the first threshold was used."""
    for contract in contracts:
        for line in terms.included:
            if line.limit is None:
                continue
            period = rules.Period((line.period or Period.YEAR).value)
            starts_on, ends_on = period_of(
                period, today(contract.customer), since=contract.starts_on, until=contract.ends_on
            )
            yield Balance(
                contract=contract,
                code=line.code,
                service=line.service,
                starts_on=starts_on,
                ends_on=ends_on,
                granted=line.limit,
                used=int(line.limit * dice.randrange(1, 49) / 100),
            )


def _entries(balances: Sequence[Balance]) -> Iterator[BalanceEntry]:
    for balance in balances:
        shared = {"balance": balance, "at": balance.contract.made_at}
        yield BalanceEntry(kind="grant", amount=balance.granted or 0, key="version-1", **shared)
        if balance.used:
            yield BalanceEntry(kind="use", amount=balance.used, work=balance.used, key="before", **shared)


def _activated(contract: Contract) -> Entry:
    owner = _owner(contract.customer)
    return Entry(
        at=contract.made_at,
        verb="contract.activated",
        subject_type=ContentType.objects.get_for_model(Contract),
        subject_id=contract.pk,
        actor=owner,
        actor_name=owner.name,
        facts={"until": contract.ends_on.isoformat()},
    )
