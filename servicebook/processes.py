"""Run web and worker together: start both, start again what dies, stop both.

It imports nothing of Django, so that watching costs little memory. When it is itself killed, the
kernel tells both to stop, so that nothing is left behind that holds the port.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

HOST, PORT = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
WEB = [
    *(sys.executable, "-m", "granian", "--interface", "wsgi", "servicebook.wsgi:application"),
    *("--host", HOST, "--port", PORT, "--workers", os.environ.get("WEB_PROCESSES", "1")),
    *("--blocking-threads", "4", "--backpressure", "64", "--no-ws", "--log-level", "warning"),
    *("--respawn-failed-workers", "--workers-kill-timeout", "20"),
]
WORKER = [sys.executable, "-m", "servicebook", "worker"]
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
WELL_AFTER_SECONDS = 60.0  # whoever ran that long starts again without a longer pause
STOP_WITHIN_SECONDS = 25.0
SET_SIGNAL_OF_PARENTS_DEATH = 1  # PR_SET_PDEATHSIG of prctl(2)


@dataclass
class Child:
    """One of the two, with everything that it started: a process group of its own."""

    name: str
    command: list[str]
    process: "subprocess.Popen[bytes] | None" = None
    pause: float = FIRST_PAUSE_SECONDS
    started: float = 0.0
    start_at: float = field(default_factory=time.monotonic)

    def look_after(self) -> None:
        """Start it if it is due; if it ended, sweep up and set when to start it again."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.start_at:
                self._start(now)
            return
        code = self.process.poll()
        if code is None:
            return
        self.sweep()
        if now - self.started >= WELL_AFTER_SECONDS:
            self.pause = FIRST_PAUSE_SECONDS
        print(  # noqa: T201
            f"The {self.name} process ended ({code}); it starts again in {self.pause:.0f} s.", file=sys.stderr
        )
        self.process, self.start_at = None, now + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE_SECONDS)

    def _start(self, now: float) -> None:
        # A group of its own: Ctrl+C reaches this process first, which then stops both in order.
        self.process = subprocess.Popen(  # noqa: S603
            self.command,
            start_new_session=True,
            preexec_fn=_end_with(os.getpid()) if sys.platform == "linux" else None,
        )
        self.started = now

    def sweep(self) -> None:
        """End what is left of its group: a web server that was killed leaves its processes, which
        would hold the port."""
        if self.process:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def stop(self) -> None:
        if self.process:
            self.process.terminate()

    def wait(self, seconds: float) -> None:
        if self.process:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(max(0.1, seconds))
            self.sweep()


def _end_with(parent: int) -> Callable[[], None]:
    """What a new process does before it runs: ask to be told to stop when `parent` dies."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask() -> None:
        prctl(SET_SIGNAL_OF_PARENTS_DEATH, signal.SIGTERM)
        if os.getppid() != parent:  # it died before it could be asked about
            os._exit(0)

    return ask


def main() -> int:
    stopping = False

    def stop(signum: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    children = [Child("web", WEB), Child("worker", WORKER)]
    while not stopping:
        for child in children:
            child.look_after()
        time.sleep(0.2)
    for child in children:
        child.stop()
    until = time.monotonic() + STOP_WITHIN_SECONDS
    for child in children:
        child.wait(until - time.monotonic())
    return 0


if __name__ == "__main__":
    sys.exit(main())
