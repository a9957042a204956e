"""Ways out of the house. Each hands one delivery over and says what became of it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop

from servicebook.messaging.models import Delivery

Channel = Delivery.Channel
NOT_SET_UP = gettext_noop("This channel is not set up here.")
# Each has a loop of the worker. What is told in Servicebook itself has arrived when it is written.
SENT_BY_LOOPS = (Channel.MAIL, Channel.SMS, Channel.TELEGRAM, Channel.PUSH)
TELEGRAM_PER_SECOND = 20  # it takes 30 from a bot
PUSH_PER_SECOND = 50


class ChannelDown(Exception):
    """The other side cannot be reached or takes nothing from us: no single message is to blame.

    `rest` is how long it asks to be left alone.
    """

    def __init__(self, said: str, *, rest: timedelta | None = None) -> None:
        super().__init__(said)
        self.rest = rest


@dataclass(frozen=True)
class Outcome:
    """What became of one message.

    `later` was refused for now, `never` for good; `unknown` was handed over, and the answer was lost.
    `unwanted` was not handed over: its receiver wants none of it. `gone` are addresses that nothing can
    ever be sent to; `provider_id` is what the other side calls what it took.
    """

    became: Literal["sent", "later", "never", "unknown", "unwanted"]
    said: str = ""
    gone: tuple[str, ...] = ()
    provider_id: str = ""


class Way(Protocol):
    """An open way out. It keeps its connection between messages."""

    def send(self, row: Delivery) -> Outcome:
        """Hand one over. Raises ChannelDown. Returns in any case within a fixed time."""

    def close(self) -> None:
        """Hang up."""


class NotSetUp:
    """What waits for a channel that the operator took away."""

    def send(self, row: Delivery) -> Outcome:
        return Outcome("never", NOT_SET_UP)

    def close(self) -> None:
        """Nothing is open."""


def open_way(channel: str) -> Way:
    """Return the way of `channel` that this installation is set up for."""
    if not is_set_up(channel):
        return NotSetUp()
    if channel == Channel.SMS:
        from servicebook.messaging.channels.sms import Sms

        return Sms()
    if channel == Channel.TELEGRAM:
        from servicebook.messaging.channels.telegram import Telegram

        return Telegram()
    if channel == Channel.PUSH:
        from servicebook.messaging.channels.push import Push

        return Push()
    return _open_mail()


def _open_mail() -> Way:
    from servicebook.messaging.channels.console import Console
    from servicebook.messaging.channels.smtp import Smtp

    url = settings.CONFIG.mail_url
    return Console() if urlsplit(url).scheme == "console" else Smtp(url)


def is_set_up(channel: str) -> bool:
    """Whether messages can go out over `channel` in this installation."""
    config = settings.CONFIG
    needs = {Channel.SMS: config.sms_url, Channel.TELEGRAM: config.telegram_token}
    return bool(needs.get(Channel(channel), True))


def per_second(channel: str) -> int:
    """Return the pace of a channel."""
    config = settings.CONFIG
    paces = {
        Channel.MAIL: config.mail_per_second,
        Channel.SMS: config.sms_per_second,
        Channel.TELEGRAM: TELEGRAM_PER_SECOND,
    }
    return paces.get(Channel(channel), PUSH_PER_SECOND)
