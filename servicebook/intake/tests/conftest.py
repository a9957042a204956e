"""A bot of our own for whoever tests what people write to it."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings

from servicebook.agenda.worker import run_due
from servicebook.intake.messenger.polling import Poller
from servicebook.messaging import sender
from servicebook.messaging.tests.bot import Bot, running


@pytest.fixture
def bot(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Iterator[Bot]:
    with running(settings.CONFIG, monkeypatch=monkeypatch) as (one, _service):
        yield one


@pytest.fixture
def work(db: None) -> Callable[[], int]:
    """Let a worker ask the bot, understand what came, and send the answers; returns how many were kept."""
    poller = Poller(hold=0)

    def at_work() -> int:
        kept = 0
        while count := poller.step():
            kept += count
        run_due()
        sender.send_due()
        return kept

    return at_work
