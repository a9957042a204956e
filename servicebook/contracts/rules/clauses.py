"""The terms of one version, ready to be tested: what is looked up in them for every request."""

from collections.abc import Iterable, Mapping

from servicebook.contracts.rules.balances import in_order
from servicebook.contracts.rules.gate import Gatekeeper
from servicebook.contracts.rules.lines import Line
from servicebook.contracts.rules.scope import Scopes
from servicebook.contracts.rules.terms import Rate, Service, Terms
from servicebook.contracts.rules.types import TYPES


class Clauses:
    """Look-ups of one version's terms.

    Attributes:
        lines: of each included service, as they are used up.
    """

    __slots__ = ("contract", "gatekeeper", "lines", "place", "rates", "scopes", "terms")

    def __init__(self, terms: Terms) -> None:
        self.terms, self.contract = terms, terms.contract
        self.place = TYPES[terms.type].place
        self.scopes = Scopes(terms.scopes)
        self.gatekeeper = Gatekeeper(terms)
        self.lines: Mapping[Service, tuple[Line, ...]] = {
            service: tuple(Line(terms, one) for one in in_order(terms.included, service))
            for service in {one.service for one in terms.included}
        }
        self.rates = rates_by_service(terms.rates)


def clauses(terms: Terms) -> Clauses:
    """Return the look-ups of these terms; made once for as long as the terms are kept."""
    found: Clauses | None = terms.memo.get("clauses")
    if found is None:
        found = terms.memo["clauses"] = Clauses(terms)
    return found


def rates_by_service(rates: Iterable[Rate]) -> Mapping[Service, Rate]:
    """Return the rate of each service; the plain one goes before one for a line of the catalogue."""
    found: dict[Service, Rate] = {}
    for rate in sorted(rates, key=lambda one: one.extra is not None):
        found.setdefault(rate.service, rate)
    return found
