"""What one message says, whatever brought it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offered:
    """A file that came along, to be fetched. `size` is 0 when nobody says."""

    file_id: str
    name: str
    content_type: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message of a person.

    Attributes:
        chat: where it was written, and where an answer goes: the chat, or the number as it came.
        number: of the message there; `reply_to` of the one that it answers, `group` of an album.
        command: the word after the slash, if it is one; `argument` what follows.
        left_out: kinds of what came along and is not taken over ("voice").
        edited: it takes the place of an earlier message with the same number.
        gone: the person closed the chat to us; nothing is said.
        because: why it is for nobody; empty: it is for us.
    """

    chat: str
    number: str = ""
    reply_to: str = ""
    group: str = ""
    name: str = ""
    language: str = ""
    text: str = ""
    command: str = ""
    argument: str = ""
    files: Sequence[Offered] = ()
    left_out: Sequence[str] = ()
    edited: bool = False
    gone: bool = False
    because: str = ""

    # As a letter has them, so that what looks for words in letters finds them here.
    @property
    def subject(self) -> str:
        return ""

    @property
    def whole_text(self) -> str:
        return self.text
