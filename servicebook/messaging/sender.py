"""Send what waits: one at a time, paced, and never inside a transaction. Each channel has a sender of
its own, so that one whose other side is down stops no other.

Before each message the sender writes down that it tries, and learns whether the row is still its own;
after it, what became of it. If it ends in between, the message goes out once more with the same id;
a second unknown end is left to a person.
"""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from servicebook.agenda.worker import wake
from servicebook.core import clock, leases
from servicebook.core.leases import LeaseLost
from servicebook.messaging import bundling, channels, handing, receivers, settled, suppressing, undelivered
from servicebook.messaging.channels import ChannelDown, Outcome, Way
from servicebook.messaging.models import Delivery, Lane
from servicebook.messaging.rules.pauses import channel_pause, pause_after

log = logging.getLogger("servicebook.mail")

AT_A_TIME = 20
MOST_UNKNOWN = 2
LEFTOVERS_EVERY_SECONDS = 60.0  # of a channel that is not set up
UNSUBSCRIBED = gettext_noop("Its receiver unsubscribed from what no contract asks for.")
PROBABLY_ARRIVED = gettext_noop(
    "Twice the line was cut before the server's answer. It may have arrived; ask, or send it again."
)


class Sender:
    """Sends what waits for a channel. Keeps the connection and the pace between its steps."""

    def __init__(
        self,
        channel: str = Delivery.Channel.MAIL,
        *,
        per_second: float | None = None,
        open_way: Callable[[], Way] | None = None,
    ) -> None:
        self.channel = channel
        self._pause = 1 / per_second if per_second else 0.0
        self._open_way = open_way or partial(channels.open_way, channel)
        self._way: Way | None = None
        self._failures = 0
        self._rest_until = float("-inf")  # on the monotonic clock: the channel is down
        self._next_at = float("-inf")  # on the monotonic clock: the pace

    def step(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Send the next few; return how many were dealt with. 0 when nothing waits or the channel rests."""
        if time.monotonic() < self._rest_until:
            return 0
        claim = self._claim()
        if not claim.rows:
            self.close()
            if not channels.is_set_up(self.channel):
                self._rest_until = time.monotonic() + LEFTOVERS_EVERY_SECONDS
            return 0
        tried = 0
        try:
            with leases.kept(Delivery.objects.waiting(), claim.token):
                for row in claim.rows:
                    if stopping():
                        leases.release(Delivery.objects.waiting(), claim.token)
                        break
                    tried += self._send(row, claim.token)
        except ChannelDown as error:
            self._rest(claim.token, error)
        return tried

    def close(self) -> None:
        if self._way is not None:
            self._way.close()
            self._way = None

    def _claim(self) -> leases.Claim[Delivery]:
        now = clock.now()
        for lane in Lane.values:
            ready = Delivery.objects.ready(self.channel, lane, now)
            # Looking costs no lock; most of the time nothing waits.
            if leases.waits(ready) and (claim := leases.claim(ready, limit=AT_A_TIME)).rows:
                return claim
        return leases.Claim("", [], frozenset())

    def _send(self, row: Delivery, token: str) -> bool:
        unknown_before = row.unknown
        if row.unknown >= MOST_UNKNOWN:
            _settle(row, token, Outcome("never", PROBABLY_ARRIVED))
            return False
        changes, refused = _as_of_today(row)
        if refused:
            _settle(row, token, refused)
            return True
        if row.channel != self.channel:
            _leave_to_another(row, token, changes)
            return True
        if not _write_down_the_try(row, token, changes):
            return False  # another sender has it, or a person settled it
        self._keep_pace()
        if self._way is None:
            self._way = self._open_way()
        try:
            outcome = self._way.send(row)
        except ChannelDown as error:
            _take_back_the_try(row, token, unknown_before, str(error))
            raise
        self._failures = 0
        if outcome.became != "unknown":
            row.unknown = unknown_before
        _settle(row, token, outcome)
        return True

    def _keep_pace(self) -> None:
        now = time.monotonic()
        if now < self._next_at:
            time.sleep(self._next_at - now)
        self._next_at = max(now, self._next_at) + self._pause

    def _rest(self, token: str, error: ChannelDown) -> None:
        """Give everything back and leave the channel alone for a while."""
        self._failures += 1
        pause = error.rest or channel_pause(self._failures)
        self._rest_until = time.monotonic() + pause.total_seconds()
        log.warning("no messages by %s for %s: %s", self.channel, pause, error)
        with transaction.atomic():
            Delivery.objects.waiting().filter(token=token).update(token="", ready_at=clock.now())
        self.close()


def send_due() -> int:
    """Send all that waits, unpaced, in this process; for tests and the simulator. How many were tried."""
    tried = 0
    for channel in channels.SENT_BY_LOOPS:
        sender = Sender(channel)
        while count := sender.step():
            tried += count
        sender.close()
    return tried


def paced_step(channel: str) -> Callable[[Callable[[], bool]], int]:
    """Return the step of a sender that keeps the pace of its channel."""
    return Sender(channel, per_second=channels.per_second(channel)).step


def _as_of_today(row: Delivery) -> tuple[dict[str, Any], Outcome | None]:
    """Bring a message up to date: who gets it, where, and what it says. Returns why it cannot go."""
    changes: dict[str, Any] = {}
    handed = unsubscribed = moved = False
    if person := row.contact or row.user:
        receiver = receivers.look_up([person])[receivers.ref(person)]
        if receiver is None:
            return {}, Outcome("never", receivers.NOBODY_LEFT)
        way = receiver.way(row.channel)
        if way.because:
            return {}, Outcome("never", way.because)
        moved = way.channel != row.channel
        unsubscribed = receiver.unsubscribed
        if receiver.contact and receiver.contact != row.contact:
            handed = handing.hand_over(row, receiver.contact)
        # Replaced, or moved to another address, since it was queued (S0.3); or its channel was switched off.
        changes = {
            "channel": way.channel,
            "contact": receiver.contact,
            "user": receiver.user,
            "to_address": way.address,
            "to_name": receiver.person.name,
        }
    for name, value in changes.items():
        setattr(row, name, value)
    if row.bundle or row.optional or handed or (moved and row.notices.exists()):
        if not bundling.compose_anew(row, unsubscribed=unsubscribed):
            return {}, Outcome("unwanted", UNSUBSCRIBED)
        changes |= {name: getattr(row, name) for name in bundling.COMPOSED}
    return changes, None


def _leave_to_another(row: Delivery, token: str, changes: dict[str, Any]) -> None:
    """Leave a message to the sender of the channel by which it goes now."""
    try:
        with transaction.atomic():
            leases.settle(Delivery.objects.waiting(), [row.pk], token, ready_at=clock.now(), **changes)
            transaction.on_commit(partial(wake, row.channel))
    except LeaseLost:
        log.warning("%s was settled by somebody else while it was looked at", row.key)


def _write_down_the_try(row: Delivery, token: str, changes: dict[str, Any]) -> bool:
    """Renew the lease and count the try; False when the row is no longer ours."""
    row.attempts += 1
    row.unknown += 1
    with transaction.atomic():
        mine = Delivery.objects.waiting().filter(pk=row.pk, token=token)
        return bool(
            mine.update(
                ready_at=clock.now() + leases.LEASE, attempts=row.attempts, unknown=row.unknown, **changes
            )
        )


def _take_back_the_try(row: Delivery, token: str, unknown: int, error: str) -> None:
    with transaction.atomic():
        Delivery.objects.waiting().filter(pk=row.pk, token=token).update(
            attempts=row.attempts - 1, unknown=unknown, last_error=error
        )


def _settle(row: Delivery, token: str, outcome: Outcome) -> None:
    """Write down what became of it, with its line in the history."""
    now, state = clock.now(), Delivery.State
    changes: dict[str, Any] = {"last_error": outcome.said, "unknown": row.unknown}
    if outcome.became == "sent":
        changes |= {"state": state.SENT, "settled_at": now, "last_error": ""}
        changes["provider_id"] = outcome.provider_id[:40]
    elif outcome.became == "unwanted":
        changes |= {"state": state.CANCELLED, "settled_at": now}
    elif outcome.became == "unknown" and row.unknown >= MOST_UNKNOWN:
        changes |= {"state": state.DEAD, "settled_at": now, "last_error": PROBABLY_ARRIVED}
    elif outcome.became == "never" or (pause := pause_after(row.attempts)) is None:
        changes |= {"state": state.DEAD, "settled_at": now}
    else:
        changes["ready_at"] = now + pause
    try:
        with transaction.atomic():
            leases.settle(Delivery.objects.waiting(), [row.pk], token, **changes)
            row.state, row.last_error = changes.get("state", row.state), changes["last_error"]
            row.settled_at = changes.get("settled_at")
            suppressing.suppress(row, outcome.gone, because=outcome.said)
            if row.state != state.WAITING:
                settled.record([row])
            if row.state == state.DEAD:
                undelivered.tell_owners([row])
    except LeaseLost:
        log.warning("%s was settled by somebody else while it was being sent", row.key)
