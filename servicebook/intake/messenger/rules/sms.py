"""Read what an SMS gateway sends us: a form or JSON, with the field names that gateways commonly use."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

# The first that is there counts. Compared without case, "-" and "_".
USUAL: Final[Mapping[str, tuple[str, ...]]] = {
    "from": ("from", "sender", "phone", "msisdn", "source", "sourceaddr", "number", "originator"),
    "text": ("text", "message", "body", "mes", "content", "sms", "msg"),
    "id": ("id", "messageid", "smsid", "messagesid", "msgid", "uuid"),
}
MOST_AT_ONCE: Final = 100
MOST_FIELDS: Final = 100
LONGEST_TEXT: Final = 20_000


class Unreadable(ValueError):
    """No message stands in it."""


@dataclass(frozen=True, slots=True)
class Sms:
    """One SMS. `id` is the gateway's, empty if it gives none."""

    sender: str
    text: str
    id: str = ""


def own_names(text: str) -> dict[str, str]:
    """Return the field names that an operator set: "from=phone text=mes id=sms_id".

    Raises:
        ValueError: it says something else.
    """
    found = dict(part.partition("=")[::2] for part in text.replace(",", " ").split())
    if not all(found.values()) or not found.keys() <= USUAL.keys():
        raise ValueError(f"{text!r} names no fields")
    return found


def read(body: bytes, *, content_type: str, names: Mapping[str, str]) -> list[Sms]:
    """Return the messages of one call.

    Args:
        names: field names that the operator set, by "from", "text" and "id".

    Raises:
        Unreadable: it is neither a form nor JSON, or holds no message.
    """
    text = body.decode("utf-8", "replace")
    if "json" not in content_type and text.lstrip()[:1] not in ("{", "["):
        try:
            return read_form(dict(parse_qsl(text, max_num_fields=MOST_FIELDS)), names=names)
        except ValueError:
            raise Unreadable("no message stands in it") from None
    try:
        found = list(_objects(json.loads(text)))
    except (ValueError, RecursionError):
        raise Unreadable("this is no JSON") from None
    return _messages(found, names)


def read_form(facts: Mapping[str, str], *, names: Mapping[str, str]) -> list[Sms]:
    """Return the message of a form. See `read`."""
    return _messages([facts], names)


def _messages(found: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[Sms]:
    messages = [one for one in (_sms(facts, names) for facts in found[:MOST_AT_ONCE]) if one]
    if not messages:
        raise Unreadable("no message stands in it")
    return messages


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """The object itself, each of a list, or each of the first list that it holds."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))
    elif isinstance(value, dict):
        inner = next((one for one in value.values() if isinstance(one, list) and one), None)
        single = next((one for one in value.values() if isinstance(one, dict)), None)
        if _value(value, USUAL["from"]) is None and inner is not None:
            yield from _objects(inner)
        elif _value(value, USUAL["from"]) is None and single is not None:
            yield single
        else:
            yield value


def _sms(facts: Mapping[str, Any], names: Mapping[str, str]) -> Sms | None:
    values = {
        what: _value(facts, (names[what],) if what in names else usual) for what, usual in USUAL.items()
    }
    sender, text = values["from"], values["text"]
    if not sender or text is None or not text.strip():
        return None
    return Sms(sender[:40], text[:LONGEST_TEXT].strip(), (values["id"] or "")[:80])


def _value(facts: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    plain = {_bare(name): value for name, value in facts.items() if isinstance(name, str)}
    for name in names:
        value = plain.get(_bare(name))
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            # Neither a NUL nor half of a surrogate pair can be kept.
            return str(value).replace("\x00", "").encode("utf-8", "ignore").decode()
    return None


def _bare(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")
