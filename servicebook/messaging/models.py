"""What leaves the house: rows that wait for a sender."""

from datetime import datetime
from functools import reduce
from operator import or_
from typing import Self

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from servicebook.accounts.models import Role, User
from servicebook.core.models import Leased
from servicebook.customers.models import SEES_EVERY_CUSTOMER, Promise
from servicebook.messaging.hidden import about_hidden, hides
from servicebook.messaging.standard_texts.words import Words


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, user: object) -> Self:
        """Those who see every customer see the messages, but for those about what is hidden from them.

        On a card a message is seen with the card.
        """
        if not isinstance(user, User) or not user.is_active or not user.has_role(*SEES_EVERY_CUSTOMER):
            return self.none()
        if user.has_role(Role.ADMINISTRATOR, Role.MANAGER):
            return self
        hidden = reduce(or_, about_hidden(user), Q(pk__in=[]))
        return self.exclude(hidden).exclude(pk__in=Notice.objects.filter(hidden).values("delivery"))

    def waiting(self) -> Self:
        return self.filter(state=Delivery.State.WAITING)

    def waiting_for(self, channel: str) -> Self:
        return self.waiting().filter(channel=channel)

    def ready(self, channel: str, lane: int, now: datetime) -> Self:
        """What a sender of a channel may take from a lane, in the order of work."""
        due = self.waiting_for(channel).filter(lane=lane, ready_at__lte=now)
        return due.order_by("ready_at", "pk")

    def about(self, subject: models.Model) -> Self:
        """Messages about a thing, also those that tell of others, too."""
        this = Q(about_type=ContentType.objects.get_for_model(subject), about_id=subject.pk)
        within = Notice.objects.filter(this).values("delivery")
        return self.filter(this | Q(pk__in=within)).order_by("-pk")


