"""What to propose at a renewal, with the reasons: another price, another shape, another size (S1.12)."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from servicebook.contracts.rules.terms import Said

# Shares in percent.
FEWEST_TICKETS = 5  # of fewer nothing is concluded
OVERUSED = 110  # of an included service: the package is too small
UNDERUSED = 40  # the package is too large, and its customer will notice
EXTRA_WORK = 25  # of the price, billed beside it: more should be included
GROWN = 130  # work compared with the year before, at the same price
LONGEST_RISE = Decimal(20)  # what is suggested at most in one step
ONE_SITE = 40  # of all tickets at one of several sites
ONE_MODEL = 30  # of all tickets on one model
SELDOM_KEPT = 85  # of the promised times


class Kind(StrEnum):
    PRICE = "price"
    SHAPE = "shape"
    SIZE = "size"


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the tickets of the year."""

    name: str
    tickets: int


@dataclass(frozen=True, slots=True)
class Used:
    """An included service over the year, in its unit."""

    service: str
    granted: Decimal
    used: Decimal

    @property
    def percent(self) -> int:
        return int(self.used * 100 / self.granted)


@dataclass(frozen=True, slots=True)
class Year:
    """A contract's last year, as far as it is known.

    Attributes:
        tickets: unscheduled ones.
        minutes, minutes_before: worked in it and in the year before it; None: there was no such year.
        promised, kept: deadlines that were decided, and those met.
        extra: billed as extra work. `price`: of the contract. Both in one currency.
        sites, models: those with the most tickets, first the most; `site_count`: of all sites covered.
        included: only lines with a limit.
    """

    tickets: int = 0
    minutes: int = 0
    minutes_before: int | None = None
    promised: int = 0
    kept: int = 0
    extra: Decimal = Decimal(0)
    price: Decimal = Decimal(0)
    sites: tuple[Share, ...] = ()
    site_count: int = 0
    models: tuple[Share, ...] = ()
    included: tuple[Used, ...] = ()

    @property
    def kept_percent(self) -> int | None:
        return self.kept * 100 // self.promised if self.promised else None


@dataclass(frozen=True, slots=True)
class Advice:
    """One proposal. `percent`: by how much the price should change, where that is proposed."""

    kind: Kind
    because: Said
    percent: Decimal | None = None


def advise(year: Year) -> list[Advice]:
    """Return what the year speaks for, in the order price, size, shape; empty: go on as it is."""
    return [*_price(year), *_size(year), *_shape(year)]


def suggested_percent(advice: list[Advice]) -> Decimal | None:
    """Return the change of price that a renewal begins with; None where nothing speaks for one."""
    return next((one.percent for one in advice if one.percent is not None), None)


def _price(year: Year) -> Iterator[Advice]:
    before = year.minutes_before
    if not before or year.tickets < FEWEST_TICKETS:
        return
    grown = year.minutes * 100 // before
    if grown >= GROWN:
        # Half of the growth: the rest is ours to save.
        percent = min(Decimal(grown - 100) / 2, LONGEST_RISE)
        yield Advice(Kind.PRICE, Said("advice_work_grew", {"percent": grown - 100}), percent)


def _size(year: Year) -> Iterator[Advice]:
    for line in year.included:
        facts = {"service": line.service, "percent": line.percent}
        if line.percent >= OVERUSED or (line.percent >= 100 and _much_extra(year)):
            yield Advice(Kind.SIZE, Said("advice_larger", facts))
        elif line.percent <= UNDERUSED:
            yield Advice(Kind.SIZE, Said("advice_smaller", facts))
    if _much_extra(year):
        share = int(year.extra * 100 / year.price)
        yield Advice(Kind.SIZE, Said("advice_include_more", {"percent": share}))


def _much_extra(year: Year) -> bool:
    return bool(year.price) and year.extra * 100 >= year.price * EXTRA_WORK


def _shape(year: Year) -> Iterator[Advice]:
    if year.tickets >= FEWEST_TICKETS:
        if year.site_count > 1:
            yield from _stands_out("advice_site", year.sites, year.tickets, ONE_SITE)
        yield from _stands_out("advice_model", year.models, year.tickets, ONE_MODEL)
    kept = year.kept_percent
    if kept is not None and year.promised >= FEWEST_TICKETS and kept < SELDOM_KEPT:
        yield Advice(Kind.SHAPE, Said("advice_seldom_kept", {"percent": kept}))


def _stands_out(code: str, shares: tuple[Share, ...], tickets: int, limit: int) -> Iterator[Advice]:
    for share in shares[:1]:
        percent = share.tickets * 100 // tickets
        if percent >= limit:
            yield Advice(Kind.SHAPE, Said(code, {"name": share.name, "percent": percent}))
