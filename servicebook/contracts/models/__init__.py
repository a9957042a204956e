"""Executable terms: contracts, their versions and clauses, balances, renewals."""

from servicebook.contracts.models.balances import Balance, BalanceEntry
from servicebook.contracts.models.catalogue import ContractTemplate, ExtraService, RefusalReason
from servicebook.contracts.models.contract import (
    LIVE,
    Contract,
    ContractQuerySet,
    ContractSpell,
    Milestone,
    PriceChange,
)
from servicebook.contracts.models.terms import (
    ContractVersion,
    CoverageScope,
    Exclusion,
    IncludedService,
    Rate,
    SlaTarget,
)

__all__ = [
    "LIVE",
    "Balance",
    "BalanceEntry",
    "Contract",
    "ContractQuerySet",
    "ContractSpell",
    "ContractTemplate",
    "ContractVersion",
    "CoverageScope",
    "Exclusion",
    "ExtraService",
    "IncludedService",
    "Milestone",
    "PriceChange",
    "Rate",
    "RefusalReason",
    "SlaTarget",
]
