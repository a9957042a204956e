"""What the rules of renewal, indexation and advice say, in the active language."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy

from servicebook.contracts import amounts
from servicebook.contracts.models.choices import Service
from servicebook.contracts.rules.advice import Kind
from servicebook.contracts.rules.renewal import Outlook
from servicebook.contracts.rules.terms import Said

SENTENCES = {
    "rise_outside_the_term": gettext_lazy(
        "The price changes after the first day of the contract, %(starts_on)s, and at the latest with its "
        "renewal, the day after %(ends_on)s."
    ),
    "rise_without_notice": gettext_lazy(
        "A new price is announced %(days)s days ahead. Announced today, it can hold from %(earliest)s on."
    ),
    "rise_twice_in_a_year": gettext_lazy(
        "The price rises once a year only, and there is a rise on %(other)s. The next one is possible from "
        "%(earliest)s on."
    ),
    "advice_work_grew": gettext_lazy(
        "We worked %(percent)s %% more than in the year before, at the same price."
    ),
    "advice_larger": gettext_lazy("%(service)s: %(percent)s %% of what is included was used. Offer more."),
    "advice_smaller": gettext_lazy(
        "%(service)s: only %(percent)s %% of what is included was used. Offer less before the customer asks."
    ),
    "advice_include_more": gettext_lazy(
        "Extra work came to %(percent)s %% of the price. Include more of it."
    ),
    "advice_site": gettext_lazy("%(name)s takes %(percent)s %% of the tickets. Give it terms of its own."),
    "advice_model": gettext_lazy("%(name)s makes %(percent)s %% of the tickets. Propose to replace it."),
    "advice_seldom_kept": gettext_lazy(
        "We kept only %(percent)s %% of the promised times. Agree on other times, or on more hands."
    ),
}
KINDS = {
    Kind.PRICE: gettext_lazy("Price"),
    Kind.SHAPE: gettext_lazy("Terms"),
    Kind.SIZE: gettext_lazy("Size"),
}
# The tone and the word of a renewal's state.
OUTLOOKS = {
    Outlook.OPEN: ("wait", gettext_lazy("Not decided")),
    Outlook.ITSELF: ("live", gettext_lazy("Renews itself")),
    Outlook.AT_RISK: ("risk", gettext_lazy("At risk")),
    Outlook.OFFERED: ("live", gettext_lazy("Offer drafted")),
    Outlook.RENEWED: ("done", gettext_lazy("Renewed")),
    Outlook.REFUSED: ("late", gettext_lazy("Refused")),
    Outlook.ENDED: ("late", gettext_lazy("Ended, not renewed")),
}


def say(said: Said) -> str:
    """Say it whole. Dates and services among its facts are said as people read them."""
    return str(SENTENCES[said.code]) % {name: _shown(name, value) for name, value in said.facts.items()}


def _shown(name: str, value: Any) -> Any:
    if name == "service":
        return str(Service(value).label)
    if name in ("starts_on", "ends_on", "earliest", "other"):
        return amounts.day(date.fromisoformat(value))
    return value
