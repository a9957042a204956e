"""The link by which a person connects a Telegram chat: signed for that person, and short-lived.

A contact gets it on the page behind their own signed link, a person of the house on their own page.
Pages for the house never show one of a contact: nobody here speaks for a customer.
"""

import hmac
import re
from datetime import timedelta

from django.conf import settings

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.core.signing import signature
from servicebook.customers.models import Contact
from servicebook.messaging import channels
from servicebook.messaging.models import Delivery
from servicebook.messaging.receivers import Person

VALID_FOR = timedelta(days=7)
LONGEST = 64  # what Telegram passes on
# Who: contact or user; until when, in seconds; the signature.
_TOKEN = re.compile(r"(?P<kind>[cu])(?P<id>[1-9][0-9]{0,17})-(?P<until>[0-9]{1,10})-(?P<signed>[a-z2-7]{32})")


def token_of(person: Person, *, until: int | None = None) -> str:
    """Return a token for one person, valid for `VALID_FOR` if `until` (seconds of the epoch) is not given."""
    kind = "c" if isinstance(person, Contact) else "u"
    return _token(kind, person.pk, until or int((clock.now() + VALID_FOR).timestamp()))


def url_of(person: Person) -> str:
    """Return the link for one person; empty where no bot is set up."""
    if not channels.is_set_up(Delivery.Channel.TELEGRAM):
        return ""
    return f"https://t.me/{settings.CONFIG.telegram_bot}?start={token_of(person)}"


def find(token: str) -> Person | None:
    """Return whose token it is; None when it was not made here, is too old, or its person left."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    key, until = int(match["id"]), int(match["until"])
    if not hmac.compare_digest(token.encode(), _token(match["kind"], key, until).encode()):
        return None
    if until < clock.now().timestamp():
        return None
    if match["kind"] == "c":
        return Contact.objects.reachable().select_related("customer").filter(pk=key).first()
    return User.objects.filter(pk=key, is_active=True).first()


def _token(kind: str, key: int, until: int) -> str:
    signed = signature("servicebook.chat", f"{kind}\n{key}\n{until}")
    return f"{kind}{key}-{until}-{signed}"
