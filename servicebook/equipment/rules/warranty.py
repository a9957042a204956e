"""Warranties of a unit on one side: ours to the customer, or the vendor's to us."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

SOON = timedelta(days=30)  # from then on the end is near enough to act on


class Standing(Enum):
    """How a side stands; its value is the tone of its mark."""

    RUNS = "done"
    ENDS_SOON = "risk"
    STARTS_LATER = "live"
    ENDED = "wait"
    NONE = "off"


@dataclass(frozen=True)
class Term:
    """One promise. `ends_on` is its last day; an empty component is the whole unit."""

    starts_on: date
    ends_on: date
    component: str = ""
    parts: bool = True
    labour: bool = True

    def runs(self, on: date) -> bool:
        return self.starts_on <= on <= self.ends_on


@dataclass(frozen=True)
class State:
    """How one side stands on a day, and the term that says so."""

    standing: Standing
    term: Term | None = None


def state(terms: Sequence[Term], *, on: date) -> State:
    """Return how the terms of one side stand on a day.

    The whole unit goes before its components; of those that run, the one that ends last.
    """
    if not terms:
        return State(Standing.NONE)

    def last(chosen: Sequence[Term]) -> Term:
        return max(chosen, key=lambda term: (not term.component, term.ends_on))

    running = [term for term in terms if term.runs(on)]
    if running:
        best = last(running)
        soon = best.ends_on - on <= SOON
        return State(Standing.ENDS_SOON if soon else Standing.RUNS, best)
    coming = [term for term in terms if term.starts_on > on]
    if coming:
        return State(Standing.STARTS_LATER, min(coming, key=lambda term: term.starts_on))
    return State(Standing.ENDED, last(terms))


def covers(terms: Sequence[Term], *, on: date, component: str = "", labour: bool = False) -> Term | None:
    """Return the term that covers a part (or the labour) of `component` on a day; None when none does."""
    for term in sorted(terms, key=lambda one: (not one.component, one.ends_on), reverse=True):
        fits = not term.component or term.component.casefold() == component.casefold()
        if fits and term.runs(on) and (term.labour if labour else term.parts):
            return term
    return None
