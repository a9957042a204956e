"""From the rows of a version to the terms that a decision runs."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

from django.db import transaction

from servicebook.contracts.document import Clause, Document
from servicebook.contracts.models import (
    ContractVersion,
    CoverageScope,
    Exclusion,
    IncludedService,
    Rate,
    SlaTarget,
)
from servicebook.contracts.rules import terms as rules
from servicebook.contracts.rules.terms import Terms

C = TypeVar("C")
MOST_KEPT = 20_000  # versions; some kilobytes each

# Version → its terms, the longest unused first. Only what is in force, for that never changes.
_kept: dict[int, Terms] = {}


def terms_of(version_id: int) -> Terms:
    """Return the terms of one version. Costs no statement where they are kept, else six.

    Raises:
        ContractVersion.DoesNotExist
    """
    found = terms_of_many([version_id])
    if version_id not in found:
        raise ContractVersion.DoesNotExist(f"There is no version {version_id} of a contract.")
    return found[version_id]


def terms_of_many(version_ids: Sequence[int]) -> dict[int, Terms]:
    """Return version → terms, those of all that are not kept in six statements together."""
    found = {pk: terms for pk in version_ids if (terms := _used(pk))}
    missing = [pk for pk in version_ids if pk not in found]
    return found | _read(missing) if missing else found


def forget() -> None:
    """Forget all terms in this process."""
    _kept.clear()


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
    versions = ContractVersion.objects.filter(pk__in=version_ids).select_related("contract")
    scopes = _clauses(CoverageScope, version_ids, rules.Scope, SCOPE)
    included = _clauses(IncludedService, version_ids, _included, INCLUDED)
    targets = _clauses(SlaTarget, version_ids, _target, TARGET)
    exclusions = _clauses(Exclusion, version_ids, _exclusion, EXCLUSION)
    rates = _clauses(Rate, version_ids, _rate, RATE)
    found = {}
    for version in versions:
        contract = version.contract
        found[version.pk] = terms = Terms(
            contract=contract.pk,
            version=version.pk,
            number=contract.number,
            version_number=version.number,
            type=rules.ContractType(contract.type),
            currency=contract.currency,
            valid_from=version.valid_from,
            customer=contract.customer_id,
            scopes=tuple(scopes.get(version.pk, ())),
            included=tuple(included.get(version.pk, ())),
            targets=tuple(targets.get(version.pk, ())),
            exclusions=tuple(exclusions.get(version.pk, ())),
            rates=tuple(rates.get(version.pk, ())),
            channels=frozenset(version.channels),
            hours=version.hours_id,
            pauses=frozenset(version.pauses),
            warn_percent=version.warn_percent,
            uptime_percent=version.uptime_percent,
        )
        if version.in_force:
            # Kept once it is sure: a version that is taken back would leave its terms behind.
            transaction.on_commit(partial(_keep, version.pk, terms))
    return found


def sketched(document: Document, *, contract: int = 0, number: str = "") -> Terms:
    """Return the terms of a contract that is not saved yet; its clauses are numbered by their places."""
    own = document.terms
    return Terms(
        contract=contract,
        version=0,
        number=number,
        version_number=0,
        type=rules.ContractType(document.type),
        currency=document.currency,
        valid_from=document.starts_on,
        customer=document.customer,
        scopes=tuple(rules.Scope(*_values(one, SCOPE)) for one in own.scopes),
        included=_numbered(_included, own.included, INCLUDED),
        targets=_numbered(_target, own.targets, TARGET),
        exclusions=_numbered(_exclusion, own.exclusions, EXCLUSION),
        rates=tuple(_rate(*_values(one, RATE)) for one in own.rates),
        channels=frozenset(own.channels),
        hours=own.hours,
        pauses=frozenset(own.pauses),
        warn_percent=own.warn_percent,
        uptime_percent=own.uptime_percent,
    )


def _values(clause: Clause, columns: Iterable[str]) -> list[Any]:
    return [getattr(clause, name) for name in columns]


def _numbered(make: Callable[..., C], clauses: Sequence[Clause], columns: Sequence[str]) -> tuple[C, ...]:
    """Clauses of a kind that bears its row's number first (`columns[0]`)."""
    return tuple(make(at, *_values(one, columns[1:])) for at, one in enumerate(clauses))


SCOPE = ("asset", "site", "model", "category", "region")
INCLUDED = (
    "pk", "code", "service", "limit", "period", "category", "parts", "outside_factor", "rollover",
    "expires_on",
)  # fmt: skip
TARGET = ("pk", "measure", "minutes", "priority", "region", "category", "hours")
EXCLUSION = ("pk", "unless", "factor")
RATE = ("service", "price", "extra")


def _clauses(
    model: type[Any], version_ids: Sequence[int], make: Callable[..., C], columns: Iterable[str]
) -> dict[int, list[C]]:
    """Return version → its clauses of one kind, in their order."""
    found: dict[int, list[C]] = {}
    rows = model.objects.filter(version__in=version_ids).values_list("version", *columns)
    for version, *values in rows:
        found.setdefault(version, []).append(make(*values))
    return found


def _included(
    pk: int,
    code: str,
    service: str,
    limit: Any,
    period: str | None,
    category: int | None,
    parts: str,
    *rest: Any,
) -> rules.Included:
    counted = rules.Period(period or rules.Period.YEAR)
    return rules.Included(
        pk, code, rules.Service(service), limit, counted, category, rules.PartsRule(parts), *rest
    )


def _target(pk: int, measure: str, *rest: Any) -> rules.Target:
    return rules.Target(pk, rules.Measure(measure), *rest)


def _exclusion(pk: int, unless: str, factor: Any) -> rules.Exclusion:
    return rules.Exclusion(pk, rules.Unless(unless), factor)


def _rate(service: str, price: Any, extra: int | None) -> rules.Rate:
    return rules.Rate(rules.Service(service), price, extra)
