"""What terms must fulfil before they are kept: each problem is a sentence at its field."""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from babel.numbers import is_currency
from django.db import models
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.accounts.models import User
from servicebook.contracts import amounts, explaining, queries, wording
from servicebook.contracts.document import Document, Included, Scope, Terms
from servicebook.contracts.models import Contract, ContractVersion, ExtraService
from servicebook.contracts.models.choices import PartsRule, Period, Service
from servicebook.contracts.rules.lint import Severity
from servicebook.contracts.rules.terms import COUNTED, TIMED
from servicebook.core.errors import Refused
from servicebook.customers import queries as customer_queries
from servicebook.customers.models import Customer, Site
from servicebook.equipment.models import Asset, AssetModel, Category
from servicebook.sla.models import ServiceHours

Problem = tuple[str, str | LazyText]  # the field ("terms.included.2.limit") and what is wrong with it

_NO_TITLE = gettext_lazy("A contract needs a title, such as “Servers, 24/7”.")


class NotValid(Refused):
    """What was given does not fit; `fields` says where."""

    code = "not_valid"


def refuse(problems: Iterable[Problem]) -> None:
    """Refuse if there are problems; the first one of a field is told.

    Raises:
        NotValid: with all `fields`.
    """
    fields: dict[str, str] = {}
    for name, sentence in problems:
        fields.setdefault(name, str(sentence))
    if fields:
        said = {"problems": " ".join(dict.fromkeys(fields.values()))}
        raise NotValid(_("Not saved yet. %(problems)s") % said, fields=fields)


def problems(document: Document, *, known: Contract | None = None) -> Iterator[Problem]:
    """Yield what is wrong with a contract that is to be saved; `known` is the stored one."""
    yield from _head(document, known)
    lines = terms_problems(document.terms, customer=document.customer, currency=document.currency)
    yield from (("terms." + name, sentence) for name, sentence in lines)


def _head(document: Document, known: Contract | None) -> Iterator[Problem]:
    if not document.title:
        yield "title", _NO_TITLE
    if document.ends_on < document.starts_on:
        yield "ends_on", _("The last day is before the first. Swap or mend the dates.")
    yield from _after_the_one_before(document, known)
    if document.price < 0:
        yield "price", _("A price is not below zero.")
    if not is_currency(document.currency):
        yield "currency", _("This is no currency. One is written in three letters, such as KZT.")
    yield from _owner(document.owner)
    if document.renews_itself and not document.renewal_months:
        yield "renewal_months", _("Say for how many months it is renewed.")
    if document.index_percent is not None and document.index_percent <= -100:
        yield "index_percent", _("A price cannot fall by its whole or more.")
    yield from _external_ref(document.external_ref, known)


def _after_the_one_before(document: Document, known: Contract | None) -> Iterator[Problem]:
    """A contract that follows another begins on the day after it: at every moment one of them covers."""
    before = known.predecessor if known else None
    if before and document.starts_on != before.ends_on + timedelta(days=1):
        yield (
            "starts_on",
            _("It follows %(number)s, which ends on %(day)s: it begins on the day after.")
            % {"number": before.number, "day": amounts.day(before.ends_on)},
        )


def _owner(owner: int | None) -> Iterator[Problem]:
    if owner is None or not User.objects.filter(pk=owner, is_active=True).exists():
        yield "owner", _("The owner of a contract is somebody who works here.")


def _external_ref(external_ref: str, known: Contract | None) -> Iterator[Problem]:
    same = Contract.objects.filter(external_ref=external_ref)
    if known:
        same = same.exclude(pk=known.pk)
    if external_ref and same.exists():
        yield "external_ref", _("Another contract has this number of the old system already.")


def changeable(contract: Contract) -> Iterator[Problem]:
    """Yield what is wrong with the fields that may change in any state."""
    if not contract.title.strip():
        yield "title", _NO_TITLE
    yield from _owner(contract.owner_id)
    yield from _external_ref(contract.external_ref, contract)


def before_activation(contract: Contract, version: ContractVersion) -> Iterator[Problem]:
    """Yield why a draft cannot come into force: what changed around it since it was saved, too."""
    document = Document.of(contract, version)
    yield from problems(document, known=contract)
    yield from not_in_force(contract, document.terms)


