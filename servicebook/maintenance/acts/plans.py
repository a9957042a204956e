"""Acts on a plan: switch on, pause, go on, end."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.accounts.models import User
from servicebook.maintenance.actions import plans as actions
from servicebook.maintenance.acts.base import Act, Values
from servicebook.maintenance.forms.base import BecauseForm
from servicebook.maintenance.models import Plan

State = Plan.State


def _activate(plan: Plan, values: Values, by: User) -> str:
    actions.activate(plan.pk, by=by)
    return _("%(number)s is active. Its units are enrolled in the next minutes.") % {"number": plan.number}


def _pause(plan: Plan, values: Values, by: User) -> str:
    actions.pause(plan.pk, because=values["because"], by=by)
    return _("%(number)s is paused: no more tickets until it goes on.") % {"number": plan.number}


def _resume(plan: Plan, values: Values, by: User) -> str:
    actions.resume(plan.pk, by=by)
    return _("%(number)s goes on. What was due meanwhile is left out.") % {"number": plan.number}


def _end(plan: Plan, values: Values, by: User) -> str:
    actions.end(plan.pk, because=values["because"], by=by)
    return _("%(number)s has ended. Tickets that were made stay.") % {"number": plan.number}


ACTS: dict[str, Act[Plan]] = {
    "activate": Act(
        gettext_lazy("Activate"),
        gettext_lazy("Activate"),
        _activate,
        lambda plan: plan.state == State.DRAFT,
        icon="check",
    ),
    "resume": Act(
        gettext_lazy("Go on"),
        gettext_lazy("Go on"),
        _resume,
        lambda plan: plan.state == State.PAUSED,
        icon="player-play",
    ),
    "pause": Act(
        gettext_lazy("Pause…"),
        gettext_lazy("Pause"),
        _pause,
        lambda plan: plan.state == State.ACTIVE,
        BecauseForm,
        icon="player-pause",
        about=gettext_lazy("No tickets are made until it goes on; those that were made stay."),
    ),
    "end": Act(
        gettext_lazy("End…"),
        gettext_lazy("End the plan"),
        _end,
        lambda plan: plan.state in (State.ACTIVE, State.PAUSED) or plan.goes_on_as != "",
        BecauseForm,
        icon="ban",
        about=gettext_lazy("For good. What has no ticket yet is cancelled."),
    ),
}
