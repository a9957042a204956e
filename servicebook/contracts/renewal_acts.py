"""What the acts about going on do: each takes the contract, the form's values and the person."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from servicebook.accounts.models import User
from servicebook.contracts import actions, amounts, renewals
from servicebook.contracts.actions import Why
from servicebook.contracts.models import Contract

Values = Mapping[str, Any]


def why(values: Values) -> Why:
    """Take the reason out of a form's values; a form that does not ask gives none."""
    asked = {name: values.get(name) for name in ("reason", "initiator", "known_on", "note")}
    return Why(asked["reason"], asked["initiator"] or "", asked["known_on"], asked["note"] or "")


def cancel(one: Contract, values: Values, by: User) -> str:
    ended = actions.cancel(
        one.pk, because=values["because"], why=why(values), on=values.get("on"), by=by, seen=values["seen"]
    )
    if ended.cancelled_on:
        return _("%(number)s ends on the day that you said.") % {"number": one.number}
    return _("%(number)s is cancelled.") % {"number": one.number}


def mark_at_risk(one: Contract, values: Values, by: User) -> str:
    actions.mark_at_risk(one.pk, why(values), by=by, seen=values["seen"])
    return _("%(number)s is marked: it may not be renewed.") % {"number": one.number}


def refuse(one: Contract, values: Values, by: User) -> str:
    actions.refuse(one.pk, why(values), by=by, seen=values["seen"])
    return _("%(number)s will not be renewed. Nobody is reminded of it any more.") % {"number": one.number}


def take_back_doubt(one: Contract, values: Values, by: User) -> str:
    actions.take_back_doubt(one.pk, by=by, **values)
    return _("The renewal of %(number)s is open again.") % {"number": one.number}


def announce_price(one: Contract, values: Values, by: User) -> str:
    change = actions.announce_price(one.pk, by=by, **values)
    return _("Announced: %(price)s from %(day)s. The customer gets a mail.") % {
        "price": amounts.money(change.after, one.currency),
        "day": amounts.day(change.applies_on),
    }


def withdraw_price(one: Contract, values: Values, by: User) -> str:
    change = renewals.pending(one)
    if change is not None:
        actions.withdraw_price(change.pk, because=values["because"], by=by)
    return _("The price stays as it is.")
