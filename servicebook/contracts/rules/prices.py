"""What extra work costs: the rate of the contract, else that of the house's rate card (S0.20, S0.21)."""

from decimal import Decimal

from servicebook.contracts.rules.figures import ONE
from servicebook.contracts.rules.terms import TIMED, PriceLine, Prices, Rate, Service, Terms
from servicebook.core.money import rounded

HOUR = Decimal(60)  # minutes: a rate of TIMED services is per hour
AT_THEIR_PRICE = Rate(Service.PARTS, ONE)  # parts for which no rate says how their price changes


def rate_of(service: Service, terms: Terms, prices: Prices) -> Rate | None:
    """Return what a service costs beyond the terms: by their own plain rate, else by the rate card."""
    for rates in (terms.rates, prices.rates):
        of_service = [one for one in rates if one.service is service]
        if of_service:
            return min(of_service, key=lambda one: one.extra is not None)
    return None


def price(rate: Rate, currency: str, quantity: Decimal | None, *, factor: Decimal = ONE) -> PriceLine:
    """Return the price of some extra work, rounded once.

    Args:
        quantity: in the service's unit (trips, diagnostics, minutes, money); None while nobody knows.
        factor: how much dearer the circumstances make the work. Parts cost what they cost.
    """
    if rate.service is Service.PARTS:
        factor = ONE
    amount = None
    if quantity is not None:
        units = quantity / HOUR if rate.service in TIMED else quantity
        amount = rounded(rate.price * units * factor, currency)
    return PriceLine(rate.service, rate.price, currency, quantity, amount, factor, rate.extra)
