"""What a text says: a subject line, the body, and a short form for SMS, messenger and push."""

from typing import NamedTuple


class Words(NamedTuple):
    subject_line: str
    body: str
    short: str
