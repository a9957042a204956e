"""Which column is which field, guessed from the headings."""

import re
from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz, process

from servicebook.search.rules import normal

GOOD_ENOUGH = 88  # of 100: "Serial numbr" is the serial number, "Order number" is not
SHORTEST_FUZZY = 5  # letters: shorter names are near each other by chance

_NOT_A_WORD = re.compile(r"[^\w]+|_")


def plain(heading: str) -> str:
    """Return `heading` made comparable: "E-Mail *", "e_mail" and "E MAIL" meet."""
    return "".join(_NOT_A_WORD.sub(" ", normal(heading)).split())


def unique(headings: Sequence[str]) -> list[str]:
    """Name empty headings by their letter and number those that stand twice."""
    named: list[str] = []
    taken: set[str] = set()
    for position, heading in enumerate(headings):
        base = " ".join(heading.split())[:120] or f"Column {letter(position)}"
        name, count = base, 1
        while name in taken:
            count += 1
            name = f"{base} ({count})"
        taken.add(name)
        named.append(name)
    return named


def letter(position: int) -> str:
    """The spreadsheet's name of a column: 0 is A, 26 is AA."""
    letters, position = "", position + 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def guess(
    headings: Sequence[str], known: Mapping[str, Sequence[str]], *, leave: frozenset[str] = frozenset()
) -> dict[str, str]:
    """Return field name → heading, each heading used once.

    Args:
        known: field name → what it is called, best first. Exact names win over similar ones,
            and a name that stands earlier in its list over one that stands later.
        leave: plain headings that are never a field.
    """
    free = {plain(heading): heading for heading in reversed(headings) if plain(heading) not in leave}
    found: dict[str, str] = {}
    ranked = sorted(
        (rank, order, field, plain(name))
        for order, (field, names) in enumerate(known.items())
        for rank, name in enumerate(names)
    )
    for _rank, _order, field, name in ranked:
        if field not in found and name in free:
            found[field] = free.pop(name)
    for _rank, _order, field, name in ranked:
        if field in found or len(name) < SHORTEST_FUZZY or not free:
            continue
        near = process.extractOne(name, list(free), scorer=fuzz.ratio, score_cutoff=GOOD_ENOUGH)
        if near:
            found[field] = free.pop(near[0])
    return found
