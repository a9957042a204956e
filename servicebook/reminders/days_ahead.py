"""A rehearsal as people read it: day by day, with its sums, and as lines of a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.core.exports import Column
from servicebook.messaging.models import Delivery
from servicebook.reminders import wording
from servicebook.reminders.rehearsing import Coming, Message, Rehearsal


@dataclass(frozen=True)
class Sums:
    """How much of it there is. `unheard`: what would reach nobody as things are."""

    tickets: int
    steps: int
    messages: int
    unheard: int


@dataclass(frozen=True)
class Line:
    """One line of a day, with the moment of its stage in words: "14 days before"."""

    coming: Coming
    stage: str
    messages: Sequence[tuple[Message, str]]  # each with its channel in words


@dataclass(frozen=True)
class Day:
    on: date
    lines: Sequence[Line]
    sums: Sums


@dataclass(frozen=True)
class Ahead:
    """The whole of it."""

    rehearsal: Rehearsal
    days: Sequence[Day]
    sums: Sums


def ahead(rehearsal: Rehearsal) -> Ahead:
    """Return a rehearsal by the days of who looks at it."""
    tz = get_current_timezone()
    days = [
        Day(on, [_line(one) for one in some], sums(some))
        for on, group in groupby(rehearsal.coming, key=lambda one: one.at.astimezone(tz).date())
        for some in [list(group)]
    ]
    return Ahead(rehearsal, days, sums(rehearsal.coming))


def sums(coming: Sequence[Coming]) -> Sums:
    """Count what is to come. Nothing else is told to somebody who cannot be reached."""
    messages = [message for one in coming for message in one.messages]
    return Sums(
        tickets=sum(not one.stage for one in coming),
        steps=sum(bool(one.step) for one in coming),
        messages=sum(not one.because for one in messages),
        unheard=sum(bool(one.because) for one in messages) + sum(one.asks_nobody for one in coming),
    )


def _line(one: Coming) -> Line:
    told = [(message, str(Delivery.Channel(message.channel).label)) for message in one.messages]
    return Line(one, wording.when(one.rung) if one.rung else "", told)


# A line of the file is one message, or a stage or ticket that tells nobody.
Row = tuple[Coming, Message | None]


def rows(rehearsal: Rehearsal) -> Iterator[Row]:
    for one in rehearsal.coming:
        if not one.messages or one.asks_nobody:
            yield one, None
        for message in one.messages:
            yield one, message


def _what(row: Row) -> str:
    one = row[0]
    return str(one.what.label) if one.stage else _("Ticket")


def _hindrance(row: Row) -> str:
    one, message = row
    if message is None:
        return _("Nobody at the customer can be asked.") if one.asks_nobody else ""
    return message.because


COLUMNS = (
    Column(gettext_lazy("When"), lambda row: row[0].at),
    Column(gettext_lazy("What"), _what),
    Column(gettext_lazy("Stage"), lambda row: wording.when(row[0].rung) if row[0].rung else ""),
    Column(gettext_lazy("Customer"), lambda row: row[0].customer.name),
    Column(gettext_lazy("About"), lambda row: row[0].title),
    Column(gettext_lazy("Next step"), lambda row: row[0].step),
    Column(gettext_lazy("Owner"), lambda row: row[0].owner.name),
    Column(gettext_lazy("To"), lambda row: row[1].to.name if row[1] else ""),
    Column(
        gettext_lazy("Channel"), lambda row: str(Delivery.Channel(row[1].channel).label) if row[1] else ""
    ),
    Column(gettext_lazy("Address"), lambda row: row[1].address if row[1] else ""),
    Column(gettext_lazy("Subject"), lambda row: row[1].subject_line if row[1] else ""),
    Column(gettext_lazy("Text"), lambda row: row[1].body if row[1] else ""),
    Column(gettext_lazy("Reaches nobody because"), _hindrance),
)
