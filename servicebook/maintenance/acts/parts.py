"""Acts on a part of an occurrence: reserve, issue, use, give back, not needed (S0.29)."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.accounts.models import User
from servicebook.maintenance.actions import parts
from servicebook.maintenance.acts.base import Act, Values
from servicebook.maintenance.acts.occurrences import is_to_do
from servicebook.maintenance.forms.occurrences import ReserveForm, UseForm
from servicebook.maintenance.models import PartNeed
from servicebook.rights import STOCK

State = PartNeed.State


def _reserve(need: PartNeed, values: Values, by: User) -> str:
    kit = values["kit"]
    return _("Reserved: %(part)s.") % {"part": parts.reserve(need.pk, by=by, kit_id=kit.pk if kit else None)}


def _issue(need: PartNeed, values: Values, by: User) -> str:
    return _("Issued: %(part)s.") % {"part": parts.issue(need.pk, by=by)}


def _give_back(need: PartNeed, values: Values, by: User) -> str:
    return _("Given back: %(part)s.") % {"part": parts.give_back(need.pk, by=by)}


def _use(need: PartNeed, values: Values, by: User) -> str:
    return _("Used: %(part)s.") % {"part": parts.use(need.pk, by=by, **values)}


def _drop(need: PartNeed, values: Values, by: User) -> str:
    parts.drop_part(need.pk, by=by)
    return _("Not needed: %(part)s.") % {"part": need}


ACTS: dict[str, Act[PartNeed]] = {
    "reserve": Act(
        gettext_lazy("Reserve"),
        gettext_lazy("Reserve"),
        _reserve,
        lambda need: is_to_do(need.occurrence) and need.state in (State.NEEDED, State.RETURNED),
        ReserveForm,
        STOCK,
        icon="package",
    ),
    "issue": Act(
        gettext_lazy("Issue"),
        gettext_lazy("Issue"),
        _issue,
        lambda need: is_to_do(need.occurrence) and need.state == State.RESERVED,
        roles=STOCK,
        icon="truck",
    ),
    "use": Act(
        gettext_lazy("Used…"),
        gettext_lazy("It was used"),
        _use,
        lambda need: need.state == State.ISSUED and need.kit_id is None,
        UseForm,
        STOCK,
        icon="tool",
    ),
    "give-back": Act(
        gettext_lazy("Give back"),
        gettext_lazy("Give back"),
        _give_back,
        lambda need: need.state in (State.RESERVED, State.ISSUED),
        roles=STOCK,
        icon="arrow-back-up",
    ),
    "drop": Act(
        gettext_lazy("Not needed"),
        gettext_lazy("Not needed"),
        _drop,
        lambda need: need.state == State.NEEDED,
        roles=STOCK,
        icon="x",
    ),
}
