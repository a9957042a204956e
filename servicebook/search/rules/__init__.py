"""How text is made comparable, and what a typed query means; the same on both engines."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from rapidfuzz.fuzz import partial_ratio, ratio

_BREVE = "\u0306"  # й is a letter, not a marked и
_PHONE = re.compile(r"^[+(]?\d[\d\s()./-]{4,}\d$")
MOST_WORDS = 8
MOST_CHARACTERS = 100
SHORTEST_TRIGRAM = 3
TWO_SLIPS_FROM = 9  # letters
CLOSE_ENOUGH = 74  # of 100; about one slip in five letters


def normal(text: str) -> str:
    """Fold case, strip marks and join spaces, so that "Ёлка İŞ" and "елка is" meet."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    marks = {char for char in set(folded) if char != _BREVE and unicodedata.combining(char)}
    bare = "".join(char for char in folded if char not in marks) if marks else folded
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


def parts_of(word: str) -> list[str]:
    """Return parts of a word of three letters or more, of which a slip leaves at least one whole.

    Two halves stand one slip, three thirds two. Of a short word they overlap, since no index knows
    fewer than three letters; a slip in its very middle is not found.
    """
    number = 3 if len(word) >= TWO_SLIPS_FROM else 2
    length = max(SHORTEST_TRIGRAM, len(word) // number)
    starts = [at * (len(word) - length) // (number - 1) for at in range(number)]
    return list(dict.fromkeys(word[at : at + length] for at in starts))


def likeness(typed: str, word: str) -> float:
    """Return how close a typed word is to one that is there, of 100; also to a part of a longer one.

    Zero or less for what is not close enough.
    """
    if len(word) > len(typed) + 1:
        # Nobody means by a few letters the inside of a long word as much as the word itself.
        inside = partial_ratio(typed, word, score_cutoff=CLOSE_ENOUGH) - 1
        return max(ratio(typed, word, score_cutoff=CLOSE_ENOUGH), inside)
    return ratio(typed, word, score_cutoff=CLOSE_ENOUGH)


def corrected(words: list[str], texts: Iterable[str]) -> list[str]:
    """Return `words` with each replaced by what is closest to it in `texts`, the most frequent first.

    Empty when one of them has nothing close enough.
    """
    there = Counter(word.strip("·,;()") for text in texts for word in text.split())
    found = []
    for typed in words:
        scored = [(likeness(typed, word), count, word) for word, count in there.items() if word]
        best = max(scored, default=(0.0, 0, ""))
        if best[0] < CLOSE_ENOUGH:
            return []
        found.append(best[2])
    return found
