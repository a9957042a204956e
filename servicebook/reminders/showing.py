"""What the page behind a link shows of the thing that was asked about: no more than the mail said."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Model
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _

from servicebook.contracts.models import Contract
from servicebook.core import clock
from servicebook.customers.queries import zone_of
from servicebook.maintenance.actions.windows import usual_window
from servicebook.maintenance.models import Occurrence, Window
from servicebook.maintenance.rules.windows import Span
from servicebook.reminders.models import Ask, Asks
from servicebook.reminders.rules.answers import answer_of
from servicebook.reminders.wording import how_it_goes_on, span_said
from servicebook.tickets.models import Ticket

Line = tuple[str | LazyText, object]


@dataclass(frozen=True)
class Shown:
    """The thing: its name, what the customer needs to know, the windows to choose from, its zone."""

    title: str
    lines: Sequence[Line]
    windows: list[tuple[Span, str]]
    zone: str


def shown(ask: Ask) -> Shown:
    """Return what is shown of the thing that was asked about, in the active language."""
    thing = ask.about
    zone = zone_of(thing.site if isinstance(thing, Occurrence | Ticket) else None, ask.customer)
    windows = _windows(thing, zone) if isinstance(thing, Occurrence) and ask.what == Asks.WINDOW else []
    return Shown(_title(thing, ask), _lines(thing, zone), windows, zone)


def unit_of(ask: Ask) -> str:
    """What tells a visit from the others of its plan, site and day."""
    thing = ask.about
    if isinstance(thing, Occurrence):
        return thing.asset.in_place if thing.asset else thing.plan.title
    return str(thing or ask.customer)


def how_it_ended(ask: Ask) -> str:
    """Say kindly what came of a question."""
    if ask.ended_as == Ask.End.ANSWERED:
        facts = {"who": ask.answered_by, "answer": _(answer_of(ask.what, ask.answer).said)}
        return _("%(who)s answered: %(answer)s.") % facts
    if ask.ended_as == Ask.End.DECIDED:
        return _("We heard nothing from you, so we decided how to go on. Call us if it does not suit.")
    return _("This question has settled itself. You need not do anything.")


def _title(thing: Model | None, ask: Ask) -> str:
    if isinstance(thing, Occurrence):
        return thing.plan.title
    if isinstance(thing, Contract | Ticket):
        return f"{thing.number} {thing.title}"
    return str(thing or ask.customer)


def _lines(thing: Model | None, zone: str) -> list[Line]:
    if isinstance(thing, Occurrence):
        agreed = (
            Span(thing.window_from, thing.window_until) if thing.window_from and thing.window_until else None
        )
        lines: list[Line] = [(_("Day"), thing.due_on)]
        spans = [agreed] if agreed else _wished(thing)
        lines += [(_("Window"), span_said(one, zone)) for one in spans]
        lines += [(_("Equipment"), thing.asset.in_place)] if thing.asset else []
        if thing.site:
            lines.append((_("Where"), ", ".join(p for p in (thing.site.name, thing.site.address) if p)))
        return lines
    if isinstance(thing, Contract):
        return [(_("Last day"), thing.ends_on), (_("What follows"), how_it_goes_on(thing, clock.now()))]
    if isinstance(thing, Ticket) and thing.site:
        return [(_("Where"), thing.site.name)]
    return []


def _wished(one: Occurrence) -> list[Span]:
    """What the customer asked for in place of what was offered."""
    rows = one.windows.filter(state=Window.State.OPEN, ours=False)
    return [Span(row.starts_at, row.ends_at) for row in rows]


def _windows(one: Occurrence, zone: str) -> list[tuple[Span, str]]:
    """The windows on offer, else the usual one."""
    rows = one.windows.filter(state=Window.State.OPEN, ours=True)
    spans = [Span(row.starts_at, row.ends_at) for row in rows] or [usual_window(one)]
    return [(span, span_said(span, zone)) for span in spans]
