"""The outgoing client: never into the inner network, never for ever, never more than it can hold."""

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from servicebook.core import http
from servicebook.core.tests.servers import Reply, serving


@pytest.fixture
def canary() -> Iterator[tuple[int, list[object]]]:
    """Listens on every local address and counts who calls."""
    callers: list[object] = []
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        listener.settimeout(0.05)
        stop = threading.Event()

        def listen() -> None:
            while not stop.is_set():
                try:
                    line, address = listener.accept()
                except TimeoutError:
                    continue
                callers.append(address)
                line.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield listener.getsockname()[1], callers
        stop.set()
        thread.join()


# Where a canary could sit, in every way that a resolver or a parser reads.
FORMS = """
127.0.0.1 127.0.0.2 127.1 127.0.1 127.255.255.254 0 0.0.0.0 0.0.0.1
2130706433 0x7f000001 0x7f.1 0x7f.0x0.0x0.0x1 0177.0.0.1 0177.1 017700000001 00000177.0.0.01
10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.254 192.168.0.1 192.168.255.1 0xa000001 167772161 3232235521
169.254.169.254 169.254.0.1 0xa9fea9fe 2852039166 100.64.0.1 100.127.255.254 192.0.0.1 192.0.2.1
198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
[::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:7f00:0001] [::ffff:10.0.0.1]
[::ffff:169.254.169.254] [::127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::a00:1] [2002:7f00:1::]
[2002:a00:1::1] [2001:0:7f00:1::] [fe80::1] [fc00::1] [fd12:3456:789a::1] [ff02::1] [2001:db8::1]
localhost LOCALHOST localhost. ip6-localhost
"""
HOSTS = FORMS.split()
ADDRESSES = [
    "http://service.example/",  # not https
    "https://service.example:22/",
    "https://service.example:25/",
    "https://service.example:6379/",
    "https://user@service.example/",
    "https://user:password@127.0.0.1/",
    "https://service.example@127.0.0.1/",
    "https://127.0.0.1\\@service.example/",
    "https://service.example#@127.0.0.1/",
    "https://service.example/ x",
    "https://service.example/\r\nHost: evil",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https:///path",
    "https://[::1/",
    "https://service.example:99999/",
    "//127.0.0.1/",
    "file:///etc/passwd",
    "ftp://127.0.0.1/",
    "gopher://127.0.0.1:6379/_INFO",
    "data:text/plain,x",
    "javascript:alert(1)",
    "",
]


def test_there_are_enough_forms_of_an_address() -> None:
    assert len(HOSTS) + len(ADDRESSES) >= 60


@pytest.mark.trust("B7")
@pytest.mark.parametrize("host", HOSTS)
def test_no_form_of_an_inner_address_is_called(host, canary, monkeypatch):
    port, callers = canary
    monkeypatch.setattr(http, "PORTS", frozenset({port}))  # so that the port alone does not save us
    with pytest.raises(http.Unreachable):
        http.call("POST", f"https://{host}:{port}/", body=b"x")
    assert callers == []


@pytest.mark.trust("B7")
@pytest.mark.parametrize("address", ADDRESSES)
def test_what_is_no_public_address_over_https_is_refused_before_a_name_is_looked_up(address, monkeypatch):
    looked_up: list[object] = []
    public = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: looked_up.append(host) or public)
    with pytest.raises(http.Forbidden):
        http.call("GET", address)
    assert looked_up in ([], ["service.example"])  # what comes after # is no host


@pytest.mark.trust("B7")
def test_a_name_that_changes_its_mind_is_asked_once(canary, monkeypatch):
    """Rebinding: a public address for the check, and ours for the connection."""
    port, callers = canary
    answers = [
        [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("203.0.113.7", port))],
        [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))],
    ]
    both = answers[0] + answers[1]
    monkeypatch.setattr(http, "PORTS", frozenset({port}))
    monkeypatch.setattr(http, "CONNECT_SECONDS", 0.5)
    for first in (answers, [both]):
        left = list(first)
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, left=left, **more: left.pop(0))
        with pytest.raises(http.Unreachable):
            http.call("GET", f"https://rebinding.example:{port}/")
        assert len(left) == len(first) - 1
    assert callers == []


