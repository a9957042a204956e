"""From the bytes of a mail to what it says. Broken parts are read as far as they go.

The library's lazy parser is used, with our own reading of header values: the library's newer
header objects fail on, or take minutes for, some of what arrives. The work is bounded before it
starts, so that one hostile mail cannot hold up the queue.
"""

import mimetypes
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.policy import compat32
from hashlib import sha256

from servicebook.core import html as house_html
from servicebook.intake.mail.rules import bounces, charsets, headers, quotes
from servicebook.intake.mail.rules.automatic import Automatic, judge, wants_no_answer
from servicebook.intake.mail.rules.bounces import Bounce
from servicebook.intake.mail.rules.headers import Address

MEGABYTE = 1024 * 1024
# A mail within these is read whole. 36 MB are an attachment of 25 MB as it travels.
MOST_BYTES, MOST_LINES = 36 * MEGABYTE, 700_000
# Of a larger one the beginning is read; the rest stays in the store.
BEGINNING_BYTES, BEGINNING_LINES = 2 * MEGABYTE, 20_000
MOST_HEADER_BYTES = 256 * 1024
MOST_WORK = 15_000_000  # lines times containers: the parser looks at each line once per container
MOST_CONTAINERS = 100  # parts inside parts: an honest mail has a handful
MOST_ATTACHMENTS = 100
MOST_TEXT = 200_000  # characters of text that a ticket shows
_CONTAINER = re.compile(rb"^content-type:\s*(?:multipart|message)/", re.IGNORECASE | re.MULTILINE)
# Said by the mail programs themselves, not by anybody.
_ONLY_A_HINT = re.compile(r"(?:html|mime).{0,60}(?:viewer|format|client|compatible|support)", re.IGNORECASE)


VERY_LARGE = "The mail is very large; only its beginning was read. The whole mail is kept."


