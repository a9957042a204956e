"""The talk about a ticket, how long it stood where, and what belongs to it."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from servicebook.customers.models import Contact
from servicebook.tickets.models.directories import WorkType
from servicebook.tickets.models.ticket import Ticket
from servicebook.tickets.models.words import Channel, Status, WaitingReason

if TYPE_CHECKING:
    from servicebook.tickets.actions._sharing import Share


class Message(models.Model):
    """One thing that was said: by a customer, to a customer, or among ourselves."""

    class Direction(models.TextChoices):
        IN = "in", _("From the customer")
        OUT = "out", _("To the customer")
        NOTE = "note", _("Internal note")

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="messages", db_index=False)
    direction = models.CharField(max_length=5, choices=Direction)
    channel = models.CharField(max_length=10, choices=Channel)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="messages")
    author_name = models.CharField(max_length=120)
    at = models.DateTimeField()
    text = models.TextField()
    html = models.TextField(default="", blank=True)  # cleaned; shown instead of `text` when there
    message_id = models.CharField(max_length=250, default="", blank=True)
    automatic = models.BooleanField(default=False)  # an out-of-office note or a bounce
    delivery = models.ForeignKey(
        "messaging.Delivery", null=True, blank=True, on_delete=models.PROTECT, related_name="messages"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="mail_is_in_a_ticket_once", fields=["message_id", "ticket"], condition=~Q(message_id="")
            ),
        ]
        indexes = [models.Index(name="messages_of_a_ticket", fields=["ticket", "id"])]

    def __str__(self) -> str:
        return f"{self.author_name}: {self.text[:40]}"


class Spell(models.Model):
    """How long a ticket stood in one status; the source of clocks and of hours lost (S0.49)."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="spells")
    status = models.CharField(max_length=10, choices=Status)
    waiting_for = models.CharField(max_length=10, choices=WaitingReason, default="", blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="ticket_is_in_one_status_at_a_time", fields=["ticket"], condition=Q(ended_at=None)
            ),
            models.CheckConstraint(
                name="spell_ends_after_it_starts",
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")),
            ),
        ]
        indexes = [models.Index(name="spells_by_waiting_reason", fields=["waiting_for", "started_at"])]

    def __str__(self) -> str:
        return self.status


class TimeEntry(models.Model):
    """Work done on a ticket, in minutes."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="time_entries")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="time_entries")
    work_type = models.ForeignKey(WorkType, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    minutes = models.PositiveIntegerField(_("minutes"))
    # Which service it is, and how it was split (S0.17): what a contract or warranty covers, what is billed.
    service = models.CharField(_("service"), max_length=12, default="", blank=True)
    outside = models.BooleanField(null=True)  # the service hours; None: as the moment of `logged_at` says
    billed_minutes = models.PositiveIntegerField(null=True, blank=True)  # None: not decided
    worked_on = models.DateField(_("day"))
    note = models.CharField(_("note"), max_length=200, default="", blank=True)
    logged_at = models.DateTimeField()

    share: "Share | None" = None  # how it was split, as `actions.log_time` found it

    class Meta:
        ordering = ["worked_on", "pk"]
        verbose_name_plural = "time entries"
        constraints = [
            models.CheckConstraint(
                name="time_entry_is_within_a_day", condition=Q(minutes__gte=1, minutes__lte=1440)
            ),
            models.CheckConstraint(
                name="no_more_time_is_billed_than_was_worked",
                condition=Q(billed_minutes=None) | Q(billed_minutes__lte=F("minutes")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minutes} min"


class Link(models.Model):
    """Two tickets that belong together."""

    class Kind(models.TextChoices):
        RELATED = "related", _("Related")
        SPLIT = "split", _("Split from")
        FOLLOW_UP = "follow_up", _("Follows")

    source = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links_out")
    target = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links_in")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.RELATED)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="two_tickets_are_linked_once", fields=["source", "target", "kind"]),
            models.CheckConstraint(name="ticket_is_not_linked_to_itself", condition=~Q(source=F("target"))),
        ]

    def __str__(self) -> str:
        return self.kind


class SavedView(models.Model):
    """A filter of the queue that a person, or everybody, keeps at hand."""

    name = models.CharField(_("name"), max_length=60)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    shared = models.BooleanField(_("for everybody"), default=False)
    query = models.CharField(max_length=500)  # the page's own query string, checked by the filter form
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(name="saved_view_name_is_used_once", fields=["owner", "name"])]

    def __str__(self) -> str:
        return self.name
