"""Make text from outside fit for a mail header. Nothing that comes out holds a line break."""

import re
import unicodedata

_MESSAGE_ID = re.compile(r"<[^<>\s\x00-\x1f\x7f]{1,240}>")
MOST_REFERENCES = 20


def one_line(text: str) -> str:
    """Return `text` without control characters and with single spaces."""
    shown = "".join(" " if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} else char for char in text)
    return " ".join(shown.split())


def message_ids(text: str) -> list[str]:
    """Return the well-formed message ids in `text`, the last `MOST_REFERENCES` of them."""
    return _MESSAGE_ID.findall(text)[-MOST_REFERENCES:]


def thread_of(references: str, in_reply_to: str) -> list[str]:
    """Return the References of an answer: what the answered mail referred to, then itself."""
    chain = [one for one in message_ids(references) if one != in_reply_to]
    return (chain + message_ids(in_reply_to))[-MOST_REFERENCES:]
