"""Telegram: a bot writes into the chat that a person linked, with a button for the one action."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import translation
from django.utils.translation import pgettext

from servicebook.core import http
from servicebook.messaging.channels import ChannelDown, Outcome
from servicebook.messaging.channels.answers import rest_of, said_by
from servicebook.messaging.models import Delivery

LONGEST = 4000
OURS = "api.telegram.org"
# Said of a chat that nobody can write to any more. A bot that was blocked is told 403.
NO_CHAT = ("chat not found", "user is deactivated", "group chat was upgraded", "peer_id_invalid")


class Telegram:
    """Asks the Bot API once per message."""

    def send(self, row: Delivery) -> Outcome:
        try:
            answer = ask("sendMessage", _message(row))
        except http.Unreachable as error:
            raise ChannelDown(str(error)) from None
        except http.AnswerLost as error:
            return Outcome("unknown", str(error))
        return _judged(answer, row.to_address)

    def close(self) -> None:
        """Nothing is kept open."""


def ask(method: str, facts: dict[str, Any], *, largest: int = http.LARGEST_ANSWER) -> http.Answer:
    """Call a method of the Bot API. See `http.call`; no error shows the token."""
    config = settings.CONFIG
    return http.call(
        "POST",
        f"{config.telegram_url}/bot{config.telegram_token}/{method}",
        headers={"Content-Type": "application/json"},
        body=json.dumps(facts).encode(),
        inside=urlsplit(config.telegram_url).hostname != OURS,
        largest=largest,
    )


def download(path: str, *, largest: int) -> http.Answer:
    """Return a file that the Bot API named. See `http.call`; `path` must be checked by the caller."""
    config = settings.CONFIG
    return http.call(
        "GET",
        f"{config.telegram_url}/file/bot{config.telegram_token}/{path}",
        inside=urlsplit(config.telegram_url).hostname != OURS,
        largest=largest,
    )


def result_of(answer: http.Answer) -> Any:
    """Return what the Bot API gives; None where it says something else."""
    return answer.json.get("result") if isinstance(answer.json, dict) else None


def rest_asked(answer: http.Answer) -> timedelta | None:
    """Return how long the Bot API asks to be left alone, if it does."""
    asked = answer.json.get("parameters") if isinstance(answer.json, dict) else None
    return rest_of(answer, asked.get("retry_after") if isinstance(asked, dict) else None)


def bot() -> str:
    """Return the number of our bot: its token begins with it."""
    token: str = settings.CONFIG.telegram_token
    return token.partition(":")[0]


def _message(row: Delivery) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "chat_id": row.to_address,
        "text": row.body.strip()[:LONGEST],
        "link_preview_options": {"is_disabled": True},
    }
    if row.url:
        person = row.contact or row.user
        with translation.override((person and person.language) or settings.LANGUAGE_CODE):
            facts["reply_markup"] = {
                "inline_keyboard": [[{"text": pgettext("button", "Open"), "url": row.url}]]
            }
    return facts


def _judged(answer: http.Answer, chat: str) -> Outcome:
    if answer.ok:
        taken = result_of(answer)
        number = taken.get("message_id") if isinstance(taken, dict) else None
        return Outcome("sent", provider_id=str(number) if isinstance(number, int) else "")
    said = said_by("Telegram", answer)
    if answer.status == 429:
        raise ChannelDown(said, rest=rest_asked(answer))
    if answer.status in (401, 404):
        raise ChannelDown(said)  # the token is wrong: no message is to blame
    if answer.status >= 500:
        return Outcome("later", said)
    gone = answer.status == 403 or any(part in said.casefold() for part in NO_CHAT)
    return Outcome("never", said, gone=(chat,) if gone else ())
