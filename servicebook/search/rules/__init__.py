"""How text is made comparable, the same on both engines."""

import unicodedata

_SAME = str.maketrans({"ё": "е", "ı": "i", "ß": "ss"})


def normal(text: str) -> str:
    """Fold case, strip marks and join spaces, so that "Ёлка İŞ" and "елка is" meet."""
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_SAME))
    bare = "".join(char for char in folded if not unicodedata.combining(char) or char == "\u0306")
    return " ".join(unicodedata.normalize("NFC", bare).translate(_SAME).split())
