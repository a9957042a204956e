"""The product's web server as `servicebook up` starts it, with the bare twin inside."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.data import environment

WORKERS = 2


@contextmanager
def running(port: int) -> Iterator[int]:
    """Start it on `port` and stop it in the end; yields its process id."""
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "bench.wsgi:application"),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", str(WORKERS)),
        *("--blocking-threads", "4", "--backpressure", "64", "--no-ws", "--log-level", "warning"),
        *("--workers-kill-timeout", "10"),
    ]
    process = subprocess.Popen(command, env=environment(port))
    try:
        _wait_for(port, process)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def memory(pid: int) -> dict[int, float]:
    """Megabytes that each process under `pid`, itself included, holds alone or shares in part (PSS)."""
    found = {pid: _pss(pid)}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found |= memory(int(path.parent.name))
    return found


def _pss(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            raise SystemExit("the server did not start; its reason is printed above")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server did not answer within a minute")
