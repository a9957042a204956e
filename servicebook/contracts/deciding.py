"""The decision about a request, made from what the database knows of its moment.

Contracts, their state and their terms are those of the moment, so an old question is answered as on
its day. Balances are those of its day, as they are known now, or, asked so, as they were known then;
warranties are those of its day as they are known now.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from servicebook.contracts import queries
from servicebook.contracts.books import MOVES
from servicebook.contracts.models import (
    Balance,
    BalanceEntry,
    Contract,
    ContractSpell,
    ContractVersion,
    ExtraService,
)
from servicebook.contracts.models.choices import State
from servicebook.contracts.rules import terms as rules
from servicebook.contracts.rules.flips import Case, flips
from servicebook.contracts.rules.terms import (
    Asked,
    Balances,
    ContractType,
    Decision,
    Facts,
    Prices,
    Rate,
    Service,
    Standing,
    Unless,
)
from servicebook.contracts.terms import terms_of_many
from servicebook.core import preferences, reference
from servicebook.customers import queries as customers
from servicebook.customers.models import WITH_THOSE_ABOVE, Customer, Site
from servicebook.equipment.models import Asset, AssetModel, Warranty
from servicebook.sla import queries as sla

# Contracts that ended or begin within this time are tested, too: "had it been renewed …".
NEAR = timedelta(days=90)

Weigh = Callable[[ContractType | None], int]


@dataclass
class Question:
    """What is asked, with loaded objects.

    Attributes:
        moment: aware; when the request came.
        site: that of the unit if None.
        asked: empty: what the reason needs as a rule.
        signs: what was found that an exclusion may name.
        consumable: whether the parts needed are consumables; None while nobody knows.
        on: the day on which the work is done, whose balances carry it; that of the moment if None.
        outside: whether it is done outside the service hours; None: as the moment says.
        known_at: balances are as they stood then; as they stand now if None.
    """

    customer: Customer
    moment: datetime
    asset: Asset | None = None
    site: Site | None = None
    channel: str = ""
    reason: str = ""
    priority: int = 3
    asked: tuple[Asked, ...] = ()
    signs: frozenset[Unless] = frozenset()
    component: str = ""
    consumable: bool | None = None
    on: date | None = None
    outside: bool | None = None
    known_at: datetime | None = None


@dataclass(frozen=True)
class Answer:
    """A decision with the facts it was made from.

    Attributes:
        tz: an IANA name; service hours without a zone of their own are meant there.
        sensitive: whether it looked at contracts that not everybody may see (`contracts.veiling`).
    """

    facts: Facts
    decision: Decision
    tz: str
    sensitive: bool = False


# What was read already by those who decide many questions of one moment: statement and values → rows.
_read: ContextVar[dict[Any, list[tuple[Any, ...]]] | None] = ContextVar("read once", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Read nothing twice inside: for many questions in one transaction that changes none of the terms."""
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)


def decide(question: Question, *, weigh: Weigh | None = None, also: Sequence[Standing] = ()) -> Answer:
    """Decide what covers a request.

    Three statements at most, where the terms of the customer's contracts are kept: the contracts;
    balances, if a line has a limit; the warranties, if there is a unit.

    Args:
        weigh: gives the priority by the type of the contract that the request runs under, in place of
            the question's own; the targets follow from it. Called once.
        also: contracts that are tested as if they stood so, such as a draft that is tried.
    """
    site = question.site or (question.asset.site if question.asset else None)
    tz = customers.zone_of(site, question.customer)
    category, warranties = _unit(question.asset) if question.asset else (None, ())
    # The days of a contract are those of its customer, wherever the site is: on no day do two contracts
    # that follow each other both cover it, or neither.
    day = question.moment.astimezone(queries.zone(question.customer)).date()
    facts = _facts(question, site, category, day)
    standings = (*contracts_near(question.customer, at=question.moment, day=facts.day), *also)
    facts = replace(facts, open_hours=_open_hours(standings, question, tz))
    case = Case(
        facts=facts,
        standings=standings,
        warranties=warranties,
        balances=_balances(standings, question.on or facts.day, question.known_at),
        prices=rate_card(question.customer.currency or preferences.current().currency),
    )
    decision = case.decided()
    if weigh:
        under = (one.terms.type for one in standings if one.terms.contract == decision.contract)
        case = replace(case, facts=replace(facts, priority=weigh(next(under, None))))
        decision = case.decided() if case.facts != facts else decision
    sensitive = any(one.sensitive for one in standings)
    return Answer(case.facts, replace(decision, flips=flips(case, decision)), tz, sensitive)


def _facts(question: Question, site: Site | None, category: int | None, day: date) -> Facts:
    asset = question.asset
    return Facts(
        moment=question.moment,
        day=day,
        customer=question.customer.pk,
        asset=asset.pk if asset else None,
        model=asset.model_id if asset else None,
        category=category,
        site=site.pk if site else None,
        regions=customers.region_ids_above((site and site.region_id) or question.customer.region_id),
        channel=question.channel,
        reason=question.reason,
        priority=question.priority,
        asked=question.asked,
        component=question.component,
        consumable=question.consumable,
        signs=question.signs,
    )


def _open_hours(standings: Iterable[Standing], question: Question, tz: str) -> frozenset[int]:
    every = {one.terms.hours for one in standings if one.terms.hours is not None}
    if question.outside is not None:
        return frozenset() if question.outside else frozenset(every)
    return frozenset(hours for hours in every if sla.calendar(hours, tz).is_open(question.moment))


