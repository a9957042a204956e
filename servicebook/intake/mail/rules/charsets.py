"""From bytes to text, whatever the label says: real mail is labelled wrongly, or not at all."""

import codecs
import re

# What labels mean in practice: the larger set that senders really use.
_MEANT = {
    "us-ascii": "ascii", "iso-8859-1": "cp1252", "latin1": "cp1252", "iso-8859-9": "cp1254",
    "iso-8859-8-i": "iso-8859-8", "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030",
    "gb_2312-80": "gb18030", "euc-cn": "gb18030", "hz-gb-2312": "hz", "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949", "shift_jis": "cp932", "x-sjis": "cp932", "koi8": "koi8-r",
    "x-mac-cyrillic": "mac_cyrillic", "unicode-1-1-utf-7": "utf-7", "utf8mb4": "utf-8",
    "iso-8859-11": "cp874", "tis-620": "cp874", "x-windows-1251": "cp1251", "win-1251": "cp1251",
}  # fmt: skip
# Python's codecs that are no character sets of mail; some are slow or dangerous on hostile input.
_NO_CHARSET = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
_LABEL = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,39}")
_COMMON_RUSSIAN = frozenset("оеаинтсрвл")
_LETTERS_OF_KAZAKH_AND_RUSSIAN = re.compile("[а-яёәғқңөұүһі]")


def decode(data: bytes, label: str | None = None) -> str:
    """Return the text of `data`. Never fails: what cannot be read becomes U+FFFD.

    Args:
        label: the declared charset. It is believed when the bytes fit it.
    """
    codec = _codec(label)
    if codec and codec != "ascii":
        try:
            return data.decode(codec)
        except UnicodeDecodeError as error:
            if 4 < len(data) - 3 <= error.start:  # only the last letter was cut off
                return data[: error.start].decode(codec, "replace")
        except ValueError:
            pass  # labelled wrongly
    try:
        return data.decode("utf-8-sig")
    except UnicodeError:
        pass
    if codec and codec != "ascii":
        text = data.decode(codec, "replace")
        if text.count("\ufffd") * 50 < len(text):  # a few broken characters in a right label
            return text
    return data.decode(_guess(data), "replace")


def _codec(label: str | None) -> str:
    """The codec meant by `label`; empty when there is none."""
    name = (label or "").strip().strip("'\"").casefold()
    name = _MEANT.get(name, name)
    if not _LABEL.fullmatch(name):
        return ""
    try:
        found = codecs.lookup(name)
        "a".encode(found.name)  # codecs that are not for text refuse this
    except (LookupError, ValueError):
        return ""
    return "" if found.name in _NO_CHARSET else found.name


def _guess(data: bytes) -> str:
    """The likeliest charset of bytes that carry no label and are not UTF-8."""
    sample = data[:20_000]
    high = sum(byte > 127 for byte in sample)
    letters = high + sum(65 <= byte <= 90 or 97 <= byte <= 122 for byte in sample)
    if high * 10 < letters * 3:  # mostly plain letters: a western or Turkish text with accents
        turkish = sum(sample.count(byte) for byte in b"\xf0\xfd\xfe\xdd\xde\xd0")
        return "cp1254" if turkish * 4 > high else "cp1252"
    if sample.count(b" ") * 14 < high and _fits(sample, "gb18030"):
        return "gb18030"
    return max(("cp1251", "koi8-r", "cp866"), key=lambda name: _russian(sample.decode(name, "replace")))


def _fits(data: bytes, codec: str) -> bool:
    try:
        data[: len(data) // 2 * 2].decode(codec)
    except UnicodeError as error:
        return isinstance(error, UnicodeDecodeError) and error.start > len(data) - 4
    return True


def _russian(text: str) -> int:
    """How Russian or Kazakh a text looks: its commonest letters, in lower case."""
    found = _LETTERS_OF_KAZAKH_AND_RUSSIAN.findall(text)
    return len(found) + sum(letter in _COMMON_RUSSIAN for letter in found)
