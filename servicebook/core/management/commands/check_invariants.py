"""`servicebook check_invariants`: do the books balance?"""

import sys
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand

from servicebook.core.invariants import INVARIANTS, violations

SHOWN_PER_INVARIANT = 20


class Command(BaseCommand):
    help = "Prove that nothing was lost or doubled. Exits with 1 and names the rows that break an invariant."

    def handle(self, **options: Any) -> None:
        start = monotonic()
        broken: dict[str, int] = {}
        for one, line in violations():
            key = f"{one.id} {one.says}"
            broken[key] = broken.get(key, 0) + 1
            if broken[key] == 1:
                self.stdout.write(f"BROKEN {key}")
            if broken[key] <= SHOWN_PER_INVARIANT:
                self.stdout.write(f"  {line}")
        for key, count in broken.items():
            if count > SHOWN_PER_INVARIANT:
                self.stdout.write(f"  … {count} rows break {key}")
        took = monotonic() - start
        self.stdout.write(f"{len(INVARIANTS)} invariants checked in {took:.1f} s, {len(broken)} broken.")
        if broken:
            sys.exit(1)
