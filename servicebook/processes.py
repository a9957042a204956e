"""Run web and worker together: start both, start again what dies, stop both.

It imports nothing of Django, so that watching costs little memory.
"""

import os
import signal
import subprocess
import sys
import time
from types import FrameType

HOST, PORT = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
WEB = [
    *(sys.executable, "-m", "granian", "--interface", "wsgi", "servicebook.wsgi:application"),
    *("--host", HOST, "--port", PORT, "--workers", os.environ.get("WEB_PROCESSES", "1")),
    *("--blocking-threads", "4", "--backpressure", "64", "--no-ws", "--log-level", "warning"),
    *("--respawn-failed-workers", "--workers-kill-timeout", "20"),
]
WORKER = [sys.executable, "-m", "servicebook", "worker"]
LONGEST_PAUSE_SECONDS = 30.0
STOP_WITHIN_SECONDS = 25.0


def main() -> int:
    stopping = False

    def stop(signum: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    running = {name: _start(command) for name, command in (("web", WEB), ("worker", WORKER))}
    pauses = dict.fromkeys(running, 1.0)
    while not stopping:
        time.sleep(0.5)
        for name, process in running.items():
            if stopping or process.poll() is None:
                continue
            print(f"The {name} process ended ({process.returncode}); it starts again.", file=sys.stderr)  # noqa: T201
            time.sleep(pauses[name])
            pauses[name] = min(pauses[name] * 2, LONGEST_PAUSE_SECONDS)
            running[name] = _start(WEB if name == "web" else WORKER)
    for process in running.values():
        process.terminate()
    until = time.monotonic() + STOP_WITHIN_SECONDS
    for process in running.values():
        try:
            process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
    return 0


def _start(command: list[str]) -> "subprocess.Popen[bytes]":
    # A group of its own: Ctrl+C reaches this process first, which then stops both in order.
    return subprocess.Popen(command, start_new_session=True)  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