def not_in_force(contract: Contract, terms: Terms) -> Iterator[Problem]:
    """Yield why a sound draft with these terms cannot come into force."""
    yield from has_ended(contract)
    yield from (("terms." + name, said) for name, said in contradictions(contract, terms))


def has_ended(contract: Contract) -> Iterator[Problem]:
    if contract.last_day < queries.today(contract.customer):
        yield (
            "ends_on",
            _("The last day, %(day)s, has passed. Choose a later one, or make a new contract.")
            % {"day": contract.last_day},
        )


def contradictions(contract: Contract, terms: Terms) -> Iterator[Problem]:
    """Yield where terms that are to come into force contradict themselves."""
    for one in explaining.findings_in(terms, contract):
        if one.severity is Severity.ERROR:
            yield one.where, wording.say(one.said)


def terms_problems(terms: Terms, *, customer: int, currency: str) -> Iterator[Problem]:
    """Yield what is wrong with terms for a customer, in the currency of the contract."""
    yield from _own_columns(terms)
    for position, line in enumerate(terms.included):
        for name, sentence in _included(line):
            yield f"included.{position}.{name}", sentence
    yield from _targets(terms)
    yield from _exclusions(terms)
    yield from _rates(terms, currency)
    yield from _doubles(terms)
    yield from _hours(terms)
    yield from _references(terms, customer)
    yield from _scopes(terms.scopes, customer)


def _own_columns(terms: Terms) -> Iterator[Problem]:
    if not 1 <= terms.warn_percent <= 99:
        yield "warn_percent", _("A warning comes between 1 % and 99 % of the time.")
    if any(not 1 <= one <= 100 for one in terms.thresholds):
        yield "thresholds", _("A threshold lies between 1 % and 100 %.")
    if terms.uptime_percent is not None and not 0 < terms.uptime_percent <= 100:
        yield "uptime_percent", _("An uptime guarantee lies above 0 % and not above 100 %.")


def _included(line: Included) -> Iterator[Problem]:
    if line.limit is None:
        if line.period == Period.PACK:
            yield "limit", _("Say how much the prepaid pack holds.")
    elif line.limit <= 0:
        yield "limit", _("A limit is above zero. Leave it empty where there is none.")
    elif line.period is None:
        yield "period", _("Say per what the limit holds: a month, a quarter, a year, the term, a pack.")
    if line.limit is not None and line.service != Service.PARTS and line.limit % 1:
        yield "limit", _whole(line.service)
    if line.period == Period.PACK and line.expires_on is None:
        yield "expires_on", _("Say on which day the prepaid pack expires.")
    if line.period != Period.PACK and line.expires_on is not None:
        yield "expires_on", _("Only a prepaid pack expires on a day of its own.")
    if line.rollover and (line.limit is None or line.period in (Period.TERM, Period.PACK)):
        yield "rollover", _("Only what is granted by the month, quarter or year can be carried over.")
    if line.outside_factor < 1:
        yield "outside_factor", _("Outside the hours time counts at least once.")
    elif line.outside_factor != 1 and line.service.value not in TIMED:
        yield "outside_factor", _("Only hours can count more than once.")
    if line.parts != PartsRule.ALL and line.service != Service.PARTS:
        yield "parts", _("Which parts are included is said of spare parts only.")
    if line.code and not line.code.replace("-", "").replace("_", "").isalnum():
        yield "code", _("A code has letters, digits and dashes only.")


def _whole(service: Service) -> str:
    if service.value in COUNTED:
        return _("Visits and diagnostics are counted in whole numbers.")
    return _("Hours are counted in whole minutes.")


def _targets(terms: Terms) -> Iterator[Problem]:
    for position, line in enumerate(terms.targets):
        if not line.minutes:
            yield f"targets.{position}.minutes", _("A promised time is at least a minute.")
        if line.priority is not None and not 1 <= line.priority <= 4:
            yield f"targets.{position}.priority", _("Priorities go from 1 to 4.")


def _exclusions(terms: Terms) -> Iterator[Problem]:
    for position, line in enumerate(terms.exclusions):
        if line.factor is not None and line.factor <= 1:
            yield (
                f"exclusions.{position}.factor",
                _("It counts more than once. Leave it empty where it is extra work."),
            )


