"""Which texts a stage may send: those of which its kind fills every field."""

from servicebook.messaging import texts
from servicebook.reminders.kinds import KINDS
from servicebook.reminders.kinds.base import ALWAYS_FILLED
from servicebook.reminders.models import What


def unfilled(what: str, text: str) -> list[str]:
    """Return the fields of a text that would stay empty in a message about `what`, as they stand there.

    Raises:
        texts.NoSuchText
    """
    filled = ALWAYS_FILLED.union(KINDS[What(what)].fills)
    return ["{" + name + "}" for name in texts.text_of(text).names if name not in filled]


def fitting(what: str) -> list[tuple[str, str]]:
    """Return the texts for customers to choose from in a rule about `what`."""
    return [(code, title) for code, title in texts.choices() if not unfilled(what, code)]
