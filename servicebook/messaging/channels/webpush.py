"""Web push: the text is encrypted for one browser (RFC 8291), and signed as ours (VAPID, RFC 8292).

Written out here because the libraries for it bring two HTTP clients. What it stands on is imported
where it is used: most processes never tell a browser anything.
"""

import base64
import hashlib
import hmac
import json
import os
import struct
from datetime import timedelta
from email.utils import parseaddr
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

from servicebook.config import kept_secret
from servicebook.core import clock

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

RECORD = 4096  # what a push service takes at most
LARGEST_TEXT = RECORD - 16 - 1 - (16 + 4 + 1 + 65)  # without the tag, the end mark and the header
SECRET_BYTES = 16
GOOD_FOR = timedelta(hours=12)


class BadKeys(ValueError):
    """What a browser gave us is no key."""


def encrypted(text: bytes, *, p256dh: str, auth: str) -> bytes:
    """Return `text` as only the browser with these keys can read it: the body of a request.

    Raises:
        BadKeys: they are no keys.
    """
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(text) > LARGEST_TEXT:
        raise ValueError(f"{len(text)} bytes do not fit into one push message")
    try:
        theirs_raw, secret = unpacked(p256dh), unpacked(auth)
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs_raw)
    except ValueError as error:
        raise BadKeys(str(error)) from None
    ours = ec.generate_private_key(ec.SECP256R1())
    ours_raw = _point(ours)
    shared = ours.exchange(ec.ECDH(), theirs)
    salt = os.urandom(16)
    of_both = _hkdf(secret, shared, b"WebPush: info\0" + theirs_raw + ours_raw, 32)
    key = _hkdf(salt, of_both, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _hkdf(salt, of_both, b"Content-Encoding: nonce\0", 12)
    header = salt + struct.pack("!IB", RECORD, len(ours_raw)) + ours_raw
    return header + AESGCM(key).encrypt(nonce, text + b"\x02", None)


def checked_keys(p256dh: str, auth: str) -> dict[str, str]:
    """Return the keys of a browser as they are kept.

    Raises:
        BadKeys: nothing could be encrypted with them.
    """
    encrypted(b"", p256dh=p256dh, auth=auth)
    point, secret = unpacked(p256dh), unpacked(auth)
    if len(secret) != SECRET_BYTES:
        raise BadKeys(f"the secret has {len(secret)} bytes instead of {SECRET_BYTES}")
    return {"p256dh": packed(point), "auth": packed(secret)}


def authorization(endpoint: str) -> str:
    """Return the header by which a push service knows that we are who the browser let in."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((clock.now() + GOOD_FOR).timestamp()),
        "sub": f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}",
    }
    head = packed(json.dumps({"typ": "JWT", "alg": "ES256"}).encode())
    said = f"{head}.{packed(json.dumps(claims).encode())}"
    r, s = decode_dss_signature(_key().sign(said.encode(), ec.ECDSA(hashes.SHA256())))
    signature = packed(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={said}.{signature}, k={public_key()}"


@cache
def public_key() -> str:
    """Return our key as a browser wants it when it subscribes."""
    return packed(_point(_key()))


def packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unpacked(text: str) -> bytes:
    """Raises ValueError."""
    return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


@cache
def _key() -> "EllipticCurvePrivateKey":
    from cryptography.hazmat.primitives.asymmetric import ec

    def made() -> str:
        number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
        return packed(number.to_bytes(32, "big"))

    kept = settings.CONFIG.push_key or kept_secret(settings.CONFIG.data_dir, "push-key", made)
    return ec.derive_private_key(int.from_bytes(unpacked(kept), "big"), ec.SECP256R1())


def _point(key: "EllipticCurvePrivateKey") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869, for at most one block."""
    drawn = hmac.digest(salt, secret, hashlib.sha256)
    return hmac.digest(drawn, info + b"\x01", hashlib.sha256)[:length]
