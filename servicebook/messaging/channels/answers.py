"""What services on the other side say: shown to people, without what must stay ours (B19)."""

import json
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings

from servicebook.core.http import Answer
from servicebook.messaging.rules.headers import one_line

LONGEST = 300
SHORTEST_SECRET = 6
LONGEST_REST = timedelta(hours=1)


def said_by(whom: str, answer: Answer) -> str:
    """Return what an answer says, cut, in one line, for a person of the house."""
    text = one_line(answer.text)
    for secret in _secrets():
        text = text.replace(secret, "…")
    return f"{whom}: {answer.status} {text}"[:LONGEST].strip()


def rest_of(answer: Answer, seconds: object = None) -> timedelta | None:
    """Return how long a service asks to be left alone: in Retry-After, or as it says otherwise."""
    asked = str(seconds if seconds is not None else answer.headers.get("retry-after", ""))
    return min(timedelta(seconds=int(asked)), LONGEST_REST) if asked.isdecimal() and len(asked) < 9 else None


def _secrets() -> list[str]:
    """What the operator gave us for others, word by word: an answer may repeat it."""
    config = settings.CONFIG
    body = config.sms_body.strip()
    parts = json.loads(body) if body.startswith("{") else dict(parse_qsl(body))
    values = [
        config.telegram_token,
        *json.loads(config.sms_headers or "{}").values(),
        *(value for _name, value in parse_qsl(urlsplit(config.sms_url).query)),
        *(value for value in parts.values() if isinstance(value, str)),
    ]
    words = [word for value in values if "{" not in value for word in (value, *value.split())]
    # The longest first: a part of a secret must not keep the rest of it from being found.
    return sorted({word for word in words if len(word) >= SHORTEST_SECRET}, key=len, reverse=True)
