"""A limit on the whole of a talk over a socket: a limit per step does not stop a trickle."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from socket import SHUT_RDWR, socket


@contextmanager
def cut_after(seconds: float, line: Callable[[], socket | None]) -> Iterator[None]:
    """Shut what `line` returns by then if the block still runs after `seconds`."""

    def cut() -> None:
        open_line = line()
        if open_line is not None:
            with suppress(OSError):
                open_line.shutdown(SHUT_RDWR)

    watchdog = threading.Timer(seconds, cut)
    watchdog.daemon = True
    watchdog.start()
    try:
        yield
    finally:
        watchdog.cancel()