_CONTRACTS = f"""
    SELECT contract.starts_on, COALESCE(contract.cancelled_on, contract.ends_on), spell.state, version.id,
        contract.sensitive
    FROM {Contract._meta.db_table} contract
    JOIN {ContractSpell._meta.db_table} spell ON spell.contract_id = contract.id
        AND spell.started_at <= %s AND (spell.ended_at IS NULL OR spell.ended_at > %s)
    JOIN {ContractVersion._meta.db_table} version ON version.contract_id = contract.id AND version.in_force
        AND version.valid_from = (
            SELECT MAX(other.valid_from) FROM {ContractVersion._meta.db_table} other
            WHERE other.contract_id = contract.id AND other.in_force AND other.valid_from <=
                CASE WHEN contract.starts_on > %s THEN contract.starts_on ELSE %s END)
    WHERE contract.ends_on >= %s AND contract.starts_on <= %s AND spell.state <> '{State.DRAFT}'
        AND contract.customer_id IN"""  # noqa: S608 - names of ours


def contracts_near(customer: Customer, *, at: datetime, day: date) -> tuple[Standing, ...]:
    """Return the contracts of a customer, and of those above it, that run, ended or begin near `day`.

    Their state is that of `at`, their terms are those of `day`; of one that has not begun, its first.
    """
    who = f"({WITH_THOSE_ABOVE})" if customer.parent_id else "(%s)"
    moment, on = _moment(at), _day(day)
    near = [_day(day - NEAR), _day(day + NEAR)]
    rows = _rows(_CONTRACTS + who, [moment, moment, on, on, *near, customer.pk])
    terms = terms_of_many([version for *_dates, version, _sensitive in rows])
    return tuple(
        Standing(terms[version], rules.State(state), _date(starts_on), _date(ends_on), bool(sensitive))
        for starts_on, ends_on, state, version, sensitive in rows
    )


_BALANCES = f"""
    SELECT contract_id, code, ROUND(granted - reserved - used, 2) FROM {Balance._meta.db_table}
    WHERE granted IS NOT NULL AND starts_on <= %s AND ends_on >= %s AND contract_id IN
"""  # noqa: S608 - names of ours


_SIGNS = " ".join(
    f"WHEN '{kind}' THEN {sign if name == 'granted' else -sign} * entry.amount"
    for kind, (name, sign) in MOVES.items()
)
_BALANCES_THEN = f"""
    SELECT contract_id, code, ROUND(SUM(CASE entry.kind {_SIGNS} END), 2)
    FROM {Balance._meta.db_table} balance
    JOIN {BalanceEntry._meta.db_table} entry ON entry.balance_id = balance.id AND entry.at <= %s
    WHERE granted IS NOT NULL AND starts_on <= %s AND ends_on >= %s AND contract_id IN
"""  # noqa: S608 - names of ours


def _balances(standings: Iterable[Standing], day: date, known_at: datetime | None) -> Balances:
    """What is left of the limited lines on a day; a line that is (or then was) untouched has no row."""
    limited = [
        one.terms.contract for one in standings if any(line.needs_balance for line in one.terms.included)
    ]
    if not limited:
        return {}
    marks = ", ".join(["%s"] * len(limited))
    sql, values = f"{_BALANCES} ({marks})", [_day(day), _day(day), *limited]
    if known_at is not None:
        sql, values = f"{_BALANCES_THEN} ({marks}) GROUP BY balance.id", [_moment(known_at), *values]
    left: dict[tuple[int, str], Decimal] = {}
    for contract, code, rest in _rows(sql, values):
        left[contract, code] = left.get((contract, code), Decimal(0)) + Decimal(str(rest))
    return left


_UNIT = f"""
    SELECT model.category_id, promise.id, promise.side, promise.starts_on, promise.ends_on,
        promise.covers_parts, promise.covers_labour, promise.component
    FROM {AssetModel._meta.db_table} model
    LEFT JOIN {Warranty._meta.db_table} promise ON promise.asset_id = %s
    WHERE model.id = %s
"""  # noqa: S608 - names of ours


def _unit(asset: Asset) -> tuple[int | None, tuple[rules.Warranty, ...]]:
    """Return the category of a unit and its warranties, in one statement."""
    rows = _rows(_UNIT, [asset.pk, asset.model_id])
    return rows[0][0], tuple(
        rules.Warranty(pk, rules.Side(side), _date(since), _date(until), bool(parts), bool(labour), component)
        for _category, pk, side, since, until, parts, labour, component in rows
        if pk is not None
    )


def rate_card(currency: str) -> Prices:
    """Return what services cost without a contract. Costs no statement when nothing changed."""
    cards = reference.get("contracts.rate_cards", _load_rate_cards)
    return cards.get(currency) or Prices(currency)


def _load_rate_cards() -> dict[str, Prices]:
    cards: dict[str, list[Rate]] = {}
    for one in ExtraService.objects.filter(active=True, is_standard=True):
        cards.setdefault(one.currency, []).append(Rate(Service(one.service), one.price, one.pk))
    return {currency: Prices(currency, tuple(rates)) for currency, rates in cards.items()}


def _rows(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The ORM builds a statement anew each time, which costs more than the database needs."""
    read = _read.get()
    key = (sql, *values)
    if read is not None and key in read:
        return read[key]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = list(cursor.fetchall())
    if read is not None:
        read[key] = rows
    return rows


def _moment(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _day(day: date) -> Any:
    return connection.ops.adapt_datefield_value(day)


def _date(value: date | str) -> date:
    """SQLite gives a date as it is written."""
    return value if isinstance(value, date) else date.fromisoformat(value)
