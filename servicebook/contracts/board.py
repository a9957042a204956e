"""The board of renewals: the contracts that end in each of some months, and how they go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import User
from servicebook.contracts import renewals
from servicebook.contracts.models import LIVE, Contract
from servicebook.contracts.models.choices import State
from servicebook.contracts.renewal_wording import OUTLOOKS
from servicebook.contracts.rules.renewal import (
    RENEWABLE_TYPES,
    Outlook,
    last_day_to_refuse,
    months_later,
)
from servicebook.core import clock
from servicebook.core.listing import Count, FilterForm, count
from servicebook.customers import queries as customers
from servicebook.customers.forms import RegionChoice, people

MONTHS = 4
CARDS = 30  # of a month; the list of contracts has the rest
ON_BOARD = (*LIVE, State.EXPIRED, State.RENEWED)
DECIDE_WITHIN = timedelta(days=90)  # by then the offer is prepared (S0.67)


@dataclass(frozen=True)
class Card:
    contract: Contract
    outlook: Outlook
    refuse_by: date | None  # of one that renews itself

    @property
    def tone(self) -> str:
        return OUTLOOKS[self.outlook][0]

    @property
    def said(self) -> str:
        return str(OUTLOOKS[self.outlook][1])


@dataclass(frozen=True)
class Month:
    """One column. `open`: how many of the cards shown are not decided."""

    first: date
    last: date
    cards: Sequence[Card]
    number: Count
    open: int

    @property
    def more(self) -> bool:
        return self.number.number > len(self.cards)


class BoardFilter(FilterForm):
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), empty_label=_("Everybody"))
    region = RegionChoice(empty_label=_("All"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner, region = self.fields["owner"], self.fields["region"]
        if isinstance(owner, forms.ModelChoiceField):
            owner.queryset = people()
        if isinstance(region, RegionChoice):
            region.offer()

    def apply(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.cleaned_data
        if chosen.get("owner"):
            queryset = queryset.filter(owner=chosen["owner"])
        if chosen.get("region"):
            inside = customers.region_and_below(chosen["region"].pk)
            queryset = queryset.filter(customer__region__in=inside)
        return queryset


def months(rows: "QuerySet[Contract]", first: date) -> list[Month]:
    """Return MONTHS columns from the month of `first` on. Two statements each."""
    return [_month(rows, month_after(first, number)) for number in range(MONTHS)]


def month_after(day: date, months: int) -> date:
    """Return the first day of the month so many months after that of `day`; before it, when below zero."""
    return months_later(day.replace(day=1) - timedelta(days=1), months) + timedelta(days=1)


def this_month() -> date:
    return clock.today(ZoneInfo(settings.TIME_ZONE)).replace(day=1)


def _month(rows: "QuerySet[Contract]", first: date) -> Month:
    last = month_after(first, 1) - timedelta(days=1)
    ending = rows.filter(state__in=ON_BOARD, type__in=RENEWABLE_TYPES, ends_on__range=(first, last))
    shown = ending.select_related("customer", "owner", "successor", "refusal_reason")
    cards = [_card(one) for one in shown.order_by("ends_on", "pk")[:CARDS]]
    undecided = sum(card.outlook in (Outlook.OPEN, Outlook.AT_RISK, Outlook.OFFERED) for card in cards)
    return Month(first, last, cards, count(ending), undecided)


def _card(contract: Contract) -> Card:
    outlook = renewals.outlook(contract)
    itself = outlook is Outlook.ITSELF
    by = last_day_to_refuse(contract.ends_on, contract.notice_days) if itself else None
    return Card(contract, outlook, by)


def to_decide(user: User) -> Count:
    """Running contracts that end within the window of announcements and of which nobody decided yet."""
    until = clock.today(ZoneInfo(settings.TIME_ZONE)) + DECIDE_WITHIN
    followed = Q(successor__isnull=False) & ~Q(successor__state__in=renewals.NOT_FOLLOWING)
    return count(
        Contract.objects.visible_to(user)
        .live()
        .filter(
            ends_on__lte=until,
            refused=False,
            renews_itself=False,
            cancelled_on=None,
            type__in=RENEWABLE_TYPES,
        )
        .exclude(followed)
    )
