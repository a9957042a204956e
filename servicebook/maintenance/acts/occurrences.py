"""Acts on an occurrence: its ticket, window, access, parts, skip, move."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.accounts.models import User
from servicebook.core.errors import Refused
from servicebook.maintenance import schedules, states
from servicebook.maintenance.actions import access, calling, moving, parts, windows
from servicebook.maintenance.acts.base import Act, Values
from servicebook.maintenance.forms import occurrences as forms
from servicebook.maintenance.forms.base import BecauseForm
from servicebook.maintenance.models import Occurrence
from servicebook.rights import SERVICE, STOCK


def is_to_do(one: Occurrence) -> bool:
    """Whether something may still come of it."""
    open_ = one.ticket is None or one.ticket.is_open
    return one.skipped_at is None and one.cancelled_at is None and open_


def _call(one: Occurrence, values: Values, by: User) -> str:
    made = calling.call([one.pk], by=by)
    if made:
        return _("Ticket %(number)s is made.") % {"number": made[0].number}
    raise Refused(_("No ticket was made: it has one already, or its plan or contract rests. Look at both."))


def _offer(one: Occurrence, values: Values, by: User) -> str:
    windows.offer_windows(one.pk, values["windows"], by=by)
    return _("Offered. The customer's answer is the next step.")


def _wish(one: Occurrence, values: Values, by: User) -> str:
    heard = {name: values[name] for name in ("by_name", "channel")}
    windows.wish_windows(one.pk, values["windows"], by=by, **heard)
    return _("Kept. Accept one of them, or offer others.")


def _agree(one: Occurrence, values: Values, by: User) -> str:
    heard = {name: values[name] for name in ("by_name", "channel")}
    windows.agree_window(one.pk, by=by, **heard, **values["agreed"])
    return _("The window is agreed with %(who)s.") % {"who": values["by_name"]}


def _reopen(one: Occurrence, values: Values, by: User) -> str:
    windows.reopen_window(one.pk, because=values["because"], by=by)
    return _("The window is to be agreed again.")


def _access(one: Occurrence, values: Values, by: User) -> str:
    access.agree_access(one.pk, by=by, **values)
    return _("Access is agreed with %(who)s.") % {"who": values["by_name"]}


def _no_access(one: Occurrence, values: Values, by: User) -> str:
    access.withdraw_access(one.pk, because=values["because"], by=by)
    return _("Access is to be agreed again.")


def _add_part(one: Occurrence, values: Values, by: User) -> str:
    need = parts.add_part(one.pk, by=by, **values)
    return _("Needed: %(part)s.") % {"part": need}


def _skip(one: Occurrence, values: Values, by: User) -> str:
    moving.skip(one.pk, by=by, **values)
    return _("Left out. The schedule goes on with the next.")


def _move(one: Occurrence, values: Values, by: User) -> str:
    moving.move(one.pk, by=by, **values)
    return _("Moved.")


def _bring_back(one: Occurrence, values: Values, by: User) -> str:
    moving.bring_back(one.pk, by=by)
    return _("It is to be done after all.")


ACTS: dict[str, Act[Occurrence]] = {
    "call": Act(
        gettext_lazy("Make the ticket"),
        gettext_lazy("Make the ticket"),
        _call,
        lambda one: is_to_do(one) and one.ticket is None and schedules.runs(one.plan),
        icon="ticket",
    ),
    "agree": Act(
        gettext_lazy("Record the answer…"),
        gettext_lazy("The window is agreed"),
        _agree,
        lambda one: is_to_do(one) and not one.window_agreed_at,
        forms.AgreeForm,
        SERVICE,
        icon="phone-call",
        about=gettext_lazy("Who agreed to which window, and how: kept with the moment, for who asks later."),
        renamed={"window_id": "window", "windows": "window", "starts_at": "day", "ends_at": "closes"},
    ),
    "offer": Act(
        gettext_lazy("Offer windows…"),
        gettext_lazy("Offer them"),
        _offer,
        lambda one: is_to_do(one) and not one.window_agreed_at,
        forms.OfferForm,
        SERVICE,
        icon="calendar-time",
        about=gettext_lazy("One to three; those that were offered before are taken back."),
        renamed={"windows": "day_1"},
    ),
    "wish": Act(
        gettext_lazy("The customer wants others…"),
        gettext_lazy("Keep the wish"),
        _wish,
        is_to_do,
        forms.WishForm,
        SERVICE,
        icon="message-circle",
        about=gettext_lazy("Two or three windows that would suit the customer."),
        renamed={"windows": "day_1"},
    ),
    "reopen": Act(
        gettext_lazy("It holds no longer…"),
        gettext_lazy("Agree it again"),
        _reopen,
        lambda one: is_to_do(one) and bool(one.window_agreed_at),
        BecauseForm,
        SERVICE,
        icon="arrow-back-up",
    ),
    "access": Act(
        gettext_lazy("Access agreed…"),
        gettext_lazy("Access is agreed"),
        _access,
        lambda one: is_to_do(one) and not one.access_agreed_at and states.needs_access(one),
        forms.HeardForm,
        SERVICE,
        icon="key",
    ),
    "no-access": Act(
        gettext_lazy("No access after all…"),
        gettext_lazy("No access after all"),
        _no_access,
        lambda one: is_to_do(one) and bool(one.access_agreed_at),
        BecauseForm,
        SERVICE,
        icon="key-off",
    ),
    "add-part": Act(
        gettext_lazy("One more part…"),
        gettext_lazy("It is needed"),
        _add_part,
        is_to_do,
        forms.PartForm,
        STOCK,
        icon="plus",
    ),
    "move": Act(
        gettext_lazy("Move…"),
        gettext_lazy("Move it"),
        _move,
        is_to_do,
        forms.MoveForm,
        icon="calendar-event",
        about=gettext_lazy("What was agreed for the old day is to be agreed again; the ticket follows."),
    ),
    "skip": Act(
        gettext_lazy("Skip…"),
        gettext_lazy("Leave it out"),
        _skip,
        is_to_do,
        forms.SeenForm,
        icon="ban",
        about=gettext_lazy("Its ticket is called off. It never counts as done; the next one stays."),
    ),
    "bring-back": Act(
        gettext_lazy("Do it after all"),
        gettext_lazy("Do it after all"),
        _bring_back,
        lambda one: (
            not one.cancelled_at and bool(one.skipped_at or (one.ticket and one.ticket.withdrawn_because))
        ),
        icon="arrow-back-up",
    ),
}
