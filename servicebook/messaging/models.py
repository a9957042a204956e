"""What leaves the house: rows that wait for a sender."""

from datetime import datetime
from typing import Self

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import User
from servicebook.core.models import Leased
from servicebook.customers.models import SEES_EVERY_CUSTOMER


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, user: object) -> Self:
        """Those who see every customer see every message; on a card it is seen with the card."""
        sees = isinstance(user, User) and user.is_active and user.has_role(*SEES_EVERY_CUSTOMER)
        return self if sees else self.none()

    def waiting(self) -> Self:
        return self.filter(state=Delivery.State.WAITING)

    def ready(self, lane: int, now: datetime) -> Self:
        """What a sender may take from a lane, in the order of work."""
        return self.waiting().filter(lane=lane, ready_at__lte=now).order_by("ready_at", "pk")

    def about(self, subject: models.Model) -> Self:
        return self.filter(
            about_type=ContentType.objects.get_for_model(subject), about_id=subject.pk
        ).order_by("-pk")


class Lane(models.IntegerChoices):
    """Lower lanes go first, so that mass mail cannot delay an answer."""

    PERSONAL = 0, _("A person waits for it")
    REMINDERS = 1, _("Reminders")
    MASS = 2, _("Mass mail")


class Delivery(Leased):
    """One message to one address over one channel, written with its cause and sent after it.

    Sent at least once; the receiver can drop a repeat by `message_id`, which never changes.
    """

    class Channel(models.TextChoices):
        MAIL = "mail", _("E-mail")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        DEAD = "dead", _("Not deliverable")
        CANCELLED = "cancelled", _("Cancelled")

    key = models.CharField(max_length=120, unique=True)  # cause, recipient, channel: never twice
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.MAIL)
    template = models.CharField(max_length=60)
    to_address = models.CharField(max_length=254)
    to_name = models.CharField(max_length=120, default="", blank=True)
    contact = models.ForeignKey(
        "customers.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    subject_line = models.CharField(max_length=250)
    body = models.TextField()
    message_id = models.CharField(max_length=250)  # follows from the key and the address: unique as it is
    in_reply_to = models.CharField(max_length=250, default="", blank=True)
    references = models.TextField(default="", blank=True)
    thread = models.CharField(max_length=30, default="", blank=True)  # number; makes a signed Reply-To
    # Tries whose end nobody knows: the line was cut after the whole mail, or the sender ended in it.
    unknown = models.PositiveSmallIntegerField(default=0)
    automatic = models.BooleanField(default=True)  # no person wrote it: marked so that nobody answers it
    about_type = models.ForeignKey(
        ContentType, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    about_id = models.PositiveBigIntegerField(null=True)
    about = GenericForeignKey("about_type", "about_id")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    queued_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                name="delivery_is_settled_exactly_when_it_does_not_wait",
                condition=Q(state="waiting", settled_at__isnull=True)
                | (~Q(state="waiting") & Q(settled_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(
                name="delivery_queue", fields=["lane", "ready_at", "id"], condition=Q(state="waiting")
            ),
            models.Index(name="delivery_by_message_id", fields=["message_id"]),
            models.Index(name="delivery_by_state", fields=["state", "id"]),
            models.Index(name="delivery_by_address", fields=["to_address", "id"]),
            models.Index(name="deliveries_about", fields=["about_type", "about_id", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.channel} → {self.to_address}"

    def get_absolute_url(self) -> str:
        return reverse("messaging:delivery", args=[self.pk])
