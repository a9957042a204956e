"""Tickets that somebody wants now, more of them than one request makes (S3.5)."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import ngettext

from servicebook.accounts.models import User
from servicebook.core import clock

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class CallRunQuerySet(models.QuerySet["CallRun"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Each sees their own."""
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        return self.filter(by=user)

    def running(self) -> Self:
        return self.filter(finished_at=None)


class CallRun(models.Model):
    """What became of one press of a button: the tasks of that moment, worked off in parts by the agenda.

    Its tickets and its cursor move in one transaction.
    """

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    ids = models.JSONField(default=list)  # of the tasks, the soonest first; emptied when all are taken
    total = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0)  # the cursor: how many of them were worked off
    made = models.PositiveIntegerField(default=0)  # tickets
    failed = models.PositiveIntegerField(default=0)  # an error was in the way

    objects = CallRunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="call_run_is_finished_exactly_when_all_is_taken",
                condition=Q(finished_at=None, taken__lt=F("total"))
                | Q(finished_at__isnull=False, taken=F("total")),
            ),
            models.CheckConstraint(
                name="call_run_makes_no_more_than_it_takes", condition=Q(taken__gte=F("made") + F("failed"))
            ),
        ]
        indexes = [
            models.Index(name="running_call_runs", fields=["id"], condition=Q(finished_at=None)),
        ]

    def __str__(self) -> str:
        return ngettext("%(count)d ticket", "%(count)d tickets", self.total) % {"count": self.total}

    def get_absolute_url(self) -> str:
        return reverse("maintenance:due")

    @property
    def left(self) -> int:
        """How many had a ticket already, were left out, or rest."""
        return self.taken - self.made - self.failed
