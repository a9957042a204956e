from collections.abc import Iterator
from itertools import islice

from servicebook.agenda import audit
from servicebook.core.invariants import invariant

NAMED = 50


@invariant("I5", "What is owed stands on the agenda, and nothing else")
def balanced() -> Iterator[str]:
    yield from islice((str(finding) for finding in audit.everything()), NAMED)
