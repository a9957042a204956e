"""The future: one row per promise with a date."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from servicebook.agenda.registry import title_of
from servicebook.agenda.rules.catching_up import LATE_AFTER
from servicebook.core import clock
from servicebook.core.models import Leased

if TYPE_CHECKING:
    from servicebook.accounts.models import User


class Lane(models.IntegerChoices):
    """Lower lanes go first, so that an import cannot delay a reminder."""

    AT_ONCE = 0, _("At once")
    PROMISES = 1, _("Promises")
    BULK = 2, _("Bulk")


class ObligationQuerySet(models.QuerySet["Obligation"]):
    def visible_to(self, user: "User") -> Self:
        """Those who answer for the whole house see the agenda."""
        return self if user.is_active and user.has_role("administrator", "manager") else self.none()

    def armed(self) -> Self:
        return self.filter(state=Obligation.State.ARMED)

    def ready(self, lane: int, now: datetime) -> Self:
        """What a worker may take from a lane, in the order of work."""
        return self.armed().filter(lane=lane, ready_at__lte=now).order_by("ready_at", "pk")


class Obligation(Leased):
    """One thing that must happen once: fired, or cancelled for a reason.

    A failed one is put aside after its last attempt, shown to a person and can be run again.
    """

    class State(models.TextChoices):
        ARMED = "armed", _("Armed")
        FIRED = "fired", _("Fired")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Failed")

    kind = models.CharField(max_length=60)  # "customers.promise_overdue"
    subject_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+", db_index=False)
    subject_id = models.PositiveBigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    occurrence = models.CharField(max_length=60)  # "2026-12-31": which end, which visit
    stage = models.CharField(max_length=30, default="", blank=True)  # "-30d"
    due_at = models.DateTimeField()  # what was promised; `ready_at` is when a worker may take it
    state = models.CharField(max_length=10, choices=State, default=State.ARMED)
    because = models.CharField(max_length=200, default="", blank=True)  # why it was cancelled
    settled_at = models.DateTimeField(null=True, blank=True)  # when it was fired, cancelled or put aside

    objects = ObligationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="obligation_exists_once",
                fields=["subject_type", "subject_id", "kind", "occurrence", "stage"],
            ),
            models.CheckConstraint(
                name="obligation_is_settled_exactly_when_it_is_not_armed",
                condition=Q(state="armed", settled_at__isnull=True)
                | (~Q(state="armed") & Q(settled_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="obligation_is_cancelled_for_a_reason",
                condition=~Q(state="cancelled") | ~Q(because=""),
            ),
        ]
        indexes = [
            models.Index(
                name="obligation_queue", fields=["lane", "ready_at", "id"], condition=Q(state="armed")
            ),
            models.Index(name="obligation_by_state", fields=["state", "due_at", "id"]),
            models.Index(name="obligation_by_kind", fields=["kind", "state", "due_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.occurrence} {self.stage}".rstrip()

    @property
    def title(self) -> str:
        return title_of(self.kind, self.stage)

    @property
    def is_late(self) -> bool:
        """Whether it should have been done a while ago."""
        return self.state == self.State.ARMED and self.due_at < clock.now() - LATE_AFTER

    @property
    def is_open(self) -> bool:
        """Whether it still waits: for its moment, or for a person who runs it again."""
        return self.state in (self.State.ARMED, self.State.FAILED)


# A worker shows itself every ten seconds; silence for this long while work is due must be heard.
SILENT_AFTER = timedelta(minutes=2)
LOOP_NAMES = {
    "agenda": _("Promises"),
    "bulk": _("Bulk work"),
    "mail": _("Mail"),
    "sms": _("SMS"),
    "telegram": _("Telegram"),
    "push": _("Push"),
    "telegram_in": _("Telegram, incoming"),
    "telegram_files": _("Telegram, files"),
}


class Pulse(models.Model):
    """That a worker lives: one row per process and loop, written every few seconds."""

    worker = models.CharField(max_length=60)  # host and process
    loop = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    last_run_at = models.DateTimeField(null=True)  # when it last did something
    done = models.PositiveBigIntegerField(default=0)  # since it started
    backlog = models.PositiveIntegerField(default=0)  # due and not begun; counted up to 1 000
    waiting_since = models.DateTimeField(null=True)  # the oldest of the backlog
    next_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="pulse_exists_once_per_loop", fields=["worker", "loop"]),
        ]

    def __str__(self) -> str:
        return f"{self.loop} of {self.worker}"

    @property
    def is_silent(self) -> bool:
        return self.seen_at < clock.now() - SILENT_AFTER

    @property
    def loop_name(self) -> str:
        return str(LOOP_NAMES.get(self.loop, self.loop))
