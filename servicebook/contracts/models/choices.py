"""The words of the rules, as choices of fields."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from servicebook.contracts.rules import terms


class Service(models.TextChoices):
    VISIT = terms.Service.VISIT.value, _("On-site visits")
    DIAGNOSTIC = terms.Service.DIAGNOSTIC.value, _("Diagnostics")
    LABOUR = terms.Service.LABOUR.value, _("Engineer hours on site")
    REMOTE = terms.Service.REMOTE.value, _("Remote support")
    PARTS = terms.Service.PARTS.value, _("Spare parts")


class ContractType(models.TextChoices):
    SLA = terms.ContractType.SLA.value, _("Service level agreement")
    SUBSCRIPTION = terms.ContractType.SUBSCRIPTION.value, _("Subscription")
    ONE_OFF = terms.ContractType.ONE_OFF.value, _("One-off")


class State(models.TextChoices):
    DRAFT = terms.State.DRAFT.value, _("Draft")
    ACTIVE = terms.State.ACTIVE.value, _("Active")
    ON_HOLD = terms.State.ON_HOLD.value, _("On hold")
    EXPIRED = terms.State.EXPIRED.value, _("Expired")
    CANCELLED = terms.State.CANCELLED.value, _("Cancelled")
    RENEWED = terms.State.RENEWED.value, _("Renewed")


class Period(models.TextChoices):
    MONTH = terms.Period.MONTH.value, _("a month")
    QUARTER = terms.Period.QUARTER.value, _("a quarter")
    YEAR = terms.Period.YEAR.value, _("a year")
    TERM = terms.Period.TERM.value, _("for the whole term")
    PACK = terms.Period.PACK.value, _("prepaid pack")


class Measure(models.TextChoices):
    RESPONSE = terms.Measure.RESPONSE.value, _("Response")
    ARRIVAL = terms.Measure.ARRIVAL.value, _("Arrival")
    RECOVERY = terms.Measure.RECOVERY.value, _("Recovery")


class Unless(models.TextChoices):
    TAMPERING = terms.Unless.TAMPERING.value, _("Signs of tampering")
    OUTSIDE_HOURS = terms.Unless.OUTSIDE_HOURS.value, _("Outside the service hours")
    UNSUPPORTED = terms.Unless.UNSUPPORTED.value, _("Software that is supported no longer")
    CHANNEL = terms.Unless.CHANNEL.value, _("Asked through a channel that was not agreed")
    MISUSE = terms.Unless.MISUSE.value, _("Damage by wrong use")


class PartsRule(models.TextChoices):
    CONSUMABLES = terms.PartsRule.CONSUMABLES.value, _("Consumables only")
    ALL = terms.PartsRule.ALL.value, _("All parts")


class BillingCycle(models.TextChoices):
    MONTH = "month", _("a month")
    QUARTER = "quarter", _("a quarter")
    YEAR = "year", _("a year")
    ONCE = "once", _("once")


class Initiator(models.TextChoices):
    """Who did not want to go on (S0.66)."""

    CUSTOMER = "customer", _("The customer")
    US = "us", _("We")


class IndexBase(models.TextChoices):
    """From which price a rise is computed (S0.13)."""

    CURRENT = "current", _("the price in force")
    ORIGINAL = "original", _("the price at the start of the contract")


class Channel(models.TextChoices):
    """Through what a customer may ask for service (S0.15)."""

    PHONE = "phone", _("Phone")
    MAIL = "mail", _("E-mail")
    MESSENGER = "messenger", _("Messenger")
    API = "api", _("API")


class Pause(models.TextChoices):
    """What a ticket may wait for while its clocks stand still."""

    PART = "part", _("Part")
    ACCESS = "access", _("No site access")
    PAYMENT = "payment", _("Payment")
    CLIENT = "client", _("Client decision")
    DELIVERY = "delivery", _("Delivery")
