"""What a decision is made from: contracts near its day, balances, warranties, prices.

Statements are written out: the ORM builds one anew each time, which costs more than the database needs to
answer it. Whoever decides many questions at once reads ahead, with a statement for all of one kind.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from django.db import connection

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
from servicebook.contracts.rules.terms import Balances, Prices, Rate, Service, Standing
from servicebook.contracts.terms import terms_of_many
from servicebook.core import reference
from servicebook.customers.models import WITH_THOSE_ABOVE, Customer
from servicebook.equipment.models import Asset, AssetModel, Warranty

# Contracts that ended or begin within this time are tested, too: "had it been renewed …".
NEAR = timedelta(days=90)

T = TypeVar("T")
Unit = tuple[int | None, tuple[rules.Warranty, ...]]  # its category, and its warranties


@dataclass
class Ahead:
    """What was read for many questions of one moment."""

    at: datetime
    contracts: dict[tuple[int, date], tuple[Standing, ...]]  # customer and day
    left: dict[tuple[int, date], dict[str, Decimal]]  # contract and day: line → what is left
    units: dict[int, Unit]
    concluded: dict[Hashable, Any] = field(default_factory=dict)  # what was found of cases that are alike


_ahead: ContextVar[Ahead | None] = ContextVar("read ahead", default=None)


@contextmanager
def read_ahead(
    customers: Iterable[tuple[Customer, date]], assets: Iterable[Asset], *, at: datetime
) -> Iterator[None]:
    """Read what questions of the moment `at` need, and read none of it again inside.

    Nothing inside may change contracts, balances or warranties. A statement each for contracts, for terms
    that are not kept, for balances and for units, and as many more for each other day.
    """
    days: dict[date, set[int]] = {}
    for customer, day in customers:
        days.setdefault(day, set()).add(customer.pk)
    ahead = Ahead(at, {}, {}, _units({one.pk for one in assets}))
    for day, ids in days.items():
        found = _contracts_of(ids, at=at, day=day)
        ahead.contracts |= {(pk, day): found.get(pk, ()) for pk in ids}
        limited = {contract for standings in found.values() for contract in _limited(standings)}
        ahead.left |= {(pk, day): {} for pk in limited}
        for pk, code, left in _balances_on(limited, day):
            _put(ahead.left[pk, day], code, left)
    token = _ahead.set(ahead)
    try:
        yield
    finally:
        _ahead.reset(token)


def concluded(alike: Callable[[], Hashable], conclude: Callable[[], T]) -> T:
    """Return what `conclude` finds; of cases of the questions that were read ahead, once for those alike."""
    ahead = _ahead.get()
    if ahead is None:
        return conclude()
    key = alike()
    if key not in ahead.concluded:
        ahead.concluded[key] = conclude()
    found: T = ahead.concluded[key]
    return found


_COLUMNS = """
    SELECT {which} contract.starts_on, COALESCE(contract.cancelled_on, contract.ends_on), spell.state,
        version.id, contract.sensitive"""
_CONTRACTS = f"""
    FROM {Contract._meta.db_table} contract
    JOIN {ContractSpell._meta.db_table} spell ON spell.contract_id = contract.id
        AND spell.started_at <= %s AND (spell.ended_at IS NULL OR spell.ended_at > %s)
    JOIN {ContractVersion._meta.db_table} version ON version.contract_id = contract.id AND version.in_force
        AND version.valid_from = (
            SELECT MAX(other.valid_from) FROM {ContractVersion._meta.db_table} other
            WHERE other.contract_id = contract.id AND other.in_force AND other.valid_from <=
                CASE WHEN contract.starts_on > %s THEN contract.starts_on ELSE %s END)
    {{of}} WHERE contract.ends_on >= %s AND contract.starts_on <= %s AND spell.state <> '{State.DRAFT}'
"""  # noqa: S608 - names of ours
_OF_ONE = f"{_COLUMNS.format(which='')} {_CONTRACTS.format(of='')} AND contract.customer_id IN"
_OF_MANY = f"""
    WITH RECURSIVE above(start, id, parent_id) AS (
        SELECT id, id, parent_id FROM {Customer._meta.db_table} WHERE id IN ({{marks}})
        UNION SELECT above.start, one.id, one.parent_id
        FROM {Customer._meta.db_table} one JOIN above ON one.id = above.parent_id
    )
    {_COLUMNS.format(which="above.start,")}
    {_CONTRACTS.format(of="JOIN above ON above.id = contract.customer_id")}
