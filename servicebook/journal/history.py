"""From entries to sentences. Each app registers the sentences of its verbs in `history.py`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise as LazyText


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
    return str(sentence.text) % _Facts(
        {key: "–" if value in (None, "") else value for key, value in facts.items()}
    )


def icon(verb: str) -> str:
    """Return the sprite name that stands beside the sentence."""
    sentence = SENTENCES.get(verb)
    return sentence.icon if sentence else "point"
