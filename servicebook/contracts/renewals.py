"""Reads about how contracts go on: what follows them, what their price did, how it stands."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from servicebook.contracts import amounts
from servicebook.contracts.models import LIVE, Contract, PriceChange
from servicebook.contracts.models.choices import State
from servicebook.contracts.rules import indexation
from servicebook.contracts.rules import renewal as rules
from servicebook.contracts.rules.renewal import Outlook
from servicebook.core.money import Money

MOST_BACK = 6  # contracts, each following the one before
# A successor in one of these is none.
NOT_FOLLOWING = (State.DRAFT, State.CANCELLED)


def successor_of(contract: Contract) -> Contract | None:
    """Return what was made to follow a contract, drafts included; a cancelled one follows nothing.

    Costs no statement when `successor` was selected with the contract.
    """
    following: Contract | None = getattr(contract, "successor", None)
    return following if following and following.state != State.CANCELLED else None


def is_followed(contract: Contract) -> bool:
    """Whether another contract that is in force takes over from this one."""
    following = successor_of(contract)
    return following is not None and following.state not in NOT_FOLLOWING


def is_open(contract: Contract) -> bool:
    """Whether it still has to be decided how a running contract goes on."""
    return contract.state in LIVE and contract.cancelled_on is None and may_go_on(contract)


def may_go_on(contract: Contract) -> bool:
    """Whether a contract can be followed by another, and nothing is decided about it."""
    return contract.type in rules.RENEWABLE_TYPES and not contract.refused and not is_followed(contract)


def evidence_url(contract: Contract) -> str:
    """Return where the year in review stands, which a later floor shows; else the contract's own page."""
    with suppress(NoReverseMatch):
        return reverse("insights:renewal", args=[contract.number])
    return contract.get_absolute_url()


def outlook(contract: Contract) -> Outlook:
    """Return how it stands with the renewal of a contract."""
    following = successor_of(contract)
    return rules.outlook(
        running=contract.state in LIVE,
        refused=contract.refused,
        at_risk=contract.at_risk,
        renews_itself=contract.renews_itself,
        successor=following.state if following else "",
    )


def prices_of(contract: Contract) -> list[PriceChange]:
    """Return every change of the price of a contract and of the one before it, withdrawn ones left out."""
    of = Q(contract=contract) | Q(contract__successor=contract)
    return list(PriceChange.objects.filter(of, withdrawn_at=None).order_by("applies_on", "pk"))


def original_price(contract: Contract, changes: list[PriceChange]) -> Decimal:
    """Return the price at the start of a contract."""
    applied = (one.before for one in changes if one.contract_id == contract.pk and one.applied_at)
    return next(applied, contract.price)


def rises_of(contract: Contract, changes: list[PriceChange]) -> list[date]:
    """Return the days of all rises, past and announced; a dearer successor rose on its first day."""
    rises = [one.applies_on for one in changes if one.after > one.before]
    before = contract.predecessor
    if before and original_price(contract, changes) > before.price:
        rises.append(contract.starts_on)
    return rises


def preview(contract: Contract, percent: Decimal, changes: list[PriceChange]) -> indexation.Preview:
    """Return what a rise by `percent` comes to, from the base that was agreed."""
    return indexation.preview(
        Money(contract.price, contract.currency),
        percent,
        base=indexation.Base(contract.index_base),
        original=Money(original_price(contract, changes), contract.currency),
    )


def said_preview(contract: Contract) -> str:
    """Say what the agreed rise comes to: "4 800 000 ₸ → 5 184 000 ₸"; empty where none is agreed."""
    if not contract.index_percent:
        return ""
    new = preview(contract, contract.index_percent, prices_of(contract))
    shown = [amounts.money(one.amount, contract.currency) for one in (new.before, new.after)]
    return _("%(percent)s %% as agreed: %(before)s → %(after)s") % {
        "percent": amounts.number(contract.index_percent),
        "before": shown[0],
        "after": shown[1],
    }


def pending(contract: Contract) -> PriceChange | None:
    """Return the announced price that comes next; None when none is announced."""
    waiting = contract.price_changes.filter(applied_at=None, withdrawn_at=None)
    return waiting.order_by("applies_on", "pk").first()


def announced_for(day: date, changes: list[PriceChange]) -> PriceChange | None:
    """Return the change that was announced for a day and is not in force yet."""
    return next((one for one in changes if one.applies_on == day and not one.applied_at), None)


def price_history(contract: Contract) -> list[Mapping[str, object]]:
    """Return what the price was from which day on, through the last MOST_BACK contracts, oldest first.

    Each with `day`, `price`, `percent` (None for the first), `number` of the contract, `pending`.
    """
    chain = [contract]
    while chain[0].predecessor and len(chain) < MOST_BACK:
        chain.insert(0, chain[0].predecessor)
    changes = PriceChange.objects.filter(contract__in=chain, withdrawn_at=None).order_by("applies_on", "pk")
    by_contract: dict[int, list[PriceChange]] = {}
    for change in changes:
        by_contract.setdefault(change.contract_id, []).append(change)
    lines: list[Mapping[str, object]] = []
    last: Decimal | None = None
    for one in chain:
        own = by_contract.get(one.pk, [])
        first = original_price(one, own)
        lines.append(_price_line(one, one.starts_on, first, last))
        last = first
        for change in own:
            if change.applies_on <= one.ends_on:
                lines.append(_price_line(one, change.applies_on, change.after, last, change))
                last = change.after
            elif one is contract and not change.applied_at:
                lines.append(_price_line(one, change.applies_on, change.after, last, change))
    return lines


def _price_line(
    contract: Contract, day: date, price: Decimal, before: Decimal | None, change: PriceChange | None = None
) -> Mapping[str, object]:
    percent = None if before is None else indexation.percent_of(before, price)
    return {
        "day": day,
        "price": price,
        "percent": percent,
        "contract": contract,
        "pending": change if change and not change.applied_at else None,
    }
