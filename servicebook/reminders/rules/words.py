"""Sentences of rules are marked here and translated by whoever shows or stores them."""


def gettext_noop(sentence: str) -> str:
    """Mark `sentence` for translation and return it unchanged."""
    return sentence
