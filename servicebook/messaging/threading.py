"""Which thread an incoming mail belongs to, and whether that can be trusted (B5).

Two things of ours come back in an answer: the address that it is sent to, and the ids of the mails
that it refers to. Both carry a signature bound to the thread and the address that we wrote to, so
an answer is `verified` only when it comes from that address. A mail without a valid signature may
still name a thread, but proves nothing about who wrote it.
"""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import getaddresses, parseaddr

from django.conf import settings

from servicebook.core.signing import signature
from servicebook.messaging.rules.headers import message_ids

SIGNED_BYTES = 16  # an address has no room for more
_TAG = re.compile(r"^(?P<thread>[a-z0-9-]{1,30})\.(?P<token>[a-z2-7]{26})$")


@dataclass(frozen=True)
class Thread:
    """Where an incoming mail belongs.

    Attributes:
        number: of the ticket, such as "T-2026-000123".
        verified: the sender's address is the one that our mail of this thread went to.
    """

    number: str
    verified: bool


def reply_token(thread: str, address: str) -> str:
    """Sign `thread` for `address`: 128 bits as 26 lower-case letters and digits."""
    return signature("servicebook.reply", f"{thread.casefold()}\n{_bare(address)}", size=SIGNED_BYTES)


def verify(token: str, thread: str, address: str) -> bool:
    """Whether `token` was made by `reply_token` for this thread and address."""
    return hmac.compare_digest(token.casefold().encode(), reply_token(thread, address).encode())


def reply_address(thread: str, address: str) -> str:
    """Return our address with a signed tag, for the Reply-To of a mail to `address`.

    "service+t-2026-000123.abc…@house.example"; the mail server must deliver tagged addresses.
    """
    name, _at, domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")
    return f"{name}+{thread.casefold()}.{reply_token(thread, address)}@{domain}"


def message_id(key: str, address: str) -> str:
    """Return the Message-ID of the mail `key` to `address`: the same each time, and not guessable."""
    signed = signature("servicebook.message", f"{key}\n{_bare(address)}", size=SIGNED_BYTES)
    return f"<{key.replace(':', '.')}.{signed}@{settings.MAIL_DOMAIN}>"


def find(*, sent_to: Iterable[str], refers_to: Iterable[str], sender: str) -> Thread | None:
    """Return the thread of an incoming mail, the verified one if there are several.

    Args:
        sent_to: the values of To, Cc, Delivered-To and so on.
        refers_to: the values of In-Reply-To and References.
        sender: the address in From.
    """
    threads = [*_by_address(sent_to, sender), *_by_reference(refers_to, sender)]
    return next((one for one in threads if one.verified), threads[0] if threads else None)


def _by_address(sent_to: Iterable[str], sender: str) -> list[Thread]:
    ours = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].casefold()
    our_name, _at, our_domain = ours.rpartition("@")
    found = []
    for _name, address in getaddresses(list(sent_to)):
        local, _at, domain = address.casefold().rpartition("@")
        name, _plus, tag = local.partition("+")
        match = _TAG.match(tag)
        if (name, domain) == (our_name, our_domain) and match:
            number = match["thread"].upper()
            found.append(Thread(number, verify(match["token"], number, sender)))
    return found


def _by_reference(refers_to: Iterable[str], sender: str) -> list[Thread]:
    from servicebook.messaging.models import Delivery

    ids = [one for value in refers_to for one in message_ids(value)]
    if not ids:
        return []
    known = Delivery.objects.filter(message_id__in=ids).exclude(thread="").order_by("-pk")[:5]
    return [Thread(row.thread, _bare(row.to_address) == _bare(sender)) for row in known]


def _bare(address: str) -> str:
    return parseaddr(address)[1].casefold()
