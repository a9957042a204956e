"""What many rows refer to, read with few statements, however many rows there are.

Django asks for the rows behind a foreign key with one OR for each. SQLite refuses a condition that is deeper
than 1000, so that a list of 1001 different ones fails there with "Expression tree is too large".
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects  # noqa: TID251 - this is the one place

AT_ONCE = 900  # rows, below what one condition holds on SQLite


def fetch(rows: Sequence[Any], *names: "str | Prefetch[Any]") -> None:
    """Keep on each of `rows` what it refers to under `names`; a statement per name and 900 rows."""
    for start in range(0, len(rows), AT_ONCE):
        prefetch_related_objects(rows[start : start + AT_ONCE], *names)
