"""The texts of messages: plain-text Django templates under `templates/messages/`.

The first line is the subject line, the rest after an empty line is the body.
"""

from collections.abc import Mapping
from typing import Any

from django.template import Context
from django.template.loader import get_template


def render(template: str, facts: Mapping[str, Any]) -> tuple[str, str]:
    """Return (subject line, body) of `template` in the active language."""
    # The engine's own template: Django's wrapper escapes for HTML, and O'Brien is no O&#x27;Brien.
    compiled = get_template(f"messages/{template}.txt").template  # type: ignore[attr-defined]
    text = compiled.render(Context(dict(facts), autoescape=False))
    subject_line, _empty, body = text.strip().partition("\n")
    return " ".join(subject_line.split()), body.strip() + "\n"
