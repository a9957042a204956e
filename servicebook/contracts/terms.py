"""From the rows of a version to the terms that a decision runs."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache, cached_property, partial
from typing import Any

from django.db import connection, transaction

from servicebook.contracts.document import Clause, Document
from servicebook.contracts.document import Terms as DocumentTerms
from servicebook.contracts.models import (
    Contract,
    ContractVersion,
    CoverageScope,
    Exclusion,
    IncludedService,
    Rate,
    SlaTarget,
)
from servicebook.contracts.rules import terms as rules
from servicebook.contracts.rules.terms import Terms

MOST_KEPT = 20_000  # versions; some kilobytes each

# Version → its terms, the longest unused first. Only what is in force, for that never changes.
_kept: dict[int, Terms] = {}
_at_once = False


def terms_of(version_id: int) -> Terms:
    """Return the terms of one version. Costs no statement where they are kept, else one.

    Raises:
        ContractVersion.DoesNotExist
    """
    found = terms_of_many([version_id])
    if version_id not in found:
        raise ContractVersion.DoesNotExist(f"There is no version {version_id} of a contract.")
    return found[version_id]


def terms_of_many(version_ids: Sequence[int]) -> dict[int, Terms]:
    """Return version → terms, those of all that are not kept with one statement."""
    found = {pk: terms for pk in version_ids if (terms := _used(pk))}
    missing = [pk for pk in version_ids if pk not in found]
    return found | _read(missing) if missing else found


def typed(given: DocumentTerms, head: Document | Contract) -> Terms:
    """Return what was typed as it would be tested; the id of a clause is its position.

    Args:
        head: of which contract: its type, its currency and its first day.
    """
    clauses = {
        kind.name: tuple(
            kind.made({**_columns(one, kind), "id": position})
            for position, one in enumerate(getattr(given, kind.name))
        )
        for kind in KINDS
    }
    return Terms(
        contract=0,
        version=0,
        number="",
        version_number=0,
        type=rules.ContractType(head.type),
        currency=head.currency,
        valid_from=head.starts_on,
        customer=0,
        channels=frozenset(given.channels),
        hours=given.hours,
        pauses=frozenset(given.pauses),
        warn_percent=given.warn_percent,
        uptime_percent=given.uptime_percent,
        **clauses,
    )


def forget() -> None:
    """Forget all terms in this process."""
    _kept.clear()


@contextmanager
def kept_at_once() -> Iterator[None]:
    """Keep terms inside a block before their transaction commits: for whoever is alone in the database.

    When the block fails, and its transaction with it, all are forgotten.
    """
    global _at_once
    _at_once = True
    try:
        yield
    except BaseException:
        forget()
        raise
    finally:
        _at_once = False


def _used(version_id: int) -> Terms | None:
    terms = _kept.pop(version_id, None)
    if terms is not None:
        _kept[version_id] = terms
    return terms


def _keep(version_id: int, terms: Terms) -> None:
    _kept[version_id] = terms
    if len(_kept) > MOST_KEPT:
        _kept.pop(next(iter(_kept)), None)


def _read(version_ids: Sequence[int]) -> dict[int, Terms]:
    """Read terms with one statement: reading table by table costs as much as opening a ticket."""
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(version_ids))
        cursor.execute(f"{_statement(connection.vendor)} ({marks})", version_ids)
        rows = cursor.fetchall()
    found = {}
    for row in rows:
        found[row[0]] = terms = _made(row)
        if row[1] and _at_once:
            _keep(row[0], terms)
        elif row[1]:
            # Kept once it is sure: a version that is taken back would leave its terms behind.
            transaction.on_commit(partial(_keep, row[0], terms))
    return found


_version = ContractVersion._meta.get_field


def _made(row: Sequence[Any]) -> Terms:
    (
        version,
        _in_force,
        number,
        begins,
        hours,
        warn,
        uptime,
        contract,
        name,
        kind,
        currency,
        customer,
        *texts,
    ) = row
    channels, pauses, *clauses = (json.loads(text, parse_float=Decimal) for text in texts)
    return Terms(
        contract=contract,
        version=version,
        number=name,
        version_number=number,
        type=rules.ContractType(kind),
        currency=currency,
        valid_from=_value(_version("valid_from"), begins),
        customer=customer,
        channels=frozenset(channels),
        hours=hours,
        pauses=frozenset(pauses),
        warn_percent=warn,
        uptime_percent=_value(_version("uptime_percent"), uptime),
        **{
            kind.name: tuple(kind.read(values) for values in rows)
            for kind, rows in zip(KINDS, clauses, strict=True)
        },
    )


def _value(column: Any, value: Any) -> Any:
    """What a column holds, of what JSON or an engine made of it."""
    return value if value is None else _reader(column)(value)


@cache
def _reader(column: Any) -> Callable[[Any], Any]:
    match column.get_internal_type():
        case "DecimalField":
            places = Decimal(1).scaleb(-column.decimal_places)
            return lambda value: Decimal(str(value)).quantize(places)
        case "DateField":
            return lambda value: value if isinstance(value, date) else date.fromisoformat(value)
        case "BooleanField":
            return bool
    return lambda value: value


@dataclass(frozen=True)
class _Kind:
    """One kind of clause: its list in the terms, its table, its value, and which columns are words."""

    name: str
    table: type[Any]
    value: type[Any]
    words: Mapping[str, type[StrEnum]] = field(default_factory=dict)

    @cached_property
    def columns(self) -> list[str]:
        return [one.name for one in fields(self.value)]

    @cached_property
    def fields(self) -> list[Any]:
        return [self.table._meta.get_field(name) for name in self.columns]

    @cached_property
    def _readers(self) -> list[Callable[[Any], Any]]:
        return [
            self.words.get(name) or _reader(one) for name, one in zip(self.columns, self.fields, strict=True)
        ]

    def read(self, values: Sequence[Any]) -> Any:
        """Make a clause of the values of its columns as JSON has them."""
        made = zip(self._readers, values, strict=True)
        return self.value(*(value if value is None else reader(value) for reader, value in made))

    def made(self, columns: Mapping[str, Any]) -> Any:
        known = {name: columns[name] for name in self.columns}
        return self.value(**known | {name: word(columns[name]) for name, word in self.words.items()})


KINDS = (
    _Kind("scopes", CoverageScope, rules.Scope),
    _Kind(
        "included",
        IncludedService,
        rules.Included,
        {"service": rules.Service, "period": rules.Period, "parts": rules.PartsRule},
    ),
    _Kind("targets", SlaTarget, rules.Target, {"measure": rules.Measure}),
    _Kind("exclusions", Exclusion, rules.Exclusion, {"unless": rules.Unless}),
    _Kind("rates", Rate, rules.Rate, {"service": rules.Service}),
)


# Rows of clauses as one text of JSON, in their order.
_ROWS = {
    "postgresql": (
        "COALESCE((SELECT json_agg(json_build_array({columns}) ORDER BY {order}) FROM {table} "
        "WHERE version_id = version.id), '[]')::text"
    ),
    "sqlite": (
        "(SELECT json_group_array(json_array({columns})) FROM "
        "(SELECT * FROM {table} WHERE version_id = version.id ORDER BY {order}))"
    ),
}


@cache
def _statement(vendor: str) -> str:
    text = "::text" if vendor == "postgresql" else ""
    clauses = [
        _ROWS[vendor].format(
            columns=", ".join(_quoted(one.column) for one in kind.fields),
            table=kind.table._meta.db_table,
            order=", ".join("id" if name == "pk" else name for name in kind.table._meta.ordering),
        )
        for kind in KINDS
    ]
    return (
        "SELECT version.id, version.in_force, version.number, version.valid_from, version.hours_id, "  # noqa: S608
        "version.warn_percent, version.uptime_percent, contract.id, contract.number, contract.type, "
        f"contract.currency, contract.customer_id, version.channels{text}, version.pauses{text}, "
        f"{', '.join(clauses)} FROM {ContractVersion._meta.db_table} version "
        f"JOIN {Contract._meta.db_table} contract ON contract.id = version.contract_id WHERE version.id IN"
    )


def _quoted(column: str) -> str:
    return connection.ops.quote_name(column)


def _columns(clause: Clause, kind: _Kind) -> dict[str, Any]:
    """What was typed for a clause. A line without a limit may name no period."""
    given = {name: getattr(clause, name) for name in kind.columns if name != "id"}
    return given | ({"period": rules.Period.YEAR} if given.get("period", "") is None else {})
