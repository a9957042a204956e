"""The terms of a contract in plain words, and what is wrong with them: sentences of reading and lint."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from servicebook.contracts import amounts, names
from servicebook.contracts.models.choices import Channel, Measure, Pause, Period, Service, Unless
from servicebook.contracts.rules.terms import Said
from servicebook.sla import queries as sla

Facts = Mapping[str, Any]

SENTENCES: Mapping[str, Any] = {
    "reading.response": gettext_lazy("We answer within %(times)s, %(hours)s."),
    "reading.arrival": gettext_lazy("We are on site within %(times)s, %(hours)s."),
    "reading.recovery": gettext_lazy("It works again within %(times)s, %(hours)s."),
    "reading.no_limit": gettext_lazy("%(service)s: included without limit."),
    "reading.limit": gettext_lazy("%(service)s: %(limit)s %(per)s included, then %(price)s."),
    "reading.pack": gettext_lazy("%(service)s: %(limit)s prepaid until %(until)s, then %(price)s."),
    "reading.faster": gettext_lazy("%(service)s: outside the hours they count ×%(factor)s."),
    "reading.rollover": gettext_lazy("%(service)s: what is left goes on into the next period."),
    "reading.not_included": gettext_lazy("Not included: %(costs)s."),
    "reading.extra": gettext_lazy("Extra work: %(what)s."),
    "reading.dearer": gettext_lazy("%(what)s: counted and charged ×%(factor)s."),
    "reading.channels": gettext_lazy("Service is asked for by: %(agreed)s."),
    "reading.pauses": gettext_lazy("The time stands still while we wait for: %(pauses)s."),
    "reading.uptime": gettext_lazy("We guarantee an uptime of %(percent)s %%."),
    "reading.everything": gettext_lazy("It covers everything of the customer."),
    "reading.ends": gettext_lazy("The contract ends on %(until)s and is renewed by agreement."),
    "reading.renews_itself": gettext_lazy(
        "The contract runs until %(until)s and then renews itself for %(months)s, "
        "unless it is cancelled %(days)s before the end."
    ),
    "lint.line_hidden": gettext_lazy("%(service)s: never used, because a line before it has no limit."),
    "lint.pack_expired": gettext_lazy("The prepaid pack expires on %(until)s, before the contract begins."),
    "lint.pack_outlives": gettext_lazy("The prepaid pack expires on %(until)s, after the contract ends."),
    "lint.sla_without_target": gettext_lazy("A service level agreement without a promised time."),
    "lint.target_hidden": gettext_lazy(
        "%(measure)s: this time never applies, because more exact ones hold for every ticket."
    ),
    "lint.never_open": gettext_lazy("These service hours never open, so the time never passes."),
    "lint.sooner_than_before": gettext_lazy(
        "%(measure)s: promised sooner than what comes before it; the order is response, arrival, recovery."
    ),
    "lint.priority_without_target": gettext_lazy(
        "%(measure)s: nothing is promised for %(priorities)s, although it is for others."
    ),
    "lint.channel_not_limited": gettext_lazy(
        "Every channel is agreed, so no other one can be excluded. Choose channels, or drop the exclusion."
    ),
    "lint.always_open": gettext_lazy(
        "The contract names no service hours, so nothing is ever outside of them. Choose hours, or drop this."
    ),
    "lint.scope_hidden": gettext_lazy("A wider line covers this one already."),
    "lint.no_price_beyond": gettext_lazy(
        "%(service)s: there is a limit, but neither the contract nor the rate card says what it costs beyond."
    ),
    "lint.visit_without_work": gettext_lazy("Visits are included, but not: %(services)s. It will be billed."),
    "lint.nothing_said": gettext_lazy("Nothing is included, priced or promised yet."),
    "lint.pauses_nothing": gettext_lazy("Reasons to pause are chosen, but no time is promised."),
}

WITHOUT_PRICE: Mapping[str, Any] = {
    "reading.limit": gettext_lazy("%(service)s: %(limit)s %(per)s included, then extra work."),
    "reading.pack": gettext_lazy("%(service)s: %(limit)s prepaid until %(until)s, then extra work."),
}


def say(said: Said) -> str:
    """Say a sentence of reading or lint in the active language."""
    facts = said.facts
    if said.code in _WHOLE:
        return _WHOLE[said.code](facts)
    sentences = WITHOUT_PRICE if facts.get("price", "") is None else SENTENCES
    sentence = sentences.get(said.code, SENTENCES.get(said.code))
    return str(sentence) % {name: _SHOW[name](value, facts) for name, value in facts.items() if name in _SHOW}


def _times(times: Sequence[Facts], _facts: Facts) -> str:
    """1 h for P1 in Karaganda, 4 h otherwise."""
    said = []
    for one in times:
        what = names.joined(f"P{one['priority']}" if one["priority"] else "", names.category(one["category"]))
        where = names.region(one["region"])
        facts = {"time": amounts.hours(one["minutes"]), "what": what, "where": where}
        if what and where:
            said.append(_("%(time)s for %(what)s in %(where)s") % facts)
        elif what:
            said.append(_("%(time)s for %(what)s") % facts)
        elif where:
            said.append(_("%(time)s in %(where)s") % facts)
        else:
            said.append(_("%(time)s otherwise") % facts if len(times) > 1 else facts["time"])
    return ", ".join(said)


def _hours(hours: int | None, _facts: Facts) -> str:
    known = sla.every().get(hours) if hours else None
    return known.name if known else _("around the clock")


def _service(service: str, facts: Facts) -> str:
    name = _("Spare parts, consumables only") if facts.get("consumables") else str(Service(service).label)
    return names.joined(name, names.category(facts.get("category")))


def _price(price: str, facts: Facts) -> str:
    return amounts.price_of_one(facts["service"], Decimal(price), facts["currency"])


def _costs(costs: Sequence[Facts], facts: Facts) -> str:
    """Diagnostics (12 000 ₸ a diagnostic), spare parts."""
    said = []
    for one in costs:
        name = str(Service(one["service"]).label)
        if one["price"] is not None:
            name = f"{name} ({_price(one['price'], {**one, **facts})})"
        said.append(name)
    return ", ".join(said)


def _scope(facts: Facts) -> str:
    """It covers: 2 sites; 14 units; Servers in Karaganda."""
    units, sites, models, kinds = facts["units"], facts["sites"], facts["models"], facts["kinds"]
    parts = [
        ngettext("%(count)d unit", "%(count)d units", units) % {"count": units} if units else "",
        ngettext("%(count)d site", "%(count)d sites", sites) % {"count": sites} if sites else "",
        ngettext("%(count)d model", "%(count)d models", models) % {"count": models} if models else "",
        *(names.joined(names.category(kind["category"]), names.region(kind["region"])) for kind in kinds),
    ]
    return _("It covers: %(scope)s.") % {"scope": "; ".join(part for part in parts if part)}


def _rise(facts: Facts) -> str:
    said = {"days": amounts.days(facts["days"]), "rule": facts["rule"]}
    if facts["percent"] is None:
        return _("The price may rise once a year with %(rule)s, announced %(days)s ahead.") % said
    said["percent"] = amounts.number(Decimal(facts["percent"]))
    return _("The price may rise once a year by %(percent)s %%, announced %(days)s ahead.") % said


def _labels(choices: type[Any]) -> Callable[[Sequence[str], Facts], str]:
    return lambda values, _facts: ", ".join(str(choices(one).label) for one in values)


def _number(value: str, _facts: Facts) -> str:
    return amounts.number(Decimal(value))


_WHOLE: Mapping[str, Callable[[Facts], str]] = {"reading.rise": _rise, "reading.scope": _scope}
_SHOW: Mapping[str, Callable[[Any, Facts], str]] = {
    "times": _times,
    "hours": _hours,
    "service": _service,
    "services": _labels(Service),
    "what": _labels(Unless),
    "agreed": _labels(Channel),
    "pauses": _labels(Pause),
    "measure": lambda value, _facts: str(Measure(value).label),
    "limit": lambda value, facts: amounts.amount(facts["service"], Decimal(value), facts["currency"]),
    "per": lambda value, _facts: str(Period(value).label),
    "price": lambda value, facts: "" if value is None else _price(value, facts),
    "costs": _costs,
    "factor": _number,
    "percent": _number,
    "until": lambda value, _facts: amounts.day(date.fromisoformat(value)),
    "months": lambda value, _facts: ngettext("%(count)d month", "%(count)d months", value) % {"count": value},
    "days": lambda value, _facts: amounts.days(value),
    "priorities": lambda value, _facts: ", ".join(f"P{one}" for one in value),
}