@hides
def sensitive_promises(user: User) -> models.QuerySet[Promise]:
    return Promise.objects.filter(sensitive=True).exclude(owner=user)


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
        SMS = "sms", _("SMS")
        TELEGRAM = "telegram", _("Telegram")
        PUSH = "push", _("Push")
        IN_APP = "in_app", _("In Servicebook")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", pgettext_lazy("message", "Sent")
        DEAD = "dead", _("Not deliverable")
        CANCELLED = "cancelled", _("Cancelled")

    key = models.CharField(max_length=120, unique=True)  # cause, recipient, channel: never twice
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.MAIL)
    template = models.CharField(max_length=60)
    to_address = models.CharField(max_length=500)
    to_name = models.CharField(max_length=120, default="", blank=True)
    contact = models.ForeignKey(
        "customers.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    # Receiver, day and channel: what is to be told that day goes out as one message. Empty: alone.
    bundle = models.CharField(max_length=80, default="", blank=True)
    url = models.CharField(max_length=300, default="", blank=True)  # where its one link leads
    read_at = models.DateTimeField(null=True, blank=True)  # when a person of the house saw it in Servicebook
    subject_line = models.CharField(max_length=250)
    body = models.TextField()
    message_id = models.CharField(max_length=250)  # follows from the key and the address: unique as it is
    # What the other side calls it, if an answer there can refer to it: the message's number in a chat.
    provider_id = models.CharField(max_length=40, default="", blank=True)
    in_reply_to = models.CharField(max_length=250, default="", blank=True)
    references = models.TextField(default="", blank=True)
    thread = models.CharField(max_length=30, default="", blank=True)  # number; makes a signed Reply-To
    # Tries whose end nobody knows: the line was cut after the whole mail, or the sender ended in it.
    unknown = models.PositiveSmallIntegerField(default=0)
    optional = models.BooleanField(default=False)  # no contract asks for it: one may unsubscribe
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
            models.UniqueConstraint(
                name="receiver_gets_one_bundle_a_day_and_channel",
                fields=["bundle"],
                condition=~Q(bundle=""),
            ),
        ]
        indexes = [
            models.Index(
                name="delivery_queue",
                fields=["channel", "lane", "ready_at", "id"],
                condition=Q(state="waiting"),
            ),
            models.Index(name="delivery_by_message_id", fields=["message_id"]),
            models.Index(
                name="delivery_by_provider_id",
                fields=["to_address", "provider_id"],
                condition=~Q(provider_id=""),
            ),
            models.Index(name="delivery_by_state", fields=["state", "id"]),
            models.Index(name="delivery_by_address", fields=["to_address", "id"]),
            models.Index(name="deliveries_about", fields=["about_type", "about_id", "id"]),
            models.Index(name="deliveries_of_user", fields=["user", "-id"], condition=Q(user__isnull=False)),
            models.Index(
                name="unread_of_user", fields=["user"], condition=Q(user__isnull=False, read_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} → {self.to_address}"

    def get_absolute_url(self) -> str:
        return reverse("messaging:delivery", args=[self.pk])


class Notice(models.Model):
    """One thing that one receiver is told over one channel. A delivery carries one or several.

    Its key is the obligation, the receiver and the channel: whatever is fired again, it is told once.
    """

    key = models.CharField(max_length=160, unique=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="notices")
    text = models.CharField(max_length=40)  # the code of its text
    about_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+", db_index=False)
    about_id = models.PositiveBigIntegerField()
    about = GenericForeignKey("about_type", "about_id")  # in whose history it stands
    subject_line = models.CharField(max_length=250)
    body = models.TextField()
    url = models.CharField(max_length=300, default="", blank=True)  # its one action
    told_at = models.DateTimeField()
    # Its receiver unsubscribed before the message went out: it is not in there.
    left_out = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(name="notices_about", fields=["about_type", "about_id", "id"])]

    def __str__(self) -> str:
        return self.subject_line


class MessageText(models.Model):
    """One version of an editable text in one language (S0.41). The delivered ones stand in code.

    `delivered` says that with it somebody went back to those: it keeps what they said that day.
    """

    code = models.CharField(max_length=40)  # "maintenance_invite"
    language = models.CharField(max_length=10)
    number = models.PositiveSmallIntegerField()  # of the version
    subject_line = models.CharField(_("subject"), max_length=250)
    body = models.TextField(_("text"))
    short = models.CharField(_("short form"), max_length=300)  # for SMS, messenger and push
    delivered = models.BooleanField(default=False)
    current = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["code", "language", "-number"]
        constraints = [
            models.UniqueConstraint(
                name="text_version_number_is_used_once", fields=["code", "language", "number"]
            ),
            models.UniqueConstraint(
                name="text_has_one_current_version", fields=["code", "language"], condition=Q(current=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.language} · {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("messaging:text", args=[self.code, self.language])

    @property
    def words(self) -> Words:
        return Words(self.subject_line, self.body, self.short)


class Reach(models.Model):
    """A messenger or a browser of one person, linked by that person. Mail and SMS stand on the card."""

    class Ended(models.TextChoices):
        """Why it is linked no longer."""

        OFF = "off", _("switched off")
        GONE = "gone", _("the other side takes nothing for it any more")
        SIGNED_OUT = "signed_out", _("signed out there")
        LEFT = "left", _("the person has no access any more")
        MOVED = "moved", _("somebody else uses it now")

    contact = models.ForeignKey(
        "customers.Contact", null=True, blank=True, on_delete=models.CASCADE, related_name="reaches"
    )
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="reaches")
    channel = models.CharField(max_length=10, choices=Delivery.Channel)  # Telegram or push
    address = models.CharField(max_length=500)  # the chat, or the endpoint of the browser
    keys = models.JSONField(default=dict, blank=True)  # of push: p256dh and auth
    label = models.CharField(max_length=120, default="", blank=True)  # "Chrome on Windows"
    linked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=10, choices=Ended, default="", blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "reaches"
        constraints = [
            models.CheckConstraint(
                name="reach_that_goes_on_has_no_reason_to_have_ended",
                condition=Q(ended_because="") | Q(ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="reach_belongs_to_one_person",
                condition=Q(contact__isnull=False, user=None) | Q(contact=None, user__isnull=False),
            ),
            models.UniqueConstraint(
                name="address_reaches_one_person", fields=["channel", "address"], condition=Q(ended_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} · {self.label}"


class Suppression(models.Model):
    """An address that nothing is sent to: it came back for good. Until somebody lifts it."""

    channel = models.CharField(max_length=10, choices=Delivery.Channel)
    address = models.CharField(max_length=500)
    because = models.CharField(max_length=250)
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="address_is_suppressed_once", fields=["channel", "address"], condition=Q(lifted_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.address}"


class Wish(models.Model):
    """How one contact wants to be written to, and of what not at all."""

    contact = models.OneToOneField("customers.Contact", on_delete=models.CASCADE, related_name="wish")
    channels = models.JSONField(_("channels, the first first"), default=list, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)  # of what no contract asks for

    def __str__(self) -> str:
        return str(self.contact)
