"""For fault tests only: stop or end this process at a chosen point of its work.

Points are counted where it matters: before and after each commit, and after each answer of a mail
server. Nothing in the product calls this; a test's own process installs it around Django's and
Python's functions.
"""

import os
import signal
import smtplib
from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper


class Points:
    """Counts points; at number `act_at` (from 1) calls `act`."""

    def __init__(self, act_at: int | None = None, act: Callable[[], object] | None = None) -> None:
        self.seen: list[str] = []
        self._act_at, self._act = act_at, act or die

    def reached(self, name: str) -> None:
        self.seen.append(name)
        if len(self.seen) == self._act_at:
            self._act()

    def install(self) -> "Points":
        """Count from here on, in this process."""
        self._around(BaseDatabaseWrapper, "_commit", before="before commit", after="after commit")
        self._around(smtplib.SMTP, "getreply", after="after an answer")
        return self

    def _around(self, owner: type[Any], name: str, *, before: str = "", after: str = "") -> None:
        whole = getattr(owner, name)

        def around(*args: Any, **kwargs: Any) -> Any:
            if before:
                self.reached(before)
            answer = whole(*args, **kwargs)
            if after:
                self.reached(after)
            return answer

        setattr(owner, name, around)


def die() -> None:
    """End as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def freeze() -> None:
    """Stand still until somebody sends SIGCONT."""
    os.kill(os.getpid(), signal.SIGSTOP)


def in_child(work: Callable[[], object]) -> int:
    """Fork, do `work` there without any open connection, and return the process id."""
    from django.db import connections

    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work()
        code = 0
    finally:
        connections.close_all()
        os._exit(code)


def wait_for(pid: int) -> int:
    """Wait for a child; return its exit code, or minus the signal that ended it."""
    _pid, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def wait_until_frozen(pid: int) -> bool:
    """Wait until a child stands still; False when it ended instead."""
    _pid, status = os.waitpid(pid, os.WUNTRACED)
    return os.WIFSTOPPED(status)
