"""Says the sentences of the rules, in the active language or in that of the house."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from servicebook.contracts import amounts, names, plain_words
from servicebook.contracts.models.choices import Channel, Service, Unless
from servicebook.contracts.rules.terms import Said

FULL_STOPS = ".。"
SENTENCES: Mapping[str, Any] = {
    "nothing.covers": _("No contract and no warranty covers it."),
    "extra.by_a_sensitive_contract": _("Extra work by a contract that not everybody may see."),
    # State, dates and scope of a contract.
    "contract.runs": _("Contract %(contract)s runs from %(since)s to %(until)s."),
    "contract.on_hold": _("Contract %(contract)s is on hold."),
    "contract.cancelled": _("Contract %(contract)s was cancelled."),
    "contract.not_begun": _("Contract %(contract)s begins on %(since)s."),
    "contract.ended": _("Contract %(contract)s ended on %(until)s."),
    "scope.in": _("It is in the scope of contract %(contract)s."),
    "scope.open": _("Contract %(contract)s covers some units only; choose the unit."),
    "scope.out": _("It is not in the scope of contract %(contract)s."),
    # Channel, hours, exclusions.
    "channel.agreed": _("Asked through a channel that was agreed."),
    "channel.other": _("Asked through another channel than was agreed."),
    "hours.inside": _("Inside the service hours."),
    "hours.outside": _("Outside the service hours."),
    "exclusion.extra": _("%(unless)s: extra work by contract %(contract)s."),
    "exclusion.dearer": _("%(unless)s: counted and charged ×%(factor)s by contract %(contract)s."),
    # Included lines.
    "line.none": _("Not included in %(contracts)s: %(services)s."),
    "line.no_limit": _("%(service)s: included in contract %(contract)s without limit."),
    "line.left": _("%(service)s: %(left)s of %(limit)s %(period)s left in contract %(contract)s."),
    "line.runs_out": _(
        "%(service)s: only %(left)s of %(limit)s %(period)s left in contract %(contract)s; "
        "the rest is extra work."
    ),
    "line.used_up": _("%(service)s: all of %(limit)s %(period)s used up in contract %(contract)s."),
    "line.other_category": _("%(service)s: included in contract %(contract)s only for %(category)s."),
    "line.category_open": _(
        "%(service)s: included in contract %(contract)s only for %(category)s; choose the unit."
    ),
    "line.expired": _("%(service)s: the prepaid pack of contract %(contract)s expired on %(until)s."),
    "line.consumables_only": _("%(service)s: contract %(contract)s includes consumables only."),
    "line.parts_open": _(
        "%(service)s: contract %(contract)s includes consumables only; say whether these are."
    ),
    # What would give another verdict.
    "flip.consumables": _("If the parts are consumables"),
    "flip.other_parts": _("If the parts are no consumables"),
    "flip.component": _("If the failure is in: %(component)s"),
    "flip.inside_hours": _("Inside the service hours"),
    "flip.outside_hours": _("Outside the service hours"),
    "flip.channel": _("Asked through a channel of contract %(contract)s: %(agreed)s"),
    "flip.more_left": _("With %(more)s more left in contract %(contract)s: %(service)s"),
    "flip.any_left": _("With anything left in contract %(contract)s: %(service)s"),
    "flip.next_period": _("From %(begins)s, when a new period of contract %(contract)s begins: %(service)s"),
    "flip.not_held": _("If contract %(contract)s were not on hold"),
    "flip.renewed": _("Had contract %(contract)s, which ended on %(until)s, been renewed"),
    "flip.begun": _("From %(since)s, when contract %(contract)s begins"),
}

# The same under a heading that names the contract: without its number, and without a full stop.
SHORT: Mapping[str, Any] = {
    "contract.runs": _("Runs %(since)s – %(until)s"),
    "scope.in": _("In its scope"),
    "scope.open": _("Covers some units only; choose the unit"),
    "exclusion.extra": _("%(unless)s: extra work"),
    "exclusion.dearer": _("%(unless)s: counted and charged ×%(factor)s"),
    "line.no_limit": _("%(service)s: without limit"),
    "line.left": _("%(service)s: %(left)s of %(limit)s left %(period)s"),
    "line.runs_out": _("%(service)s: only %(left)s of %(limit)s left %(period)s; the rest is extra work"),
    "line.used_up": _("%(service)s: all of %(limit)s %(period)s used up"),
    "line.other_category": _("%(service)s: only for %(category)s"),
    "line.category_open": _("%(service)s: only for %(category)s; choose the unit"),
    "line.expired": _("%(service)s: the prepaid pack expired on %(until)s"),
    "line.consumables_only": _("%(service)s: consumables only"),
    "line.parts_open": _("%(service)s: consumables only; say whether these are"),
}

ABSENT = {
    Unless.TAMPERING: _("No signs of tampering."),
    Unless.OUTSIDE_HOURS: _("Not outside the service hours."),
    Unless.UNSUPPORTED: _("No software out of support."),
    Unless.CHANNEL: _("Through no other channel than was agreed."),
    Unless.MISUSE: _("No damage by wrong use."),
}
WITH_SIGN = {
    Unless.TAMPERING: _("With signs of tampering"),
    Unless.UNSUPPORTED: _("With software that is supported no longer"),
    Unless.MISUSE: _("With damage by wrong use"),
}
WITHOUT_SIGN = {
    Unless.TAMPERING: _("Without signs of tampering"),
    Unless.UNSUPPORTED: _("With software that is supported"),
    Unless.MISUSE: _("Without damage by wrong use"),
}
# A warranty, by its side and by what was found.
WARRANTIES = {
    ("ours", "runs"): _("Our warranty runs until %(until)s."),
    ("ours", "ended"): _("Our warranty ended on %(until)s."),
    ("ours", "not_begun"): _("Our warranty begins on %(since)s."),
    ("ours", "no_defect"): _("Our warranty is for defects; this is none."),
    ("ours", "void"): _("Our warranty does not hold: %(unless)s."),
    ("ours", "other_component"): _("Our warranty is for another component: %(component)s."),
    ("ours", "open"): _("Our warranty is for a component: %(component)s. Say what failed."),
    ("vendor", "runs"): _("The vendor's warranty runs until %(until)s; claim it there."),
    ("vendor", "ended"): _("The vendor's warranty ended on %(until)s."),
    ("vendor", "not_begun"): _("The vendor's warranty begins on %(since)s."),
    ("vendor", "no_defect"): _("The vendor's warranty is for defects; this is none."),
    ("vendor", "void"): _("The vendor's warranty does not hold: %(unless)s."),
    ("vendor", "other_component"): _("The vendor's warranty is for another component: %(component)s."),
    ("vendor", "open"): _("The vendor's warranty is for a component: %(component)s. Say what failed."),
}
PERIODS = {
    "month": _("this month"),
    "quarter": _("this quarter"),
    "year": _("this year"),
    "term": _("of the whole term"),
    "pack": _("of the prepaid pack"),
}
VERDICTS = {
    "covered": _("Covered: %(services)s."),
    "partly": _("Covered in part: %(services)s."),
    "extra": _("Extra work: %(services)s."),
    "unknown": _("Not known yet: %(services)s."),
}


def say(said: Said) -> str:
    """Say a sentence of the rules in the active language."""
    facts = said.facts
    kind, _dot, what = said.code.partition(".")
    unless: Any = facts.get("unless")
    if kind in ("reading", "lint"):
        return plain_words.say(said)
    if said.code == "exclusion.absent":
        return str(ABSENT[unless])
    if said.code in ("flip.with_sign", "flip.without_sign"):
        return str((WITH_SIGN if what == "with_sign" else WITHOUT_SIGN)[unless])
    if said.code == "services.differ":
        return _differing(facts)
    if said.code == "flip.unit":
        return _unit(facts)
    sentence = WARRANTIES[str(facts["side"]), what] if kind == "warranty" else SENTENCES[said.code]
    return _filled(sentence, facts)


def say_short(said: Said) -> str:
    """Say it as a line of a list, under a heading that names the contract if it is about one."""
    if said.code in SHORT:
        return _filled(SHORT[said.code], said.facts)
    return say(said).rstrip(FULL_STOPS)


def in_house(said: Said) -> str:
    """Say a sentence in the language of the house, for what is stored."""
    with translation.override(settings.LANGUAGE_CODE):
        return say(said)


def _filled(sentence: Any, facts: Mapping[str, Any]) -> str:
    return str(sentence) % {name: _shown(name, value, facts) for name, value in facts.items()}


def _differing(facts: Mapping[str, Any]) -> str:
    """Which services are covered and which are not, and why not."""
    parts = [
        str(sentence) % {"services": _services(facts[verdict])}
        for verdict, sentence in VERDICTS.items()
        if facts[verdict]
    ]
    why = facts["why"]
    return " ".join([*parts, say(Said(why["code"], why["facts"]))])


def _unit(facts: Mapping[str, Any]) -> str:
    """A unit that nobody has named yet, by what is known of it."""
    named = names.joined(
        names.model(facts["model"]),
        names.category(facts["category"]),
        names.site(facts["site"]),
        names.region(facts["region"]),
    )
    said = {"contract": facts["contract"], "unit": named}
    if named:
        return gettext("If it is a unit of contract %(contract)s: %(unit)s") % said
    return gettext("If it is a unit of contract %(contract)s") % said


def _shown(name: str, value: Any, facts: Mapping[str, Any]) -> str:
    """Say a fact of a sentence by its name."""
    show = _SHOW.get(name)
    if value is None or show is None:
        return "" if value is None else str(value)
    return show(value, facts)


def _amount(value: str, facts: Mapping[str, Any]) -> str:
    return amounts.amount(facts["service"], Decimal(value), facts["currency"])


def _day(value: str, _facts: Mapping[str, Any]) -> str:
    return amounts.day(date.fromisoformat(value))


_SHOW: Mapping[str, Callable[[Any, Mapping[str, Any]], str]] = {
    "left": _amount,
    "limit": _amount,
    "more": _amount,
    "since": _day,
    "until": _day,
    "begins": _day,
    "factor": lambda value, _facts: amounts.number(Decimal(value)),
    "service": lambda value, _facts: str(Service(value).label),
    "services": lambda value, _facts: _services(value),
    "period": lambda value, _facts: str(PERIODS[value]),
    "unless": lambda value, _facts: str(Unless(value).label),
    "category": lambda value, _facts: names.category(value),
    "contracts": lambda value, _facts: ", ".join(value),
    "agreed": lambda values, _facts: ", ".join(str(Channel(one).label) for one in values),
}


def _services(values: list[str]) -> str:
    return ", ".join(str(Service(one).label) for one in values)
