"""What was promised on a ticket: its clocks, and what they are a fold over."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from servicebook.contracts.models.choices import Measure
from servicebook.core import clock
from servicebook.equipment.models import Asset
from servicebook.sla.models import ServiceHours
from servicebook.tickets.models.ticket import Ticket


class SlaClock(models.Model):
    """A running measure against a target: what `sla.rules.clock` reads out of the ticket's events.

    The events are the truth; this row is for lists, and equals them at any time.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        MET = "met", _("Met")  # in time
        MISSED = "missed", _("Missed")  # reached, but late
        STOPPED = "stopped", _("Stopped")  # nobody waits for it any more

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="clocks", db_index=False)
    measure = models.CharField(max_length=10, choices=Measure)
    minutes = models.PositiveIntegerField()  # the target
    hours = models.ForeignKey(ServiceHours, null=True, on_delete=models.PROTECT, related_name="+")
    binding = models.BooleanField(default=True)  # False: a goal; missing it breaks no contract
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField()
    warn_at = models.DateTimeField(null=True, blank=True)  # None while paused or done
    due_at = models.DateTimeField(null=True, blank=True)  # None while paused
    met_at = models.DateTimeField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)  # the moment in which the target was missed
    counted = models.PositiveIntegerField(default=0)  # seconds, up to the last event
    read_at = models.DateTimeField(default=clock.now)  # when the events were read for this row

    class Meta:
        ordering = ["ticket", "pk"]
        constraints = [
            models.UniqueConstraint(name="clock_exists_once_per_measure", fields=["ticket", "measure"]),
            models.CheckConstraint(
                name="running_clock_has_a_deadline",
                condition=~Q(state="running") | Q(due_at__isnull=False),
            ),
            models.CheckConstraint(
                name="clock_is_met_exactly_when_it_has_met_at",
                condition=Q(state__in=["met", "missed"], met_at__isnull=False)
                | (~Q(state__in=["met", "missed"]) & Q(met_at=None)),
            ),
            models.CheckConstraint(
                name="missed_clock_was_breached", condition=~Q(state="missed") | Q(breached_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(name="clocks_by_deadline", fields=["due_at"], condition=Q(state="running")),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.state}"


class ClockEvent(models.Model):
    """Something that moves the clocks of a ticket; never changed.

    `at` is when it happened, which an offline phone may tell late; `recorded_at` is when we learnt it.
    """

    class Kind(models.TextChoices):
        STARTED = "started", _("Started")
        PAUSED = "paused", _("Paused")
        RESUMED = "resumed", _("Resumed")
        TARGET = "target", _("Target changed")
        MET = "met", _("Met")
        STOPPED = "stopped", _("Stopped")
        REOPENED = "reopened", _("Opened again")

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="clock_events", db_index=False)
    measure = models.CharField(max_length=10, choices=Measure, default="", blank=True)  # empty: every clock
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    reason = models.CharField(max_length=20, default="", blank=True)  # why it pauses: a waiting reason
    minutes = models.PositiveIntegerField(null=True)  # with started and target
    hours = models.ForeignKey(ServiceHours, null=True, on_delete=models.PROTECT, related_name="+")
    zone = models.CharField(max_length=40, default="", blank=True)  # IANA: where the hours are local
    warn_percent = models.PositiveSmallIntegerField(null=True)  # with started and target
    binding = models.BooleanField(default=True)
    device_skew = models.IntegerField(null=True)  # seconds by which the phone's clock was wrong
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="clock_event_with_a_target_says_how_long",
                condition=~Q(kind__in=["started", "target"]) | Q(minutes__isnull=False, minutes__gt=0),
            ),
        ]
        indexes = [models.Index(name="clock_events_of_a_ticket", fields=["ticket", "at", "id"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.measure}".rstrip()


class Outage(models.Model):
    """A stretch in which a unit stood still; the uptime of a contract is computed from these (S1.5)."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="outages")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="outages", db_index=False)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["started_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="outage_ends_after_it_starts",
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")),
            ),
            models.UniqueConstraint(
                name="ticket_has_one_open_outage", fields=["ticket"], condition=Q(ended_at=None)
            ),
        ]
        indexes = [models.Index(name="outages_of_an_asset", fields=["asset", "started_at"])]

    def __str__(self) -> str:
        return f"{self.started_at} – {self.ended_at}"
