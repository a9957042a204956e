"""What arrived at the mail server of the tests, as its receivers read it."""

import re
from email.message import Message

from servicebook.messaging.tests.conftest import Script

LINK = re.compile(r"https?://\S+/a/\S+")


def letters_to(address: str, server: Script) -> list[Message]:
    """The mails that arrived for `address`, in their order."""
    return [mail for mail in server.taken if address in str(mail["To"])]


def text_of(mail: Message) -> str:
    """The plain text of a mail."""
    parts = [part for part in mail.walk() if part.get_content_type() == "text/plain"]
    raw = parts[0].get_payload(decode=True)
    assert isinstance(raw, bytes)
    return raw.decode()


def link_in(mail: Message) -> str:
    """The one link with which a customer answers."""
    (link,) = set(LINK.findall(text_of(mail)))
    return link
