"""What we owe customers: tickets, the talk about them, and the rules that route them."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import Role, Team, User
from servicebook.core import clock
from servicebook.customers.models import Contact, Customer, Region, Site
from servicebook.equipment.models import Asset

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

SEES_EVERY_TICKET = (Role.ADMINISTRATOR, Role.MANAGER, Role.DISPATCHER, Role.ACCOUNTANT, Role.STOREKEEPER)


class Kind(models.TextChoices):
    REQUEST = "request", _("Request")
    COMPLAINT = "complaint", _("Complaint")


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


class Priority(models.IntegerChoices):
    CRITICAL = 1, _("P1 Critical")
    HIGH = 2, _("P2 High")
    NORMAL = 3, _("P3 Normal")
    LOW = 4, _("P4 Low")


class Status(models.TextChoices):
    """S0.48. Sales statuses live elsewhere."""

    QUEUED = "queued", _("In queue")
    WORKING = "working", _("In progress")
    APPROVAL = "approval", _("Pending approval")
    WAITING = "waiting", _("Waiting")
    CLOSED = "closed", _("Closed")


OPEN = (Status.QUEUED, Status.WORKING, Status.APPROVAL, Status.WAITING)


class WaitingReason(models.TextChoices):
    """S0.49."""

    PART = "part", _("Part")
    ACCESS = "access", _("No site access")
    PAYMENT = "payment", _("Payment")
    CLIENT = "client", _("Client decision")
    DELIVERY = "delivery", _("Delivery")


class Channel(models.TextChoices):
    PHONE = "phone", _("Phone")
    MAIL = "mail", _("E-mail")
    MESSENGER = "messenger", _("Messenger")
    API = "api", _("API")
    INTERNAL = "internal", _("Internal request")
    PROGRAM = "program", _("Servicebook")
    IMPORT = "import", _("Import")


class TicketQuerySet(models.QuerySet["Ticket"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Engineers see their own and their team's, account managers their customers'."""
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        if user.has_role(*SEES_EVERY_TICKET):
            return self
        mine = Q(owner=user)
        if user.has_role(Role.ENGINEER) and user.team_id:
            mine |= Q(team=user.team_id)
        if user.has_role(Role.ACCOUNT_MANAGER):
            mine |= Q(customer__in=Customer.objects.visible_to(user))
        return self.filter(mine)

    def open(self) -> Self:
        return self.filter(status__in=OPEN)


