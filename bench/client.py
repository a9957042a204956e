"""A load maker that costs little itself: kept connections, requests as ready bytes."""

import json
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any


@dataclass
class Sample:
    """Latencies in milliseconds, and requests per second."""

    latencies: list[float]
    rate: float

    @property
    def p50(self) -> float:
        return median(self.latencies)

    @property
    def p95(self) -> float:
        return quantiles(self.latencies, n=20)[-1]


def request(method: str, path: str, headers: dict[str, str], body: Any = None) -> bytes:
    """A request as it goes over the line."""
    data = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(data)}"]
    if data:
        lines.append("Content-Type: application/json")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + data


def hit(port: int, requests: Sequence[bytes], *, clients: int = 1, expect: int = 200) -> Sample:
    """Send all `requests` over `clients` connections, each as soon as its last one is answered."""
    shares = [requests[number::clients] for number in range(clients)]
    found: list[list[float]] = [[] for _ in shares]
    ready = threading.Barrier(clients + 1)

    def send(number: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ready.wait()
            for one in shares[number]:
                began = time.perf_counter()
                line.sendall(one)
                status, text = _answer(line)
                found[number].append((time.perf_counter() - began) * 1000)
                if status != expect:
                    raise RuntimeError(f"{one[:200]!r} was answered {status}: {text[:500]!r}")

    threads = [threading.Thread(target=send, args=[number]) for number in range(clients)]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    latencies = [one for share in found for one in share]
    if len(latencies) != len(requests):
        raise RuntimeError("a client stopped early; what it got is printed above")
    return Sample(latencies, len(latencies) / seconds)


def _answer(line: socket.socket) -> tuple[int, bytes]:
    got = b""
    while (end := got.find(b"\r\n\r\n")) < 0:
        part = line.recv(65536)
        if not part:
            raise RuntimeError("the server hung up")
        got += part
    head = got[:end].lower()
    at = head.find(b"content-length:")
    length = int(head[at + 15 :].split(b"\r\n", 1)[0])
    while len(got) < end + 4 + length:
        got += line.recv(65536)
    return int(head[9:12]), got[end + 4 :]


def alternately(
    port: int,
    ours: Sequence[bytes],
    twin: Sequence[bytes],
    *,
    clients: int,
    expect: int = 200,
    rounds: int = 5,
) -> tuple[Sample, Sample]:
    """Measure both in turns, so that what disturbs the machine disturbs both."""
    pairs = []
    for number in range(rounds):
        share = [part[number::rounds] for part in (ours, twin)]
        pairs.append([hit(port, one, clients=clients, expect=expect) for one in share])
    first, second = (_joined([pair[place] for pair in pairs]) for place in (0, 1))
    return first, second


def _joined(samples: list[Sample]) -> Sample:
    return Sample([one for sample in samples for one in sample.latencies], median(s.rate for s in samples))
