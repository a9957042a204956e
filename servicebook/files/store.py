"""The one file store: bytes by their hash, on disk or at an S3-compatible service."""

import hashlib
from functools import cache
from pathlib import Path
from typing import IO
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage
from django.utils.translation import gettext as _

from servicebook.core import clock
from servicebook.core.errors import Refused
from servicebook.files.models import StoredFile


class FileRefused(Refused):
    """The file is too large or of a kind that is not kept here."""

    code = "file_refused"


@cache
def storage() -> Storage:
    """Return the storage that FILES_URL names; `var/files` when it names none."""
    url = urlsplit(settings.CONFIG.files_url)
    if url.scheme == "s3":
        from storages.backends.s3 import S3Storage

        options = dict(parse_qsl(url.query))
        return S3Storage(  # type: ignore[no-any-return]
            bucket_name=url.hostname,
            location=url.path.strip("/"),
            endpoint_url=options.get("endpoint"),
            region_name=options.get("region"),
            file_overwrite=True,
            default_acl="private",
        )
    return FileSystemStorage(location=Path(url.path) if url.path else settings.CONFIG.data_dir / "files")


def keep(data: bytes, *, limit: int | None = None) -> StoredFile:
    """Keep `data` and return its row; the same bytes are kept once.

    The bytes are written before the row: a crash between the two leaves bytes without a row,
    which harm nobody, and never a row without bytes.

    Raises:
        FileRefused: `data` is empty or larger than `limit` (bytes; the configured limit if None).
    """
    most = limit or largest()
    if not data:
        raise FileRefused(_("The file is empty. Send it again, or another one."))
    if len(data) > most:
        raise too_large(most)
    digest = hashlib.sha256(data).hexdigest()
    known = StoredFile.objects.filter(sha256=digest).first()
    if known:
        return known
    name = path_of(digest)
    if not storage().exists(name):
        storage().save(name, ContentFile(data))
    stored, _created = StoredFile.objects.get_or_create(
        sha256=digest, defaults={"size": len(data), "stored_at": clock.now()}
    )
    return stored


def largest() -> int:
    """The most bytes that one file may have."""
    return int(settings.CONFIG.max_upload_mb * 1024 * 1024)


def too_large(most: int) -> FileRefused:
    """The refusal of a file of more than `most` bytes."""
    megabytes = {"limit": most // (1024 * 1024)}
    return FileRefused(_("The file is larger than %(limit)s MB. Send a smaller one.") % megabytes)


def open_bytes(stored: StoredFile) -> IO[bytes]:
    """Open the bytes of `stored` for reading."""
    return storage().open(path_of(stored.sha256), "rb")


def path_of(digest: str) -> str:
    """Where the bytes with this hash lie, inside the storage."""
    return f"{digest[:2]}/{digest[2:4]}/{digest}"
