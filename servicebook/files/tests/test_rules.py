"""Names that lie, bytes that are something else, and small files that become huge."""

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicebook.files.rules import bombs, kinds, names

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", 4, 3) + b"\x08\x02\0\0\0"


@pytest.mark.trust("B12")
@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("photo.jpg", "photo.jpg"),
        ("Акт № 7.pdf", "Акт № 7.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system32\\cmd.txt", "cmd.txt"),
        ("/etc/shadow", "shadow"),
        ("C:\\boot.ini", "boot.ini"),
        ("..%2f..%2fsecret.txt", "secret.txt"),
        ("a%5Cb.txt", "b.txt"),
        ("a\x00b.txt", "ab.txt"),
        ("line\r\nContent-Type: text/html.txt", "html.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("zero\u200bwidth.txt", "zerowidth.txt"),
        ("fullwidth\uff0fslash.txt", "fullwidth_slash.txt"),
        ("stream.txt:hidden", "stream.txt_hidden"),
        ("<img src=x onerror=alert(1)>.png", "_img src=x onerror=alert(1)_.png"),
        ('quote".png', "quote_.png"),
        ("CON", "_CON"),
        ("lpt1.txt", "_lpt1.txt"),
        ("...", "file"),
        ("", "file"),
        ("..", "file"),
        (".htaccess", "htaccess"),
        ("trailing. . ", "trailing"),
        ("$(reboot).txt", "_(reboot).txt"),
        ("x" * 400 + ".pdf", "x" * 146 + ".pdf"),
        ("x" * 400, "x" * 150),
    ],
)
def test_a_name_is_made_harmless(given_name, kept):
    assert names.cleaned(given_name) == kept


@given(st.text(max_size=300))
def test_whatever_the_name_it_stays_in_its_folder_and_on_one_line(text):
    name = names.cleaned(text)

    assert 0 < len(name) <= names.LONGEST
    assert name not in {".", ".."}
    assert not set(name) & set("/\\\0\r\n")
    assert names.cleaned(name) == name


@pytest.mark.trust("B8")
@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (PNG, "photo.png", "image/png"),
        (PNG, "page.html", "image/png"),  # what it is, not what it is called
        (b"\xff\xd8\xff\xe0rest", "a.jpg", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "a.webp", "image/webp"),
        (b"%PDF-1.7\n", "act.pdf", "application/pdf"),
        (b"name;serial\n", "units.csv", "text/csv"),
        ("имя;номер\n".encode("cp1251"), "units.csv", "text/csv"),
        ("имя".encode("utf-16"), "note.txt", "text/plain"),
        (b"<svg onload=alert(1)>", "logo.svg", "image/svg+xml"),
        (b"<?xml version='1.0'?><svg/>", "logo.png", "image/svg+xml"),
        (b"<!DOCTYPE html><script>", "photo.jpg", "text/html"),
        (b"  <html>", "notes.txt", "text/html"),
        (b"MZ\x90\0", "setup.exe", None),
        (b"MZ\x90\0", "photo.jpg", None),
        (b"\x7fELF\x02", "photo.jpg", None),
        (b"#!/bin/sh\n", "notes.txt", None),
        (b"echo hello", "run.bat", None),
        (b"hello", "run.ps1", None),
        (bytes(range(256)), "data.bin", None),
    ],
)
def test_a_file_is_what_its_bytes_are(data, name, kind):
    assert kinds.kind_of(data, name) == kind


@pytest.mark.parametrize("kind", sorted(kinds.ACTIVE))
def test_what_a_browser_would_run_is_neither_a_picture_nor_served_as_itself(kind):
    assert kind not in kinds.RASTER
    assert kinds.served_as(kind) == "application/octet-stream"


def packed(members: int, size: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(members):
            archive.writestr(f"{number}.txt", b"0" * size)
    return out.getvalue()


@pytest.mark.trust("B9")
@pytest.mark.parametrize(
    ("data", "kind", "bomb"),
    [
        (PNG, "image/png", False),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 50_000, 50_000), "image/png", True),
        (b"GIF89a" + struct.pack("<HH", 65_000, 65_000), "image/gif", True),
        (b"GIF89a" + struct.pack("<HH", 640, 480), "image/gif", False),
        (b"\xff\xd8\xff\xc0\0\x11\x08" + struct.pack(">HH", 60_000, 60_000) + b"\0" * 9, "image/jpeg", True),
        (b"RIFF\0\0\0\0WEBPVP8X" + b"\0" * 8 + b"\xff\xff\0" * 2, "image/webp", True),
        (b"\x89PNG", "image/png", False),  # cut short
        (b"\xff\xd8\xff\xe0", "image/jpeg", False),
        (packed(3, 1000), "application/zip", False),
        (packed(1, 60_000_000), "application/zip", True),
        (packed(5_001, 1), "application/zip", True),
        (b"PK\x03\x04 not an archive", "application/zip", False),
    ],
)
def test_a_bomb_is_known_without_opening_it(data, kind, bomb):
    assert bombs.is_bomb(data, kind) is bomb
