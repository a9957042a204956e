from collections.abc import Iterator

from django.db import connection

from servicebook.core.invariants import invariant
from servicebook.journal import guard


@invariant("I8", "The journal refuses to be changed")
def guarded() -> Iterator[str]:
    missing = guard.missing(connection)
    if missing:
        yield f"triggers are missing: {', '.join(missing)}"
