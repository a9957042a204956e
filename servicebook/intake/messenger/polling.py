"""Ask Telegram for what people wrote to our bot: works behind a firewall, without a public address.

One worker at a time asks, and holds the line for some seconds. What is asked for follows from what is
kept: who is killed between the two asks for the same again, and the same is kept once.
"""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from servicebook.core import clock, http, leases
from servicebook.core.leases import LeaseLost
from servicebook.intake.messenger import keeping
from servicebook.intake.messenger.rules import updates
from servicebook.intake.models import TelegramInbox
from servicebook.messaging import channels
from servicebook.messaging.channels import telegram
from servicebook.messaging.channels.answers import said_by
from servicebook.messaging.models import Delivery
from servicebook.messaging.rules.pauses import channel_pause

log = logging.getLogger("servicebook.intake")

LOOP = "telegram_in"
HOLD_SECONDS = 8  # shorter than a worker that stops waits for its loops
AT_A_TIME = 50
LARGEST_ANSWER = 8_000_000
NOT_SET_UP_SECONDS = 60.0
# Another program reads the messages of this bot, or Telegram sends them elsewhere: a person mends it.
TAKEN_AWAY, WRONG_TOKEN = 409, (401, 404)
UNTIL_MENDED = timedelta(minutes=1)


class Unread(Exception):
    """Nothing could be read. `rest` is how long to leave it alone; by the number of failures if None."""

    def __init__(self, said: str, *, rest: timedelta | None = None) -> None:
        super().__init__(said)
        self.rest = rest


class Poller:
    """Asks, keeps, and asks again."""

    def __init__(self, *, hold: int = HOLD_SECONDS) -> None:
        self._hold = hold
        self._rest_until = float("-inf")  # on the monotonic clock: no bot is set up
        self._known = ""

    def step(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Ask once, if it is our turn; return how many messages were kept."""
        if time.monotonic() < self._rest_until:
            return 0
        if not channels.is_set_up(Delivery.Channel.TELEGRAM):
            self._rest_until = time.monotonic() + NOT_SET_UP_SECONDS
            return 0
        bot = telegram.bot()
        if self._known != bot:
            TelegramInbox.objects.get_or_create(bot=bot, defaults={"ready_at": clock.now()})
            self._known = bot
        ready = TelegramInbox.objects.filter(bot=bot, ready_at__lte=clock.now()).order_by("pk")
        if not leases.waits(ready) or not (claim := leases.claim(ready, limit=1)).rows:
            return 0
        return self._ask(claim.rows[0], claim.token)

    def _ask(self, inbox: TelegramInbox, token: str) -> int:
        try:
            found = _updates(keeping.next_offset(inbox.bot), hold=self._hold)
        except Unread as error:
            failures = min(inbox.attempts + 1, 1000)
            pause = error.rest or channel_pause(failures)
            log.warning("no messages from Telegram for %s: %s", pause, error)
            since = inbox.failing_since or clock.now()
            _settle(inbox, token, pause=pause, attempts=failures, last_error=str(error), failing_since=since)
            return 0
        kept = keeping.keep_updates(found, bot=inbox.bot)
        _settle(inbox, token, attempts=0, last_error="", failing_since=None)
        return len(kept)


def waiting() -> QuerySet[TelegramInbox]:
    """The queue of this loop: our bot, when it may be asked next."""
    return TelegramInbox.objects.filter(bot=telegram.bot()).exclude(bot="")


def troubles() -> QuerySet[TelegramInbox]:
    """Our bot, when nothing can be read of it."""
    return waiting().filter(failing_since__isnull=False)


def _updates(offset: int | None, *, hold: int) -> list[Any]:
    """Return what came since `offset`.

    Raises:
        Unread
    """
    facts: dict[str, Any] = {"timeout": hold, "limit": AT_A_TIME, "allowed_updates": updates.WANTED}
    if offset is not None:
        facts["offset"] = offset
    try:
        answer = telegram.ask("getUpdates", facts, largest=LARGEST_ANSWER)
    except (http.Unreachable, http.AnswerLost) as error:
        raise Unread(str(error)) from None
    found = telegram.result_of(answer)
    if answer.ok and isinstance(found, list):
        return found
    rest = telegram.rest_asked(answer)
    if answer.status == TAKEN_AWAY or answer.status in WRONG_TOKEN:
        rest = UNTIL_MENDED
    raise Unread(said_by("Telegram", answer), rest=rest)


def _settle(inbox: TelegramInbox, token: str, *, pause: timedelta = timedelta(), **changes: Any) -> None:
    try:
        with transaction.atomic():
            leases.settle(
                TelegramInbox.objects.all(), [inbox.pk], token, ready_at=clock.now() + pause, **changes
            )
    except LeaseLost:
        log.info("another worker reads the messages of the bot by now")
