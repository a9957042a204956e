"""The delivered texts, a module for each language."""

from collections.abc import Mapping

from servicebook.messaging.standard_texts import en, kk, ru, tr, zh_hans
from servicebook.messaging.standard_texts.words import Words

STANDARD: Mapping[str, Mapping[str, Words]] = {
    "en": en.TEXTS,
    "ru": ru.TEXTS,
    "kk": kk.TEXTS,
    "tr": tr.TEXTS,
    "zh-hans": zh_hans.TEXTS,
}

__all__ = ["STANDARD", "Words"]
