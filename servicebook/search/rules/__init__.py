"""How text is made comparable, and what a typed query means; the same on both engines."""

import re
import unicodedata

_BREVE = "\u0306"  # й is a letter, not a marked и
_PHONE = re.compile(r"^[+(]?\d[\d\s()./-]{4,}\d$")
MOST_WORDS = 8
MOST_CHARACTERS = 100


def normal(text: str) -> str:
    """Fold case, strip marks and join spaces, so that "Ёлка İŞ" and "елка is" meet."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(char for char in folded if char == _BREVE or not unicodedata.combining(char))
    return " ".join(unicodedata.normalize("NFC", bare).replace("ı", "i").split())


def terms(query: str) -> list[str]:
    """Return the words that must all be found.

    A telephone number, however it is written, is one word without its trunk or country prefix:
    "8 (701) 555-01-12" and "+7 701 555 01 12" both look for 7015550112.
    """
    query = query.replace("\0", " ")[:MOST_CHARACTERS].strip()
    digits = re.sub(r"\D", "", query)
    if _PHONE.match(query) and len(digits) >= 10:
        return [digits[-10:]]
    return normal(query).split()[:MOST_WORDS]


def rank(words: list[str], title: str, text: str) -> int:
    """Return how well a hit fits; lower is better. Equal ones keep their order, newest first."""
    head = normal(title)
    if head == " ".join(words):
        return 0
    parts = re.split(r"[\s·,()]+", head)
    if all(word in parts for word in words):
        return 1 if head.startswith(words[0]) else 2
    if all(any(part.startswith(word) for part in parts) for word in words):
        return 3
    return 4 if all(word in head for word in words) else 5
