"""A program of its own: keeps and understands messages in processes that are killed, or that race.

`python -m servicebook.intake.tests.texts_rehearsal PLAY '{"…": …}'` with DATABASE_URL and DATA_DIR set.
"""

import json
import os
import secrets
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicebook.settings")


def fresh_chat() -> int:
    """A chat that is linked to a contact of its own."""
    from servicebook.core import clock
    from servicebook.intake.models import TelegramInbox
    from servicebook.messaging import chats
    from servicebook.testing import make_contact, make_reason, make_user

    if not django.apps.apps.get_model("accounts", "User").objects.exists():
        make_user("manager", name="Service owner", email="owner@house.example")
        make_reason("failure")
    # Whoever worked later left the bot until then.
    TelegramInbox.objects.update(ready_at=clock.now(), token="")
    chat = secrets.randbelow(10**12)
    chats.link(str(chat), make_contact(name="Bolat"), label="Bolat")
    return chat


def take(bot: Any, chat: int) -> None:
    """One worker: asks the bot, understands what came, and queues the answers."""
    from servicebook.agenda.worker import run_due
    from servicebook.intake.messenger.polling import Poller

    del bot, chat
    poller = Poller(hold=0)
    while poller.step():
        pass
    while run_due():
        pass


def work_later(bot: Any, chat: int) -> None:
    """Another worker, some minutes later: the leases of the one that died are over."""
    from servicebook.core import clock

    clock.set_to(clock.now() + timedelta(minutes=10))
    take(bot, chat)


def outcome(chat: int) -> dict[str, Any]:
    """What stands in the books about one chat."""
    from servicebook.intake.models import IncomingFile, ReceivedText
    from servicebook.messaging.models import Delivery
    from servicebook.tickets.models import Message

    texts = ReceivedText.objects.filter(chat=str(chat))
    messages = Message.objects.filter(received_texts__in=texts)
    return {
        "states": sorted(texts.values_list("state", flat=True)),
        "messages": messages.count(),
        "tickets": messages.values("ticket").distinct().count(),
        "files": IncomingFile.objects.filter(message__in=messages).count(),
        "answers": Delivery.objects.filter(to_address=str(chat), template__startswith="chat_").count(),
    }


class _Put:
    """Sets attributes for good: the process is the test's own."""

    def setattr(self, owner: Any, name: str, value: Any) -> None:
        setattr(owner, name, value)


def kill_at_every_point() -> dict[str, Any]:
    """Kill the worker at each commit in turn, between what Telegram hands out and what is said of it."""
    from django.conf import settings

    from servicebook.killpoints import Points, in_child, wait_for
    from servicebook.messaging.tests.bot import running

    folder = Path(os.environ["DATA_DIR"])
    with running(settings.CONFIG, monkeypatch=_Put()) as (bot, _service):

        def written() -> int:
            chat = fresh_chat()
            bot.write("The pump leaks", chat=chat)
            bot.write("see", chat=chat, document={"file_id": "D", "file_name": "act.pdf"})
            return chat

        warm = written()  # what is made once, when a bot is asked for the first time
        assert wait_for(in_child(lambda: take(bot, warm))) == 0
        first = written()

        def counted() -> None:
            points = Points().install()
            take(bot, first)
            (folder / "points.json").write_text(json.dumps(points.seen))

        assert wait_for(in_child(counted)) == 0
        seen = json.loads((folder / "points.json").read_text())
        runs = []
        for number in range(1, len(seen) + 1):
            chat = written()
            killed = wait_for(in_child(lambda at=number, to=chat: (Points(at).install(), take(bot, to))))
            ended = wait_for(in_child(lambda to=chat: work_later(bot, to)))
            runs.append(
                {"at": f"{number} {seen[number - 1]}", "killed": killed, "ended": ended, **outcome(chat)}
            )
        left = len(bot.updates)
    return {"points": seen, "runs": runs, "left": left}


def race(*, processes: int) -> dict[str, Any]:
    """Let several workers ask and understand at once."""
    from django.conf import settings

    from servicebook.killpoints import in_child, wait_for
    from servicebook.messaging.tests.bot import running

    with running(settings.CONFIG, monkeypatch=_Put()) as (bot, _service):
        bot.numbers = 100_000  # another play may have been kept in this database
        chat = fresh_chat()
        for number in range(8):
            bot.write(f"line {number}", chat=chat)
        codes = [wait_for(pid) for pid in [in_child(lambda: take(bot, chat)) for _one in range(processes)]]
        codes.append(wait_for(in_child(lambda: work_later(bot, chat))))
        from servicebook.tickets.models import Message

        said = Message.objects.filter(ticket__contact__reaches__address=str(chat)).order_by("pk")
        return {"codes": codes, "said": list(said.values_list("text", flat=True)), **outcome(chat)}


PLAYS = {"kill_at_every_point": kill_at_every_point, "race": race}

if __name__ == "__main__":
    django.setup()
    print(json.dumps(PLAYS[sys.argv[1]](**json.loads(sys.argv[2]) if len(sys.argv) > 2 else {})))  # noqa: T201
