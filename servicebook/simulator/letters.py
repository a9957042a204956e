"""The mails that customers of the demo company write, as bytes from the wire."""

import struct
import zlib
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from random import Random

from django.conf import settings

from servicebook.customers.models import Contact
from servicebook.equipment.models import Asset
from servicebook.messaging.models import Delivery
from servicebook.simulator.troubles import Trouble


def first(contact: Contact, asset: Asset, trouble: Trouble, *, at: datetime, rng: Random) -> bytes:
    """A contact reports trouble with a unit and names its serial number."""
    mail = _letter(contact, trouble.title, at, rng)
    mail.set_content(
        f"Hello,\n\n{trouble.says}\n\nSerial number: {asset.serial}\n\n"
        f"Kind regards\n{contact.name}\n{contact.position}\n"
    )
    return mail.as_bytes()


def answer(ours: Delivery, text: str, *, at: datetime, rng: Random) -> bytes:
    """A contact answers a mail of ours, with the quotation that mail programs leave."""
    contact = ours.contact
    if contact is None:
        raise ValueError("only a contact answers")
    mail = _letter(contact, f"Re: {ours.subject_line}", at, rng)
    mail["In-Reply-To"] = ours.message_id
    mail["References"] = f"{ours.references} {ours.message_id}".strip()
    quoted = "\n".join(f"> {line}" for line in ours.body.splitlines())
    mail.set_content(
        f"{text}\n\n{contact.name}\n\nOn {at:%d.%m.%Y} {settings.DEFAULT_FROM_EMAIL} wrote:\n{quoted}\n"
    )
    return mail.as_bytes()


def picture(rng: Random) -> bytes:
    """A small PNG of one colour, standing for a photo or a scanned act."""
    side, colour = 48, bytes(rng.randrange(256) for _ in range(3))
    rows = b"".join(b"\0" + colour * side for _ in range(side))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def _letter(contact: Contact, subject: str, at: datetime, rng: Random) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = formataddr((contact.name, contact.email))
    mail["To"] = settings.DEFAULT_FROM_EMAIL
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{rng.getrandbits(96):024x}@{contact.email.partition('@')[2]}>"
    return mail
