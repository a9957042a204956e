"""Sentences that are stored: written in the language of the house, as they were that day."""

from datetime import date
from functools import cache

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from servicebook.tickets.rules.priority import Urgency

LONGEST = 250


def why(urgency: Urgency) -> str:
    """Say in one sentence why a ticket is as urgent as it is."""
    parts = [_in(settings.LANGUAGE_CODE, part.text) % part.facts for part in urgency.because]
    sentence = "; ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}."[:LONGEST]


@cache
def _in(language: str, text: str) -> str:
    with translation.override(language):
        return _(text)


def in_house(label: object) -> str:
    """Say a translatable label in the language of the house, for the journal."""
    with translation.override(settings.LANGUAGE_CODE):
        return str(label)


def day_in_house(day: date) -> str:
    """Say a day in the language of the house: 20 Oct 2026."""
    with translation.override(settings.LANGUAGE_CODE):
        return date_format(day, "j M Y")


def shortened(text: str, length: int = 200) -> str:
    """Join the lines of `text` and cut it at a word, so that it fits a title."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    return line[: length - 1].rsplit(" ", 1)[0].rstrip(" ,.;:-") + "…"
