"""Web push: what arrives can be read by the browser that it is for, and proves who sent it."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.core.tests.servers import Asked, Reply, Service, serving
from servicebook.messaging import sender
from servicebook.messaging.channels import webpush
from servicebook.messaging.models import Delivery, Reach, Suppression
from servicebook.messaging.notices import Told, tell
from servicebook.testing import make_user


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    key = hmac.new(salt, secret, hashlib.sha256).digest()
    return hmac.new(key, info + b"\x01", hashlib.sha256).digest()[:length]


@dataclass
class Browser:
    """The other side: the keys of a subscription, and RFC 8291 read from there."""

    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = b"0123456789abcdef"

    @property
    def point(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def keys(self) -> dict[str, str]:
        return {"p256dh": _b64(self.point), "auth": _b64(self.auth)}

    def read(self, body: bytes) -> bytes:
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size
        shared = self.private.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        )
        secret = _hkdf(self.auth, shared, b"WebPush: info\x00" + self.point + theirs, 32)
        key = _hkdf(salt, secret, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _hkdf(salt, secret, b"Content-Encoding: nonce\x00", 12)
        text = AESGCM(key).decrypt(nonce, sealed, None)
        assert text[-1:] == b"\x02"
        return text[:-1]


def test_the_example_of_the_standard_is_read_by_our_reader():
    """RFC 8291, section 5: so that what we compare with is right itself."""
    private = int.from_bytes(_raw("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big")
    browser = Browser(ec.derive_private_key(private, ec.SECP256R1()), _raw("BTBZMqHH6r4Tts7J_aSIgg"))
    body = _raw(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tl"
        "zAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert browser.read(body) == b"When I grow up, I want to be a watermelon"


@given(st.binary(max_size=webpush.LARGEST_TEXT))
def test_whatever_is_encrypted_is_read_by_its_browser_alone(text):
    browser = Browser()
    body = webpush.encrypted(text, **browser.keys)
    assert len(body) <= webpush.RECORD
    assert browser.read(body) == text


@pytest.mark.parametrize("keys", [{"p256dh": "AAAA", "auth": "AAAA"}, {"p256dh": "ü", "auth": ""}])
def test_what_is_no_key_is_refused(keys):
    with pytest.raises(webpush.BadKeys):
        webpush.encrypted(b"x", **keys)


def signed_claims(asked: Asked) -> dict[str, object]:
    """Check the signature as a push service does, and return what was signed."""
    scheme, _space, rest = asked.headers["authorization"].partition(" ")
    parts = dict(one.strip().split("=", 1) for one in rest.split(","))
    head, claims, signature = parts["t"].split(".")
    raw = _raw(signature)
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _raw(parts["k"]))
    numbers = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key.verify(numbers, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    assert (scheme, json.loads(_raw(head))) == ("vapid", {"typ": "JWT", "alg": "ES256"})
    found: dict[str, object] = json.loads(_raw(claims))
    return found


@pytest.fixture
def push_service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(settings.CONFIG, "reach_inside", "127.0.0.1")
    with serving(lambda asked: Reply(201)) as service:
        yield service


def switched_on(user: User, service: Service, name: str = "one") -> Browser:
    browser = Browser()
    Reach.objects.create(
        user=user,
        channel="push",
        address=f"{service.url}/{name}",
        keys=browser.keys,
        label="Firefox",
        linked_at=clock.now(),
    )
    return browser


def ring(user: User, key: str = "s-1") -> Delivery:
    facts = {"step": "Сверить окно с клиентом"}
    tell([Told(user, "step", user, key, facts, "https://service.example/t/1/", ("in_app",), urgent=True)])
    return Delivery.objects.get(channel="push", key__startswith=key)


@pytest.mark.django_db
def test_a_message_rings_in_each_browser_of_its_person(push_service):
    user = make_user()
    one, two = switched_on(user, push_service), switched_on(user, push_service, "two")
    switched_on(make_user(), push_service, "somebody-else")
    row = ring(user)
    sender.send_due()
    asked = {one.path: one for one in push_service.asked}
    assert asked.keys() == {"/one", "/two"}
    for path, browser in (("/one", one), ("/two", two)):
        text = json.loads(browser.read(asked[path].body))
        assert "Сверить окно с клиентом" in text["title"] + text["body"]
        assert text["url"] == "https://service.example/t/1/"
        headers = asked[path].headers
        assert (headers["content-encoding"], headers["urgency"]) == ("aes128gcm", "high")
        assert len(headers["topic"]) == 32
        claims = signed_claims(asked[path])
        assert claims["aud"] == push_service.url
        assert 0 < int(str(claims["exp"])) - clock.now().timestamp() <= 24 * 3600
    row.refresh_from_db()
    assert (row.state, row.to_address) == ("sent", "Firefox")


@pytest.mark.django_db
def test_what_tells_of_several_things_leads_to_today(push_service):
    user = make_user()
    browser = switched_on(user, push_service)
    tell([Told(user, "step", user, f"s-{number}", {"step": "Call"}, "https://x.example/") for number in "12"])
    Delivery.objects.update(ready_at=clock.now())
    sender.Sender("push").step()
    (asked,) = push_service.asked
    assert json.loads(browser.read(asked.body))["url"] == f"{settings.CONFIG.address}/"


@pytest.mark.django_db
def test_a_browser_that_is_gone_is_forgotten_and_the_others_ring(push_service):
    user = make_user()
    switched_on(user, push_service)
    switched_on(user, push_service, "gone")
    push_service.reply = lambda asked: Reply(410 if asked.path == "/gone" else 201)
    row = ring(user)
    sender.send_due()
    row.refresh_from_db()
    assert row.state == "sent"
    assert [one.address for one in Reach.objects.filter(ended_at=None)] == [f"{push_service.url}/one"]
    assert not Suppression.objects.exists()

    push_service.reply = lambda asked: Reply(404)
    row = ring(user, "s-2")
    sender.send_due()
    row.refresh_from_db()
    assert row.state == "dead"
    assert not Reach.objects.filter(ended_at=None).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reply", "state", "linked"),
    [
        (Reply(500), "waiting", True),
        (Reply(429, headers={"Retry-After": "5"}), "waiting", True),
        (Reply(cut=True), "waiting", True),
        (Reply(413), "dead", True),
        (Reply(403), "dead", False),  # made for a key of ours that is lost
    ],
)
def test_what_an_answer_of_a_push_service_means(push_service, reply, state, linked):
    user = make_user()
    switched_on(user, push_service)
    push_service.reply = lambda asked: reply
    row = ring(user)
    sender.Sender("push").step()
    row.refresh_from_db()
    assert row.state == state
    assert Reach.objects.filter(ended_at=None).exists() is linked


@pytest.mark.django_db
@pytest.mark.trust("B7")
def test_an_endpoint_in_the_inner_network_is_never_called(push_service, monkeypatch):
    user = make_user()
    switched_on(user, push_service)
    monkeypatch.setattr(settings.CONFIG, "reach_inside", "")
    row = ring(user)
    sender.send_due()
    assert push_service.asked == []
    row.refresh_from_db()
    assert row.state == "dead"


def test_the_key_of_this_installation_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(settings.CONFIG, "data_dir", tmp_path)
    monkeypatch.setattr(settings.CONFIG, "push_key", "")
    keys = []
    for _ in range(2):
        webpush._key.cache_clear()
        webpush.public_key.cache_clear()
        keys.append(webpush.public_key())
    file = tmp_path / "push-key"
    assert keys[0] == keys[1]
    assert file.stat().st_mode & 0o777 == 0o600
    monkeypatch.setattr(settings.CONFIG, "push_key", file.read_text())
    file.unlink()
    webpush._key.cache_clear()
    webpush.public_key.cache_clear()
    assert webpush.public_key() == keys[0]
    webpush._key.cache_clear()
    webpush.public_key.cache_clear()
