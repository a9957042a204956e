"""What is left of an included service: a ledger of grants and uses per line and period (S0.17, S2.7)."""

from decimal import Decimal

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round
from django.db.models.lookups import GreaterThanOrEqual
from django.utils.translation import gettext_lazy as _

from servicebook.contracts.models.choices import Service
from servicebook.contracts.models.contract import Contract

_LEFT = Round(F("granted") - F("reserved") - F("used"), 2)


class Balance(models.Model):
    """One line in one period. The sums are those of its entries; the row is what a use locks."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="balances", db_index=False)
    code = models.SlugField(max_length=30)  # of the included line
    service = models.CharField(max_length=12, choices=Service)
    starts_on = models.DateField()
    ends_on = models.DateField()  # the period's last day
    granted = models.DecimalField(max_digits=14, decimal_places=2, null=True)  # None: no limit, only counted
    reserved = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    used = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    # The version whose limit was granted. A later one that grants more or less is entered when it is met.
    version_number = models.PositiveSmallIntegerField(default=1)
    rollover = models.BooleanField(default=False)  # its rest goes on into the next period
    closed_at = models.DateTimeField(null=True, blank=True)  # its rest was written off or carried over
    # S2.8: the highest threshold that the use has reached, and the highest that was told.
    reached_percent = models.PositiveSmallIntegerField(default=0)
    reached_at = models.DateTimeField(null=True, blank=True)
    told_percent = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["contract", "code", "starts_on"]
        constraints = [
            models.UniqueConstraint(
                name="balance_exists_once_per_line_and_period", fields=["contract", "code", "starts_on"]
            ),
            models.CheckConstraint(
                name="balance_is_never_overdrawn",
                # Rounded, because SQLite keeps 0.1 + 0.2 as a little more than 0.3.
                condition=Q(granted=None) | Q(GreaterThanOrEqual(_LEFT, Decimal(0))),
            ),
            models.CheckConstraint(
                name="balance_has_no_negative_sums", condition=Q(reserved__gte=0, used__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.starts_on}"

    @property
    def left(self) -> Decimal | None:
        """What can still be used, reservations taken off; None has no end."""
        return None if self.granted is None else self.granted - self.reserved - self.used


class BalanceEntry(models.Model):
    """One movement; never changed. Its key is its cause, so that a repeat moves nothing."""

    class Kind(models.TextChoices):
        GRANT = "grant", _("Granted")
        ROLL_OVER = "roll_over", _("Carried over")
        RESERVE = "reserve", _("Reserved")
        RELEASE = "release", _("Released")
        USE = "use", _("Used")
        GIVE_BACK = "give_back", _("Given back")
        EXPIRE = "expire", _("Expired")

    balance = models.ForeignKey(Balance, on_delete=models.PROTECT, related_name="entries", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    # The kind gives the direction. Zero where a use found nothing left, so that a repeat finds the same.
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    # The work that it stands for: less than the amount where it counts more than once.
    work = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    key = models.CharField(max_length=80)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    about_type = models.ForeignKey(ContentType, null=True, on_delete=models.PROTECT, related_name="+")
    about_id = models.PositiveBigIntegerField(null=True)
    about = GenericForeignKey("about_type", "about_id")
    note = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "balance entries"
        constraints = [
            models.UniqueConstraint(name="balance_moves_once_for_a_cause", fields=["balance", "kind", "key"]),
            models.CheckConstraint(
                name="balance_entry_moves_something_unless_nothing_is_left",
                condition=Q(amount__gt=0) | Q(kind__in=["use", "reserve"], amount=0, work=0),
            ),
        ]
        indexes = [models.Index(name="balance_entries_by_cause", fields=["about_type", "about_id"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"
