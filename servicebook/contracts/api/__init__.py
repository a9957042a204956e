"""Contracts for programs: their terms and balances, and what they cover."""

from servicebook.contracts.api.balances import routes as balances
from servicebook.contracts.api.catalogue import rate_card, refusal_reasons, templates
from servicebook.contracts.api.contracts import routes as contracts
from servicebook.contracts.api.coverage import routes as coverage
from servicebook.contracts.api.renewals import routes as renewals

__all__ = ["balances", "contracts", "coverage", "rate_card", "refusal_reasons", "renewals", "templates"]
