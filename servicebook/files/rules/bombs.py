"""Small files that become huge when opened. Judged by what they declare; nothing is unpacked."""

import io
import struct
import zipfile

MOST_PIXELS = 120_000_000  # a phone's best camera makes 108 million
MOST_MEMBERS = 5_000
MOST_UNPACKED = 1024**3
MOST_RATIO = 150
_JPEG_SIZES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}


def is_bomb(data: bytes, content_type: str) -> bool:
    """Whether opening `data` could exhaust the reader's machine."""
    if content_type.startswith("image/"):
        width, height = pixels(data)
        return width * height > MOST_PIXELS
    if data[:2] == b"PK":
        return _unpacks_too_large(data)
    return False


def pixels(data: bytes) -> tuple[int, int]:
    """Return (width, height) that an image declares; (0, 0) for kinds that are never shown."""
    try:
        if data.startswith(b"\x89PNG"):
            return struct.unpack(">II", data[16:24])
        if data.startswith(b"GIF8"):
            return struct.unpack("<HH", data[6:10])
        if data[8:12] == b"WEBP" and data[12:16] == b"VP8X":
            return (
                int.from_bytes(data[24:27], "little") + 1,
                int.from_bytes(data[27:30], "little") + 1,
            )
        if data.startswith(b"\xff\xd8"):
            return _jpeg_size(data)
    except struct.error:  # cut short: no browser shows it either
        pass
    return 0, 0


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _JPEG_SIZES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return 0, 0


def _unpacks_too_large(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error):
        return False  # nothing can open it
    unpacked = sum(member.file_size for member in members)
    return (
        len(members) > MOST_MEMBERS
        or unpacked > MOST_UNPACKED
        or (unpacked > 50_000_000 and unpacked > MOST_RATIO * len(data))
    )
