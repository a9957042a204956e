"""A file's name from outside, made harmless: no path, no control or direction marks, no tricks."""

import re
import unicodedata

LONGEST = 150
UNNAMED = "file"
# Names that a system of the reader's understands as a device.
_DEVICES = re.compile(r"(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)")
# Path separators of any system, stream separators, shell and markup letters.
_AWKWARD = re.compile(r'[<>:"|?*`$]')


def cleaned(name: str) -> str:
    """Return `name` without its folder and without letters that mislead; never empty.

    The ending is kept when the name is cut to `LONGEST` letters.
    """
    text = unicodedata.normalize("NFC", name).replace("\x00", "")
    # NFKC shows fullwidth and lookalike separators for what they are.
    last = re.split(r"[/\\]|%2f|%5c", text, flags=re.IGNORECASE)[-1]
    last = "".join("_" if unicodedata.normalize("NFKC", letter) in "/\\" else letter for letter in last)
    # Cc, Cf: control letters, and marks that turn the direction (evil‮gpj.exe looks like evilexe.jpg).
    last = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C")
    last = _AWKWARD.sub("_", last).strip(" .")
    if not last:
        return UNNAMED
    if _DEVICES.match(last):
        last = f"_{last}"
    stem, dot, ending = last.rpartition(".")
    if dot and len(ending) <= 10:
        return f"{stem[: LONGEST - len(ending) - 1]}.{ending}"
    return last[:LONGEST]


def ending(name: str) -> str:
    """Return the ending of `name` in lower case without its dot; empty when it has none."""
    return name.rpartition(".")[2].casefold() if "." in name else ""
