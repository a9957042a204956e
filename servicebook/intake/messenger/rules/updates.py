"""Read an update of the Telegram Bot API. Anybody may have written what stands in it: nothing is trusted."""

import re
from collections.abc import Mapping
from typing import Any, Final

from servicebook.intake.messenger.rules.said import Offered, Said
from servicebook.reminders.rules.words import gettext_noop as _

WANTED: Final = ("message", "edited_message", "my_chat_member")  # what we ask Telegram for
LARGEST_ID: Final = 2**63 - 1
LONGEST_TEXT: Final = 20_000  # Telegram takes 4 096
LEFT_OUT: Final = (
    "voice", "audio", "video", "video_note", "animation", "location", "venue", "contact", "poll", "sticker",
    "story", "dice", "checklist",
)  # fmt: skip
NO_ROOM_OF_ONE = _("It was not written in a chat with one person.")
NO_PERSON = _("A program wrote it, not a person.")
NO_MESSAGE = _("It is no message.")
_COMMAND = re.compile(r"/(?P<word>[A-Za-z0-9_]{1,32})(@\w{1,40})?(\s+(?P<argument>.*))?\s*", re.DOTALL)


def update_id(update: Any) -> int | None:
    """Return the number of an update; None if it has none that can be kept."""
    number = _dict(update).get("update_id")
    right = isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= LARGEST_ID
    return number if right else None


def read(update: Any) -> Said:
    """Return what an update says; `because` tells why it is for nobody."""
    found = _dict(update)
    if "my_chat_member" in found:
        return _member(_dict(found["my_chat_member"]))
    edited = "edited_message" in found
    message = _dict(found.get("edited_message" if edited else "message"))
    chat, sender = _dict(message.get("chat")), _dict(message.get("from"))
    where, number = _number(chat.get("id")), _number(message.get("message_id"))
    if not where or not number:
        return Said(chat=where, because=NO_MESSAGE)
    if chat.get("type") != "private":
        return Said(chat=where, number=number, because=NO_ROOM_OF_ONE)
    if sender.get("is_bot") is True:
        return Said(chat=where, number=number, because=NO_PERSON)
    text = _text(message.get("text")) or _text(message.get("caption"))
    command = _COMMAND.fullmatch(text) if "text" in message else None
    files = _files(message)
    # An animation comes as a document, too: that one is taken.
    left_out = tuple(kind for kind in LEFT_OUT if kind in message and not (kind == "animation" and files))
    return Said(
        chat=where,
        number=number,
        reply_to=_number(_dict(message.get("reply_to_message")).get("message_id")),
        group=_text(message.get("media_group_id"))[:40],
        name=_name(sender),
        language=_text(sender.get("language_code"))[:10],
        text=text,
        command=command["word"].lower() if command else "",
        argument=next(iter((command["argument"] or "").split()), "")[:200] if command else "",
        files=files,
        left_out=left_out,
        edited=edited,
        because="" if text or files or left_out else NO_MESSAGE,
    )


def _member(change: Mapping[str, Any]) -> Said:
    """Somebody closed the chat to the bot, or opened it again: only the first is of interest."""
    chat = _dict(change.get("chat"))
    where = _number(chat.get("id"))
    kicked = _dict(change.get("new_chat_member")).get("status") in ("kicked", "left")
    if where and kicked and chat.get("type") == "private":
        return Said(chat=where, gone=True)
    return Said(chat=where, because=NO_MESSAGE)


def _files(message: Mapping[str, Any]) -> tuple[Offered, ...]:
    photos = message.get("photo")
    if isinstance(photos, list) and photos:
        sizes = [_dict(one) for one in photos]
        best = max(sizes, key=lambda one: (_size(one.get("width")), _size(one.get("file_size"))))
        mark = _text(best.get("file_unique_id"))[-12:] or "1"
        return _offered(best, f"photo-{mark}.jpg", "image/jpeg")
    document = _dict(message.get("document"))
    if document:
        return _offered(document, _text(document.get("file_name")), _text(document.get("mime_type")))
    return ()


def _offered(found: Mapping[str, Any], name: str, content_type: str) -> tuple[Offered, ...]:
    file_id = _text(found.get("file_id"))
    if not file_id or len(file_id) > 250:
        return ()
    named = " ".join(name.split())[:200] or "document"
    return (Offered(file_id, named, content_type[:100], _size(found.get("file_size"))),)


def _name(sender: Mapping[str, Any]) -> str:
    whole = " ".join(f"{_text(sender.get('first_name'))} {_text(sender.get('last_name'))}".split())
    nick = _text(sender.get("username"))
    return f"{whole} (@{nick})"[:120] if nick else whole[:120]


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    # A half of a surrogate pair cannot be kept.
    whole = value.replace("\x00", "").encode("utf-8", "ignore").decode()
    return whole[:LONGEST_TEXT].strip()


def _number(value: Any) -> str:
    right = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_ID
    return str(value) if right else ""


def _size(value: Any) -> int:
    right = isinstance(value, int) and not isinstance(value, bool)
    return min(max(value, 0), 2**31 - 1) if right else 0
