"""The installed base: models, single physical units, their warranties and meters."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import User
from servicebook.customers.models import SEES_EVERY_CUSTOMER, Criticality, Customer, Place, Site

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Category(models.Model):
    """A kind of equipment: server, UPS, refrigerator."""

    name = models.CharField(_("name"), max_length=80, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class AssetModel(models.Model):
    """A catalogue type of unit."""

    maker = models.CharField(_("maker"), max_length=80, default="", blank=True)
    name = models.CharField(_("model"), max_length=120)
    category = models.ForeignKey(
        Category,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="models",
        verbose_name=_("category"),
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["maker", "name"]
        constraints = [
            models.UniqueConstraint(name="model_exists_once_per_maker", fields=["maker", "name"]),
        ]

    def __str__(self) -> str:
        return f"{self.maker} {self.name}".strip()


class AssetQuerySet(models.QuerySet["Asset"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        if isinstance(user, User) and user.is_active and user.has_role(*SEES_EVERY_CUSTOMER):
            return self
        return self.filter(customer__in=Customer.objects.visible_to(user))


class Asset(models.Model):
    """One physical unit with its serial (S0.6). Its past is in the journal."""

    class State(models.TextChoices):
        IN_SERVICE = "in_service", _("In service")
        IN_REPAIR = "in_repair", _("In repair")
        STORED = "stored", _("Stored")
        RETIRED = "retired", _("Retired")

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="assets", verbose_name=_("customer")
    )
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="assets", verbose_name=_("site")
    )
    place = models.ForeignKey(
        Place, null=True, blank=True, on_delete=models.PROTECT, related_name="assets", verbose_name=_("place")
    )
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="parts",
        verbose_name=_("part of"),
    )
    model = models.ForeignKey(
        AssetModel, on_delete=models.PROTECT, related_name="assets", verbose_name=_("model")
    )
    serial = models.CharField(_("serial number"), max_length=80, default="", blank=True)
    inventory_number = models.CharField(_("inventory number"), max_length=80, default="", blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.IN_SERVICE)
    criticality = models.PositiveSmallIntegerField(
        _("criticality"), choices=Criticality, default=Criticality.NORMAL
    )
    configuration = models.TextField(_("configuration"), default="", blank=True)
    software = models.TextField(_("software and key settings"), default="", blank=True)
    commissioned_on = models.DateField(_("in service since"), null=True, blank=True)
    owner_name = models.CharField(_("owner"), max_length=120, default="", blank=True)  # S0.6: whose it is
    # S0.60: who passed the unit's data from delivery to service, when, and who keeps them true.
    handed_over_by = models.CharField(_("data passed by"), max_length=120, default="", blank=True)
    handed_over_on = models.DateField(_("data passed on"), null=True, blank=True)
    data_keeper = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("data kept by"),
    )
    notes = models.TextField(_("notes"), default="", blank=True)
    external_ref = models.CharField(max_length=80, default="", blank=True)
    custom = models.JSONField(default=dict, blank=True)

    objects = AssetQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="serial_is_used_once_per_model", fields=["model", "serial"], condition=~Q(serial="")
            ),
            models.CheckConstraint(name="asset_is_not_part_of_itself", condition=~Q(parent=F("pk"))),
            models.CheckConstraint(
                name="asset_place_needs_a_site", condition=Q(place=None) | Q(site__isnull=False)
            ),
        ]
        indexes = [
            models.Index(name="assets_by_serial", fields=["serial"]),
            models.Index(name="assets_of_a_customer", fields=["customer", "id"]),
            models.Index(name="assets_by_state", fields=["state", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.model} · {self.serial}" if self.serial else str(self.model)

    def get_absolute_url(self) -> str:
        return reverse("equipment:asset", args=[self.pk])

    @property
    def in_place(self) -> str:
        """Its name and where it stands, so that units of one model are told apart. Reads the place."""
        number = "" if self.serial else self.inventory_number
        place = self.place.name if self.place else ""
        return " · ".join(part for part in (str(self), number, place) if part)


class Warranty(models.Model):
    """A promise on a unit: ours to the customer, or the vendor's to us (S0.6)."""

    class Side(models.TextChoices):
        OURS = "ours", _("Ours to the customer")
        VENDOR = "vendor", _("Vendor's to us")

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="warranties")
    side = models.CharField(_("side"), max_length=10, choices=Side, default=Side.OURS)
    component = models.CharField(
        _("component"), max_length=80, default="", blank=True
    )  # empty: the whole unit
    covers_parts = models.BooleanField(_("parts"), default=True)
    covers_labour = models.BooleanField(_("labour"), default=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))  # its last day, in the site's zone
    terms = models.CharField(_("terms"), max_length=250, default="", blank=True)
    claims_to = models.CharField(_("cases go to"), max_length=200, default="", blank=True)  # S0.60

    class Meta:
        ordering = ["-ends_on", "pk"]
        verbose_name_plural = "warranties"
        constraints = [
            models.CheckConstraint(
                name="warranty_ends_after_it_starts", condition=Q(ends_on__gte=F("starts_on"))
            ),
            models.CheckConstraint(
                name="warranty_covers_parts_or_labour", condition=Q(covers_parts=True) | Q(covers_labour=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_side_display()} · {self.ends_on}"


class Meter(models.Model):
    """A usage counter of a unit."""

    class Unit(models.TextChoices):
        HOURS = "h", _("hours")
        CYCLES = "cycles", _("cycles")
        PAGES = "pages", _("pages")
        KILOMETRES = "km", _("km")

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="meters")
    name = models.CharField(_("name"), max_length=80)
    unit = models.CharField(_("unit"), max_length=10, choices=Unit, default=Unit.HOURS)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(name="meter_name_is_used_once_per_asset", fields=["asset", "name"])
        ]

    def __str__(self) -> str:
        return self.name


class Reading(models.Model):
    """What a meter showed. A lower value than before is a reset and says so."""

    meter = models.ForeignKey(Meter, on_delete=models.CASCADE, related_name="readings")
    read_at = models.DateTimeField(_("read"))
    value = models.DecimalField(_("value"), max_digits=14, decimal_places=2)
    is_reset = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-read_at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="meter_is_read_once_at_a_moment", fields=["meter", "read_at"]),
            models.CheckConstraint(name="reading_is_not_negative", condition=Q(value__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.value}"
