"""What bytes are, judged by the bytes. The sender's word counts only between kinds of text."""

from dataclasses import dataclass

from servicebook.files.rules.names import ending


@dataclass(frozen=True)
class Magic:
    """A kind that begins with `start`, or has it at `at`."""

    start: bytes
    content_type: str
    at: int = 0


# The allow list. The first line that fits wins.
KNOWN = (
    Magic(b"\x89PNG\r\n\x1a\n", "image/png"),
    Magic(b"\xff\xd8\xff", "image/jpeg"),
    Magic(b"GIF87a", "image/gif"),
    Magic(b"GIF89a", "image/gif"),
    Magic(b"WEBP", "image/webp", at=8),
    Magic(b"ftypheic", "image/heic", at=4),
    Magic(b"ftypheix", "image/heic", at=4),
    Magic(b"ftypmif1", "image/heic", at=4),
    Magic(b"ftypavif", "image/avif", at=4),
    Magic(b"II*\x00", "image/tiff"),
    Magic(b"MM\x00*", "image/tiff"),
    Magic(b"%PDF-", "application/pdf"),
    Magic(b"{\\rtf", "application/rtf"),
    Magic(b"PK\x03\x04", "application/zip"),
    Magic(b"PK\x05\x06", "application/zip"),
    Magic(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    Magic(b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    Magic(b"Rar!\x1a\x07", "application/vnd.rar"),
    Magic(b"\x1f\x8b", "application/gzip"),
    Magic(b"ftyp", "video/mp4", at=4),
    Magic(b"\x1aE\xdf\xa3", "video/webm"),
    Magic(b"WAVE", "audio/wav", at=8),
    Magic(b"OggS", "audio/ogg"),
    Magic(b"ID3", "audio/mpeg"),
    Magic(b"\xff\xfb", "audio/mpeg"),
    Magic(b"AC10", "image/vnd.dwg"),
    Magic(b"ElfFile\x00", "application/x-windows-event-log"),
    Magic(b"\xd4\xc3\xb2\xa1", "application/vnd.tcpdump.pcap"),
    Magic(b"\x0a\x0d\x0d\x0a", "application/vnd.tcpdump.pcap"),
)
# Kinds inside a container, by the ending: both are only ever downloaded.
INSIDE = {
    "application/zip": {
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt": "application/vnd.oasis.opendocument.text",
        "ods": "application/vnd.oasis.opendocument.spreadsheet",
        "odp": "application/vnd.oasis.opendocument.presentation",
    },
    "application/x-ole-storage": {
        "doc": "application/msword",
        "xls": "application/vnd.ms-excel",
        "ppt": "application/vnd.ms-powerpoint",
        "msg": "application/vnd.ms-outlook",
    },
}
TEXTS = {
    "csv": "text/csv",
    "eml": "message/rfc822",
    "htm": "text/html",
    "html": "text/html",
    "ics": "text/calendar",
    "json": "application/json",
    "md": "text/markdown",
    "svg": "image/svg+xml",
    "vcf": "text/vcard",
    "xml": "application/xml",
}
# Whatever its bytes are, the reader's system would run it.
RUNNABLE = frozenset(
    {
        "apk",
        "app",
        "bat",
        "chm",
        "cmd",
        "com",
        "cpl",
        "dll",
        "exe",
        "hta",
        "jar",
        "js",
        "jse",
        "lnk",
        "msc",
        "msi",
        "msix",
        "pif",
        "ps1",
        "psm1",
        "reg",
        "scf",
        "scr",
        "sh",
        "url",
        "vbe",
        "vbs",
        "ws",
        "wsf",
        "wsh",
    }
)
RASTER = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
# Text that a browser would run if it showed it. Kept as it came, only ever downloaded.
ACTIVE = frozenset({"text/html", "image/svg+xml", "application/xml", "application/xhtml+xml"})
_TEXT_ENCODINGS = ("utf-8", "cp1251")
LOOK_BYTES = 4096


def kind_of(data: bytes, name: str) -> str | None:
    """Return the content type of `data`; None when it is not of a kind that is kept here."""
    if ending(name) in RUNNABLE or data[:2] in (b"MZ", b"#!") or data[:4] == b"\x7fELF":
        return None
    for magic in KNOWN:
        if data[magic.at : magic.at + len(magic.start)] == magic.start:
            return INSIDE.get(magic.content_type, {}).get(ending(name), magic.content_type)
    if text_of(data[:LOOK_BYTES]) is None:
        return None
    return TEXTS.get(ending(name)) or _marked_up(data)


def text_of(data: bytes) -> str | None:
    """Return `data` as text; None when it is not text. The last letter may be cut in half."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="ignore")
    if any(byte < 32 and byte not in b"\t\n\r\x0c\x1b" for byte in data[:LOOK_BYTES]):
        return None
    for encoding in _TEXT_ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            if encoding == "utf-8" and error.start >= len(data) - 3:
                return data[: error.start].decode()
    return None


def served_as(content_type: str) -> str:
    """Return the content type of a download: one that no browser runs, whatever it ignores."""
    return "application/octet-stream" if content_type in ACTIVE else content_type


def is_text(content_type: str) -> bool:
    """Whether the words inside are found by the search."""
    return content_type.startswith("text/") or content_type in {
        "application/json",
        "application/xml",
        "message/rfc822",
    }


def _marked_up(data: bytes) -> str:
    """Text that begins like a page is one, whatever it is called."""
    start = data[:LOOK_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in start:
        return "image/svg+xml"
    if start.startswith((b"<!doctype html", b"<html", b"<script", b"<body", b"<head")):
        return "text/html"
    return "text/plain"
