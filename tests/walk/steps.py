"""What all steps of a walk share: take one of what is there, try an action, let time pass."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from functools import wraps
from typing import Any, TypeVar

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, QuerySet
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from servicebook.accounts.models import User
from servicebook.agenda.worker import run_due
from servicebook.contracts import terms
from servicebook.core import clock, reference
from servicebook.core.errors import Refused
from tests.walk import books
from tests.walk.company import ALMATY, FIRST_DAY, Company

T = TypeVar("T", bound=Model)
ANY = st.integers(0, 30)  # which of those that are there; the first is the simplest
AHEAD = st.integers(0, 40)  # days
WHY = "So it was said"
LOOK_EVERY = 8  # steps


class NothingThere(Exception):
    """A step found nothing to be taken with."""


def step(**drawn: Any) -> Callable[[Callable[..., None]], Any]:
    """Make a step of a walk, which what is `drawn` says more closely; without its thing it does nothing."""

    def declare(take: Callable[..., None]) -> Any:
        @rule(**drawn)
        @wraps(take)
        def taken(self: "Steps", **values: Any) -> None:
            with suppress(NothingThere):
                take(self, **values)

        return taken

    return declare


class Steps(RuleBasedStateMachine):
    """One walk through the company, in a savepoint of its own: the next begins where this one did."""

    company: Company

    def __init__(self) -> None:
        super().__init__()
        self.taken, self.latest = 0, FIRST_DAY
        clock.set_to(FIRST_DAY)
        self._forget()
        self._savepoint = transaction.atomic()
        self._savepoint.__enter__()

    def teardown(self) -> None:
        try:
            self.look()
        finally:
            transaction.set_rollback(True)
            self._savepoint.__exit__(None, None, None)
            self._forget()

    def _forget(self) -> None:
        """Drop what this process remembers of rows."""
        reference.drop()
        terms.forget()
        ContentType.objects.clear_cache()

    def look(self) -> None:
        """Look at the books once the worker has done what is due."""
        books.work(self.latest)
        if wrong := list(books.wrong()):
            raise AssertionError("\n".join(wrong))

    # -- what each step is made of

    def one(self, rows: "QuerySet[T]", which: int) -> T:
        """Return one of the rows.

        Raises:
            NothingThere: this step is not for now.
        """
        ids = list(rows.order_by("pk").values_list("pk", flat=True))
        if not ids:
            raise NothingThere
        return rows.get(pk=ids[which % len(ids)])

    def person(self, which: int) -> User:
        return self.company.people[which % len(self.company.people)]

    def day(self, ahead: int) -> date:
        return clock.today(ALMATY) + timedelta(days=ahead)

    def attempt(self, action: Callable[..., Any], *args: Any, **how: Any) -> Any:
        """Do what people do. A refusal is an answer, too; whatever else is raised is a fault."""
        self.taken, self.latest = self.taken + 1, max(self.latest, clock.now())
        said = f"{clock.now().astimezone(ALMATY):%d %b %H:%M} {action.__name__} {args} {how}"
        try:
            done = action(*args, **how)
        except Refused as refused:
            note(f"{said}: {refused}")
            done = None
        else:
            note(said)
        self.latest = max(self.latest, clock.now())
        if self.taken % LOOK_EVERY == 0:
            self.look()
        return done


class Time(Steps):
    """Time passes, with the worker at work or away."""

    @step(hours=st.integers(1, 60))
    def hours_pass(self, hours: int) -> None:
        self.attempt(run_due, clock.now() + timedelta(hours=hours))

    @step(days=AHEAD)
    def days_pass(self, days: int) -> None:
        self.attempt(run_due, clock.now() + timedelta(days=days))

    @step(hours=st.integers(1, 100))
    def the_worker_is_away(self, hours: int) -> None:
        self.attempt(clock.set_to, clock.now() + timedelta(hours=hours))

    @precondition(lambda self: clock.now() > FIRST_DAY + timedelta(hours=2))
    @step(minutes=st.integers(1, 60))
    def the_clock_is_set_back(self, minutes: int) -> None:
        self.attempt(clock.set_to, clock.now() - timedelta(minutes=minutes))

    @precondition(lambda self: clock.now() > FIRST_DAY + timedelta(days=3))
    @step(hours=st.integers(2, 60))
    def the_clock_is_set_far_back(self, hours: int) -> None:
        self.attempt(clock.set_to, clock.now() - timedelta(hours=hours))
