"""How people read ladders."""

from collections.abc import Iterable

from django.conf import settings
from django.db.models import Choices
from django.utils import translation
from django.utils.functional import Promise as LazyText
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from servicebook.messaging.models import Delivery
from servicebook.reminders.models import Asks, Ours, Stage, Theirs, What

# What the stages of a ladder are counted from.
ANCHORS: dict[str, str | LazyText] = {
    What.MAINTENANCE: gettext_lazy("the day on which maintenance is due"),
    What.WINDOW: gettext_lazy("the beginning of the agreed window"),
    What.PARTS: gettext_lazy("the day on which maintenance is due, where it needs parts"),
    What.ACT: gettext_lazy("the day of the work, until the act or the checklist is there"),
    What.RENEWAL: gettext_lazy("the last day of the contract"),
    What.REVIEW: gettext_lazy("the review day of the contract"),
    What.MILESTONE: gettext_lazy("the day of the milestone, until it is settled"),
    What.WARRANTY: gettext_lazy("the last day of our warranty"),
    What.PROMISE: gettext_lazy("the moment for which it was promised"),
    What.SILENCE: gettext_lazy("the moment in which the customer was asked"),
}


def in_house(text: str | LazyText) -> str:
    """Say a text in the language of the house: the journal is the house's."""
    with translation.override(settings.LANGUAGE_CODE):
        return str(text)


def when(stage: Stage) -> str:
    """Say the moment of a stage: "14 days before", "on the day", "48 hours after"."""
    if not stage.offset:
        return _("on the day") if stage.unit == Stage.Unit.DAYS else _("at once")
    days, before = stage.unit == Stage.Unit.DAYS, stage.side == Stage.Side.BEFORE
    if days and before:
        text = ngettext("%(number)s day before", "%(number)s days before", stage.offset)
    elif days:
        text = ngettext("%(number)s day after", "%(number)s days after", stage.offset)
    elif before:
        text = ngettext("%(number)s hour before", "%(number)s hours before", stage.offset)
    else:
        text = ngettext("%(number)s hour after", "%(number)s hours after", stage.offset)
    return text % {"number": stage.offset}


lazily = lazy(when, str)


def whom(stage: Stage) -> str:
    """Say who at the customer is asked, for what, and over which channels; empty when nobody is."""
    if not stage.theirs:
        return ""
    said = {
        "people": _(" or ").join(labels(Theirs, stage.theirs)),
        "asks": str(Asks(stage.asks).label),
        "channels": ", ".join(labels(Delivery.Channel, stage.channels or [Delivery.Channel.MAIL])),
    }
    return _("%(people)s: %(asks)s, by %(channels)s") % said


def hears(stage: Stage) -> str:
    """Say who of the house hears of it besides the owner of the step."""
    return ", ".join(labels(Ours, stage.ours))


def labels(kind: type[Choices], values: Iterable[str]) -> list[str]:
    """The labels of those values that are known."""
    return [str(kind(value).label) for value in values if value in kind.values]
