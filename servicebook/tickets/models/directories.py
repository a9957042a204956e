"""Reference data of tickets: reasons, work types, and who owns what comes in."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import Team
from servicebook.customers.models import Customer, Region
from servicebook.tickets.models.words import Kind


class Reason(models.Model):
    """Why a customer turned to us; an editable directory (S0.45)."""

    code = models.SlugField(max_length=30, unique=True)  # "failure"
    name = models.CharField(_("name"), max_length=80)
    downtime_risk = models.PositiveSmallIntegerField(_("downtime risk"), default=2)  # 1 none … 4 stands still
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(
                name="downtime_risk_is_from_1_to_4", condition=Q(downtime_risk__gte=1, downtime_risk__lte=4)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WorkType(models.Model):
    """A kind of work: diagnostics, maintenance, part replacement (S0.55)."""

    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=80)
    standard_minutes = models.PositiveIntegerField(_("standard time, minutes"), default=60)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class QueueRule(models.Model):
    """Who owns a new ticket. The first rule that fits wins; empty conditions fit everything."""

    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=Kind, default="", blank=True)
    reason = models.ForeignKey(Reason, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"→ {self.owner}"
