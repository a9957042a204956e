"""Work takes from what is included, and gives back what it did not need (S0.17, S2.7).

Who moves a balance locks its row, so of two who need the last hour one gets it and the other's work
is billed. Every movement has its cause as its key: done again, it moves nothing and answers the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.contracts import amounts, queries
from servicebook.contracts.actions._base import locked
from servicebook.contracts.books import Books, carry_over, enter
from servicebook.contracts.checking import NotValid
from servicebook.contracts.models import Balance, BalanceEntry
from servicebook.contracts.rules import balances as rules
from servicebook.contracts.rules.figures import NOTHING, ONE
from servicebook.contracts.rules.terms import ContractType, Included, Period, Service
from servicebook.core import clock

if TYPE_CHECKING:
    from django.db.models import Model

Kind = BalanceEntry.Kind
LONGEST_KEY = 60


@dataclass(frozen=True)
class Used:
    """What came of work: `covered` + `billed` is all of it, in the unit of its service.

    Attributes:
        code: the line that covered it first; empty where none did.
        left: of the line that covered it last, or had nothing left; None has no end.
    """

    covered: Decimal
    billed: Decimal
    code: str = ""
    left: Decimal | None = None


@dataclass(frozen=True)
class Work:
    """Work that asks for a part of what is included.

    Attributes:
        amount: above zero; trips, diagnostics, minutes, or money.
        on: the day on which it is done, in the zone of the customer.
        outside: whether it is done outside the service hours. `factor`: of the exclusions that hold.
        category: of the unit. `consumable`: whether a part is one.
    """

    service: Service
    amount: Decimal
    on: date
    outside: bool = False
    factor: Decimal = ONE
    category: int | None = None
    consumable: bool | None = None

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise ValueError(f"work is above zero, not {self.amount}")


@transaction.atomic
def use(
    contract_id: int,
    service: str,
    amount: Decimal,
    *,
    version_id: int,
    on: date,
    key: str,
    about: "Model",
    by: User | None,
    category: int | None = None,
    consumable: bool | None = None,
    outside: bool = False,
    factor: Decimal = ONE,
    reserved: str = "",
) -> Used:
    """Take what was done from the included lines of a version; what they do not hold is billed.

    Args:
        amount, on, outside, factor, category, consumable: see `Work`.
        key: the cause, such as "time-17"; used before, nothing moves and the answer is the same.
        about: the ticket. `reserved`: the key of a reservation that this work was planned with.
    """
    work = Work(Service(service), amount, on, outside, factor, category, consumable)
    if reserved:
        release(reserved, about=about, by=by)
    return _draw(Kind.USE, Books.of(contract_id, version_id), work, key, about, by)


@transaction.atomic
def reserve(
    contract_id: int,
    service: str,
    amount: Decimal,
    *,
    version_id: int,
    on: date,
    key: str,
    about: "Model",
    by: User | None,
    category: int | None = None,
    consumable: bool | None = None,
    outside: bool = False,
    factor: Decimal = ONE,
) -> Used:
    """Set aside what planned work will need, so that nobody else uses it. Arguments as in `use`."""
    work = Work(Service(service), amount, on, outside, factor, category, consumable)
    return _draw(Kind.RESERVE, Books.of(contract_id, version_id), work, key, about, by)


@transaction.atomic
def give_back(key: str, *, about: "Model", by: User | None) -> None:
    """Put back what was used for a cause: the work was not done after all, or belongs elsewhere."""
    _undo(Kind.USE, Kind.GIVE_BACK, key, about, by)


@transaction.atomic
def release(key: str, *, about: "Model", by: User | None) -> None:
    """Put back what was set aside for a cause: the plan was dropped, or the work is done."""
    _undo(Kind.RESERVE, Kind.RELEASE, key, about, by)


def _draw(kind: str, books: Books, work: Work, key: str, about: "Model", by: User | None) -> Used:
    if not 0 < len(key) <= LONGEST_KEY:
        raise ValueError(f"{key!r} is no key of a movement")
    lines = rules.lines_for(books.lines(), work.service, category=work.category, consumable=work.consumable)
    balances = books.locked(lines, work.on)
    done = BalanceEntry.objects.filter(balance__contract=books.contract, kind=kind, key=key)
    entries = list(done.select_related("balance").order_by("pk"))
    if not entries:
        holding = [(line, balances[line.code]) for line in lines if line.code in balances]
        entries = list(_take(kind, ContractType(books.contract.type), work, holding, key, about, by))
        mark_reached([entry.balance for entry in entries])
    return _answer(work, entries)


def _take(
    kind: str,
    type_: ContractType,
    work: Work,
    holding: Sequence[tuple[Included, Balance]],
    key: str,
    about: "Model",
    by: User | None,
) -> Iterator[BalanceEntry]:
    """Take from line after line until the work is covered; an empty line says that it was asked."""
    rest = work.amount
    for place, (line, balance) in enumerate(holding, start=1):
        factor = rules.factor_of(line, outside=work.outside, exclusion=work.factor)
        part = rules.part(rest, balance.left, line, type_, factor=factor)
        rest -= part.work
        nothing_found = place == len(holding) and rest == work.amount
        if part.work or nothing_found:
            yield enter(balance, kind, part.takes, key=key, work=part.work, about=about, by=by)
        if not rest:
            return


def _answer(work: Work, entries: Sequence[BalanceEntry]) -> Used:
    covered = sum((entry.work for entry in entries), NOTHING)
    first = next((entry.balance.code for entry in entries if entry.work), "")
    left = entries[-1].balance.left if entries else None
    return Used(covered, work.amount - covered, first, left)


def _undo(kind: str, opposite: str, key: str, about: "Model", by: User | None) -> None:
    mine = BalanceEntry.objects.filter(
        kind=kind,
        key=key,
        about_type=ContentType.objects.get_for_model(about),
        about_id=about.pk,
    )
    locked_rows = Balance.objects.select_for_update(of=("self",)).select_related("contract__customer")
    rows = {row.pk: row for row in locked_rows.filter(pk__in=mine.values("balance")).order_by("pk")}
    undone = BalanceEntry.objects.filter(balance__in=rows, kind=opposite, key=key).values("balance")
    moved = []
    for entry in mine.exclude(balance__in=undone).filter(amount__gt=0):
        balance = rows[entry.balance_id]
        enter(balance, opposite, entry.amount, key=key, work=entry.work, about=about, by=by)
        moved.append(balance)
        if balance.closed_at and balance.rollover:
            carry_over(balance, key=key)  # where the rest went before
        moved.append(balance)
    mark_reached(moved)


def mark_reached(balances: Iterable[Balance]) -> None:
    """Note which threshold the use has reached; the agenda tells it (S2.8)."""
    for balance in balances:
        version = queries.version_on(
            balance.contract, max(balance.starts_on, queries.today(balance.contract.customer))
        )
        percent = rules.reached(balance.used, balance.granted, version.thresholds if version else ())
        if percent != balance.reached_percent:
            if percent > balance.reached_percent:
                balance.reached_at = clock.now()
            balance.reached_percent = percent
            balance.save(update_fields=["reached_percent", "reached_at"])
        agenda.refresh(balance)


@transaction.atomic
def buy_pack(contract_id: int, code: str, amount: Decimal, *, key: str, by: User | None) -> Balance:
    """Add to a prepaid line what the customer bought. It expires with the line; an amendment moves that.

    Args:
        amount: trips, diagnostics, minutes, or money.
        key: the cause, such as the number of the invoice; a second time it adds nothing.

    Raises:
        NotValid: there is no such prepaid line, it has expired, or nothing was bought.
    """
    contract = locked(contract_id)
    today = queries.today(contract.customer)
    version = queries.version_on(contract, today)
    books = Books(contract, version) if version else None
    packs = [one for one in (books.lines() if books else ()) if one.period is Period.PACK]
    balances = books.locked([line for line in packs if line.code == code], today) if books else {}
    if code not in balances:
        text = _("The contract has no prepaid line “%(code)s” in force. Amend it first.") % {"code": code}
        raise NotValid(text, fields={"code": text})
    if amount <= 0:
        text = _("Say how much was bought.")
        raise NotValid(text, fields={"amount": text})
    balance = balances[code]
    if not balance.entries.filter(kind=Kind.GRANT, key=key).exists():
        enter(balance, Kind.GRANT, amount, key=key, by=by)
        bought = amounts.amount(balance.service, amount, contract.currency)
        journal.record(
            "contract.pack_bought", contract, by=by, code=code, amount=bought, until=balance.ends_on
        )
        mark_reached([balance])
    return balance


@transaction.atomic
def close_period(balance_id: int) -> None:
    """Write off, or carry over, what is left of a period that is over. A second time changes nothing.

    What is reserved stays so: the work that was planned with it is still to come.
    """
    rows = Balance.objects.select_for_update(of=("self",)).select_related("contract__customer")
    balance = rows.get(pk=balance_id)
    if balance.closed_at:
        return
    if balance.rollover:
        carry_over(balance, key="end")
    elif balance.left:
        enter(balance, Kind.EXPIRE, balance.left, key="end")
    balance.closed_at = clock.now()
    balance.save(update_fields=["closed_at"])
    mark_reached([balance])


@transaction.atomic
def begin_terms(contract_id: int, version_number: int) -> None:
    """Grant what a version includes more or less from its first day on.

    What is carried over is granted although nobody needs it yet: it is carried over unused, too. Of a
    contract that was entered late, what lies before is not known, so nothing is carried from there.
    """
    contract = locked(contract_id)
    version = contract.versions.get(number=version_number)
    books = Books(contract, version)
    day = max(version.valid_from, queries.in_force_since(contract))
    for rollover in (True, False):
        lines = [line for line in books.lines() if line.rollover is rollover]
        mark_reached(books.locked(lines, day, opening=rollover).values())
