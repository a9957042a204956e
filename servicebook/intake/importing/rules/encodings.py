"""Which encoding a text file is in, found by trial, and which character parts its columns."""

import codecs
import csv
import re
from collections import Counter

DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = ("utf-8-sig", "utf-16", "cp1251", "gb18030", "cp1252", "latin-1")
LOOK_AT = 64_000  # characters or bytes that a guess looks at; strict decoding reads everything

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# A word as Russian is written: small, with a capital, or all capitals. Other bytes read as cp1251
# give words of mixed letters and cases.
_WORD = re.compile(r"[^\W\d_]+")
_RUSSIAN_WORD = re.compile(r"[А-ЯЁІҐЎ]?[а-яёіґў]+|[А-ЯЁІҐЎ]+")


class NotText(ValueError):
    """The bytes are no text in any encoding that is tried."""


def encoding_of(data: bytes) -> str:
    """Return the encoding of `data`, one of `ENCODINGS` or a byte order of UTF-16.

    Raises:
        NotText: there are NUL bytes where no UTF-16 puts them.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark) and _decodes(data, encoding):
            return encoding
    if b"\0" in data:
        return _utf16_without_mark(data)
    if _decodes(data, "utf-8"):
        return "utf-8-sig"
    if _russian_share(data) >= 0.7:
        return "cp1251"
    if _common_chinese_share(data) >= 0.6 and _decodes(data, "gb18030"):
        return "gb18030"
    return "cp1252" if _decodes(data, "cp1252") else "latin-1"


def delimiter_of(text: str) -> str:
    """Return the delimiter that splits the first lines into the most columns, most evenly."""
    first = text.split("\n", 1)[0].strip().lower()
    if first.startswith("sep=") and first[4:5] in DELIMITERS:
        return first[4]
    lines = text[:LOOK_AT].splitlines(keepends=True)[:60]
    if len(text) > LOOK_AT:
        lines = lines[:-1] or lines

    def score(delimiter: str) -> tuple[float, int]:
        try:
            widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        except csv.Error:
            return (0, 0)
        width, times = max(widths.items(), key=lambda one: (one[0] > 1, one[1]), default=(1, 0))
        return (times / max(sum(widths.values()), 1) if width > 1 else 0, width)

    best = max(DELIMITERS, key=score)
    return best if score(best)[1] > 1 else ","


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _utf16_without_mark(data: bytes) -> str:
    """UTF-16 of mostly Latin text has NULs in every second byte."""
    part = data[:LOOK_AT]
    even, odd = part[0::2].count(0), part[1::2].count(0)
    least = len(part) // 8
    for nul_heavy, other, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if nul_heavy > max(least, 4 * other) and _decodes(data, encoding):
            return encoding
    raise NotText("NUL bytes")


def _russian_share(data: bytes) -> float:
    """The share of words with a letter beyond ASCII that look Russian when read as cp1251."""
    words = [w for w in _WORD.findall(data[:LOOK_AT].decode("cp1251", "replace")) if not w.isascii()]
    return sum(1 for word in words if _RUSSIAN_WORD.fullmatch(word)) / len(words) if words else 0


def _common_chinese_share(data: bytes) -> float:
    """The share of byte pairs beyond ASCII that are common characters or punctuation of GB 2312."""
    pairs = common = 0
    part, at = data[:LOOK_AT], 0
    while at < len(part) - 1:
        if part[at] < 0x80:
            at += 1
            continue
        pairs += 1
        common += (0xB0 <= part[at] <= 0xD7 or 0xA1 <= part[at] <= 0xA3) and part[at + 1] >= 0xA1
        at += 2
    return common / pairs if pairs else 0
