"""Which parts are often replaced, from what engineers wrote."""

import re
from collections import Counter
from collections.abc import Iterable

# "none" in the languages of the house: an answer, not a part.
NOTHING = frozenset({"", "-", "–", "—", "none", "no", "n/a", "нет", "не было", "жоқ", "yok", "无", "没有"})
_BETWEEN = re.compile(r"[,;\n]+")
_COUNT = re.compile(r"\s*[×x*]\s*(\d{1,3})\s*$|^\s*(\d{1,3})\s*[×x*]\s*", re.IGNORECASE)
_ALONE = re.compile(r"(\d{1,3})\s*(?:pieces?|pcs?\.?|units?|шт\.?|штук[аи]?|дана|adet|个|件)", re.IGNORECASE)
_SERIAL = re.compile(r"\s*\(?\b(?:s/?n|сер\.?\s*№?|serial)\b.*$", re.IGNORECASE)


def named(text: str) -> list[tuple[str, int]]:
    """Return (part, quantity) of what an engineer wrote about replaced parts.

    >>> named("PSU-750 ×1; CR2032 x2, none")
    [('PSU-750', 1), ('CR2032', 2)]
    """
    found: list[tuple[str, int]] = []
    for piece in _BETWEEN.split(text):
        bare = _SERIAL.sub("", piece).strip(" .")
        count = _COUNT.search(bare)
        alone = _ALONE.fullmatch(bare)
        if alone and found:
            found[-1] = (found[-1][0], int(alone[1]))  # "Bearing 6309, 1 piece"
            continue
        name = " ".join(_COUNT.sub("", bare).split())
        if name.casefold() not in NOTHING:
            found.append((name, int(count[1] or count[2]) if count else 1))
    return found


def often(texts: Iterable[str], *, most: int = 3) -> list[tuple[str, int]]:
    """Return (part, how many repairs needed it), the most frequent first. Spelling by case is one."""
    spelled: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for text in texts:
        for name in {name.casefold(): name for name, _quantity in named(text)}.values():
            spelled.setdefault(name.casefold(), name)
            counts[name.casefold()] += 1
    return [(spelled[key], count) for key, count in counts.most_common(most)]
