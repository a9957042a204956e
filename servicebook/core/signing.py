"""What nobody can guess and we need not keep: it follows from what it stands for, and from the secret key."""

import base64

from django.utils.crypto import salted_hmac


def signature(purpose: str, text: str, *, size: int = 20) -> str:
    """Return `size` bytes (20: 160 bits) that sign `text` for one purpose, in small letters and digits."""
    digest = salted_hmac(purpose, text, algorithm="sha256").digest()
    return base64.b32encode(digest[:size]).decode().rstrip("=").lower()
