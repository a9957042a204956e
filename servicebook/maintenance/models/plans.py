"""A maintenance plan: a rule over a scope of equipment, and who is in it."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from servicebook.accounts.models import Team, User
from servicebook.contracts.models import Contract
from servicebook.core import clock
from servicebook.customers.models import SEES_EVERY_CUSTOMER, Customer, Region, Site
from servicebook.equipment.models import Asset, AssetModel, Category, Meter
from servicebook.maintenance.models.checklists import Checklist
from servicebook.sla.models import ServiceHours
from servicebook.tickets.models import WorkType

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class PlanQuerySet(models.QuerySet["Plan"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Who sees the customer sees its plans; one for every customer is for who sees them all."""
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        if user.has_role(*SEES_EVERY_CUSTOMER):
            return self
        return self.filter(customer__in=Customer.objects.visible_to(user))

    def running(self) -> Self:
        return self.filter(state=Plan.State.ACTIVE)


class Plan(models.Model):
    """A rule (calendar, meter, or whichever comes first) over a scope of equipment (S0.24)."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        ENDED = "ended", pgettext_lazy("plan", "Ended")

    class Rule(models.TextChoices):
        CALENDAR = "calendar", _("Calendar")
        METER = "meter", _("Meter")
        FIRST = "first", _("Whichever comes first")

    class Unit(models.TextChoices):
        DAYS = "days", _("days")
        WEEKS = "weeks", _("weeks")
        MONTHS = "months", _("months")
        QUARTERS = "quarters", _("quarters")
        YEARS = "years", _("years")

    class CountsFrom(models.TextChoices):
        ANCHOR = "anchor", _("The first date")
        DONE = "done", _("The day it was done")

    class Shift(models.TextChoices):
        """What happens when the rule's day is no working day (S0.24)."""

        KEEP = "keep", _("Keep the day")
        NEXT = "next", _("The next working day")
        PREVIOUS = "previous", _("The working day before")
        NEAREST = "nearest", _("The nearest working day")

    class Per(models.TextChoices):
        UNIT = "unit", _("One task per unit")
        SITE = "site", _("One task per site")

    number = models.CharField(max_length=20, unique=True)
    title = models.CharField(_("title"), max_length=200)
    # Without a customer it holds at every customer: a campaign for a model.
    customer = models.ForeignKey(
        Customer,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="plans",
        verbose_name=_("customer"),
    )
    contract = models.ForeignKey(
        Contract,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="plans",
        verbose_name=_("contract"),
    )
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    state_because = models.CharField(max_length=250, default="", blank=True)
    state_since = models.DateTimeField(default=clock.now)
    # As what it goes on when its contract, whose end was its own, is renewed after all; else empty.
    goes_on_as = models.CharField(max_length=10, default="", blank=True)
    # While its units follow a renewal that came late: what was due from then on is owed all the same.
    owed_since = models.DateField(null=True, blank=True)
    # The contract stood so when the plan last followed it: "active 2027-01-31".
    contract_seen = models.CharField(max_length=40, default="", blank=True)

    rule = models.CharField(_("rule"), max_length=10, choices=Rule, default=Rule.CALENDAR)
    every = models.PositiveSmallIntegerField(_("every"), null=True, blank=True)
    every_unit = models.CharField(max_length=10, choices=Unit, default=Unit.MONTHS)
    anchor_on = models.DateField(_("first on"), null=True, blank=True)
    # The nth weekday of the month: 1 to 5, or -1 for the last; Monday is 0.
    nth = models.SmallIntegerField(_("nth"), null=True, blank=True)
    weekday = models.PositiveSmallIntegerField(_("weekday"), null=True, blank=True)
    counts_from = models.CharField(
        _("counted from"), max_length=10, choices=CountsFrom, default=CountsFrom.ANCHOR
    )
    meter_name = models.CharField(_("meter"), max_length=80, default="", blank=True)
    meter_step = models.DecimalField(
        _("every, of the meter"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    shift = models.CharField(_("on a day off"), max_length=10, choices=Shift, default=Shift.NEXT)
    hours = models.ForeignKey(
        ServiceHours,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="plans",
        verbose_name=_("working days of"),
    )
    weekdays = models.JSONField(_("only on"), default=list, blank=True)  # 0 to 6; empty: any
    # The usual window of a day, at the site; it ends on the next day when `until` is not later.
    window_from = models.TimeField(_("window from"), null=True, blank=True)
    window_until = models.TimeField(_("window until"), null=True, blank=True)
    starts_on = models.DateField(_("from"), null=True, blank=True)  # nothing before
    ends_on = models.DateField(_("until"), null=True, blank=True)  # nothing after

    per = models.CharField(_("tasks"), max_length=10, choices=Per, default=Per.UNIT)
    lead_days = models.PositiveSmallIntegerField(_("ticket made, days ahead"), default=14)  # S0.25
    may_move_days = models.PositiveSmallIntegerField(_("may be moved, days"), default=7)  # S0.32
    needs_window = models.BooleanField(_("the customer confirms the window"), default=True)
    work_type = models.ForeignKey(
        WorkType, on_delete=models.PROTECT, related_name="plans", verbose_name=_("work type")
    )
    standard_minutes = models.PositiveIntegerField(_("standard time, minutes"), null=True, blank=True)
    checklist = models.ForeignKey(
        Checklist,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="plans",
        verbose_name=_("checklist"),
    )
    parts = models.JSONField(_("parts"), default=list, blank=True)  # [{"name": …, "quantity": 2}]
    access = models.TextField(_("access conditions"), default="", blank=True)
    instructions = models.TextField(_("instructions"), default="", blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="plans",
        verbose_name=_("owner of the tasks"),
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="plans", verbose_name=_("team")
    )

    # The version of the plan that its enrolments follow; behind `version` while they are walked.
    followed = models.PositiveIntegerField(null=True, blank=True)
    stored_on = models.DateField(null=True, blank=True)  # when a year ahead of all of it was last stored
    changed_at = models.DateTimeField(default=clock.now)  # when what it owes last changed
    version = models.PositiveIntegerField(default=0)  # against lost updates
    made_at = models.DateTimeField(default=clock.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    external_ref = models.CharField(max_length=80, default="", blank=True)
    custom = models.JSONField(default=dict, blank=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="running_plan_by_calendar_has_its_rule",
                condition=Q(state="draft") | Q(rule="meter") | Q(every__gte=1, anchor_on__isnull=False),
            ),
            models.CheckConstraint(
                name="running_plan_by_meter_has_its_rule",
                condition=Q(state="draft")
                | Q(rule="calendar")
                | (Q(meter_step__gt=0) & ~Q(meter_name="") & Q(per="unit")),
            ),
            models.CheckConstraint(
                name="nth_weekday_is_whole",
                condition=Q(nth=None, weekday=None)
                | Q(nth__in=[-1, 1, 2, 3, 4, 5], weekday__gte=0, weekday__lte=6),
            ),
            models.CheckConstraint(
                name="plan_window_has_both_ends",
                condition=Q(window_from=None, window_until=None)
                | Q(window_from__isnull=False, window_until__isnull=False),
            ),
            models.CheckConstraint(
                name="paused_or_ended_plan_says_why",
                condition=~Q(state__in=["paused", "ended"]) | ~Q(state_because=""),
            ),
            models.CheckConstraint(
                name="only_an_ended_plan_waits_to_go_on",
                condition=Q(goes_on_as="") | Q(state="ended", goes_on_as__in=["active", "paused"]),
            ),
            models.UniqueConstraint(
                name="plan_external_ref_is_used_once", fields=["external_ref"], condition=~Q(external_ref="")
            ),
        ]
        indexes = [
            models.Index(name="plans_by_state", fields=["state", "-id"]),
            models.Index(name="plans_of_a_customer", fields=["customer", "state", "-id"]),
            models.Index(name="plans_of_a_contract", fields=["contract", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("maintenance:plan", args=[self.number])


class PlanScope(models.Model):
    """A filter of equipment; what is empty is not asked. No row: everything of the customer.

    Rows are joined by or. Of a plan under a contract only what the contract covers is in scope.
    """

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="scopes")
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


class Enrolment(models.Model):
    """A unit, or a site, that a plan serves. It comes and goes as units are added, moved and retired."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="enrolments", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="enrolments")
    asset = models.ForeignKey(  # none: the task is for the whole site
        Asset, null=True, blank=True, on_delete=models.PROTECT, related_name="enrolments"
    )
    since = models.DateField()  # nothing is owed for before
    meter = models.ForeignKey(Meter, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    base_on = models.DateField(null=True, blank=True)  # when it was last done: a moving rule counts from here
    base_value = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)  # total use then
    reading_seen = models.PositiveBigIntegerField(default=0)  # the latest reading that its forecast knows
    stored_until = models.DateField(null=True, blank=True)  # occurrences up to here are stored
    plan_seen = models.PositiveIntegerField(null=True, blank=True)  # the version of the plan it follows
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="unit_is_in_a_plan_once", fields=["plan", "asset"], condition=Q(asset__isnull=False)
            ),
            models.UniqueConstraint(
                name="site_is_in_a_plan_once", fields=["plan", "site"], condition=Q(asset=None)
            ),
            models.CheckConstraint(
                name="enrolment_ends_for_a_reason", condition=Q(ended_at=None) | ~Q(ended_because="")
            ),
            models.CheckConstraint(
                name="enrolment_names_a_unit_or_a_site",
                condition=Q(asset__isnull=False) | Q(site__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="enrolments_of_a_plan", fields=["plan", "id"]),
            models.Index(
                name="enrolments_to_extend",
                fields=["plan", "stored_until", "id"],
                condition=Q(ended_at=None),
            ),
        ]

    def __str__(self) -> str:
        return str(self.asset or self.site)
