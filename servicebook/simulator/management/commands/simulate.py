"""`servicebook simulate --days 90 --seed 7`: a company at work, by the real actions with a set clock."""

from datetime import date, datetime, time, timedelta
from random import Random
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from servicebook.accounts.models import User
from servicebook.contracts.terms import kept_at_once
from servicebook.core import clock
from servicebook.simulator import agreements, company
from servicebook.simulator.days import Play
from servicebook.tickets import reference
from servicebook.tickets.models import Ticket

FIRST_DAY = date(2026, 1, 5)


class Command(BaseCommand):
    help = "Play a service company day by day in an empty book. The same seed gives the same book."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=90)
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--from", dest="first_day", type=date.fromisoformat, default=FIRST_DAY)
        parser.add_argument("--until-now", action="store_true", help="let the last day be today")

    def handle(self, *, days: int, seed: int, first_day: date, until_now: bool, **options: Any) -> None:
        if User.objects.exists():
            raise CommandError(
                "The book is not empty. Simulate into a new one: set DATABASE_URL or DATA_DIR."
            )
        started, zone, end = monotonic(), ZoneInfo(settings.TIME_ZONE), clock.now()
        if until_now:
            first_day = end.astimezone(zone).date() - timedelta(days=days)
        start = datetime.combine(first_day, time(7, 30), zone)
        last = end if until_now else start + timedelta(days=days)
        try:
            clock.set_to(start)
            # All in one transaction: quick, and a simulation that is broken off leaves an empty book.
            with kept_at_once(), transaction.atomic():
                reference.ensure()
                rng = Random(seed)  # noqa: S311 - it plays, it does not protect
                founded = company.found(rng)
                agreements.found(founded, first_day)
                Play(founded, rng, start).play(last)
        finally:
            clock.set_to(None)
        tickets, still_open = Ticket.objects.count(), Ticket.objects.open().count()
        self.stdout.write(
            f"{days} days played in {monotonic() - started:.1f} s: {tickets} tickets, {still_open} open."
        )
