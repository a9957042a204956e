"""A Bot API of our own, over HTTP: what people write waits there until it is confirmed, as with Telegram."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from servicebook.core.tests.servers import Asked, Reply, Service, serving

TOKEN = "4711:CANARY-token"
NAME = "house_bot"
CHAT = 9001


@dataclass
class Bot:
    """Keeps updates until a higher offset asks for more; takes messages; holds files."""

    updates: list[dict[str, Any]] = field(default_factory=list)
    said: list[dict[str, Any]] = field(default_factory=list)  # what was sent, with its message_id
    offsets: list[int | None] = field(default_factory=list)  # of each getUpdates
    files: dict[str, bytes] = field(default_factory=dict)
    fails: Callable[[str], Reply | None] = lambda method: None
    numbers: int = 100
    url: str = ""

    def write(self, text: str = "", *, chat: int = CHAT, update: int | None = None, **more: Any) -> int:
        """Let a person write; return the number of the message."""
        self.numbers += 1
        message = {
            "message_id": self.numbers,
            "from": {"id": chat, "is_bot": False, "first_name": "Aigul", "username": "aigul_s"},
            "chat": {"id": chat, "type": "private"},
            "date": 1_790_000_000,
            **({"text": text} if text else {}),
            **more,
        }
        self.add({"message": message}, update=update)
        return self.numbers

    def add(self, facts: dict[str, Any], *, update: int | None = None) -> None:
        self.updates.append({"update_id": update or 50_000 + self.numbers, **facts})

    def texts(self, chat: int = CHAT) -> list[str]:
        return [one["text"] for one in self.said if str(one["chat_id"]) == str(chat)]

    def reply(self, asked: Asked) -> Reply:
        file = re.fullmatch(rf"/file/bot{TOKEN}/(.+)", asked.path)
        if file:
            return self.fails("file") or Reply(body=self.files[file[1]])
        method = asked.path.removeprefix(f"/bot{TOKEN}/")
        if failed := self.fails(method):
            return failed
        facts = json.loads(asked.body or b"{}")
        return Reply(body=json.dumps({"ok": True, "result": getattr(self, f"_{method}")(facts)}).encode())

    def _getUpdates(self, facts: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: N802 - theirs
        offset = facts.get("offset")
        self.offsets.append(offset)
        if offset is not None:
            self.updates = [one for one in self.updates if one["update_id"] >= offset]
        return self.updates[: facts["limit"]]

    def _sendMessage(self, facts: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self.numbers += 1
        self.said.append({**facts, "message_id": self.numbers})
        return {"message_id": self.numbers}

    def _getFile(self, facts: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"file_id": facts["file_id"], "file_path": f"documents/{facts['file_id']}"}


def refused(status: int, description: str, **parameters: Any) -> Reply:
    """What the Bot API says when it does not do it."""
    body = {"ok": False, "error_code": status, "description": description}
    return Reply(status, json.dumps({**body, **({"parameters": parameters} if parameters else {})}).encode())


@contextmanager
def running(config: Any, *, monkeypatch: Any) -> Iterator[tuple[Bot, Service]]:
    """Run one, and let the program know it as its bot."""
    bot = Bot()
    with serving(bot.reply) as service:
        bot.url = service.url
        for name, value in {"token": TOKEN, "bot": NAME, "url": service.url}.items():
            monkeypatch.setattr(config, f"telegram_{name}", value)
        yield bot, service