@pytest.mark.trust("B7")
def test_a_socket_that_ended_up_inside_after_all_is_not_used(canary, monkeypatch):
    port, _callers = canary
    monkeypatch.setattr(http, "PORTS", frozenset({port}))
    checks = iter([True, False])  # the address was fine, the socket's other end is not
    monkeypatch.setattr(http, "is_public", lambda address: next(checks))
    with pytest.raises(http.Forbidden):
        http.call("GET", f"https://127.0.0.1:{port}/")


@pytest.mark.trust("B7")
def test_a_redirect_is_an_answer_and_not_followed(canary):
    port, callers = canary
    headers = {"Location": f"http://127.0.0.1:{port}/"}
    with serving(lambda asked: Reply(302, headers=headers)) as service:
        answer = http.call("GET", f"{service.url}/start", inside=True)
    assert (answer.status, answer.ok, callers) == (302, False, [])


def test_a_host_that_the_operator_named_is_called(monkeypatch):
    with serving(lambda asked: Reply(201, b'{"id": 5}')) as service:
        with pytest.raises(http.Forbidden):
            http.call("POST", f"{service.url}/send", body=b"x")
        monkeypatch.setattr(settings.CONFIG, "reach_inside", "gateway.lan 127.0.0.1")
        answer = http.call("POST", f"{service.url}/send?a=1", headers={"X-Key": "k"}, body=b"hello")
    (asked,) = service.asked
    assert (answer.status, answer.json) == (201, {"id": 5})
    assert (asked.method, asked.path, asked.body, asked.headers["x-key"]) == (
        "POST",
        "/send?a=1",
        b"hello",
        "k",
    )


def test_nobody_at_home_is_told_from_a_lost_answer():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(http.Unreachable, match="cannot be reached"):
        http.call("GET", f"http://127.0.0.1:{port}/", inside=True)
    with serving(lambda asked: Reply(cut=True)) as service, pytest.raises(http.AnswerLost):
        http.call("POST", service.url, inside=True, body=b"x")
    with serving(lambda asked: Reply(body=b"x" * 300_000)) as service, pytest.raises(http.AnswerLost):
        http.call("GET", service.url, inside=True)


def test_whoever_says_nothing_holds_us_up_no_longer_than_the_limit(monkeypatch):
    monkeypatch.setattr(http, "WHOLE_SECONDS", 0.3)
    done = threading.Event()
    with serving(lambda asked: Reply(hang=done)) as service:
        began = time.monotonic()
        with pytest.raises(http.AnswerLost):
            http.call("GET", service.url, inside=True)
        assert time.monotonic() - began < 3
        done.set()


def test_a_trickle_is_cut_off(monkeypatch):
    monkeypatch.setattr(http, "WHOLE_SECONDS", 0.5)
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle() -> None:
            line, _address = server.accept()
            with line:
                while not stop.wait(0.05):
                    try:
                        line.sendall(b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=trickle)
        thread.start()
        began = time.monotonic()
        with pytest.raises(http.AnswerLost):
            http.call("GET", f"http://127.0.0.1:{server.getsockname()[1]}/", inside=True)
        took = time.monotonic() - began
        stop.set()
        thread.join()
    assert took < 3


def test_a_name_service_that_is_silent_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(http, "CONNECT_SECONDS", 0.2)
    done = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: done.wait(10) and [])
    with pytest.raises(http.Unreachable, match="silent"):
        http.call("GET", "https://slow.example/")
    done.set()


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path):
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            line, _address = server.accept()
            try:
                context.wrap_socket(line, server_side=True).close()
            except OSError:
                line.close()

        thread = threading.Thread(target=greet)
        thread.start()
        with pytest.raises(http.Unreachable, match="certificate"):
            http.call("GET", f"https://localhost:{server.getsockname()[1]}/", inside=True)
        thread.join()


@pytest.mark.trust("B19")
def test_no_error_says_more_of_an_address_than_its_host():
    for address in ("http://127.0.0.1:1/botCANARY/send?key=CANARY", "https://127.0.0.1/CANARY\r\n"):
        with pytest.raises(http.Unreachable) as error:
            http.call("GET", address, inside=True)
        assert "CANARY" not in str(error.value)
        assert error.value.__cause__ is None
