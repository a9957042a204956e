"""Names in braces in the next steps of a ladder: "Call {customer}: {title}"."""

import re
from collections.abc import Collection, Mapping

NAMES = ("customer", "number", "title", "day", "parts", "who")
_NAME = re.compile(r"\{([a-z_]*)\}")


def fill(text: str, words: Mapping[str, str]) -> str:
    """Return `text` with its names replaced; what a matter does not have is left out."""
    return _NAME.sub(lambda found: words.get(found[1], ""), text)


def unknown(text: str, names: Collection[str] = NAMES) -> list[str]:
    """Return the names that nothing is put in for, in their order."""
    return [name for name in dict.fromkeys(_NAME.findall(text)) if name not in names]
