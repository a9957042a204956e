"""A contract goes on in the one that follows it (S0.12).

The contract that follows takes over on its first day, the day after the last of the one before. Until
then the one before stays in force, so at every moment exactly one of the two covers a request. On that
day `succeed` marks the one before as renewed and carries over what is left.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.contracts import amounts, queries, renewals
from servicebook.contracts.actions._base import (
    GOES_ON,
    MoveRefused,
    drop_next_steps,
    locked,
    move,
    settled,
    write,
)
from servicebook.contracts.actions.drafting import save_draft
from servicebook.contracts.actions.moving import activate
from servicebook.contracts.actions.prices import refuse_rise
from servicebook.contracts.actions.refusals import RENEWABLE, RenewalRefused
from servicebook.contracts.books import Books, enter
from servicebook.contracts.checking import NotValid
from servicebook.contracts.document import Document, Terms
from servicebook.contracts.models import BalanceEntry, Contract
from servicebook.contracts.models.choices import Period, State
from servicebook.contracts.rules import renewal as rules
from servicebook.contracts.rules.figures import NOTHING
from servicebook.contracts.rules.terms import Included
from servicebook.contracts.rules.terms import Period as Granted

Kind = BalanceEntry.Kind


@transaction.atomic
def renew(
    contract_id: int,
    *,
    by: User | None,
    months: int | None = None,
    price: Decimal | None = None,
    in_force: bool = False,
    seen: int | None = None,
) -> Contract:
    """Make the contract that follows, with the same terms.

    Args:
        months: how long it runs; as agreed if None.
        price: that of today, or what was announced for its first day, if None.
        in_force: it is agreed already; else it is a draft to be offered.

    Raises:
        RenewalRefused: it was refused, or another contract follows it already.
        PriceRefused: it is dearer although the price rose less than a year before.
        NotValid: the terms fit no longer; `fields` says which.
    """
    contract = locked(contract_id, seen=seen)
    _refuse_renewal(contract)
    months = contract.renewal_months if months is None else months
    if months < 1:
        raise _wrong("months", _("Say for how many months it is renewed."))
    term = rules.next_term(contract.ends_on, months)
    announced = renewals.announced_for(term.starts_on, renewals.prices_of(contract))
    if price is None:
        price = announced.after if announced else contract.price
    refuse_rise(contract, term.starts_on, after=price)
    draft = save_draft(_offer(contract, term, price), by=by)
    write(draft, predecessor=contract)
    facts: dict[str, Any] = {
        "following": draft.number,
        "starts_on": term.starts_on,
        "ends_on": term.ends_on,
        "price": amounts.money(price, contract.currency),
    }
    journal.record("contract.offer_drafted", contract, by=by, **facts)
    if in_force:
        draft = activate(draft.pk, by=by)
    drop_next_steps(contract, because=GOES_ON)
    agenda.refresh(draft)
    agenda.refresh(Contract.objects.get(pk=contract.pk), because=str(_("the contract was renewed")))
    return draft


@transaction.atomic
def succeed(contract_id: int) -> Contract | None:
    """Let the contract that follows `contract_id` take over. A second time changes nothing.

    Returns:
        The contract that follows; None when none is in force.
    """
    contract = locked(contract_id)
    following = renewals.successor_of(contract)
    if following is None or not renewals.is_followed(contract) or contract.state not in RENEWABLE:
        return None
    _carry_packs(contract, following)
    move(contract, State.RENEWED)
    settled(contract, "contract.renewed", by=None, following=following.number, until=following.ends_on)
    return following


def _offer(contract: Contract, term: rules.Term, price: Decimal) -> Document:
    """The contract again, for the next term: the terms that hold on its last day."""
    version = queries.version_on(contract, contract.ends_on)
    if version is None:
        raise RenewalRefused(
            _("Contract %(number)s has no terms that could go on.") % {"number": contract.number}
        )
    known = Document.of(contract, version)
    return known.model_copy(
        update={
            "starts_on": term.starts_on,
            "ends_on": term.ends_on,
            "price": price,
            "owner": contract.owner_id if contract.owner.is_active else None,
            "review_on": None,
            "external_ref": "",  # of the old system; it has one number for one contract
            "terms": _going_on(known.terms, term),
        }
    )


def _going_on(terms: Terms, term: rules.Term) -> Terms:
    """Leave out prepaid packs that have expired by then."""
    included = [
        line
        for line in terms.included
        if line.period != Period.PACK or (line.expires_on and line.expires_on >= term.starts_on)
    ]
    return terms.model_copy(update={"included": included})


def _carry_packs(contract: Contract, following: Contract) -> None:
    """Give what is left of prepaid packs to the same lines of the contract that follows.

    A line that goes on as it was is not granted anew: its pack was bought once. One whose limit was
    changed is a new pack, and the rest comes on top. What rolls over by periods does so when they end.
    """
    before, after = _books(contract, contract.ends_on), _books(following, following.starts_on)
    if before is None or after is None:
        return
    old, new = _packs(before), _packs(after)
    codes = [code for code in old if code in new]
    sources = before.locked([old[code] for code in codes], contract.ends_on)
    targets = after.locked([new[code] for code in codes], following.starts_on)
    for code in codes:
        source, target = sources.get(code), targets.get(code)
        if source is None or target is None:
            continue
        rest = source.left or NOTHING
        if rest:
            enter(source, Kind.EXPIRE, rest, key="renewed")
            enter(target, Kind.ROLL_OVER, rest, key=f"from-{source.pk}-renewed")
        if new[code].limit == old[code].limit and target.left:
            enter(target, Kind.EXPIRE, min(new[code].limit or NOTHING, target.left), key="renewed")


def _books(contract: Contract, day: date) -> Books | None:
    version = queries.version_on(contract, day)
    return Books(contract, version) if version else None


def _packs(books: Books) -> dict[str, Included]:
    return {line.code: line for line in books.lines() if line.period is Granted.PACK}


def _refuse_renewal(contract: Contract) -> None:
    number = {"number": contract.number}
    if contract.state not in RENEWABLE:
        raise MoveRefused(
            _("Contract %(number)s does not run, so it cannot be renewed. Make a new contract.") % number
        )
    if contract.cancelled_on:
        raise RenewalRefused(
            _("Contract %(number)s is cancelled after %(day)s. Take the cancellation back first.")
            % {**number, "day": amounts.day(contract.cancelled_on)},
            code="cancelled",
        )
    if contract.refused:
        raise RenewalRefused(
            _("The renewal of %(number)s was refused. Take the refusal back first.") % number, code="refused"
        )
    _refuse_second(contract)


def _refuse_second(contract: Contract) -> None:
    following = renewals.successor_of(contract)
    if following:
        raise RenewalRefused(
            _("Contract %(number)s is followed by %(following)s already. Open that one.")
            % {"number": contract.number, "following": following.number},
            code="renewed_already",
        )
    # One that was drafted and cancelled again makes place.
    Contract.objects.filter(predecessor=contract).update(predecessor=None)


def _wrong(field: str, text: str) -> NotValid:
    return NotValid(text, fields={field: text})
