"""The books of a contract: its balances, opened when they are first needed, locked while they move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Q

from servicebook import agenda
from servicebook.accounts.models import User
from servicebook.contracts import queries
from servicebook.contracts.models import Balance, BalanceEntry, Contract, ContractVersion
from servicebook.contracts.rules.figures import NOTHING
from servicebook.contracts.rules.periods import period_of
from servicebook.contracts.rules.terms import Included, Period
from servicebook.contracts.terms import terms_of
from servicebook.core import clock

if TYPE_CHECKING:
    from django.db.models import Model

Kind = BalanceEntry.Kind
# Which sum of the balance an entry moves, and in which direction.
MOVES: Mapping[str, tuple[str, int]] = {
    Kind.GRANT: ("granted", 1),
    Kind.ROLL_OVER: ("granted", 1),
    Kind.EXPIRE: ("granted", -1),
    Kind.RESERVE: ("reserved", 1),
    Kind.RELEASE: ("reserved", -1),
    Kind.USE: ("used", 1),
    Kind.GIVE_BACK: ("used", -1),
}


@dataclass
class Books:
    """The balances of a contract under one of its versions."""

    contract: Contract
    version: ContractVersion

    @classmethod
    def of(cls, contract_id: int, version_id: int) -> "Books":
        known = ContractVersion.objects.select_related("contract__customer")
        version = known.get(pk=version_id, contract=contract_id)
        return cls(version.contract, version)

    @classmethod
    def following(cls, balance: Balance) -> "Books | None":
        """Those in which the next period of a balance stands: the contract's, or its successor's."""
        contract, day = balance.contract, _day_after(balance)
        if day > contract.ends_on:
            successor = (
                Contract.objects.live().filter(predecessor=contract).select_related("customer").first()
            )
            if successor is None:
                return None
            contract = successor
        version = queries.version_on(contract, day)
        return cls(contract, version) if version else None

    def lines(self) -> Sequence[Included]:
        """The included lines of the version."""
        return terms_of(self.version.pk).included

    def locked(self, lines: Sequence[Included], on: date, *, opening: bool = True) -> dict[str, Balance]:
        """Return line code → the balance that holds on a day, locked until the transaction ends.

        All are locked in one order, so that two who need the same lines wait for each other. A day
        outside the term counts to the nearest period. An expired pack has no balance.

        Args:
            opening: one that is not there yet is opened with its grant; else it is left out.
        """
        day = min(max(on, self.contract.starts_on), self.contract.ends_on)
        lines = [line for line in lines if not _expired(line, day)]
        found = self._standing(lines, day)
        missing = [line for line in lines if line.code not in found]
        if missing and opening:
            for line in missing:
                self._open(line, day)
            found = self._standing(lines, day)
        for line in lines:
            if line.code in found:
                balance = found[line.code] = self._where_the_rest_went(found[line.code])
                self._follow_amendments(balance)
        return found

    def _standing(self, lines: Sequence[Included], day: date) -> dict[str, Balance]:
        packs = [line.code for line in lines if line.period is Period.PACK]
        rows = Balance.objects.select_for_update().filter(
            Q(ends_on__gte=day) | Q(code__in=packs),
            contract=self.contract,
            code__in=[line.code for line in lines],
            starts_on__lte=day,
        )
        return {row.code: self._own(row) for row in rows.order_by("pk")}

    def _open(self, line: Included, day: date) -> None:
        """Open the period of a line in which `day` lies; whoever comes second finds it opened."""
        first, last = period_of(
            line.period,
            day,
            since=self.contract.starts_on,
            until=self.contract.ends_on,
            expires_on=line.expires_on,
        )
        new = Balance(
            contract=self.contract,
            code=line.code,
            service=line.service.value,
            starts_on=first,
            ends_on=last,
            granted=line.limit,
            version_number=self.version.number,
            rollover=line.rollover,
        )
        Balance.objects.bulk_create([new], ignore_conflicts=True)
        rows = Balance.objects.select_for_update()
        balance = self._own(rows.get(contract=self.contract, code=line.code, starts_on=first))
        if balance.granted is not None and not balance.entries.exists():
            _insert(balance, Kind.GRANT, balance.granted, key=_key(self.version.number))
        agenda.refresh(balance)

    def _where_the_rest_went(self, balance: Balance) -> Balance:
        """Work that is logged after the rest was carried over takes it from where it went."""
        if balance.closed_at is None or not balance.rollover:
            return balance
        rows = Balance.objects.select_for_update().filter(contract=self.contract, code=balance.code)
        later = rows.filter(closed_at=None, starts_on__gt=balance.starts_on).order_by("starts_on").first()
        return self._own(later) if later else balance

    def _follow_amendments(self, balance: Balance) -> None:
        """Enter what amendments that began since, within the period, grant more or less.

        Also for work under older terms: there is one balance, and it is that of today.
        """
        lines = {
            version.number: line
            for version in self._versions
            for line in terms_of(version.pk).included
            if line.code == balance.code
            and (
                version.number <= balance.version_number
                or version.valid_from <= balance.ends_on
                or line.period is Period.PACK
            )
        }
        number = max(lines)
        if number <= balance.version_number:
            return
        line = lines[number]
        difference = (line.limit or NOTHING) - self._granted_by_versions(balance)
        if difference > 0:
            enter(balance, Kind.GRANT, difference, key=_key(number))
        elif difference < 0 and balance.left:
            enter(balance, Kind.EXPIRE, min(-difference, balance.left), key=_key(number))
        balance.version_number, balance.rollover = number, line.rollover
        if line.expires_on and line.expires_on > balance.ends_on:  # a pack that lasts longer
            balance.ends_on, balance.closed_at = line.expires_on, None
        balance.save(update_fields=["version_number", "rollover", "ends_on", "closed_at"])
        agenda.refresh(balance)

    @staticmethod
    def _granted_by_versions(balance: Balance) -> Decimal:
        """What the terms have granted: more than the limit of the last ones where it was used already."""
        keys = [_key(number) for number in range(1, balance.version_number + 1)]
        entries = balance.entries.filter(kind__in=(Kind.GRANT, Kind.EXPIRE), key__in=keys)
        return sum((MOVES[one.kind][1] * one.amount for one in entries), NOTHING)

    def _own(self, balance: Balance) -> Balance:
        balance.contract = self.contract
        return balance

    @cached_property
    def _versions(self) -> Sequence[ContractVersion]:
        """The versions that have begun, and the one of these books."""
        begun = Q(in_force=True, valid_from__lte=queries.today(self.contract.customer))
        return list(self.contract.versions.filter(begun | Q(pk=self.version.pk)))


def _key(version_number: int) -> str:
    return f"version-{version_number}"


def carry_over(balance: Balance, *, key: str) -> None:
    """Move the rest of a locked balance into the next period, and open that one.

    Without a next period, or where the line is agreed no longer, the rest is written off.
    """
    books = Books.following(balance)
    lines = [line for line in books.lines() if line.code == balance.code] if books else []
    found = books.locked(lines, _day_after(balance)) if books and lines else {}
    rest, following = balance.left, found.get(balance.code)
    if not rest:
        return
    enter(balance, Kind.EXPIRE, rest, key=key)
    if following is not None and following.granted is not None and following.service == balance.service:
        enter(following, Kind.ROLL_OVER, rest, key=f"from-{balance.pk}-{key}")


def _day_after(balance: Balance) -> date:
    return balance.ends_on + timedelta(days=1)


def _expired(line: Included, day: date) -> bool:
    return line.expires_on is not None and day > line.expires_on


def enter(
    balance: Balance,
    kind: str,
    amount: Decimal,
    *,
    key: str,
    work: Decimal = NOTHING,
    about: "Model | None" = None,
    by: User | None = None,
) -> BalanceEntry:
    """Move a locked balance and write the entry. The database refuses to overdraw it."""
    name, sign = MOVES[kind]
    if amount:
        Balance.objects.filter(pk=balance.pk).update(**{name: F(name) + sign * amount})
        setattr(balance, name, getattr(balance, name) + sign * amount)
    return _insert(balance, kind, amount, key=key, work=work, about=about, by=by)


def _insert(
    balance: Balance,
    kind: str,
    amount: Decimal,
    *,
    key: str,
    work: Decimal = NOTHING,
    about: "Model | None" = None,
    by: User | None = None,
) -> BalanceEntry:
    return BalanceEntry.objects.create(
        balance=balance,
        kind=kind,
        amount=amount,
        work=work,
        key=key,
        at=clock.now(),
        by=by,
        about_type=ContentType.objects.get_for_model(about) if about else None,
        about_id=about.pk if about else None,
    )
