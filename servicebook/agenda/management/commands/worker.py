"""`servicebook worker`: does what is due and sends what waits, until it is told to stop."""

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from servicebook.agenda.worker.keeper import KEEP_EVERY_SECONDS, forget, keeper
from servicebook.agenda.worker.loops import LOOPS, Worker, log
from servicebook.core import memory, standing

FINISH_WITHIN_SECONDS = 20.0


class Command(BaseCommand):
    help = "Do what is due and send what waits. Run as many as you like. Stops gently on SIGTERM."
    requires_system_checks = ()  # they are for developers, and take a second

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only", nargs="+", metavar="LOOP", help=f"of: {', '.join(LOOPS)}")
        parser.add_argument("--once", action="store_true", help="do what can be done now, then stop")

    def handle(self, *, only: list[str] | None, once: bool, **options: Any) -> None:
        unknown = set(only or ()) - set(LOOPS)
        if unknown:
            raise CommandError(f"No loop {', '.join(sorted(unknown))}. There are: {', '.join(LOOPS)}.")
        standing.need_fitting_database()
        loops = [loop for name, loop in LOOPS.items() if not only or name in only]
        if once:
            steps = [loop.make() for loop in loops]
            while sum(step(lambda: False) for step in steps):
                pass
            return
        worker = Worker(loops)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.tell_to_stop())
        memory.settle()
        log.info("worker started: %s", ", ".join(loop.name for loop in loops))
        worker.run(keep=keeper(), every_seconds=KEEP_EVERY_SECONDS)
        if not worker.join(FINISH_WITHIN_SECONDS):
            log.warning("some work did not end in time; it is done again when its lease ends")
        forget()
        log.info("worker stopped")