class Unreadable(Exception):
    """The mail cannot be read by the program. The text says why, for the person who will look."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came along. `inline` ones were shown inside the letter."""

    name: str
    content_type: str
    data: bytes
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says.

    Attributes:
        text: what the sender wrote now; `html` the same, cleaned, empty for a plain letter.
        whole_text: with everything quoted.
        thread: ids of the mails that this one answers, nearest first.
        recipients: every address that it was sent to, where a reply token may stand.
        left_out: sentences about what was not taken over, such as a cut end.
        fingerprint: equal for copies of one mail that came over two ways; empty without an id.
    """

    sender: Address
    recipients: tuple[str, ...]
    subject: str
    message_id: str
    thread: tuple[str, ...]
    text: str
    whole_text: str
    html: str
    attachments: tuple[Attachment, ...]
    left_out: tuple[str, ...]
    automatic: Automatic
    bounce: Bounce | None
    fingerprint: str
    may_be_answered: bool  # by a program; False for everything that a program wrote


def read(raw: bytes, *, own_addresses: Collection[str] = ()) -> Letter:
    """Read a mail.

    Args:
        own_addresses: the addresses that this installation sends from, in lower case.

    Raises:
        Unreadable: it is no mail, or is built to cost too much.
    """
    large, cut = _LargeParts.of(raw)
    cut, left_out = _within_limits(cut, whole=len(raw))
    containers = sum(1 for _found in _CONTAINER.finditer(cut))
    if containers > MOST_CONTAINERS:
        raise Unreadable(f"It has more than {MOST_CONTAINERS} parts inside parts.")
    if containers * cut.count(b"\n") > MOST_WORK:
        cut, left_out = _first_lines(cut, BEGINNING_LINES), [*left_out, VERY_LARGE]
    try:
        mail = message_from_bytes(cut, policy=compat32)
        leaves = list(_leaves(mail, large))
    except (RecursionError, MessageError, ValueError, LookupError, TypeError) as error:
        raise Unreadable(f"Its structure is broken ({type(error).__name__}).") from error
    del cut, raw, large  # as large as all the rest
    sender = _sender(mail)
    subject = headers.text(headers.raw(mail, "Subject"))[:250]
    if not sender.email and not subject and not any(data.strip() for _part, data in leaves):
        raise Unreadable("It has no sender, no subject and no text.")
    body = _Body()
    for part, data in leaves:
        body.add(part, data)
    forward = quotes.is_forward(subject)
    whole_text = body.whole_text()
    judged = judge(mail, sender=sender.email, subject=subject, own_addresses=own_addresses)
    message_id = next(iter(headers.message_ids(headers.raw(mail, "Message-ID"))), "")
    html = body.html()
    if html and not house_html.is_too_deep(html):
        html = quotes.fresh_html(html, forward=forward)
    html = house_html.clean(html) if html else ""
    return Letter(
        sender=sender,
        recipients=tuple(_recipients(mail)),
        subject=subject,
        message_id=message_id,
        thread=tuple(
            headers.message_ids(headers.raw(mail, "In-Reply-To"), *headers.every(mail, "References"))[:50]
        ),
        text=quotes.fresh(whole_text, forward=forward),
        whole_text=whole_text,
        html=html,
        attachments=tuple(body.attachments[:MOST_ATTACHMENTS]),
        left_out=(*left_out, *body.left_out()),
        automatic=judged,
        bounce=bounces.read(mail, leaves) if judged is Automatic.BOUNCE else None,
        fingerprint=_fingerprint(message_id, sender, mail, whole_text),
        may_be_answered=judged is Automatic.PERSON and not wants_no_answer(mail),
    )


class _LargeParts:
    """Long runs of base64, put aside before the library makes an object of each of their lines.

    A mark stands for each in what is parsed; no mail can refer to anything but its own runs.
    """

    _MARK = "\x00servicebook-run-{}\x00"
    _MARKS = re.compile(b"\x00servicebook-run-(\\d{1,6})\x00")
    _HEADER = re.compile(rb"^content-transfer-encoding:[ \t]*base64[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
    LONG = 64 * 1024

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.spans: list[tuple[int, int]] = []

    @classmethod
    def of(cls, raw: bytes) -> tuple["_LargeParts", bytes]:
        """Return the runs of `raw`, and what is left with marks in their places."""
        found = cls(raw)
        if len(raw) > MOST_BYTES:
            return found, raw  # only its beginning will be read
        left, at = [], 0
        for header in cls._HEADER.finditer(raw):
            if header.start() < at:
                continue
            blank = re.compile(rb"\r?\n\r?\n").search(raw, header.end(), header.end() + 2_000)
            if not blank:
                continue
            boundary = raw.find(b"\n--", blank.end())
            end = len(raw) if boundary < 0 else boundary
            if end - blank.end() > cls.LONG:
                left += [raw[at : blank.end()], cls._MARK.format(len(found.spans)).encode()]
                found.spans.append((blank.end(), end))
                at = end
        return found, b"".join([*left, raw[at:]])

    def back(self, data: bytes) -> bytes:
        """Put the runs back into a part."""
        if b"\x00servicebook-run-" not in data:
            return data
        return self._MARKS.sub(lambda mark: self._run(int(mark[1])), data)

    def _run(self, number: int) -> bytes:
        start, end = self.spans[number] if number < len(self.spans) else (0, 0)
        return self.raw[start:end]


def _within_limits(raw: bytes, *, whole: int) -> tuple[bytes, list[str]]:
    """The part of `raw` that is read, and a sentence if that is not all.

    Args:
        whole: bytes of the mail with its large parts.
    """
    left_out = []
    if whole > MOST_BYTES or raw.count(b"\n") > MOST_LINES:
        left_out.append(VERY_LARGE)
        raw = _first_lines(raw[:BEGINNING_BYTES], BEGINNING_LINES)
    end = re.search(rb"\r?\n\r?\n", raw[: MOST_HEADER_BYTES + 4])
    if end is None and len(raw) > MOST_HEADER_BYTES:
        left_out.append(
            "The mail's header is very large; only its beginning was read. The whole mail is kept."
        )
        raw = raw[:MOST_HEADER_BYTES]
    return raw, left_out


def _first_lines(data: bytes, most: int) -> bytes:
    at = -1
    for _line in range(most):
        at = data.find(b"\n", at + 1)
        if at < 0:
            return data
    return data[:at]


def _leaves(mail: Message, large: _LargeParts) -> Iterator[tuple[Message, bytes]]:
    """Every part that has content of its own, in order, with its bytes. A mail inside a mail is one."""
    waiting = [mail]
    while waiting:
        part = waiting.pop()
        kind = part.get_content_type()
        if part is not mail and kind == "message/rfc822" and part.is_multipart():
            yield part, large.back(_as_bytes(part.get_payload(0)))
        elif part.is_multipart() and kind != "message/delivery-status":
            waiting.extend(reversed([one for one in part.get_payload() if isinstance(one, Message)]))
        elif not part.is_multipart():
            yield part, _content(part, large)


def _content(part: Message, large: _LargeParts) -> bytes:
    """The decoded bytes of a leaf."""
    stated = headers.raw(part, "Content-Transfer-Encoding").strip().casefold()
    payload = part._payload  # type: ignore[attr-defined] # get_payload guesses at charsets and may fail
    if not isinstance(payload, str):
        return b""
    data = large.back(payload.encode("utf-8", "surrogateescape"))
    if stated == "base64":
        return headers.loose_base64(data)
    if stated in {"quoted-printable", "x-uuencode", "uuencode", "uue", "x-uue"}:
        try:
            decoded = part.get_payload(decode=True)
        except (ValueError, LookupError, TypeError):
            return data
        return decoded if isinstance(decoded, bytes) else data
    return data


def _as_bytes(part: object) -> bytes:
    try:
        return part.as_bytes() if isinstance(part, Message) else b""
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return str(getattr(part, "_payload", "")).encode("utf-8", "replace")


def _sender(mail: Message) -> Address:
    """Who wrote: From, and where that says nothing, Sender, Reply-To or the return path."""
    name = ""
    for header in ("From", "Sender", "Reply-To", "Return-Path"):
        found = headers.address(headers.raw(mail, header))
        name = name or found.name
        if found.email:
            return Address(found.email, name or found.email)
    return Address("", name)


def _recipients(mail: Message) -> Iterator[str]:
    seen = set()
    for header in ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To"):
        for value in headers.every(mail, header, most=5):
            for one in headers.addresses(value):
                if one not in seen:
                    seen.add(one)
                    yield one


def _fingerprint(message_id: str, sender: Address, mail: Message, text: str) -> str:
    if not message_id:
        return ""
    parts = (message_id, sender.email, headers.raw(mail, "Date"), headers.raw(mail, "Subject"), text)
    return sha256("\x00".join(parts).encode("utf-8", "replace")).hexdigest()


def clean_name(name: str, content_type: str, number: int) -> str:
    """A file name that is safe anywhere: no path, no invisible characters, not too long."""
    bare = headers.text(name).replace("\\", "/").rpartition("/")[2].strip(". ")
    bare = re.sub(r'[<>:"|?*\x00-\x1f]', "_", bare)
    if not bare:
        return f"attachment-{number}{mimetypes.guess_extension(content_type) or '.bin'}"
    if len(bare) > 120:
        stem, dot, ending = bare.rpartition(".")
        bare = stem[: 115 - len(ending)] + dot + ending if dot and len(ending) <= 10 else bare[:120]
    return bare


class _Body:
    """Collects texts and attachments from the leaves of a mail."""

    def __init__(self) -> None:
        self.plain: list[str] = []
        self.rich: list[str] = []
        self.attachments: list[Attachment] = []
        self.notes: list[str] = []

    def add(self, part: Message, data: bytes) -> None:
        kind = part.get_content_type()
        if kind.startswith("multipart/"):  # its parts could not be told apart
            kind = "text/plain"
        name = _file_name(part)
        disposition = headers.raw(part, "Content-Disposition").strip().casefold()
        attached = disposition.startswith("attachment") or bool(name)
        if kind in {"text/plain", "text/html"} and not attached:
            text = charsets.decode(data, _charset(part))
            if kind == "text/html" or (not self.rich and _looks_like_html(text)):
                self.rich.append(text)
            else:
                self.plain.append(text)
            return
        if kind in {
            "application/pgp-signature",
            "application/pkcs7-signature",
            "application/x-pkcs7-signature",
        }:
            return  # proves nothing here; the raw mail keeps it
        if kind.startswith(("message/delivery-status", "text/rfc822-headers")) and not attached:
            return
        if kind in {"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"}:
            self.notes.append("The mail is encrypted. Ask the sender for an unencrypted one.")
        if kind == "application/ms-tnef" and not self.plain and not self.rich:
            self.notes.append("The sender's Outlook packed the mail into winmail.dat.")
        if not data:
            return
        if kind == "message/rfc822" and not name:
            name = "mail.eml"
        inline = disposition.startswith("inline") or bool(headers.raw(part, "Content-ID"))
        safe = clean_name(name, kind, len(self.attachments) + 1)
        self.attachments.append(Attachment(safe, kind[:100], data, inline))

    def whole_text(self) -> str:
        plain = "\n\n".join(one.strip() for one in self.plain if one.strip())
        if self.rich and (not plain or (len(plain) < 300 and _ONLY_A_HINT.search(plain))):
            plain = house_html.to_text(house_html.clean(self.html()))
        return _readable(plain)

    def html(self) -> str:
        return "<hr>".join(self.rich)[: house_html.MOST_CHARACTERS]

    def left_out(self) -> list[str]:
        notes = list(self.notes)
        if sum(map(len, self.plain)) > MOST_TEXT or sum(map(len, self.rich)) > house_html.MOST_CHARACTERS:
            notes.append("The text is very long; its end was cut. The whole mail is kept.")
        more = len(self.attachments) - MOST_ATTACHMENTS
        if more > 0:
            notes.append(f"{more} more attachments were not taken over. The whole mail is kept.")
        return notes


def _charset(part: Message) -> str | None:
    found = re.search(
        r"charset\s*=\s*[\"']?([^\s\"';]{1,40})", headers.raw(part, "Content-Type"), re.IGNORECASE
    )
    return found[1] if found else None


def _file_name(part: Message) -> str:
    """The name of a part: RFC 2231 and 2047 forms and raw bytes, from either header."""
    for header in ("Content-Disposition", "Content-Type"):
        value = headers.raw(part, header)
        if "name" not in value.casefold():
            continue
        copy = Message()
        if not value.isascii():
            value = headers.text(value)
        copy["Content-Disposition"] = re.sub(r"(?i)\b(?<!file)name(\*?\d*\*?)\s*=", r"filename\1=", value)
        try:
            name = copy.get_filename()
        except (ValueError, LookupError, TypeError):
            name = None
        if name:
            return headers.text(name)
    return ""


def _looks_like_html(text: str) -> bool:
    return bool(re.match(r"\s*(?:<!doctype html|<html)", text[:200], re.IGNORECASE))


def _readable(text: str) -> str:
    lines = (
        text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").split("\n")
    )
    return "\n".join(line.rstrip() for line in lines).strip()[:MOST_TEXT]
