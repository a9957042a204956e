"""One due instance of a plan, and how it becomes a visit with a window, access and parts."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from servicebook.accounts.models import Role, User
from servicebook.contracts.models import Contract
from servicebook.core import clock
from servicebook.customers.models import SEES_EVERY_CUSTOMER, Customer, Region, Site
from servicebook.equipment.models import Asset
from servicebook.maintenance.models.plans import Enrolment, Plan
from servicebook.tickets.models import Ticket

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from django.contrib.auth.models import AnonymousUser

    from servicebook.maintenance.rules.risk import Risk
    from servicebook.maintenance.rules.standing import Standing


class Heard(models.TextChoices):
    """By which way the customer's word reached us."""

    LINK = "link", _("Link")
    PHONE = "phone", _("Phone")
    MAIL = "mail", _("E-mail")
    SMS = "sms", _("SMS")
    TELEGRAM = "telegram", _("Telegram")
    PERSON = "person", _("In person")
    API = "api", _("API")


class TripQuerySet(models.QuerySet["Trip"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Who sees all of its tasks: what is done to a trip is done to each of them."""
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        hidden = Occurrence.objects.filter(trip=OuterRef("pk")).exclude(
            pk__in=Occurrence.objects.visible_to(user)
        )
        return self.filter(~Exists(hidden))


class Trip(models.Model):
    """Several due tasks on one journey (S0.32)."""

    day = models.DateField(_("day"))
    title = models.CharField(_("title"), max_length=200)
    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    city = models.CharField(max_length=80, default="", blank=True)
    made_at = models.DateTimeField(default=clock.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = TripQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "-pk"]

    def __str__(self) -> str:
        return self.title


class OccurrenceQuerySet(models.QuerySet["Occurrence"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Who sees the customer, and whoever has its ticket."""
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        if user.has_role(*SEES_EVERY_CUSTOMER):
            return self
        mine = Q(ticket__owner=user)
        if user.has_role(Role.ENGINEER) and user.team_id:
            mine |= Q(ticket__team=user.team_id)
        if user.has_role(Role.ACCOUNT_MANAGER):
            mine |= Q(customer__in=Customer.objects.visible_to(user))
        return self.filter(mine)

    def standing(self) -> Self:
        """Neither skipped nor cancelled."""
        return self.filter(skipped_at=None, cancelled_at=None)

    def uncalled(self) -> Self:
        """Still to become a ticket."""
        return self.standing().filter(ticket=None)

    def unfinished(self) -> Self:
        """What is still to be done: without a ticket, or with an open one."""
        return self.standing().exclude(ticket__status="closed")


class Occurrence(models.Model):
    """One due instance of a plan. How it stands is derived from its ticket, never stored."""

    enrolment = models.ForeignKey(
        Enrolment, on_delete=models.PROTECT, related_name="occurrences", db_index=False
    )
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="occurrences", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    asset = models.ForeignKey(
        Asset, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # What the rule calls it: its day ("2026-03-31"), or its place in a row that moves ("m3").
    key = models.CharField(max_length=20)
    part = models.PositiveSmallIntegerField(default=0)  # above 0: what was left of the one before
    follows = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="rest"
    )
    nominal_on = models.DateField()  # the day that the rule or the forecast gives
    due_on = models.DateField()  # with days off, and moved by people
    moved_because = models.CharField(max_length=200, default="", blank=True)
    by_meter = models.BooleanField(default=False)  # the meter gives the day, not the calendar
    meter_at = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)  # total use then
    forecast_from = models.DateField(null=True, blank=True)  # the range of the forecast
    forecast_until = models.DateField(null=True, blank=True)

    skipped_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)  # the plan or the unit is gone
    because = models.CharField(max_length=200, default="", blank=True)  # of skipping and cancelling
    ticket = models.OneToOneField(
        Ticket, null=True, blank=True, on_delete=models.PROTECT, related_name="occurrence"
    )
    called_at = models.DateTimeField(null=True, blank=True)  # when its ticket was made
    # Under which it is done. The plan goes on under the next one: what was made stays with its own (S3.6).
    contract = models.ForeignKey(
        Contract, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    trip = models.ForeignKey(
        Trip, null=True, blank=True, on_delete=models.SET_NULL, related_name="occurrences"
    )

    # The agreed window (S0.27), and access and parts for it (S0.28).
    window_from = models.DateTimeField(null=True, blank=True)
    window_until = models.DateTimeField(null=True, blank=True)
    window_agreed_at = models.DateTimeField(null=True, blank=True)
    window_agreed_by = models.CharField(max_length=120, default="", blank=True)  # who at the customer
    window_channel = models.CharField(max_length=10, default="", blank=True)  # link, phone, mail…
    # The window that the customer counts on: which they chose, or were told of.
    promised_from = models.DateTimeField(null=True, blank=True)
    promised_until = models.DateTimeField(null=True, blank=True)
    access_agreed_at = models.DateTimeField(null=True, blank=True)
    access_agreed_by = models.CharField(max_length=120, default="", blank=True)
    version = models.PositiveIntegerField(default=0)  # against lost updates

    # What `queries.due.mark` made of it; None while nobody looked.
    standing: "Standing | None" = None
    risks: "Sequence[Risk]" = ()
    # Its day, and why its visit might fail, when `actions._base.locked` took it.
    due_before: "date | None" = None
    risks_before: "frozenset[str]" = frozenset()

    objects = OccurrenceQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(name="occurrence_exists_once", fields=["enrolment", "key", "part"]),
            models.CheckConstraint(
                name="occurrence_is_called_exactly_when_it_has_a_ticket",
                condition=Q(ticket=None, called_at=None) | Q(ticket__isnull=False, called_at__isnull=False),
            ),
            models.CheckConstraint(
                name="occurrence_is_skipped_or_cancelled_for_a_reason",
                condition=Q(skipped_at=None, cancelled_at=None) | ~Q(because=""),
            ),
            models.CheckConstraint(
                name="occurrence_is_skipped_or_cancelled_not_both",
                condition=Q(skipped_at=None) | Q(cancelled_at=None),
            ),
            models.CheckConstraint(
                name="promised_window_is_whole",
                condition=Q(promised_from=None, promised_until=None)
                | Q(promised_from__isnull=False, promised_until__isnull=False),
            ),
            models.CheckConstraint(
                name="agreed_window_is_whole",
                condition=Q(window_agreed_at=None)
                | (
                    Q(window_from__isnull=False, window_until__gt=F("window_from"))
                    & ~Q(window_agreed_by="")
                    & ~Q(window_channel="")
                ),
            ),
        ]
        indexes = [
            models.Index(
                name="uncalled_by_day",
                fields=["due_on", "id"],
                condition=Q(ticket=None, skipped_at=None, cancelled_at=None),
            ),
            models.Index(name="occurrences_by_day", fields=["due_on", "id"]),
            models.Index(name="occurrences_of_a_plan", fields=["plan", "due_on", "id"]),
            models.Index(name="occurrences_of_a_unit", fields=["asset", "due_on"]),
            models.Index(name="occurrences_of_a_site", fields=["site", "due_on"]),
            models.Index(name="occurrences_of_a_customer", fields=["customer", "due_on", "id"]),
            models.Index(
                name="occurrences_of_a_contract",
                fields=["contract", "due_on", "id"],
                condition=Q(contract__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan.title} · {date_format(self.due_on, 'j M Y')}"

    def get_absolute_url(self) -> str:
        return reverse("maintenance:occurrence", args=[self.pk])

    @property
    def at_site(self) -> str:
        """Its name with site and unit: a plan has many on one day. Reads both, and where the unit stands."""
        where = [self.site.name] if self.site else []
        where += [self.asset.in_place] if self.asset else []
        return " · ".join([self.plan.title, *where, date_format(self.due_on, "j M Y")])

    @property
    def day_is_agreed(self) -> bool:
        """Whether people said the day, moved or agreed with the customer: no rule moves it then."""
        return bool(self.moved_because) or self.window_agreed_at is not None


class Window(models.Model):
    """A window that somebody offered for an occurrence (S0.27)."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("window", "Open")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")

    occurrence = models.ForeignKey(Occurrence, on_delete=models.CASCADE, related_name="windows")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    ours = models.BooleanField(default=True)  # False: the customer's wish
    by_name = models.CharField(max_length=120, default="", blank=True)
    made_at = models.DateTimeField(default=clock.now)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="window_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.UniqueConstraint(
                name="one_window_is_accepted", fields=["occurrence"], condition=Q(state="accepted")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} – {self.ends_at:%H:%M}"


class Kit(models.Model):
    """A set of parts and tools that exists once and travels to one task at a time (S0.29)."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    contents = models.TextField(_("contents"), default="", blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PartNeed(models.Model):
    """A part, or a kit, for one task: needed, reserved, issued, returned (S0.29)."""

    class State(models.TextChoices):
        NEEDED = "needed", _("Needed")
        RESERVED = "reserved", _("Reserved")
        ISSUED = "issued", _("Issued")
        RETURNED = "returned", _("Returned")
        USED = "used", _("Used")

    occurrence = models.ForeignKey(Occurrence, on_delete=models.CASCADE, related_name="parts")
    name = models.CharField(_("part"), max_length=120)
    quantity = models.PositiveSmallIntegerField(_("quantity"), default=1)
    kit = models.ForeignKey(Kit, null=True, blank=True, on_delete=models.PROTECT, related_name="uses")
    state = models.CharField(max_length=10, choices=State, default=State.NEEDED)
    serial = models.CharField(_("serial numbers"), max_length=200, default="", blank=True)  # of what was used
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="part_need_is_for_one_or_more", condition=Q(quantity__gte=1)),
            models.UniqueConstraint(
                name="kit_is_at_one_task_at_a_time",
                fields=["kit"],
                condition=Q(kit__isnull=False, state__in=["reserved", "issued"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"
