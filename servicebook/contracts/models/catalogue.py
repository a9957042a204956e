"""What contracts are made from and fall back on: templates, the rate card, reasons of refusal."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from servicebook.contracts.models.choices import ContractType, Service


class ContractTemplate(models.Model):
    """Terms to begin with (S2.5). Read by `contracts.codec`, which refuses a clause it does not know."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    type = models.CharField(_("type"), max_length=15, choices=ContractType)
    terms = models.JSONField(_("terms"))
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ExtraService(models.Model):
    """A line of the house's rate card (S0.21): what is billed where no term includes it."""

    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=120)
    service = models.CharField(_("kind of service"), max_length=12, choices=Service)
    # A visit, a diagnostic, an hour; of parts: a factor on their price, such as 1.15.
    price = models.DecimalField(_("price of one"), max_digits=14, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    is_standard = models.BooleanField(_("the usual one of its kind"), default=False)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(name="extra_service_has_a_price_above_zero", condition=Q(price__gt=0)),
            models.UniqueConstraint(
                name="one_extra_service_is_the_usual_of_its_kind_and_currency",
                fields=["service", "currency"],
                condition=Q(is_standard=True, active=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RefusalReason(models.Model):
    """Why a contract is not renewed; an editable directory (S0.66)."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name
