"""Wake a loop of this process at once, instead of at its next look."""

from threading import Event

_waiting: dict[str, Event] = {}


def wake(loop: str) -> None:
    """Wake `loop` if it runs in this process; elsewhere it finds the work at its next look."""
    if event := _waiting.get(loop):
        event.set()


def bell(loop: str) -> Event:
    """Return the event that wakes `loop`."""
    return _waiting.setdefault(loop, Event())