class Ticket(models.Model):
    """What we owe a customer, with one owner from its first second."""

    class Agreement(models.TextChoices):
        """How the customer agreed to the closure (S0.51)."""

        SIGNATURE = "signature", _("Signature")
        MAIL = "mail", _("E-mail")
        PHONE = "phone", _("Phone")

    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.REQUEST)
    title = models.CharField(_("title"), max_length=200)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="tickets", db_index=False)
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="tickets", db_index=False
    )
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="tickets", db_index=False
    )
    asset = models.ForeignKey(
        Asset, null=True, blank=True, on_delete=models.PROTECT, related_name="tickets", db_index=False
    )
    region = models.ForeignKey(
        Region, null=True, blank=True, on_delete=models.PROTECT, related_name="tickets", db_index=False
    )
    channel = models.CharField(max_length=10, choices=Channel)
    reason = models.ForeignKey(Reason, on_delete=models.PROTECT, related_name="tickets", db_index=False)
    work_type = models.ForeignKey(
        WorkType, null=True, blank=True, on_delete=models.PROTECT, related_name="tickets"
    )

    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.QUEUED)
    status_since = models.DateTimeField(default=clock.now)  # when the open spell began
    waiting_for = models.CharField(max_length=10, choices=WaitingReason, default="", blank=True)
    waiting_note = models.CharField(max_length=200, default="", blank=True)
    expected_on = models.DateField(null=True, blank=True)  # when the part or delivery is expected (S0.50)
    resume_at = models.DateTimeField(null=True, blank=True)  # when waiting ends in a look by the owner

    priority = models.PositiveSmallIntegerField(choices=Priority)
    priority_because = models.CharField(max_length=250)
    downtime = models.PositiveSmallIntegerField(default=2)  # 1 none … 4 stands still, as reported

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tickets", db_index=False
    )
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="tickets")
    on_site_contact = models.CharField(_("on-site contact"), max_length=120, default="", blank=True)
    preferred_window = models.CharField(_("preferred window"), max_length=120, default="", blank=True)

    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    responded_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=0)  # grows with every change and every message

    # What closing needs (S0.51). Proof and act are documents; recommendations may be "none".
    done = models.TextField(_("what was done"), default="", blank=True)
    result = models.TextField(_("result"), default="", blank=True)
    proof = models.TextField(_("proof"), default="", blank=True)
    replaced_parts = models.TextField(_("replaced parts"), default="", blank=True)
    recommendations = models.TextField(_("recommendations"), default="", blank=True)
    agreement = models.CharField(_("agreed by"), max_length=10, choices=Agreement, default="", blank=True)
    agreed_by = models.CharField(_("who agreed"), max_length=120, default="", blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)

    repeat_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="repeats"
    )
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged"
    )
    reopened = models.PositiveSmallIntegerField(default=0)
    tracker_url = models.URLField(max_length=300, default="", blank=True)  # handed to developers (S4.19)
    tracker_state = models.CharField(max_length=60, default="", blank=True)
    external_ref = models.CharField(max_length=80, default="", blank=True)
    custom = models.JSONField(default=dict, blank=True)

    objects = TicketQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="waiting_ticket_says_what_for",
                condition=(Q(status="waiting") & ~Q(waiting_for=""))
                | (~Q(status="waiting") & Q(waiting_for="")),
            ),
            models.CheckConstraint(
                name="part_on_order_has_an_expected_date",
                condition=~Q(waiting_for__in=["part", "delivery"]) | Q(expected_on__isnull=False),
            ),
            models.CheckConstraint(
                name="ticket_is_closed_exactly_when_it_has_closed_at",
                condition=Q(status="closed", closed_at__isnull=False)
                | (~Q(status="closed") & Q(closed_at=None)),
            ),
            models.CheckConstraint(
                name="ticket_is_closed_with_result_and_agreement_or_merged_or_imported",
                condition=~Q(status="closed")
                | Q(merged_into__isnull=False)
                | Q(channel="import")
                | (
                    ~Q(done="")
                    & ~Q(result="")
                    & ~Q(proof="")
                    & ~Q(recommendations="")
                    & ~Q(replaced_parts="")
                    & ~Q(agreement="")
                    & ~Q(agreed_by="")
                    & Q(agreed_at__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="ticket_is_not_merged_into_itself", condition=~Q(merged_into=F("pk"))
            ),
            models.CheckConstraint(
                name="ticket_priority_is_from_1_to_4", condition=Q(priority__gte=1, priority__lte=4)
            ),
            models.UniqueConstraint(
                name="ticket_external_ref_is_used_once",
                fields=["external_ref"],
                condition=~Q(external_ref=""),
            ),
        ]
        indexes = [
            models.Index(name="tickets_by_status", fields=["status", "-id"]),
            models.Index(name="tickets_of_a_customer", fields=["customer", "status", "-id"]),
            models.Index(name="tickets_of_an_asset", fields=["asset", "-id"]),
            # Each filter alone gives its newest first, too.
            models.Index(name="newest_of_a_customer", fields=["customer", "-id"]),
            models.Index(name="newest_of_a_contact", fields=["contact", "-id"]),
            models.Index(name="newest_of_a_site", fields=["site", "-id"]),
            models.Index(name="newest_of_an_owner", fields=["owner", "-id"]),
            models.Index(name="newest_of_a_reason", fields=["reason", "-id"]),
            models.Index(name="newest_of_a_priority", fields=["priority", "-id"]),
            models.Index(name="tickets_of_an_owner", fields=["owner", "status", "-id"]),
            models.Index(name="tickets_by_priority", fields=["status", "priority", "-id"]),
            models.Index(name="tickets_by_reason", fields=["reason", "status", "-id"]),
            models.Index(name="tickets_of_a_region", fields=["region", "status", "-id"]),
            models.Index(name="open_tickets", fields=["-id"], condition=Q(status__in=OPEN)),
            models.Index(
                name="tickets_by_waiting_reason", fields=["waiting_for", "-id"], condition=~Q(waiting_for="")
            ),
            models.Index(name="complaints", fields=["status", "-id"], condition=Q(kind="complaint")),
            models.Index(name="tickets_by_closing", fields=["-closed_at"], condition=Q(status="closed")),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("tickets:ticket", args=[self.number])

    @property
    def is_open(self) -> bool:
        return self.status != Status.CLOSED


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
    worked_on = models.DateField(_("day"))
    note = models.CharField(_("note"), max_length=200, default="", blank=True)
    logged_at = models.DateTimeField()

    class Meta:
        ordering = ["worked_on", "pk"]
        verbose_name_plural = "time entries"
        constraints = [
            models.CheckConstraint(
                name="time_entry_is_within_a_day", condition=Q(minutes__gte=1, minutes__lte=1440)
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
