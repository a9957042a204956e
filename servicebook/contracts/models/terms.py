"""The clauses of a contract: typed rows that the coverage decision runs (S0.14–S0.22)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from servicebook.contracts.models.catalogue import ExtraService
from servicebook.contracts.models.choices import Measure, PartsRule, Period, Service, Unless
from servicebook.contracts.models.contract import Contract
from servicebook.core import clock
from servicebook.customers.models import Region, Site
from servicebook.equipment.models import Asset, AssetModel, Category
from servicebook.sla.models import ServiceHours


def _or_zero(reference: str) -> Coalesce:
    """For unique clauses: two that name nothing say the same."""
    return Coalesce(reference, 0, output_field=models.BigIntegerField())


class ContractVersion(models.Model):
    """Terms valid from a date until the next version's. One that is in force never changes."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveSmallIntegerField()
    valid_from = models.DateField(_("valid from"))
    in_force = models.BooleanField(default=False)  # False: a draft that decides nothing yet
    hours = models.ForeignKey(
        ServiceHours,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="versions",
        verbose_name=_("service hours"),
    )
    channels = models.JSONField(_("channels"), default=list, blank=True)  # empty: every channel
    pauses = models.JSONField(_("clocks stop while waiting for"), default=list, blank=True)
    warn_percent = models.PositiveSmallIntegerField(_("warn at this share of the time, %"), default=75)
    thresholds = models.JSONField(_("tell when used, %"), default=list, blank=True)  # [50, 80, 100]
    uptime_percent = models.DecimalField(
        _("uptime guarantee, %"), max_digits=6, decimal_places=3, null=True, blank=True
    )
    closure_criteria = models.TextField(_("a ticket is done when"), default="", blank=True)
    # Who does what (S0.22).
    customer_does = models.TextField(_("the customer"), default="", blank=True)
    we_do = models.TextField(_("we"), default="", blank=True)
    vendor_does = models.TextField(_("the vendor"), default="", blank=True)
    access_by = models.CharField(_("access is arranged by"), max_length=120, default="", blank=True)
    closure_by = models.CharField(_("closure is confirmed by"), max_length=120, default="", blank=True)
    # Visits under these terms are not combined with others' on one trip (S0.32).
    own_trips = models.BooleanField(_("visits are not combined with others"), default=False)
    what_changed = models.CharField(_("what changed"), max_length=250, default="", blank=True)
    made_at = models.DateTimeField(default=clock.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["contract", "number"]
        constraints = [
            models.UniqueConstraint(
                name="contract_version_number_is_used_once", fields=["contract", "number"]
            ),
            models.UniqueConstraint(
                name="two_versions_do_not_begin_on_one_day",
                fields=["contract", "valid_from"],
                condition=Q(in_force=True),
            ),
            models.CheckConstraint(
                name="warning_comes_before_the_deadline",
                condition=Q(warn_percent__gte=1, warn_percent__lte=99),
            ),
            models.CheckConstraint(
                name="uptime_guarantee_is_a_share",
                condition=Q(uptime_percent=None) | Q(uptime_percent__gt=0, uptime_percent__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} v{self.number}"


class CoverageScope(models.Model):
    """A filter of covered equipment; what is empty is not asked. All empty: everything of the customer."""

    version = models.ForeignKey(ContractVersion, on_delete=models.CASCADE, related_name="scopes")
    asset = models.ForeignKey(Asset, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    model = models.ForeignKey(AssetModel, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        named = (self.asset, self.site, self.model, self.category, self.region)
        return " · ".join(str(one) for one in named if one) or "*"


class IncludedService(models.Model):
    """A measured line (S0.14, S0.17, S0.18). Its code keeps the balance from version to version."""

    version = models.ForeignKey(ContractVersion, on_delete=models.CASCADE, related_name="included")
    code = models.SlugField(max_length=30)
    service = models.CharField(_("service"), max_length=12, choices=Service)
    # Trips, diagnostics, minutes, or money of the contract's currency. Empty: no limit.
    limit = models.DecimalField(_("limit"), max_digits=14, decimal_places=2, null=True, blank=True)
    period = models.CharField(_("per"), max_length=10, choices=Period, default=Period.YEAR)
    category = models.ForeignKey(
        Category,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("only for"),
    )
    parts = models.CharField(_("which parts"), max_length=12, choices=PartsRule, default=PartsRule.ALL)
    outside_factor = models.DecimalField(
        _("outside the hours, times"), max_digits=4, decimal_places=2, default=1
    )
    rollover = models.BooleanField(_("the rest goes on into the next period"), default=False)
    expires_on = models.DateField(_("pack expires on"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(name="line_code_is_used_once_per_version", fields=["version", "code"]),
            models.CheckConstraint(name="limit_is_above_zero", condition=Q(limit=None) | Q(limit__gt=0)),
            models.CheckConstraint(
                name="pack_has_a_limit_and_a_last_day",
                condition=~Q(period="pack") | Q(limit__isnull=False, expires_on__isnull=False),
            ),
            models.CheckConstraint(
                name="outside_hours_count_at_least_once", condition=Q(outside_factor__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return self.code


class SlaTarget(models.Model):
    """A promised time by priority, region and category (S0.16, S0.19); the most exact one wins."""

    version = models.ForeignKey(ContractVersion, on_delete=models.CASCADE, related_name="targets")
    measure = models.CharField(_("measure"), max_length=10, choices=Measure)
    minutes = models.PositiveIntegerField(_("within, minutes"))
    priority = models.PositiveSmallIntegerField(_("priority"), null=True, blank=True)  # 1 to 4; empty: all
    region = models.ForeignKey(
        Region, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("region")
    )
    category = models.ForeignKey(
        Category, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("for")
    )
    hours = models.ForeignKey(
        ServiceHours,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="targets",
        verbose_name=_("counted in"),
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                "version",
                "measure",
                Coalesce("priority", 0, output_field=models.IntegerField()),
                _or_zero("region"),
                _or_zero("category"),
                name="target_is_said_once",
            ),
            models.CheckConstraint(name="target_is_above_zero", condition=Q(minutes__gt=0)),
            models.CheckConstraint(
                name="target_priority_is_from_1_to_4",
                condition=Q(priority=None) | Q(priority__gte=1, priority__lte=4),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.minutes} min"


class Exclusion(models.Model):
    """What makes it extra work, or dearer (S0.20)."""

    version = models.ForeignKey(ContractVersion, on_delete=models.CASCADE, related_name="exclusions")
    unless = models.CharField(_("if"), max_length=15, choices=Unless)
    # Empty: extra work. Else covered still, but counted and charged so many times.
    factor = models.DecimalField(_("times"), max_digits=4, decimal_places=2, null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="exclusion_is_said_once", fields=["version", "unless"]),
            models.CheckConstraint(
                name="exclusion_makes_it_dearer_not_cheaper", condition=Q(factor=None) | Q(factor__gt=1)
            ),
        ]

    def __str__(self) -> str:
        return self.unless


class Rate(models.Model):
    """What extra work costs under this contract; where there is none, the house's rate card says it."""

    version = models.ForeignKey(ContractVersion, on_delete=models.CASCADE, related_name="rates")
    service = models.CharField(_("service"), max_length=12, choices=Service)
    price = models.DecimalField(_("price of one"), max_digits=14, decimal_places=2)
    extra = models.ForeignKey(
        ExtraService,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rates",
        verbose_name=_("line of the rate card"),
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint("version", "service", _or_zero("extra"), name="rate_is_said_once"),
            models.CheckConstraint(name="rate_is_not_negative", condition=Q(price__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.price}"
