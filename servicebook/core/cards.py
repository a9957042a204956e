"""Cards that an app hangs on the page of a thing that stands on a floor above it.

So the page of a customer shows contracts, and that of a unit what covers it, without either knowing
who comes later. An app declares them in its `cards.py`; a page shows them with `{% cards thing %}`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# Takes the thing and the person who looks; None: nothing to show.
Fill = Callable[[Any, Any], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Card:
    """One card: its template, and what fills it."""

    template: str
    fill: Fill


_CARDS: dict[str, list[Card]] = {}


def card(model: str, template: str) -> Callable[[Fill], Fill]:
    """Register what fills `template` on the page of a `model` ("customers.customer")."""

    def register(fill: Fill) -> Fill:
        _CARDS.setdefault(model, []).append(Card(template, fill))
        return fill

    return register


def cards_of(model: str) -> list[Card]:
    """The cards of a model's page, in the order of the floors that they come from."""
    return _CARDS.get(model, [])
