"""From a delivery to the bytes of a mail. Nothing that a customer typed can add a header."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from typing import Any

from django.conf import settings

from servicebook.core import clock
from servicebook.messaging import threading, unsubscribing
from servicebook.messaging.models import Delivery
from servicebook.messaging.rules.headers import message_ids, one_line, thread_of


class _WholeIds(EmailPolicy):
    """Ids and links are never folded: some readers keep the line break as a part of them."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name in {"Message-ID", "In-Reply-To", "List-Unsubscribe"}:
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


# Seven-bit: base64 or quoted-printable, so that any server on the way passes it on unchanged.
POLICY = _WholeIds(cte_type="7bit", linesep="\r\n")


_ONE_ADDRESS = re.compile(r"[^\s,;<>\"@\x00-\x1f\x7f]+@[^\s,;<>\"@\x00-\x1f\x7f]+")


class BadAddress(ValueError):
    """The address cannot stand in a mail."""


def envelope_sender() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def receiver(address: str) -> Address:
    """Parse one bare address; an international domain becomes its ASCII form.

    Raises:
        BadAddress: it is none, or its local part has letters that ordinary mail does not carry.
    """
    local, _at, domain = address.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode()
        if not local.isascii():
            raise ValueError("the part before @ has letters outside ASCII")
        parsed = Address(username=local, domain=ascii_domain)
        if not local or not ascii_domain or not _ONE_ADDRESS.fullmatch(address):
            raise ValueError("it is not one address")
    except (ValueError, IndexError) as error:
        raise BadAddress(f"{address!r} is no address that mail can go to: {error}") from None
    return parsed


def build(row: Delivery) -> EmailMessage:
    """Return the mail for `row`: plain text, the same Message-ID each time.

    Raises:
        BadAddress: see `receiver`.
    """
    to = receiver(row.to_address)
    name, own = parseaddr(settings.DEFAULT_FROM_EMAIL)
    mail = EmailMessage(policy=POLICY)
    mail["From"] = Address(one_line(name), addr_spec=own)
    mail["To"] = Address(one_line(row.to_name), to.username, to.domain)
    mail["Subject"] = one_line(row.subject_line)
    mail["Message-ID"] = row.message_id
    mail["Date"] = format_datetime(clock.now())
    if row.thread:
        mail["Reply-To"] = Address(
            one_line(name), addr_spec=threading.reply_address(row.thread, row.to_address)
        )
    if answered := message_ids(row.in_reply_to):
        mail["In-Reply-To"] = answered[-1]
    if chain := thread_of(row.references, row.in_reply_to):
        mail["References"] = " ".join(chain)
    if row.automatic:
        mail["Auto-Submitted"] = "auto-replied" if answered else "auto-generated"
        mail["Precedence"] = "bulk"
        mail["X-Auto-Response-Suppress"] = "All"
    if row.optional and row.contact_id:
        _offer_to_unsubscribe(mail, unsubscribing.url_of(row.contact_id))
    mail.set_content(row.body)
    return mail


def _offer_to_unsubscribe(mail: EmailMessage, link: str) -> None:
    """Let mail programs show a button for it (RFC 2369), which works with one click over https (RFC 8058)."""
    mail["List-Unsubscribe"] = f"<{link}>"
    if link.startswith("https://"):
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
