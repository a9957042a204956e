"""What is in force changes from a day on; the past stays as it was."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from servicebook.accounts.models import User
from servicebook.contracts import checking, queries
from servicebook.contracts.actions._base import MoveRefused, locked, settled, write
from servicebook.contracts.actions.drafting import write_terms
from servicebook.contracts.document import CHANGEABLE, Terms, differences, with_codes
from servicebook.contracts.models import LIVE, Contract, ContractVersion, IncludedService
from servicebook.contracts.models.choices import Period
from servicebook.core import changes, fields
from servicebook.customers.actions import hide_promises
from servicebook.customers.saving import check_values


@transaction.atomic
def amend(
    contract_id: int,
    terms: Terms,
    *,
    valid_from: date,
    what_changed: str,
    by: User | None,
    seen: int | None = None,
) -> ContractVersion:
    """Agree on new terms from `valid_from` (a day in the zone of the customer).

    What was decided before keeps its terms, so the day lies ahead and after the last version's.

    Raises:
        NotValid: `fields` names each field and says what is wrong with it.
        MoveRefused: the contract is not in force.
        Changed: it changed since `seen`.
    """
    contract = locked(contract_id, seen=seen)
    if contract.state not in LIVE:
        raise MoveRefused(
            _("Contract %(number)s is not in force, so there is nothing to amend.")
            % {"number": contract.number}
        )
    last = contract.versions.latest("number")
    terms, what_changed = with_codes(terms), " ".join(what_changed.split())
    checking.refuse(
        [
            *_day(contract, last, valid_from),
            *_said(what_changed, last, terms),
            *_codes(contract, terms),
            *checking.terms_problems(terms, customer=contract.customer_id, currency=contract.currency),
            *checking.contradictions(contract, terms),
        ]
    )
    version = ContractVersion(
        contract=contract,
        number=last.number + 1,
        valid_from=valid_from,
        in_force=True,
        what_changed=what_changed,
        made_by=by,
    )
    write_terms(version, terms)
    write(contract)
    settled(contract, "contract.amended", by=by, number=version.number, since=valid_from, what=what_changed)
    return version


def _day(contract: Contract, last: ContractVersion, valid_from: date) -> Iterator[checking.Problem]:
    if valid_from <= last.valid_from:
        yield (
            "valid_from",
            _("Version %(number)s begins on %(day)s. A new one begins on a later day: two never overlap.")
            % {"number": last.number, "day": last.valid_from},
        )
    elif valid_from <= queries.today(contract.customer):
        yield (
            "valid_from",
            _("What was decided until today stays. Choose tomorrow or a later day."),
        )
    if valid_from > contract.ends_on:
        yield "valid_from", _("The contract ends on %(day)s, before that day.") % {"day": contract.ends_on}


def _said(what_changed: str, last: ContractVersion, terms: Terms) -> Iterator[checking.Problem]:
    if not what_changed:
        yield "what_changed", _("Say what changes, for whoever reads the versions later.")
    if len(what_changed) > 250:
        yield "what_changed", _("At most %(most)s characters fit.") % {"most": 250}
    if not differences(Terms.of(last), terms):
        yield "what_changed", _("These are the terms that hold already.")


def _codes(contract: Contract, terms: Terms) -> Iterator[checking.Problem]:
    """A line keeps its service and its period, and whether it has a limit: its balance goes on."""
    known = {
        row.code: (row.service, row.period, row.limit is None)
        for row in IncludedService.objects.filter(version__contract=contract).order_by("version__number")
    }
    for position, line in enumerate(terms.included):
        said = (line.service, line.period or Period.YEAR, line.limit is None)
        if known.get(line.code, said) != said:
            yield (
                f"included.{position}.code",
                _("“%(code)s” was counted in another way before. Leave the code of the new line empty.")
                % {"code": line.code},
            )


@transaction.atomic
def change(contract_id: int, *, by: User | None, seen: int | None = None, **values: Any) -> Contract:
    """Change what is not terms: title, owner, review date, considerations… of a contract in any state.

    Args:
        values: by the names of `document.CHANGEABLE`; those that are left out stay.

    Raises:
        NotValid: `fields` says what does not fit.
        Changed: it changed since `seen`.
    """
    if unknown := values.keys() - set(CHANGEABLE):
        raise ValueError(f"{sorted(unknown)} are terms, or not of a contract")
    before = locked(contract_id, seen=seen)
    contract = Contract.objects.select_related("customer", "owner").get(pk=contract_id)
    for name, value in values.items():
        setattr(contract, name, value)
    checking.refuse(checking.changeable(contract))
    check_values(contract)
    fields.check(contract)
    found = changes.between(before, contract)
    if found:
        contract.version += 1
        contract.save(update_fields=[*changes.touched(found), "version"])
        if "sensitive" in found:
            hide_promises(contract, sensitive=contract.sensitive)
        settled(contract, "contract.changed", by=by, name=str(contract), changes=found)
    return contract
