"""Keep what came, in a transaction of its own. What it means is the agenda's next work."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from servicebook import agenda
from servicebook.agenda.worker import wake
from servicebook.core import clock
from servicebook.core.rows import insert_new
from servicebook.intake.messenger.rules import updates
from servicebook.intake.messenger.rules.sms import Sms
from servicebook.intake.models import ReceivedText

Channel = ReceivedText.Channel
# Telegram forgets what nobody fetched within a day, and may count anew after a week without a message.
REMEMBERED = timedelta(hours=24)
# A gateway without ids that sends the same again within this time repeats itself.
REPEATS_WITHIN = timedelta(minutes=10)


def keep_updates(found: Sequence[Any], *, bot: str) -> list[ReceivedText]:
    """Keep updates of the Bot API and owe their understanding; return the new ones."""
    return _keep([_of_update(update, bot) for update in found])


def keep_sms(many: Iterable[Sms]) -> list[ReceivedText]:
    """Keep SMS and owe their understanding; return the new ones."""
    return _keep([_of_sms(one) for one in many])


def next_offset(bot: str) -> int | None:
    """Return from which update on Telegram is to be asked; None for all that it has.

    It follows from what is kept, so that nothing is confirmed that was not kept.
    """
    since = clock.now() - REMEMBERED
    known = ReceivedText.objects.filter(bot=bot, received_at__gt=since, update_id__isnull=False)
    last = known.order_by("-update_id").values_list("update_id", flat=True).first()
    return None if last is None else last + 1


@transaction.atomic
def _keep(rows: Sequence[ReceivedText]) -> list[ReceivedText]:
    new = insert_new(rows, key="key")
    if new:
        agenda.refresh_many(new, new=True)
        transaction.on_commit(lambda: wake("agenda"))
    return new


def _of_update(update: Any, bot: str) -> ReceivedText:
    raw, number, said = json.dumps(update), updates.update_id(update), updates.read(update)
    return ReceivedText(
        key=f"telegram:{bot}:{_digest(raw) if number is None else number}",
        channel=Channel.TELEGRAM,
        bot=bot,
        update_id=number,
        chat=said.chat,
        number=said.number,
        group=said.group,
        raw=raw,
        received_at=clock.now(),
        sender=said.name,
        # What follows a command may be somebody's token, which nobody here is to see.
        beginning=f"/{said.command}" if said.command else " ".join(said.text.split())[:250],
    )


def _of_sms(one: Sms) -> ReceivedText:
    now = clock.now()
    return ReceivedText(
        key=f"sms:{_digest(one.id) if one.id else _without_id(one, now)}",
        channel=Channel.SMS,
        chat=one.sender,
        number=one.id[:40],
        raw=json.dumps({"from": one.sender, "text": one.text, "id": one.id}),
        received_at=now,
        sender=one.sender,
        beginning=" ".join(one.text.split())[:250],
    )


def _without_id(one: Sms, now: datetime) -> str:
    """Name an SMS by what it says and when: the same again soon is a repeat, later it is another."""
    digest = _digest(f"{one.sender}\n{one.text}")
    before = ReceivedText.objects.filter(
        channel=Channel.SMS,
        chat=one.sender,
        received_at__gt=now - REPEATS_WITHIN,
        key__startswith=f"sms:{digest}-",
    )
    key = before.values_list("key", flat=True).first()
    if key:
        return key.removeprefix("sms:")
    return f"{digest}-{int(now.timestamp() // REPEATS_WITHIN.total_seconds())}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
