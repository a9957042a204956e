"""The one client for whatever the program calls over HTTP.

An address may have been given by somebody outside, so no answer can make the program call a host of
the inner network (B7): the name is resolved once, each address is checked, and the connection is opened
to the address that was checked. Redirects are not followed. Nothing here says more of an address in an
error than its host: the rest may hold a key (B19).
"""

import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from servicebook.core.cutting import cut_after

CONNECT_SECONDS = 10.0  # for the name; and for the connection
WHOLE_SECONDS = 30.0  # for all that comes after the connection. Together less than a lease.
LARGEST_ANSWER = 256_000
MOST_ADDRESSES = 4
PORTS = frozenset({443, 8443})
ADDED_BY_GATEWAYS = IPv6Network("64:ff9b::/96")  # an IPv4 address, as networks without IPv4 write it
_OF_IPV6 = IPv6Network("2000::/3")
_TUNNELS = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))


class Unreachable(Exception):
    """Nothing was handed over: the other side is away, or the talk did not begin."""


class Forbidden(Unreachable):
    """The program does not call this address."""


class AnswerLost(Exception):
    """It was handed over, and the answer did not come or cannot be read. It may have been done."""


@dataclass(frozen=True)
class Answer:
    """What the other side said."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def json(self) -> Any:
        """The body as JSON; None if it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    inside: bool = False,
    largest: int = LARGEST_ANSWER,
) -> Answer:
    """Call `url` and return the answer, whatever its status.

    Args:
        inside: the operator configured this address, so it may be in the inner network, over plain
            HTTP, and at any port. Others may be only if REACH_INSIDE names their host.
        largest: how many bytes an answer may have; a larger one cannot be read.

    Raises:
        Forbidden: the address is none that the program calls.
        Unreachable: nothing was handed over.
        AnswerLost: it may have been done.
    """
    target = _target(url)
    inside = inside or target.hostname in settings.CONFIG.reach_inside.split()
    host, port = _checked(target, inside=inside)
    line = _connected(host, port, tls=target.scheme == "https", inside=inside)
    talk = http.client.HTTPConnection(host, target.port)
    talk.sock, talk.auto_open = line, 0
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    whole = {"User-Agent": "Servicebook", "Connection": "close", "Accept-Encoding": "identity"}
    try:
        with cut_after(WHOLE_SECONDS, lambda: line):
            return _talk(talk, method, path, body, {**whole, **(headers or {})}, largest)
    except (OSError, http.client.HTTPException) as error:
        # Even the first byte may have been read by the other side, so nobody knows.
        raise AnswerLost(f"{host} gave no answer: {_reason(error)}") from None
    finally:
        talk.close()
        line.close()


def check(url: str) -> None:
    """Refuse an address that `call` would refuse, when somebody gives it: one look at the name, no call.

    Raises:
        Forbidden: the program does not call it.
        Unreachable: nobody knows the name.
    """
    target = _target(url)
    inside = target.hostname in settings.CONFIG.reach_inside.split()
    host, port = _checked(target, inside=inside)
    _allowed(host, port, inside=inside)


def is_public(address: str) -> bool:
    """Whether an address is one of the internet, in whatever form it is written."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped
        if inner is None and ip in ADDED_BY_GATEWAYS:
            inner = IPv4Address(ip.packed[-4:])
        if inner is None:
            return ip in _OF_IPV6 and ip.is_global and not any(ip in net for net in _TUNNELS)
        ip = inner
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _target(url: str) -> SplitResult:
    try:
        target = urlsplit(url)
        _port = target.port
    except ValueError:
        raise Forbidden("This is no address that can be called.") from None
    odd = not url.isascii() or any(char <= " " or char in '\\\x7f"<>^`{|}' for char in url)
    if odd or target.scheme not in ("http", "https") or not target.hostname or target.username is not None:
        raise Forbidden("This is no address that can be called.")
    return target


def _checked(target: SplitResult, *, inside: bool) -> tuple[str, int]:
    host = str(target.hostname)
    port = target.port or (443 if target.scheme == "https" else 80)
    if not inside and (target.scheme != "https" or port not in PORTS):
        raise Forbidden(f"{host} is called over https at port 443 or 8443 only.")
    return host, port


def _connected(host: str, port: int, *, tls: bool, inside: bool) -> socket.socket:
    """Open a connection to an address of `host` that may be called."""
    allowed = _allowed(host, port, inside=inside)
    ends = time.monotonic() + CONNECT_SECONDS
    problem: Exception = TimeoutError()
    for family, kind, protocol, _name, address in allowed[:MOST_ADDRESSES]:
        line = socket.socket(family, kind, protocol)
        try:
            line.settimeout(max(0.1, ends - time.monotonic()))
            line.connect(address)
            if not inside and not is_public(str(line.getpeername()[0])):
                raise Forbidden(f"{host} is in the inner network, which is not called.")
            if tls:
                line = _secured(line, host, seconds=max(0.1, ends - time.monotonic()))
            line.settimeout(WHOLE_SECONDS)
            return line
        except OSError as error:
            line.close()
            problem = error
        except Forbidden:
            line.close()
            raise
    raise Unreachable(f"{host} cannot be reached: {_reason(problem)}")


def _allowed(host: str, port: int, *, inside: bool) -> list[Any]:
    allowed = [one for one in _resolved(host, port) if inside or is_public(str(one[4][0]))]
    if not allowed:
        raise Forbidden(f"{host} is in the inner network, which is not called.")
    return allowed


def _resolved(host: str, port: int) -> list[Any]:
    """Look the name up, no longer than a connection may take: the system itself sets no limit."""
    found: list[Any] = []
    problem: list[str] = []

    def look() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            problem.append(_reason(error))

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    looking.join(CONNECT_SECONDS)
    if not found:
        raise Unreachable(f"{host} cannot be found: {(problem or ['the name service is silent'])[0]}")
    return list(found)


def _secured(line: socket.socket, host: str, *, seconds: float) -> socket.socket:
    with cut_after(seconds, lambda: line):
        return _tls().wrap_socket(line, server_hostname=host)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _talk(
    talk: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes,
    headers: Mapping[str, str],
    largest: int,
) -> Answer:
    talk.request(method, path, body=body or None, headers=dict(headers))
    said = talk.getresponse()
    content = said.read(largest + 1)
    if len(content) > largest:
        raise http.client.HTTPException("it is too large")
    return Answer(said.status, {name.lower(): value for name, value in said.getheaders()}, content)


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "it took too long"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
