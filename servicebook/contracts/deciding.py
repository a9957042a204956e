"""The decision about a request, made from what the database knows of its moment.

Contracts, their state and their terms are those of the moment, so an old question is answered as on
its day. Balances are those of its day, as they are known now, or, asked so, as they were known then;
warranties are those of its day as they are known now.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime

from servicebook.contracts import evidence, queries
from servicebook.contracts.rules.flips import Case, flips
from servicebook.contracts.rules.terms import Asked, ContractType, Decision, Facts, Standing, Unless
from servicebook.core import preferences
from servicebook.customers import queries as customers
from servicebook.customers.models import Customer, Site
from servicebook.equipment.models import Asset
from servicebook.sla import queries as sla

Weigh = Callable[[ContractType | None], int]


@dataclass
class Question:
    """What is asked, with loaded objects.

    Attributes:
        moment: aware; when the request came.
        site: that of the unit if None.
        asked: empty: what the reason needs as a rule.
        signs: what was found that an exclusion may name.
        consumable: whether the parts needed are consumables; None while nobody knows.
        on: the day on which the work is done, whose balances carry it; that of the moment if None.
        outside: whether it is done outside the service hours; None: as the moment says.
        known_at: balances are as they stood then; as they stand now if None.
    """

    customer: Customer
    moment: datetime
    asset: Asset | None = None
    site: Site | None = None
    channel: str = ""
    reason: str = ""
    priority: int = 3
    asked: tuple[Asked, ...] = ()
    signs: frozenset[Unless] = frozenset()
    component: str = ""
    consumable: bool | None = None
    on: date | None = None
    outside: bool | None = None
    known_at: datetime | None = None


@dataclass(frozen=True)
class Answer:
    """A decision with the facts it was made from.

    Attributes:
        tz: an IANA name; service hours without a zone of their own are meant there.
        sensitive: whether it looked at contracts that not everybody may see (`contracts.veiling`).
    """

    facts: Facts
    decision: Decision
    tz: str
    sensitive: bool = False


@contextmanager
def reading_ahead(customers: Iterable[Customer], assets: Iterable[Asset], *, at: datetime) -> Iterator[None]:
    """Read all that questions about these customers and units need, which are asked inside, at once.

    Nothing inside may change contracts, balances or warranties.

    Args:
        at: the moment of all of them.
    """
    days = [(one, _day_of(one, at)) for one in customers]
    with evidence.read_ahead(days, assets, at=at):
        yield


def decide(question: Question, *, weigh: Weigh | None = None, also: Sequence[Standing] = ()) -> Answer:
    """Decide what covers a request.

    Three statements at most, where the terms of the customer's contracts are kept: the contracts;
    balances, if a line has a limit; the warranties, if there is a unit.

    Args:
        weigh: gives the priority by the type of the contract that the request runs under, in place of
            the question's own; the targets follow from it. Called once.
        also: contracts that are tested as if they stood so, such as a draft that is tried.
    """
    site = question.site or (question.asset.site if question.asset else None)
    tz = customers.zone_of(site, question.customer)
    category, warranties = evidence.unit(question.asset) if question.asset else (None, ())
    day = _day_of(question.customer, question.moment)
    standings = (*evidence.contracts_near(question.customer, at=question.moment, day=day), *also)
    facts = _facts(question, site, category, day, _open_hours(standings, question, tz))
    case = Case(
        facts=facts,
        standings=standings,
        warranties=warranties,
        balances=evidence.balances(standings, question.on or day, question.known_at),
        prices=evidence.rate_card(question.customer.currency or preferences.current().currency),
    )
    decision = _decided(case)
    if weigh:
        under = (one.terms.type for one in standings if one.terms.contract == decision.contract)
        priority = weigh(next(under, None))
        if priority != facts.priority:
            case = replace(case, facts=replace(facts, priority=priority))
            decision = _decided(case)
    sensitive = any(one.sensitive for one in standings)
    return Answer(case.facts, _with_flips(case, decision), tz, sensitive)


def _decided(case: Case) -> Decision:
    return evidence.concluded(lambda: ("decided", case.alike()), case.decided)


def _with_flips(case: Case, decision: Decision) -> Decision:
    found = evidence.concluded(lambda: ("flips", case.change_alike()), lambda: flips(case, decision))
    return replace(decision, flips=found)


def _day_of(customer: Customer, moment: datetime) -> date:
    """The days of a contract are those of its customer, wherever the site is.

    So on no day do two contracts that follow each other both cover it, or neither.
    """
    return moment.astimezone(queries.zone(customer)).date()


def _facts(
    question: Question, site: Site | None, category: int | None, day: date, open_hours: frozenset[int]
) -> Facts:
    asset = question.asset
    return Facts(
        moment=question.moment,
        day=day,
        customer=question.customer.pk,
        asset=asset.pk if asset else None,
        model=asset.model_id if asset else None,
        category=category,
        site=site.pk if site else None,
        regions=customers.region_ids_above((site and site.region_id) or question.customer.region_id),
        channel=question.channel,
        reason=question.reason,
        priority=question.priority,
        open_hours=open_hours,
        asked=question.asked,
        component=question.component,
        consumable=question.consumable,
        signs=question.signs,
    )


def _open_hours(standings: Iterable[Standing], question: Question, tz: str) -> frozenset[int]:
    every = {one.terms.hours for one in standings if one.terms.hours is not None}
    if question.outside is not None:
        return frozenset() if question.outside else frozenset(every)
    return frozenset(hours for hours in every if sla.calendar(hours, tz).is_open(question.moment))
