"""What always holds of reminders (S0.40): nobody who was asked is forgotten, and what fired left its mark."""

from collections.abc import Iterator
from itertools import islice

from servicebook.core.invariants import invariant
from servicebook.reminders import queries

NAMED = 50


@invariant("I5", "Who was asked and does not answer has an owner who is here, and a date of the next look")
def nobody_is_forgotten() -> Iterator[str]:
    # One that is late has both: it stands on the page of the unanswered, and its step turns overdue.
    yield from islice((str(one) for one in queries.breaches() if one.what != "late"), NAMED)


@invariant("I5", "A stage that fired left a next step, a message, or a line in the history")
def stages_leave_a_mark() -> Iterator[str]:
    yield from islice(queries.stages_without_a_mark(), NAMED)
