"""Tell people things: one message to one person per day and channel, each thing once.

Rows only: a sender takes them after the commit. Who is told is looked up here, and once more when the
message is sent. What a sender does not hold yet takes more; it is composed when a sender takes it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from servicebook.accounts.models import User
from servicebook.agenda.worker import wake
from servicebook.core import clock, updates
from servicebook.core.rows import insert_new
from servicebook.customers.models import Contact
from servicebook.messaging import bundling, receivers, settled, texts, threading
from servicebook.messaging.models import Delivery, Lane, Notice
from servicebook.messaging.receivers import Receiver
from servicebook.messaging.rules import bundles
from servicebook.messaging.rules.headers import one_line
from servicebook.messaging.rules.ways import Choice

if TYPE_CHECKING:
    from django.db.models import Model

AT_A_TIME = 500
_KEY = re.compile(r"[a-z0-9._-]{1,80}")
Channel, State = Delivery.Channel, Delivery.State


@dataclass(frozen=True)
class Told:
    """One thing that one person is to know.

    Attributes:
        to: looked up by the caller; a replaced contact's successor gets it.
        text: the code of one of `texts.TEXTS`.
        history: in whose history it stands what became of it.
        key: names the cause: small letters, digits, dots and dashes, such as "reminder-17-14d". With
            the receiver and the channel it is unique: whatever is fired again is told once.
        facts: the values of the fields of the text.
        url: where its one action is; the field "link".
        channels: in which order they are tried; mail if nothing is said. The person's wish goes first.
        urgent: it goes alone, and at once.
        not_before: when it may go out, at the earliest; at once if nothing is said.
        zone: whose day it is; the person's own, or the house's, if nothing is said.
        thread: the ticket's number, if answers by mail belong to it.
    """

    to: Contact | User
    text: str
    history: "Model"
    key: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    url: str = ""
    channels: Sequence[str] = ()
    urgent: bool = False
    not_before: datetime | None = None
    zone: str = ""
    thread: str = ""

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ValueError(f"{self.key!r} is no key for a notice")


@transaction.atomic
def tell(many: Sequence[Told], *, known: Sequence[Receiver] = ()) -> list[Notice]:
    """Put notices into the outbox, with a fixed number of statements per 500.

    Args:
        known: receivers whom the caller looked up a moment ago; they are not looked up once more.

    Returns:
        The new notices. None of what was told before, of what a person unsubscribed from, or of
        what is meant for somebody who left without a successor. What cannot reach a person who is
        here gets a message that is dead at once, with the reason.
    """
    new: list[Notice] = []
    for start in range(0, len(many), AT_A_TIME):
        new += _tell(many[start : start + AT_A_TIME], known)
    return new


@dataclass
class _Item:
    """One notice on its way into a message."""

    told: Told
    receiver: Receiver
    choice: Choice

    @property
    def key(self) -> str:
        return f"{self.told.key}:{self.receiver.ref}:{self.choice.channel}"

    @property
    def goes_alone(self) -> bool:
        return self.told.urgent or bool(self.choice.because) or self.choice.channel == Channel.IN_APP

    @property
    def zone(self) -> ZoneInfo:
        own = self.receiver.user.time_zone if self.receiver.user else ""
        return ZoneInfo(self.told.zone or own or settings.TIME_ZONE)

    @cached_property
    def notice(self) -> Notice:
        """The row, said in the receiver's language."""
        told = self.told
        said = texts.written(told.text, to=self.receiver.person, facts={"link": told.url, **told.facts})
        long = self.choice.channel in bundling.LONG
        return Notice(
            key=self.key,
            text=told.text,
            about_type=ContentType.objects.get_for_model(told.history),
            about_id=told.history.pk,
            subject_line=one_line(said.subject_line)[:250],
            body=(said.body if long else said.short).replace("\x00", ""),
            url=told.url,
            told_at=clock.now(),
        )


def _tell(many: Sequence[Told], known: Sequence[Receiver]) -> list[Notice]:
    items = _untold(_addressed(many, known))
    if not items:
        return []
    now = clock.now()
    bundled, alone = _into_bundles([item for item in items if not item.goes_alone], now)
    alone += [item for item in items if item.goes_alone]
    rows = {item.key: _message([item], item.key, now, ready_at=now) for item in alone}
    new = insert_new(list(rows.values()), key="key")
    placed = [*bundled, *((item, rows[item.key]) for item in alone if rows[item.key].pk)]
    for item, row in placed:
        item.notice.delivery = row
    told = insert_new([item.notice for item, row in placed], key="key")
    if len(told) < len(placed):  # somebody told it in this very moment
        Delivery.objects.filter(pk__in={row.pk for item, row in bundled}, notices=None).delete()
    _settle_at_once([row for row in new if row.state != State.WAITING])
    _wake({row.channel for item, row in placed if row.state == State.WAITING})
    return told


