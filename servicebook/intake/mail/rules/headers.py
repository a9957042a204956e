"""Header values as people read them. Every function takes what arrives and never fails.

Values are the raw text of the standard library's parser: bytes above 127 stand as surrogates.
"""

import binascii
import quopri
import re
from dataclasses import dataclass
from email.message import Message

from servicebook.intake.mail.rules import charsets

LONGEST = 8_000  # characters of a header that are looked at
_WORD = re.compile(r"=\?([^\s?*]{1,40})(?:\*[\w-]{0,20})?\?([bBqQ])\?(.*?)\?=", re.DOTALL)
# Control characters, and marks that turn the direction of writing so that a name looks like another.
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_ANGLE = re.compile(r"<\s*([^<>@\s,;]{1,128}@[^<>@\s,;]{1,128})\s*>")
_BARE = re.compile(r"[^\s<>()\[\]\",;:@]{1,128}@[^\s<>()\[\]\",;:@]{1,128}")
_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:@\\]+@(?:[\w-]+\.)*[\w-]+")
_ID = re.compile(r"<[^<>\s]{1,240}>")


@dataclass(frozen=True, slots=True)
class Address:
    """Somebody at the other end. `email` is in lower case, empty when there was none."""

    email: str
    name: str = ""

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2]


def raw(part: Message, name: str) -> str:
    """The value of the first header `name` as it came; empty when there is none."""
    wanted = name.casefold()
    for key, value in part.raw_items():
        if str(key).casefold() == wanted:
            return str(value)[:LONGEST]
    return ""


def every(part: Message, name: str, *, most: int = 20) -> list[str]:
    """The values of the first `most` headers `name`."""
    wanted = name.casefold()
    found = (str(value)[:LONGEST] for key, value in part.raw_items() if str(key).casefold() == wanted)
    return [value for value, _number in zip(found, range(most), strict=False)]


def text(value: str | None) -> str:
    """Return a header value with its encoded words read, on one line, without invisible characters."""
    return " ".join(_INVISIBLE.sub("", _read_words((value or "")[:LONGEST])).split())


def address(value: str | None) -> Address:
    """Return the first address of a From-like header.

    The address in angle brackets outside of quotes is the real one, whatever the name claims.
    """
    whole = " ".join((value or "")[:LONGEST].split())
    outside = _QUOTED.sub(lambda found: " " * len(found[0]), whole)
    angle = _ANGLE.search(outside)
    if angle:
        name = whole[: angle.start()]
        return Address(_mail_address(angle[1]), _name(name))
    bare = _BARE.search(outside)
    if not bare:
        return Address("", _name(whole))
    rest = whole[: bare.start()] + whole[bare.end() :]
    return Address(_mail_address(bare[0]), _name(rest.replace("(", " ").replace(")", " ")))


def addresses(value: str | None, *, most: int = 100) -> list[str]:
    """Return the first `most` mail addresses of a To-like header, in lower case."""
    outside = _QUOTED.sub(" ", (value or "")[: LONGEST * 4])
    found = (_mail_address(one[0]) for one in _BARE.finditer(outside))
    return [one for one, _number in zip(filter(None, found), range(most), strict=False)]


def message_ids(*values: str) -> list[str]:
    """Return the message ids in header values, brackets included, each once, nearest first.

    References name the oldest first, so they are turned around; only the nearest 50 count.
    """
    # Some programs encode a long id like a text, which no rule allows.
    plain = (_read_words(value) if "=?" in value else value for value in values)
    found = [one for value in plain for one in reversed(_ID.findall(value)[-50:])]
    return list(dict.fromkeys(found))


def _mail_address(value: str) -> str:
    clean = _INVISIBLE.sub("", _read_words(value)).strip("'\".").lower()
    return clean if len(clean) <= 254 and _ADDRESS.fullmatch(clean) else ""


def _name(value: str) -> str:
    bare = value.strip().strip(",;")
    if bare.startswith('"') and bare.endswith('"') and len(bare) > 1:
        bare = bare[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return text(bare).strip("'\" ")[:120].strip()


def _read_words(value: str) -> str:
    """Read RFC 2047 words. Neighbours of one charset are joined first: some cut inside a letter."""
    pieces: list[str] = []
    run: tuple[str, bytes] | None = None
    at = 0
    for word in _WORD.finditer(value):
        between = value[at : word.start()]
        charset, data = word[1].casefold(), _word_bytes(word[2], word[3])
        at = word.end()
        if run and not between.strip() and run[0] == charset:
            run = (charset, run[1] + data)
            continue
        if run:
            pieces.append(charsets.decode(run[1], run[0]))
        if between.strip() or not run:
            pieces.append(_plain(between))
        run = (charset, data)
    if run:
        pieces.append(charsets.decode(run[1], run[0]))
    return "".join([*pieces, _plain(value[at:])])


def _word_bytes(encoding: str, content: str) -> bytes:
    data = content.encode("utf-8", "surrogateescape")
    if encoding in "bB":
        return loose_base64(data)
    return quopri.decodestring(data, header=True)


def loose_base64(data: str | bytes) -> bytes:
    """Decode base64 that may lack its padding or carry strange characters."""
    if isinstance(data, str) and not data.isascii():
        data = data.encode("ascii", "ignore")
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:  # cut off: read what is whole
        pass
    bare = data.encode("ascii") if isinstance(data, str) else data
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", bare)
    kept = kept[: len(kept) - 1] if len(kept) % 4 == 1 else kept
    try:
        return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))
    except binascii.Error:
        return b""


def _plain(value: str) -> str:
    """Text outside of encoded words; raw bytes above 127 are guessed."""
    if value.isascii():
        return value
    try:
        return charsets.decode(value.encode("ascii", "surrogateescape"))
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace").decode("utf-8")
