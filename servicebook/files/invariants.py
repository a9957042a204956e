import hashlib
from collections.abc import Iterator

from servicebook.core.invariants import invariant
from servicebook.files import store
from servicebook.files.models import StoredFile

BLOCK = 1 << 20


@invariant("I9", "Every file row has a file with that hash")
def stored() -> Iterator[str]:
    for row in StoredFile.objects.order_by("pk").iterator():
        try:
            with store.open_bytes(row) as file:
                digest = hashlib.sha256()
                while block := file.read(BLOCK):
                    digest.update(block)
        except FileNotFoundError:
            yield f"file {row.pk}: the bytes are missing"
            continue
        if digest.hexdigest() != row.sha256:
            yield f"file {row.pk}: the bytes differ from their hash"
