"""What must hold for contracts, as statements that name the rows that break it."""

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Case, DecimalField, Exists, F, OuterRef, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from servicebook.contracts.actions.drafting import SERIES
from servicebook.contracts.books import MOVES
from servicebook.contracts.models import Balance, Contract, ContractSpell, ContractVersion
from servicebook.core.invariants import invariant
from servicebook.core.models import NumberSeries

NAMED = 50
MONEY = DecimalField(max_digits=16, decimal_places=2)
ZERO = Value(Decimal(0), output_field=MONEY)


@invariant("I4", "The sums of a balance are those of its entries")
def books_add_up() -> Iterator[str]:
    sums = {name: Coalesce(_sum_of(name), ZERO) for name in ("granted", "reserved", "used")}
    rows = Balance.objects.annotate(**{f"sum_{name}": total for name, total in sums.items()})
    wrong = ~Q(reserved=F("sum_reserved")) | ~Q(used=F("sum_used"))
    wrong |= Q(granted__isnull=False) & ~Q(granted=F("sum_granted"))
    for row in rows.filter(wrong).order_by("pk")[:NAMED]:
        yield f"balance {row.pk} ({row}): its sums are not those of its entries"


def _sum_of(name: str) -> Sum:
    """What the entries of a balance come to for one of its sums."""
    signed = [
        When(entries__kind=kind, then=F("entries__amount") * sign)
        for kind, (moved, sign) in MOVES.items()
        if moved == name
    ]
    return Sum(Case(*signed, default=ZERO, output_field=MONEY), output_field=MONEY)


@invariant("I4", "No balance is overdrawn")
def nothing_overdrawn() -> Iterator[str]:
    overdrawn = Q(granted__lt=F("reserved") + F("used")) | Q(reserved__lt=0) | Q(used__lt=0)
    for row in Balance.objects.filter(overdrawn).order_by("pk")[:NAMED]:
        yield f"balance {row.pk} ({row}) is overdrawn"


@invariant("I4", "Contract numbers have no gap and no double in a year")
def numbers_without_gap() -> Iterator[str]:
    taken = {f"{row.series}-{row.year}-": row.last for row in NumberSeries.objects.filter(series=SERIES)}
    for prefix, last in taken.items():
        count = Contract.objects.filter(number__startswith=prefix).count()
        if count != last:
            yield f"{prefix}…: {count} contracts, the last number is {last}"


@invariant("I2", "A contract stands in exactly one state, that of its open spell")
def one_open_spell() -> Iterator[str]:
    fitting = ContractSpell.objects.filter(contract=OuterRef("pk"), ended_at=None, state=OuterRef("state"))
    for number in Contract.objects.exclude(Exists(fitting)).values_list("number", flat=True)[:NAMED]:
        yield f"{number} has no open spell of its state"


@invariant("I2", "A contract's spells follow each other without gap or overlap")
def spells_without_gap() -> Iterator[str]:
    ended_at: dict[int, object] = {}
    rows = ContractSpell.objects.order_by("contract_id", "pk").values_list(
        "contract_id", "started_at", "ended_at"
    )
    for contract, started, ended in rows.iterator():
        if contract in ended_at and ended_at[contract] != started:
            before = ended_at[contract]
            yield f"contract {contract}: a spell starts at {started}, the one before ended at {before}"
        ended_at = {contract: ended}


@invariant("I2", "The versions of a contract begin one after the other, the first with the contract")
def versions_in_order() -> Iterator[str]:
    last: dict[int, tuple[int, object]] = {}
    rows = ContractVersion.objects.filter(in_force=True).order_by("contract_id", "number")
    for contract, number, begins, starts in rows.values_list(
        "contract_id", "number", "valid_from", "contract__starts_on"
    ).iterator():
        before = last.get(contract)
        if before is None and begins != starts:
            yield f"contract {contract}: version {number} begins on {begins}, the contract on {starts}"
        if before is not None and begins <= before[1]:  # type: ignore[operator]
            yield f"contract {contract}: version {number} begins on {begins}, not after the one before"
        last = {contract: (number, begins)}
