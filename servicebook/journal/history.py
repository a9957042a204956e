"""From entries to sentences. Each app registers the sentences of its verbs in `history.py`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise as LazyText
from django.utils.timezone import get_current_timezone


@dataclass(frozen=True)
class Sentence:
    """How a verb is said: `text` is a %-format over the entry's facts; `icon` a sprite name.

    `show` turns facts that are kept as codes (field names, choices) into words in the reader's
    language before they are put into the text.
    """

    text: str | LazyText
    icon: str = "point"
    show: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None


SENTENCES: dict[str, Sentence] = {}
_NOTHING_MORE = re.compile(r"(?<=[.。]) ?–$")  # words that nobody added, after a whole sentence
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})")


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "–"


def register(sentences: Mapping[str, Sentence]) -> None:
    """Say how verbs are said. A verb belongs to one app."""
    for verb, sentence in sentences.items():
        if verb in SENTENCES:
            raise ValueError(f"{verb} is registered twice")
        SENTENCES[verb] = sentence


def say(verb: str, facts: Mapping[str, Any]) -> str:
    """Return the sentence for an entry, in the active language. Plain text, not HTML."""
    sentence = SENTENCES.get(verb)
    if sentence is None:
        return verb.replace(".", " ").replace("_", " ")
    if sentence.show:
        facts = sentence.show(facts)
    said = str(sentence.text) % _Facts({key: plain(value) for key, value in facts.items()})
    return _NOTHING_MORE.sub("", said)


def plain(value: Any) -> Any:
    """Say one fact as people write it: days and moments in the reader's language and zone."""
    if value in (None, ""):
        return "–"
    if not isinstance(value, str):
        return value
    try:
        if _DAY.fullmatch(value):
            return date_format(date.fromisoformat(value), "j M Y")
        if _MOMENT.fullmatch(value):
            return date_format(datetime.fromisoformat(value).astimezone(get_current_timezone()), "j M Y H:i")
    except ValueError:  # looks like a date and is none: a serial, a part number
        return value
    return value


def icon(verb: str) -> str:
    """Return the sprite name that stands beside the sentence."""
    sentence = SENTENCES.get(verb)
    return sentence.icon if sentence else "point"
