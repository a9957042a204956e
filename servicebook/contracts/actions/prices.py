"""A new price is announced, comes into force, or is taken back (S0.13)."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.contracts import amounts, letters, queries, renewal_wording, renewals
from servicebook.contracts.actions._base import locked, reason, settled, write
from servicebook.contracts.checking import NotValid
from servicebook.contracts.models import LIVE, Contract, PriceChange
from servicebook.contracts.rules import indexation
from servicebook.contracts.rules.terms import Said
from servicebook.core import clock
from servicebook.core.errors import Refused
from servicebook.customers.queries import receivers_of
from servicebook.messaging.notices import Told, tell

in_their_language = lazy(amounts.money, str)


class PriceRefused(Refused):
    """The contract does not allow this price on this day."""

    code = "price_refused"


@transaction.atomic
def announce_price(
    contract_id: int,
    *,
    applies_on: date,
    percent: Decimal | None = None,
    by: User | None,
    seen: int | None = None,
) -> PriceChange:
    """Announce to the customer that the price changes on a day, and change it on that day.

    Args:
        applies_on: a day of the contract after its first, or the first day of what follows it.
        percent: by how much; as the contract says if None. Below zero for a cut.

    Raises:
        PriceRefused: not announced long enough ahead, or a second rise within a year; it says from
            which day on it would be possible.
        NotValid: with `fields`: no percent is agreed, or the price would not change.
    """
    contract = locked(contract_id, seen=seen)
    if contract.state not in LIVE:
        raise PriceRefused(
            _("Contract %(number)s does not run. Only what runs gets another price.")
            % {"number": contract.number}
        )
    _refuse_what_is_agreed(contract, applies_on)
    percent = contract.index_percent if percent is None else percent
    if percent is None:
        raise _wrong("percent", _("The contract says no percent. Say by how much the price changes."))
    changes = renewals.prices_of(contract)
    new = renewals.preview(contract, percent, changes)
    if new.after.amount == contract.price:
        raise _wrong("percent", _("The price would stay as it is. Say another percent."))
    if new.after.amount < 0:
        raise _wrong("percent", _("A price cannot fall by its whole or more."))
    _refuse_day(contract, applies_on, changes, rises=new.after.amount > contract.price)
    change = PriceChange.objects.create(
        contract=contract,
        applies_on=applies_on,
        year=applies_on.year,
        before=contract.price,
        after=new.after.amount,
        percent=percent,
        announced_at=clock.now(),
        by=by,
    )
    settled(
        contract,
        "contract.price_announced",
        by=by,
        applies_on=applies_on,
        before=_money(contract, change.before),
        after=_money(contract, change.after),
    )
    agenda.refresh(change, new=True)
    _tell("price_announced", change, contract)
    return change


def _refuse_what_is_agreed(contract: Contract, applies_on: date) -> None:
    """The contract that follows was agreed with its price; another one is announced there."""
    following = renewals.successor_of(contract)
    if applies_on > contract.ends_on and following is not None and following.is_live:
        raise PriceRefused(
            _("From that day on %(number)s is in force with its own price. Announce the change there.")
            % {"number": following.number}
        )


@transaction.atomic
def withdraw_price(change_id: int, *, because: str, by: User | None) -> PriceChange:
    """Take back an announced price before it is in force, and tell the customer.

    Raises:
        PriceRefused: it is in force already.
    """
    contract, change = _both(change_id)
    because = reason(because, _("Say why the announced price is taken back; the customer will ask."))
    if change.withdrawn_at:
        return change
    if change.applied_at:
        raise PriceRefused(
            _("This price is in force since %(day)s. Announce another one instead.")
            % {"day": amounts.day(change.applies_on)}
        )
    _withdraw(contract, change, because, by)
    _tell("price_withdrawn", change, contract)
    return change


@transaction.atomic
def apply_price(change_id: int) -> PriceChange:
    """Bring an announced price into force. A second time changes nothing.

    A rise with the renewal is in force when a successor at this price takes over; without one, what
    was announced is nobody's business any more and is taken back.
    """
    contract, change = _both(change_id)
    if change.applied_at or change.withdrawn_at:
        return change
    following = renewals.successor_of(contract) if renewals.is_followed(contract) else None
    if change.applies_on > contract.ends_on:
        if following is None or following.price != change.after:
            _withdraw(contract, change, _("The contract was not renewed at this price."), None)
            return change
    elif contract.state not in LIVE:
        _withdraw(contract, change, _("The contract does not run any more."), None)
        return change
    else:
        write(contract, price=change.after)
    change.applied_at = clock.now()
    change.save(update_fields=["applied_at"])
    settled(
        contract,
        "contract.price_applied",
        by=None,
        before=_money(contract, change.before),
        after=_money(contract, change.after),
    )
    agenda.refresh(change)
    return change


def refuse_rise(contract: Contract, applies_on: date, *, after: Decimal) -> None:
    """Refuse a renewal that is dearer although the price rose less than a year before.

    No notice is asked for: whoever signs it has agreed. Announced for that very day is no second time.

    Raises:
        PriceRefused: it says from which day on it would be possible.
    """
    if after <= contract.price:
        return
    changes = renewals.prices_of(contract)
    rises = [day for day in renewals.rises_of(contract, changes) if day != applies_on]
    said = indexation.against(
        applies_on,
        today=applies_on,
        notice_days=0,
        rises=rises,
        starts_on=contract.starts_on,
        ends_on=max(contract.ends_on, applies_on),
    )
    if said:
        raise _refused(said, "price")


def _refuse_day(contract: Contract, applies_on: date, changes: list[PriceChange], *, rises: bool) -> None:
    said = indexation.against(
        applies_on,
        today=queries.today(contract.customer),
        notice_days=contract.index_notice_days,
        rises=renewals.rises_of(contract, changes) if rises else (),
        starts_on=contract.starts_on,
        ends_on=contract.ends_on,
    )
    if said:
        raise _refused(said, "applies_on")


def _refused(said: Said, field: str) -> PriceRefused:
    text = renewal_wording.say(said)
    return PriceRefused(text, code=said.code, fields={field: text})


def _wrong(field: str, text: str) -> NotValid:
    return NotValid(text, fields={field: text})


def _both(change_id: int) -> tuple[Contract, PriceChange]:
    """The contract goes first, so that a renewal and a price wait for each other in one order."""
    owner = PriceChange.objects.values_list("contract", flat=True).get(pk=change_id)
    contract = locked(owner)
    return contract, PriceChange.objects.select_for_update().get(pk=change_id)


def _withdraw(contract: Contract, change: PriceChange, because: str, by: User | None) -> None:
    change.withdrawn_at = clock.now()
    change.save(update_fields=["withdrawn_at"])
    journal.record(
        "contract.price_withdrawn", contract, by=by, after=_money(contract, change.after), because=because
    )
    agenda.refresh(change)
    agenda.refresh(contract)


def _tell(text: str, change: PriceChange, contract: Contract) -> None:
    facts = facts_of(change, contract)
    key = f"{text.replace('_', '-')}-{change.pk}"
    tell(
        [
            Told(to=one, text=text, history=contract, key=key, facts=facts, zone=facts["zone"])
            for one in receivers_of(contract.customer, "money")
        ]
    )


def facts_of(change: PriceChange, contract: Contract) -> dict[str, Any]:
    """What the texts about a new price are made from."""
    return {
        **letters.facts_of(contract),
        "applies_on": change.applies_on,
        "old_price": in_their_language(change.before, contract.currency),
        "new_price": in_their_language(change.after, contract.currency),
    }


def _money(contract: Contract, amount: Decimal) -> str:
    return amounts.money(amount, contract.currency)
