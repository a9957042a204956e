"""Files that came with messages: owed with the message, fetched after the commit, hung on its ticket.

A message never waits for its files. What cannot be fetched in the end is named in the ticket's history.
"""

import logging
import re
import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from servicebook import journal
from servicebook.agenda.worker import wake
from servicebook.core import clock, http, leases
from servicebook.core.errors import Refused
from servicebook.core.leases import LeaseLost
from servicebook.files import store
from servicebook.files.actions import attach
from servicebook.files.models import Document
from servicebook.intake.messenger.rules.said import Said
from servicebook.intake.models import IncomingFile, ReceivedText
from servicebook.messaging import channels
from servicebook.messaging.channels import telegram
from servicebook.messaging.channels.answers import said_by
from servicebook.messaging.models import Delivery
from servicebook.messaging.rules.pauses import channel_pause, pause_after
from servicebook.tickets.models import Message, Ticket

log = logging.getLogger("servicebook.intake")

LOOP = "telegram_files"
AT_A_TIME = 5
MOST_TRIES = 5  # over some four hours
MEGABYTE = 1024 * 1024
FROM_TELEGRAM = 20 * MEGABYTE  # a bot gets nothing larger
_PATH = re.compile(r"[\w-][\w./-]{0,300}", re.ASCII)


class Later(Exception):
    """It cannot be fetched now. `rest` is how long Telegram asks to be left alone."""

    def __init__(self, said: str, *, rest: timedelta | None = None) -> None:
        super().__init__(said)
        self.rest = rest


class Never(Exception):
    """It cannot be fetched at all."""


def owe_files(row: ReceivedText, message: Message, said: Said) -> None:
    """Owe the files of a message, in the transaction that understands it; name what is not taken over."""
    now = clock.now()
    IncomingFile.objects.bulk_create(
        IncomingFile(
            text=row,
            message=message,
            file_id=one.file_id,
            name=one.name,
            content_type=one.content_type,
            size=one.size,
            ready_at=now,
        )
        for one in said.files
    )
    for kind in said.left_out:
        journal.record("ticket.text_left_out", message.ticket, by_name=message.author_name, what=kind)
    if said.files:
        transaction.on_commit(lambda: wake(LOOP))


class Fetcher:
    """Fetches what waits."""

    def __init__(self) -> None:
        self._rest_until = float("-inf")  # on the monotonic clock: Telegram cannot be reached
        self._failures = 0

    def step(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Fetch the next few; return how many were tried."""
        if time.monotonic() < self._rest_until or not channels.is_set_up(Delivery.Channel.TELEGRAM):
            return 0
        ready = IncomingFile.objects.waiting().filter(ready_at__lte=clock.now()).order_by("ready_at", "pk")
        if not leases.waits(ready):
            return 0
        claim, tried = leases.claim(ready, limit=AT_A_TIME), 0
        waiting = IncomingFile.objects.waiting()
        with leases.kept(waiting, claim.token), override(settings.LANGUAGE_CODE):
            for row in claim.rows:
                if stopping() or time.monotonic() < self._rest_until:
                    leases.release(waiting, claim.token)
                    break
                self._fetch(row, claim.token)
                tried += 1
        return tried

    def _fetch(self, row: IncomingFile, token: str) -> None:
        tries = row.attempts + 1
        try:
            data = _data(row)
        except Later as error:
            self._failures += 1
            rest = error.rest or channel_pause(self._failures)
            self._rest_until = time.monotonic() + rest.total_seconds()
            pause = pause_after(tries) if tries < MOST_TRIES else None
            if pause is None:
                _settle(row, token, because=str(error))
            else:
                _release(row, token, tries, str(error), pause)
            return
        except (Never, Refused) as error:
            _settle(row, token, because=str(error))
            return
        self._failures = 0
        _settle(row, token, data=data)


def fetch_due() -> int:
    """Fetch all that waits, in this process; for tests and the simulator. How many were tried."""
    fetcher, tried = Fetcher(), 0
    while count := fetcher.step():
        tried += count
    return tried


def _data(row: IncomingFile) -> bytes:
    """Return the bytes.

    Raises:
        Later, Never
        FileRefused: it is larger than files may be here.
    """
    most = min(store.largest(), FROM_TELEGRAM)
    if row.size > most:
        raise store.too_large(most)
    found = _asked(lambda: telegram.ask("getFile", {"file_id": row.file_id}))
    result = telegram.result_of(found)
    path = result.get("file_path") if isinstance(result, dict) else None
    if not isinstance(path, str) or not _PATH.fullmatch(path) or ".." in path:
        raise Never(_("Telegram does not say where it lies."))
    return _asked(lambda: telegram.download(path, largest=most)).body


def _asked(call: Callable[[], http.Answer]) -> http.Answer:
    try:
        answer = call()
    except (http.Unreachable, http.AnswerLost) as error:
        raise Later(str(error)) from None
    if answer.ok:
        return answer
    said = said_by("Telegram", answer)
    if answer.status == 400:
        raise Never(said)
    raise Later(said, rest=telegram.rest_asked(answer))


def _release(row: IncomingFile, token: str, tries: int, error: str, pause: timedelta) -> None:
    with transaction.atomic():
        mine = IncomingFile.objects.waiting().filter(pk=row.pk, token=token)
        mine.update(token="", attempts=tries, last_error=error, ready_at=clock.now() + pause)


def _settle(row: IncomingFile, token: str, *, data: bytes = b"", because: str = "") -> None:
    """Hang a file on its ticket, or name it there as left out, while this worker holds it."""
    message = Message.objects.select_related("ticket").get(pk=row.message_id)
    ticket, state = _standing(message.ticket), IncomingFile.State
    if not because:
        try:
            store.keep(data)  # before the transaction, so that a slow store holds no lock
            with transaction.atomic():
                leases.settle(IncomingFile.objects.waiting(), [row.pk], token, state=state.KEPT)
                attach(
                    ticket,
                    name=row.name,
                    data=data,
                    content_type=row.content_type,
                    kind=Document.Kind.CORRESPONDENCE,
                    by=None,
                    by_name=message.author_name,
                )
            return
        except LeaseLost:
            return
        except Refused as refused:
            because = str(refused)
    try:
        with transaction.atomic():
            leases.settle(
                IncomingFile.objects.waiting(), [row.pk], token, state=state.LEFT_OUT, last_error=because
            )
            what = f"{row.name}: {because}"[:300]
            journal.record("ticket.text_left_out", ticket, by_name=message.author_name, what=what)
    except LeaseLost:
        log.info("%s was settled by somebody else meanwhile", row.name)


def _standing(ticket: Ticket) -> Ticket:
    """The ticket into which this one was merged; itself when it was not."""
    while ticket.merged_into is not None:
        ticket = ticket.merged_into
    return ticket
