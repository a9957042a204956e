"""A contract is drafted, and its drafts change as a whole."""

from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import agenda, journal, search
from servicebook.accounts.models import User
from servicebook.contracts import checking
from servicebook.contracts.actions._base import MoveRefused, locked
from servicebook.contracts.document import Document, Terms, differences, with_codes
from servicebook.contracts.models import Contract, ContractSpell, ContractVersion
from servicebook.contracts.models.choices import State
from servicebook.core import changes, clock, fields, numbers, preferences
from servicebook.customers.models import Customer

SERIES = "SC"


@transaction.atomic
def save_draft(
    document: Document, *, by: User | None, contract: Contract | None = None, seen: int | None = None
) -> Contract:
    """Save a new contract as a draft, or replace the whole of a known draft.

    Args:
        contract: the draft that changes; a new one with a number of its own if None.
        seen: the version of the contract that the person had before their eyes.

    Raises:
        NotValid: `fields` names each field and says what is wrong with it.
        MoveRefused: it is no draft any more. Amend it instead.
        Changed: it changed since `seen`.
    """
    before = locked(contract.pk, seen=seen) if contract else None
    if before and before.state != State.DRAFT:
        raise MoveRefused(
            _("Contract %(number)s is in force. Amend it from a date on; the past stays as it was.")
            % {"number": before.number}
        )
    document = completed(document, by)
    checking.refuse(checking.problems(document, known=before))
    draft = _filled(document, before)
    fields.check(draft)
    if before is None:
        return _add(draft, document.terms, by)
    return _change(draft, before, document.terms, by)


def completed(document: Document, by: User | None) -> Document:
    """Fill in what may be left out: owner, currency, the codes of lines.

    Raises:
        NotValid: there is no such customer.
    """
    customer = Customer.objects.filter(pk=document.customer).first()
    if customer is None:
        text = _("There is no such customer.")
        raise checking.NotValid(text, fields={"customer": text})
    return document.model_copy(
        update={
            "owner": document.owner or customer.owner_id or (by.pk if by else None),
            "currency": document.currency.strip().upper()
            or customer.currency
            or preferences.current().currency,
            "terms": with_codes(document.terms),
        }
    )


def _filled(document: Document, known: Contract | None) -> Contract:
    draft = Contract.objects.get(pk=known.pk) if known else Contract(made_at=clock.now())
    for name, value in document.columns().items():
        setattr(draft, name, value)
    draft.customer_id, draft.owner_id = document.customer, document.owner  # type: ignore[assignment]
    return draft


def _add(draft: Contract, terms: Terms, by: User | None) -> Contract:
    draft.made_by = by
    draft.number = numbers.take(SERIES, clock.now().year)
    draft.save(force_insert=True)
    ContractSpell.objects.create(contract=draft, state=State.DRAFT, started_at=draft.made_at)
    version = ContractVersion(contract=draft, number=1, valid_from=draft.starts_on, made_by=by)
    write_terms(version, terms)
    journal.record("contract.drafted", draft, by=by, name=str(draft), template=draft.template)
    search.index(draft, new=True)
    agenda.refresh(draft, new=True)
    return draft


def _change(draft: Contract, before: Contract, terms: Terms, by: User | None) -> Contract:
    version = draft.versions.get()
    found = changes.between(before, draft)
    clauses = differences(Terms.of(version), terms)
    if not found and not clauses:
        return draft
    draft.version += 1
    draft.save(update_fields=[*changes.touched(found), "version"])
    if clauses or version.valid_from != draft.starts_on:
        version.valid_from = draft.starts_on
        write_terms(version, terms)
    journal.record("contract.changed", draft, by=by, name=str(draft), changes=found, clauses=clauses)
    search.index(draft)
    agenda.refresh(draft)
    return draft


def write_terms(version: ContractVersion, terms: Terms) -> None:
    """Write a version with its clauses; what it had is replaced. Never for one that was in force."""
    for name, value in terms.columns().items():
        setattr(version, name, value)
    is_new = version.pk is None
    version.save()
    for table, rows in terms.rows(version):
        if not is_new:
            table._default_manager.filter(version=version).delete()
        table._default_manager.bulk_create(rows)
