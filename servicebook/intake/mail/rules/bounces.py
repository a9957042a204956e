"""What a bounce says: which mail came back, from whom, why, whether for good (RFC 3464 and older)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from servicebook.intake.mail.rules import charsets, headers

_FINAL = re.compile(r"(?:rfc822|utf-?8)\s*;\s*(.+)", re.IGNORECASE)
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_SMTP = re.compile(r"\b([45]\d\d)[ -]")
_ID_LINE = re.compile(r"^message-id:\s*(<[^<>\s]{1,240}>)", re.IGNORECASE | re.MULTILINE)
_REASON_LINE = re.compile(
    r"^.{0,200}(?:\b[45]\d\d[ -]|\b[45]\.\d\.\d\b|unknown|not exist|no such|full|quota|refused|rejected"
    r"|не существует|не найден|переполнен|отклонен).{0,300}$",
    re.IGNORECASE | re.MULTILINE,
)
LOOKED_AT = 60_000  # bytes of a bounce's text and of the mail it returns


@dataclass(frozen=True, slots=True)
class Bounce:
    """One report. `permanent` is False for a delay: the other server still tries."""

    message_ids: tuple[str, ...]  # of the mail that came back
    recipient: str
    reason: str
    permanent: bool


def read(mail: Message, parts: list[tuple[Message, bytes]]) -> Bounce:
    """Return what the bounce `mail` says.

    Args:
        parts: its leaves with their decoded bytes.
    """
    fields: dict[str, str] = {}
    ids: list[str] = []
    texts: list[str] = []
    for part in _every_part(mail):
        kind = part.get_content_type()
        if kind in {"message/delivery-status", "message/global-delivery-status"}:
            for name, value in _status_fields(part):
                fields.setdefault(name, value)
        elif part is not mail:
            ids += headers.message_ids(headers.raw(part, "Message-ID"))
    for part, data in parts:
        text = charsets.decode(data[:LOOKED_AT], part.get_param("charset") and part.get_content_charset())
        if part.get_content_type() in {"text/rfc822-headers", "message/rfc822-headers"}:
            ids += _ID_LINE.findall(text)
        elif part.get_content_maintype() == "text":
            texts.append(text)
            ids += _ID_LINE.findall(text)
        elif part.get_content_type() in {"message/delivery-status", "message/global-delivery-status"}:
            for name, value in _lines_as_fields(text):
                fields.setdefault(name, value)
    ids += headers.message_ids(headers.raw(mail, "In-Reply-To"), headers.raw(mail, "References"))
    return Bounce(
        message_ids=tuple(dict.fromkeys(ids)),
        recipient=_recipient(mail, fields, texts),
        reason=_reason(fields, texts),
        permanent=_is_permanent(fields, texts),
    )


def _every_part(mail: Message) -> Iterator[Message]:
    waiting: list[Message] = [mail]
    while waiting:
        part = waiting.pop()
        yield part
        if part.is_multipart():
            waiting.extend(one for one in part.get_payload() if isinstance(one, Message))


def _status_fields(part: Message) -> Iterator[tuple[str, str]]:
    for block in part.get_payload() if part.is_multipart() else []:
        if isinstance(block, Message):
            for name, value in block.raw_items():
                yield str(name).casefold(), headers.text(str(value))


def _lines_as_fields(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon and " " not in name:
            yield name.casefold(), value.strip()


def _recipient(mail: Message, fields: dict[str, str], texts: list[str]) -> str:
    for name in ("original-recipient", "final-recipient"):
        found = _FINAL.match(fields.get(name, ""))
        if found:
            listed = headers.addresses(found[1])
            if listed:
                return listed[0]
    failed = headers.addresses(headers.raw(mail, "X-Failed-Recipients"))
    if failed:
        return failed[0]
    for text in texts:
        named = re.search(r"<([^<>@\s]{1,100}@[^<>@\s]{1,150})>:", text)
        if named:
            return named[1].lower()
    return ""


def _reason(fields: dict[str, str], texts: list[str]) -> str:
    diagnostic = fields.get("diagnostic-code", "").partition(";")[2].strip() or fields.get(
        "diagnostic-code", ""
    )
    if diagnostic:
        return diagnostic[:300]
    for text in texts:
        line = _REASON_LINE.search(text)
        if line:
            return " ".join(line[0].split())[:300]
    return fields.get("status", "")[:300]


def _is_permanent(fields: dict[str, str], texts: list[str]) -> bool:
    action = fields.get("action", "").casefold()
    if action:
        return action == "failed"
    status = fields.get("status", "")
    if status:
        return status.startswith("5")
    for text in texts:
        code = _STATUS.search(text) or _SMTP.search(text)
        if code:
            return code[1].startswith("5")
    return True
