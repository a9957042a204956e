"""A contract in plain words, and what is wrong with its terms, for pages, forms and activation."""

from typing import Any

from servicebook.contracts.document import Document
from servicebook.contracts.document import Terms as DocumentTerms
from servicebook.contracts.evidence import rate_card
from servicebook.contracts.models import Contract, ContractVersion
from servicebook.contracts.rules.lint import Finding, lint
from servicebook.contracts.rules.reading import Course, read
from servicebook.contracts.rules.terms import Said, Terms
from servicebook.contracts.terms import terms_of, typed
from servicebook.sla import queries as sla


def reading_of(terms: Terms, head: Document | Contract) -> list[Said]:
    """Return what the terms say, and how the contract goes on. Costs no statement when nothing changed."""
    return read(
        terms,
        Course(
            ends_on=head.ends_on,
            renews_itself=head.renews_itself,
            months=head.renewal_months,
            notice_days=head.notice_days,
            rise=head.index_percent,
            rise_rule=head.index_rule,
            rise_notice_days=head.index_notice_days,
        ),
        rate_card(terms.currency),
    )


def findings_in(given: DocumentTerms, head: Document | Contract) -> list[Finding]:
    """Return what contradicts itself in terms of the contract `head`, errors first."""
    never_open = frozenset(pk for pk, known in sla.every().items() if not any(known.hours.week))
    return lint(
        typed(given, head),
        starts_on=head.starts_on,
        ends_on=head.ends_on,
        prices=rate_card(head.currency),
        never_open=never_open,
    )


def of_typed(given: DocumentTerms, head: Document | Contract) -> dict[str, Any]:
    """What a page shows of terms that were typed: `reading` and `findings`."""
    return {"reading": reading_of(typed(given, head), head), "findings": findings_in(given, head)}


def of_version(version: ContractVersion, contract: Contract) -> dict[str, Any]:
    """What a page shows of a version's terms; those in force are only read, for nobody can mend them."""
    if version.in_force:
        return {"reading": reading_of(terms_of(version.pk), contract), "findings": []}
    return of_typed(DocumentTerms.of(version), contract)