def _addressed(many: Sequence[Told], known: Sequence[Receiver]) -> Iterator[_Item]:
    """Who gets it today, and over which channels."""
    found: dict[str, Receiver | None] = {one.ref: one for one in known}
    found |= receivers.look_up([told.to for told in many if receivers.ref(told.to) not in found])
    for told in many:
        receiver = found[receivers.ref(told.to)]
        if receiver is None or (receiver.unsubscribed and not texts.text_of(told.text).contractual):
            continue
        choice = receiver.choice(told.channels)
        yield _Item(told, receiver, choice)
        # Who switched it on has a browser that rings whatever the message itself goes by.
        if receiver.user and choice.channel != Channel.PUSH and Channel.PUSH in receiver.ways.addresses:
            yield _Item(told, receiver, Choice(Channel.PUSH, receiver.ways.addresses[Channel.PUSH]))


def _untold(items: Iterator[_Item]) -> list[_Item]:
    by_key: dict[str, _Item] = {}
    for item in items:
        by_key.setdefault(item.key, item)
    known = set(Notice.objects.filter(key__in=by_key).values_list("key", flat=True))
    return [item for key, item in by_key.items() if key not in known]


def _into_bundles(items: Sequence[_Item], now: datetime) -> tuple[list[tuple[_Item, Delivery]], list[_Item]]:
    """Find or make the bundle of each; return those that none takes beside them."""
    placed: list[tuple[_Item, Delivery]] = []
    left = list(items)
    for ahead in range(bundles.DAYS_AHEAD):
        if not left:
            break
        groups: dict[str, list[_Item]] = defaultdict(list)
        for item in left:
            day = bundles.days(now, item.zone)[ahead]
            groups[bundles.key(item.receiver.ref, day, item.choice.channel)].append(item)
        taking = _taking({key: groups[key] for key in sorted(groups)}, ahead, now)
        placed += [(item, taking[key]) for key, group in groups.items() if key in taking for item in group]
        left = [item for key, group in groups.items() if key not in taking for item in group]
    return placed, left


def _taking(groups: Mapping[str, list[_Item]], ahead: int, now: datetime) -> dict[str, Delivery]:
    """Return the bundles with these keys that take more: new ones, and locked ones that wait."""
    fresh = []
    for key, group in groups.items():
        zone = group[0].zone
        ready_at = bundles.ready_at(bundles.days(now, zone)[ahead], now, zone)
        fresh.append(_message(group, key, now, ready_at=ready_at, bundle=key))
    new = {row.key: row for row in insert_new(fresh, key="key")}
    there = [key for key in groups if key not in new]
    if not there:
        return new
    # In one order, so that two who tell the same people do not wait for each other.
    known = Delivery.objects.select_for_update().filter(key__in=there).order_by("key").defer("body")
    taking = {
        row.key: row
        for row in known
        if bundles.takes_more(waiting=row.state == State.WAITING, held=bool(row.token), unknown=row.unknown)
    }
    Delivery.objects.filter(key__in=[key for key, row in taking.items() if row.read_at]).update(read_at=None)
    _wait_for(taking, groups, now)
    return new | taking


def _wait_for(taking: Mapping[str, Delivery], groups: Mapping[str, list[_Item]], now: datetime) -> None:
    """A bundle goes out when the last of what it carries may, whoever began it."""
    later = []
    for key, row in taking.items():
        ready_at = _not_before(groups[key], now)
        if row.ready_at < ready_at:
            row.ready_at = ready_at
            later.append(row)
    updates.write_each(later, ["ready_at"])


def _not_before(items: Sequence[_Item], now: datetime) -> datetime:
    return max(item.told.not_before or now for item in items)


def _message(
    items: Sequence[_Item], key: str, now: datetime, *, ready_at: datetime, bundle: str = ""
) -> Delivery:
    """The message that carries `items`, as far as they are known."""
    first = items[0]
    to, choice, person = first.receiver, first.choice, first.receiver.person
    row = Delivery(
        key=key,
        channel=choice.channel,
        template=first.told.text,
        to_address=choice.address,
        to_name=person.name,
        contact=to.contact,
        user=to.user,
        bundle=bundle,
        message_id=threading.message_id(key, choice.address),
        thread=first.told.thread,
        lane=Lane.PERSONAL if first.told.urgent else Lane.REMINDERS,
        queued_at=now,
        ready_at=max(ready_at, _not_before(items, now)),
    )
    bundling.compose(row, [item.notice for item in items])
    if choice.because:
        row.state, row.settled_at, row.last_error = State.DEAD, now, choice.because
    elif choice.channel == Channel.IN_APP:
        row.state, row.settled_at = State.SENT, now
    return row


def _wake(waiting: set[str]) -> None:
    def ring() -> None:
        for channel in waiting:
            wake(channel)

    transaction.on_commit(ring)


def _settle_at_once(rows: Sequence[Delivery]) -> None:
    """What is shown in Servicebook has arrived; what reaches nobody never will, and an owner hears of it."""
    from servicebook.messaging import undelivered  # it tells owners through here

    if rows:
        settled.record(rows)
        undelivered.tell_owners([row for row in rows if row.state == State.DEAD])
