"""From the rows of a version to the terms that a decision runs."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import partial
from typing import Any

from django.db import transaction

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
    versions = ContractVersion.objects.filter(pk__in=version_ids).select_related("contract")
    clauses = {kind.name: _clauses(kind, version_ids) for kind in KINDS}
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
            channels=frozenset(version.channels),
            hours=version.hours_id,
            pauses=frozenset(version.pauses),
            warn_percent=version.warn_percent,
            uptime_percent=version.uptime_percent,
            **{name: tuple(known.get(version.pk, ())) for name, known in clauses.items()},
        )
        if version.in_force and _at_once:
            _keep(version.pk, terms)
        elif version.in_force:
            # Kept once it is sure: a version that is taken back would leave its terms behind.
            transaction.on_commit(partial(_keep, version.pk, terms))
    return found


@dataclass(frozen=True)
class _Kind:
    """One kind of clause: its list in the terms, its table, its value, and which columns are words."""

    name: str
    table: type[Any]
    value: type[Any]
    words: Mapping[str, type[StrEnum]] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        return [one.name for one in fields(self.value)]

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


def _clauses(kind: _Kind, version_ids: Sequence[int]) -> dict[int, list[Any]]:
    """Return version → its clauses of one kind, in their order; one statement."""
    found: dict[int, list[Any]] = {}
    names = kind.columns
    rows = kind.table.objects.filter(version__in=version_ids).values_list("version", *names)
    for version, *values in rows:
        found.setdefault(version, []).append(kind.made(dict(zip(names, values, strict=True))))
    return found


def _columns(clause: Clause, kind: _Kind) -> dict[str, Any]:
    """What was typed for a clause. A line without a limit may name no period."""
    given = {name: getattr(clause, name) for name in kind.columns if name != "id"}
    return given | ({"period": rules.Period.YEAR} if given.get("period", "") is None else {})
