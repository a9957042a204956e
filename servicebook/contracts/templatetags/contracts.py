"""How a contract's state, end and amounts are shown: the same everywhere."""

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from servicebook.contracts import amounts, verdicts
from servicebook.contracts.deciding import Answer
from servicebook.contracts.models import Contract
from servicebook.contracts.models.choices import State
from servicebook.contracts.rules.terms import Said
from servicebook.contracts.wording import say
from servicebook.core import clock
from servicebook.core.templatetags.page import status

register = template.Library()
TONES = {
    State.DRAFT: "wait",
    State.ACTIVE: "done",
    State.ON_HOLD: "risk",
    State.EXPIRED: "wait",
    State.CANCELLED: "wait",
    State.RENEWED: "wait",
}
SOON, NEAR = 90, 30  # days before the end: amber, red


@register.simple_tag
def contract_state(contract: Contract) -> SafeString:
    return status(TONES[State(contract.state)], contract.get_state_display())


@register.simple_tag
def contract_end(contract: Contract) -> SafeString | str:
    """How near the end of a running contract is; nothing when it is far, or over."""
    if not contract.is_live:
        return ""
    left = (contract.ends_on - clock.today(ZoneInfo(settings.TIME_ZONE))).days
    if left > SOON:
        return ""
    if left < 0:
        return status("late", _("Past its end"))
    if left == 0:
        return status("late", _("Ends today"))
    said = ngettext("Ends in %(days)d day", "Ends in %(days)d days", left) % {"days": left}
    return status("late" if left <= NEAR else "risk", said)


@register.simple_tag
def said(sentence: Said) -> str:
    """A sentence of the rules, in the reader's language."""
    return say(sentence)


@register.inclusion_tag("contracts/_verdict.html")
def verdict(answer: Answer, deadlines: bool = True) -> dict[str, Any]:
    """What covers a request, with its reasons, deadlines and price.

    Without `deadlines` where clocks stand beside it. A long trace is folded away.
    """
    context = verdicts.context_of(answer)
    return context if deadlines else {**context, "promised": []}


@register.filter
def money(value: Decimal, currency: str) -> str:
    """`{{ contract.price|money:contract.currency }}`: 18 000 ₸."""
    return amounts.money(value, currency)


@register.filter
def day(value: date | None) -> str:
    """A day, also in mails: 31 Dec 2026."""
    return amounts.day(value)


@register.filter
def hours(minutes: int) -> str:
    """`{{ target.minutes|hours }}`: 4 h."""
    return amounts.hours(minutes)


@register.filter
def plain(value: Decimal) -> str:
    """A number without zeros that say nothing."""
    return amounts.number(value)
