"""The texts of messages: plain-text Django templates under `templates/messages/`.

The first line is the subject line, the rest after an empty line is the body.
"""

from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string


def render(template: str, facts: Mapping[str, Any]) -> tuple[str, str]:
    """Return (subject line, body) of `template` in the active language."""
    text = render_to_string(f"messages/{template}.txt", dict(facts))
    subject_line, _empty, body = text.strip().partition("\n")
    return " ".join(subject_line.split()), body.strip() + "\n"
