"""What a person can do to a contract from its page: one line per act, its form and its action."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.accounts.models import User
from servicebook.contracts import actions, amounts, renewal_acts, renewals
from servicebook.contracts.actions.balances import buy_pack
from servicebook.contracts.forms.acts import ActForm, ChangeForm, HoldForm, PackForm, packs_of
from servicebook.contracts.forms.doubts import CancelForm, DoubtForm, PriceForm, WithdrawPriceForm
from servicebook.contracts.models import LIVE, Contract
from servicebook.contracts.models.choices import State

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Act:
    """An act: in which states it is offered, what it asks, what it does.

    Attributes:
        run: takes the contract, the form's values and the person; returns the sentence to show.
        at_once: done by its button, without a page that asks.
        fits: what must hold besides the state.
    """

    title: LazyText
    button: LazyText
    run: Callable[[Contract, Values, User], str]
    form: type[ActForm]
    offered: tuple[str, ...]
    icon: str = "point"
    about: LazyText | str = ""
    at_once: bool = False
    fits: Callable[[Contract], bool] = lambda one: True


def _activate(one: Contract, values: Values, by: User) -> str:
    actions.activate(one.pk, by=by, **values)
    return _("%(number)s is in force: every ticket is decided by its terms from now on.") % {
        "number": one.number
    }


def _hold(one: Contract, values: Values, by: User) -> str:
    actions.hold(one.pk, by=by, **values)
    return _("%(number)s is on hold and covers nothing.") % {"number": one.number}


def _resume(one: Contract, values: Values, by: User) -> str:
    actions.resume(one.pk, by=by, **values)
    return _("%(number)s covers again.") % {"number": one.number}


def _keep(one: Contract, values: Values, by: User) -> str:
    actions.withdraw_cancellation(one.pk, by=by, **values)
    return _("%(number)s goes on to the end of its term.") % {"number": one.number}


def _change(one: Contract, values: Values, by: User) -> str:
    actions.change(one.pk, by=by, **values)
    return _("Saved: %(what)s.") % {"what": one.number}


def _sell_pack(one: Contract, values: Values, by: User) -> str:
    bought = {name: values[name] for name in ("amount", "key")}
    balance = buy_pack(one.pk, values["code"], by=by, **bought)
    return _("Sold. It is used until %(day)s.") % {"day": amounts.day(balance.ends_on)}


ACTS: dict[str, Act] = {
    "activate": Act(
        gettext_lazy("Activate"),
        gettext_lazy("Activate"),
        _activate,
        ActForm,
        offered=(State.DRAFT,),
        icon="check",
        about=gettext_lazy("Its terms decide from now on, and this version never changes again."),
    ),
    "resume": Act(
        gettext_lazy("Resume"),
        gettext_lazy("Resume"),
        _resume,
        ActForm,
        offered=(State.ON_HOLD,),
        icon="player-play",
        at_once=True,
    ),
    "hold": Act(
        gettext_lazy("Hold…"),
        gettext_lazy("Put on hold"),
        _hold,
        HoldForm,
        offered=(State.ACTIVE,),
        icon="player-pause",
        about=gettext_lazy(
            "It covers nothing until it is resumed. Tickets that are open keep their verdict."
        ),
    ),
    "change": Act(
        gettext_lazy("Change…"),
        gettext_lazy("Save"),
        _change,
        ChangeForm,
        offered=(*LIVE, State.EXPIRED, State.CANCELLED, State.RENEWED),
        icon="pencil",
        about=gettext_lazy("Only what is no term; terms change by an amendment."),
    ),
    "price": Act(
        gettext_lazy("Announce a new price…"),
        gettext_lazy("Announce the price"),
        renewal_acts.announce_price,
        PriceForm,
        offered=LIVE,
        icon="receipt",
        about=gettext_lazy("The customer gets a mail today, and the price holds from the day that you say."),
    ),
    "withdraw_price": Act(
        gettext_lazy("Take the announced price back…"),
        gettext_lazy("Take the price back"),
        renewal_acts.withdraw_price,
        WithdrawPriceForm,
        offered=LIVE,
        icon="receipt-2",
        about=gettext_lazy("The customer gets a mail that the price stays as it is."),
        fits=lambda one: renewals.pending(one) is not None,
    ),
    "risk": Act(
        gettext_lazy("May not be renewed…"),
        gettext_lazy("Mark the risk"),
        renewal_acts.mark_at_risk,
        DoubtForm,
        offered=LIVE,
        icon="alert-triangle",
        about=gettext_lazy("The reminders go on; the board of renewals shows the risk and its reason."),
        fits=lambda one: not one.refused and not renewals.is_followed(one),
    ),
    "refuse": Act(
        gettext_lazy("Will not be renewed…"),
        gettext_lazy("It will not be renewed"),
        renewal_acts.refuse,
        DoubtForm,
        offered=(*LIVE, State.EXPIRED),
        icon="circle-x",
        about=gettext_lazy("It runs to its last day. Nobody is reminded of its renewal any more."),
        fits=lambda one: not one.refused and not renewals.is_followed(one),
    ),
    "reopen": Act(
        gettext_lazy("May be renewed after all"),
        gettext_lazy("May be renewed after all"),
        renewal_acts.take_back_doubt,
        ActForm,
        offered=(*LIVE, State.EXPIRED),
        icon="arrow-back-up",
        at_once=True,
        fits=lambda one: one.refused or one.at_risk,
    ),
    "pack": Act(
        gettext_lazy("Sell a pack…"),
        gettext_lazy("Sell the pack"),
        _sell_pack,
        PackForm,
        offered=LIVE,
        icon="circle-plus",
        about=gettext_lazy("Adds to a prepaid line at once; it expires with the line."),
        fits=lambda one: bool(packs_of(one)),
    ),
    "cancel": Act(
        gettext_lazy("Cancel…"),
        gettext_lazy("Cancel the contract"),
        renewal_acts.cancel,
        CancelForm,
        offered=(State.DRAFT, *LIVE),
        icon="ban",
        about=gettext_lazy("From a day ahead it goes on until then; today or earlier ends it at once."),
    ),
    "keep": Act(
        gettext_lazy("Do not cancel"),
        gettext_lazy("Do not cancel"),
        _keep,
        ActForm,
        offered=LIVE,
        icon="arrow-back-up",
        at_once=True,
        fits=lambda one: one.cancelled_on is not None,
    ),
}


def offered(one: Contract) -> dict[str, Act]:
    """The acts that the contract allows now, in their order."""
    return {name: act for name, act in ACTS.items() if one.state in act.offered and act.fits(one)}