def _rates(terms: Terms, currency: str) -> Iterator[Problem]:
    card = ExtraService.objects.in_bulk({line.extra for line in terms.rates if line.extra})
    for position, line in enumerate(terms.rates):
        if line.price < 0:
            yield f"rates.{position}.price", _("A price is not below zero.")
        if line.extra is None:
            continue
        extra = card.get(line.extra)
        if extra is None:
            yield f"rates.{position}.extra", _("There is no such line on the rate card.")
        elif extra.service != line.service:
            yield f"rates.{position}.extra", _("This line of the rate card is of another kind of service.")
        elif extra.currency != currency:
            yield (
                f"rates.{position}.extra",
                _("The rate card says it in %(theirs)s, the contract is in %(ours)s. Choose one currency.")
                % {"theirs": extra.currency, "ours": currency},
            )


def _doubles(terms: Terms) -> Iterator[Problem]:
    codes = [line.code or None for line in terms.included]
    targets = [(one.measure, one.priority, one.region, one.category) for one in terms.targets]
    said: Sequence[tuple[str, str, Sequence[Hashable]]] = (
        ("scopes", "", [tuple(line.columns().items()) for line in terms.scopes]),
        ("included", ".code", codes),
        ("targets", ".measure", targets),
        ("exclusions", ".unless", [one.unless for one in terms.exclusions]),
        ("rates", ".service", [(one.service, one.extra) for one in terms.rates]),
    )
    for name, end, keys in said:
        seen: Counter[Hashable] = Counter()
        for position, key in enumerate(keys):
            seen[key] += 1
            if key is not None and seen[key] == 2:
                yield f"{name}.{position}{end}", _("This is said twice. Keep one of the lines.")


def _hours(terms: Terms) -> Iterator[Problem]:
    named = [("hours", terms.hours)]
    named += [(f"targets.{position}.hours", line.hours) for position, line in enumerate(terms.targets)]
    known = ServiceHours.objects.in_bulk({key for _name, key in named if key})
    for name, key in named:
        if key is None:
            continue
        if key not in known:
            yield name, _("There are no such service hours.")
        elif not any(known[key].week):
            yield (
                name,
                _("The service hours “%(name)s” never open. Choose others, or give them opening times.")
                % {"name": known[key].name},
            )


def _references(terms: Terms, customer: int) -> Iterator[Problem]:
    tree = Customer.objects.with_branches(customer)
    mine: dict[str, tuple[models.QuerySet[Any], str]] = {
        "asset": (
            Asset.objects.filter(customer__in=tree),
            _("The customer and its branches have no such unit. A contract covers only what is theirs."),
        ),
        "site": (
            Site.objects.filter(customer__in=tree),
            _("The customer and its branches have no such site. A contract covers only what is theirs."),
        ),
        "model": (AssetModel.objects.all(), _("There is no such model of equipment.")),
        "category": (Category.objects.all(), _("There is no such category of equipment.")),
    }
    for name, (rows, sentence) in mine.items():
        named = list(_named(terms, name))
        yield from _missing(named, rows.in_bulk({key for _place, key in named}), sentence)
    yield from _missing(_named(terms, "region"), customer_queries.regions(), _("There is no such region."))


def _named(terms: Terms, reference: str) -> Iterator[tuple[str, int]]:
    """Yield where a reference is named, and its id."""
    for clause in ("scopes", "included", "targets"):
        for position, line in enumerate(getattr(terms, clause)):
            key = getattr(line, reference, None)
            if key is not None:
                yield f"{clause}.{position}.{reference}", key


def _missing(named: Iterable[tuple[str, int]], known: Collection[int], sentence: str) -> Iterator[Problem]:
    yield from ((place, sentence) for place, key in named if key not in known)


def _scopes(scopes: Sequence[Scope], customer: int) -> Iterator[Problem]:
    for position, scope in enumerate(scopes):
        alone = sum(value is not None for _name, value in scope) == 1
        if alone and (scope.asset or scope.site):
            continue  # it is there, or was refused as nobody's
        if not queries.matches_something(scope, customer):
            yield (
                f"scopes.{position}",
                _("Nothing of the customer matches this. Widen it, or enter the equipment first."),
            )


__all__ = ["NotValid", "problems", "refuse", "terms_problems"]
