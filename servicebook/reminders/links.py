"""The one link that a customer gets with a question: signed for the question and the person.

It stands in the message that carries it and nowhere else, and pages for the house leave it out: nobody here
answers for a customer. It is dead when the question is over, or when the person was replaced.
"""

import hmac
import re
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from servicebook.core.signing import signature
from servicebook.customers.models import Contact
from servicebook.messaging.handing import renews_links
from servicebook.reminders.models import Ask

_TOKEN = re.compile(r"(?P<ask>[1-9][0-9]{0,17})-(?P<contact>[1-9][0-9]{0,17})-(?P<signed>[a-z2-7]{32})")


@dataclass(frozen=True)
class Opened:
    """A question, and who holds its link."""

    ask: Ask
    contact: Contact


def token_of(ask_id: int, contact_id: int) -> str:
    """Return the token of a question for one person: 160 bits that nobody can guess."""
    signed = signature("servicebook.ask", f"{ask_id}\n{contact_id}")
    return f"{ask_id}-{contact_id}-{signed}"


def url_of(ask: Ask, contact: Contact) -> str:
    """Return the link, on the configured host whatever a request says."""
    return settings.CONFIG.address + reverse("reminders:answer", args=[token_of(ask.pk, contact.pk)])


@renews_links
def of_successor(link: str, contact: Contact) -> str:
    """Return the link of the same question for who gets the message instead (S0.3)."""
    match = _TOKEN.fullmatch(_token_in(link))
    return f"{_start()}{token_of(int(match['ask']), contact.pk)}/" if match else link


def opened_by(link: str) -> Opened | None:
    """Return what a link opens; None when it is no link of a question."""
    return find(_token_in(link))


def _token_in(link: str) -> str:
    return link.removeprefix(_start()).removesuffix("/") if link.startswith(_start()) else ""


def _start() -> str:
    return settings.CONFIG.address + reverse("reminders:answer", args=["-"]).removesuffix("-/")


def find(token: str) -> Opened | None:
    """Return what a token opens; None when it was not made here, or its holder was replaced."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    ask_id, contact_id = int(match["ask"]), int(match["contact"])
    if not hmac.compare_digest(token.encode(), token_of(ask_id, contact_id).encode()):
        return None
    ask = Ask.objects.select_related("customer", "contract", "owner").filter(pk=ask_id).first()
    contact = Contact.objects.reachable().filter(pk=contact_id).first()
    if ask is None or contact is None:
        return None
    return Opened(ask, contact)
