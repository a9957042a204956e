"""Ways out of the house. Each hands one delivery over and says what became of it."""

from dataclasses import dataclass
from typing import Literal, Protocol
from urllib.parse import urlsplit

from django.conf import settings

from servicebook.messaging.models import Delivery


class ChannelDown(Exception):
    """The other side cannot be reached or takes nothing from us: no single message is to blame."""


@dataclass(frozen=True)
class Outcome:
    """What became of one message.

    `later` was refused for now, `never` for good; `unknown` was handed over, and the answer was lost.
    """

    became: Literal["sent", "later", "never", "unknown"]
    said: str = ""


class Way(Protocol):
    """An open way out. It keeps its connection between messages."""

    def send(self, row: Delivery) -> Outcome:
        """Hand one over. Raises ChannelDown. Returns in any case within a fixed time."""

    def close(self) -> None:
        """Hang up."""


def open_mail() -> Way:
    """Return the way that MAIL_URL names."""
    from servicebook.messaging.channels.console import Console
    from servicebook.messaging.channels.smtp import Smtp

    url = settings.CONFIG.mail_url
    return Console() if urlsplit(url).scheme == "console" else Smtp(url)


def is_set_up(channel: str) -> bool:
    """Whether messages can go out over `channel` in this installation."""
    return channel in (Delivery.Channel.MAIL, Delivery.Channel.IN_APP)
