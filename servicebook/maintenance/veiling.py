"""What the history of a plan names of contracts, for somebody who may not see every one (S1.2)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from servicebook.accounts.models import User
from servicebook.contracts.veiling import numbers_shown
from servicebook.journal.models import Entry

Facts = Mapping[str, Any]
CARRIED = ("before", "after")  # the contracts of "plan.carried_over" and "plan.revived", by their numbers


def veil_history(entries: Sequence[Entry], user: User) -> None:
    """Let the entries of a plan say only what `user` may read. One statement where a contract is named."""
    for entry, facts in zip(entries, veiled([one.facts for one in entries], user), strict=True):
        entry.facts = facts


def veiled(told: Sequence[Facts], user: User) -> list[Facts]:
    """Return the facts of a plan's entries as `user` may read them. One statement, as `veil_history`."""
    seen = numbers_shown((_number(text) for facts in told for text in _named(facts)), user)

    def veil(text: str) -> str:
        return text if not text or _number(text) in seen else _("that you may not see")

    return [_with(facts, [veil(text) for text in _named(facts)]) for facts in told]


def _named(facts: Facts) -> Iterator[str]:
    """The contracts that an entry names: what carried it over, then what a change put in place of what."""
    yield from (facts[name] for name in CARRIED if name in facts)
    yield from facts.get("changes", {}).get("contract", ())


def _with(facts: Facts, named: list[str]) -> Facts:
    """The same facts with other texts in place of those that `_named` gave, in its order."""
    if not named:
        return facts
    said = {**facts, **{name: named.pop(0) for name in CARRIED if name in facts}}
    if named:
        said["changes"] = {**facts["changes"], "contract": named}
    return said


def _number(text: str) -> str:
    """The number in "C-2026-000001 Maintenance of the lifts"."""
    return text.partition(" ")[0]
