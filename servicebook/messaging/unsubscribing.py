"""The link at the foot of a mail by which its receiver stops what no contract asks for (RFC 8058).

Signed for the person, so it needs no row, and holds until the person is replaced or works there no longer:
then nothing is sent to them anyway.
"""

import hmac
import re

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from servicebook.core.signing import signature
from servicebook.customers.models import Contact

_TOKEN = re.compile(r"(?P<contact>[1-9][0-9]{0,17})-(?P<signed>[a-z2-7]{32})")


def token_of(contact_id: int) -> str:
    """Return the token of one person: 160 bits that nobody can guess."""
    return f"{contact_id}-{signature('servicebook.unsubscribe', str(contact_id))}"


def url_of(contact_id: int) -> str:
    """Return the link, on the configured host whatever a request says."""
    return settings.CONFIG.address + reverse("messaging:unsubscribe", args=[token_of(contact_id)])


def find(token: str) -> Contact | None:
    """Return whose link it is; None when it was not made here, or nothing is sent to its holder any more."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    contact_id = int(match["contact"])
    if not hmac.compare_digest(token.encode(), token_of(contact_id).encode()):
        return None
    return Contact.objects.reachable().select_related("customer").filter(pk=contact_id).first()


def foot_for(contact: Contact) -> str:
    """Return what stands at the foot of a mail that holds something optional, in its receiver's language."""
    with translation.override(contact.language or settings.LANGUAGE_CODE):
        return _(
            "You need not get what no contract asks for, such as a word about a warranty that ends. "
            "Stop it here: %(link)s"
        ) % {"link": url_of(contact.pk)}