"""  # noqa: S608 - names of ours


def contracts_near(customer: Customer, *, at: datetime, day: date) -> tuple[Standing, ...]:
    """Return the contracts of a customer, and of those above it, that run, ended or begin near `day`.

    Their state is that of `at`, their terms are those of `day`; of one that has not begun, its first.
    """
    ahead = _ahead.get()
    if ahead is not None and ahead.at == at and (customer.pk, day) in ahead.contracts:
        return ahead.contracts[customer.pk, day]
    who = f"({WITH_THOSE_ABOVE})" if customer.parent_id else "(%s)"
    rows = _rows(_OF_ONE + who, [*_when(at, day), customer.pk])
    return _standings(rows)


def _contracts_of(customers: Collection[int], *, at: datetime, day: date) -> dict[int, tuple[Standing, ...]]:
    """Customer → its contracts, as `contracts_near` returns them."""
    sql = _OF_MANY.format(marks=_marks(customers))
    found: dict[int, list[Any]] = {}
    for customer, *row in _rows(sql, [*customers, *_when(at, day)]):
        found.setdefault(customer, []).append(row)
    every = _standings([row for rows in found.values() for row in rows])
    rest = iter(every)
    return {customer: tuple(next(rest) for _row in rows) for customer, rows in found.items()}


def _when(at: datetime, day: date) -> list[Any]:
    moment, on = connection.ops.adapt_datetimefield_value(at), _day(day)
    return [moment, moment, on, on, _day(day - NEAR), _day(day + NEAR)]


def _standings(rows: Sequence[Sequence[Any]]) -> tuple[Standing, ...]:
    terms = terms_of_many(list({version for *_dates, version, _sensitive in rows}))
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


def balances(standings: Iterable[Standing], day: date, known_at: datetime | None) -> Balances:
    """What is left of the limited lines on a day; a line that is (or then was) untouched has no row."""
    limited = _limited(standings)
    if not limited:
        return {}
    ahead = _ahead.get()
    if ahead is not None and known_at is None and all((pk, day) in ahead.left for pk in limited):
        return {(pk, code): left for pk in limited for code, left in ahead.left[pk, day].items()}
    left: dict[int, dict[str, Decimal]] = {pk: {} for pk in limited}
    for pk, code, rest in _balances_on(limited, day, known_at):
        _put(left[pk], code, rest)
    return {(pk, code): rest for pk, lines in left.items() for code, rest in lines.items()}


def _limited(standings: Iterable[Standing]) -> list[int]:
    """The contracts that have a line with a limit."""
    return [one.terms.contract for one in standings if any(line.needs_balance for line in one.terms.included)]


def _balances_on(
    contracts: Collection[int], day: date, known_at: datetime | None = None
) -> list[tuple[Any, ...]]:
    if not contracts:
        return []
    on, marks = [_day(day), _day(day)], _marks(contracts)
    if known_at is None:
        return _rows(f"{_BALANCES} ({marks})", [*on, *contracts])
    moment = connection.ops.adapt_datetimefield_value(known_at)
    return _rows(f"{_BALANCES_THEN} ({marks}) GROUP BY balance.id", [moment, *on, *contracts])


def _put(lines: dict[str, Decimal], code: str, left: Any) -> None:
    lines[code] = lines.get(code, Decimal(0)) + Decimal(str(left))


_UNITS = f"""
    SELECT unit.id, model.category_id, promise.id, promise.side, promise.starts_on, promise.ends_on,
        promise.covers_parts, promise.covers_labour, promise.component
    FROM {Asset._meta.db_table} unit
    JOIN {AssetModel._meta.db_table} model ON model.id = unit.model_id
    LEFT JOIN {Warranty._meta.db_table} promise ON promise.asset_id = unit.id
    WHERE unit.id IN
"""  # noqa: S608 - names of ours


def unit(asset: Asset) -> Unit:
    """Return the category of a unit and its warranties, in one statement."""
    ahead = _ahead.get()
    if ahead is not None and asset.pk in ahead.units:
        return ahead.units[asset.pk]
    return _units([asset.pk])[asset.pk]


def _units(assets: Collection[int]) -> dict[int, Unit]:
    if not assets:
        return {}
    categories: dict[int, int | None] = {}
    warranties: dict[int, list[rules.Warranty]] = {}
    for asset, category, pk, side, since, until, parts, labour, component in _rows(
        f"{_UNITS} ({_marks(assets)})", list(assets)
    ):
        categories[asset] = category
        kept = warranties.setdefault(asset, [])
        if pk is not None:
            kept.append(
                rules.Warranty(
                    pk, rules.Side(side), _date(since), _date(until), bool(parts), bool(labour), component
                )
            )
    return {pk: (category, tuple(warranties[pk])) for pk, category in categories.items()}


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
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _marks(values: Collection[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def _day(day: date) -> Any:
    return connection.ops.adapt_datefield_value(day)


def _date(value: date | str) -> date:
    """SQLite gives a date as it is written."""
    return value if isinstance(value, date) else date.fromisoformat(value)
