"""How people read ladders."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Choices
from django.utils import translation
from django.utils.formats import date_format
from django.utils.functional import Promise as LazyText
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from servicebook.contracts.models import Contract
from servicebook.contracts.rules.renewal import last_day_to_refuse
from servicebook.customers.queries import zone_of
from servicebook.maintenance.actions.windows import usual_window
from servicebook.maintenance.models import Occurrence
from servicebook.maintenance.rules.windows import Span
from servicebook.messaging.models import Delivery
from servicebook.reminders.models import Asks, Ours, Stage, Theirs, What
from servicebook.reminders.rules.ladders import Step

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


def when(stage: Stage | Step) -> str:
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
    return ", ".join(labels(Ours, [one for one in stage.ours if one != stage.step_owner]))


def labels(kind: type[Choices], values: Iterable[str]) -> list[str]:
    """The labels of those values that are known."""
    return [str(kind(value).label) for value in values if value in kind.values]


def _how_it_goes_on(contract: Contract, at: datetime) -> str:
    """Say whether a contract renews itself, and until when one may refuse at the moment `at` (S0.12)."""
    today = at.astimezone(ZoneInfo(zone_of(None, contract.customer))).date()
    last = last_day_to_refuse(contract.ends_on, contract.notice_days)
    if not contract.renews_itself:
        return _("To go on without a gap, please tell us whether you want to renew it.")
    if today > last:
        return _("It renews itself with the same terms.")
    text = ngettext(
        "It renews itself for %(months)s month unless one of us says otherwise by %(last)s.",
        "It renews itself for %(months)s months unless one of us says otherwise by %(last)s.",
        contract.renewal_months,
    )
    return text % {"months": contract.renewal_months, "last": date_format(last, "DATE_FORMAT")}


def _window_said(one: Occurrence) -> str:
    """Say the window of a visit where the work is: the agreed one, else the usual one of the plan."""
    if one.window_from and one.window_until:
        return span_said(Span(one.window_from, one.window_until), zone_of(one.site, one.customer))
    return span_said(usual_window(one), zone_of(one.site, one.customer))


def span_said(span: Span, zone: str) -> str:
    """Say a window in the active language: "14 Oct 2026 22:00 – 15 Oct 2026 06:00"."""
    starts, ends = (moment.astimezone(ZoneInfo(zone)) for moment in (span.starts_at, span.ends_at))
    until = date_format(ends, "TIME_FORMAT" if starts.date() == ends.date() else "DATETIME_FORMAT")
    return f"{date_format(starts, 'DATETIME_FORMAT')} – {until}"


# Each receiver reads them in their own language.
how_it_goes_on = lazy(_how_it_goes_on, str)
window_said = lazy(_window_said, str)
