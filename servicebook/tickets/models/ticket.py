"""What we owe a customer, with one owner from its first second."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import Role, Team, User
from servicebook.contracts.models import Contract
from servicebook.contracts.rules import terms
from servicebook.core import clock
from servicebook.customers.models import Contact, Customer, Region, Site
from servicebook.equipment.models import Asset
from servicebook.tickets.models.directories import Reason, WorkType
from servicebook.tickets.models.words import OPEN, Channel, Kind, Priority, Status, WaitingReason

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from servicebook.tickets.models.promised import SlaClock

SEES_EVERY_TICKET = (Role.ADMINISTRATOR, Role.MANAGER, Role.DISPATCHER, Role.ACCOUNTANT, Role.STOREKEEPER)


class Coverage(models.TextChoices):
    """The verdict on the whole ticket."""

    COVERED = terms.Verdict.COVERED.value, _("Covered")
    PARTLY = terms.Verdict.PARTLY.value, _("Partly covered")
    EXTRA = terms.Verdict.EXTRA.value, _("Extra work")
    UNKNOWN = terms.Verdict.UNKNOWN.value, _("Not known yet")


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

    # What covers it: the current decision's verdict and contract, for lists. Empty: not decided.
    coverage = models.CharField(_("coverage"), max_length=10, choices=Coverage, default="", blank=True)
    contract = models.ForeignKey(
        Contract, null=True, blank=True, on_delete=models.PROTECT, related_name="tickets", db_index=False
    )
    # What a coverage decision is told besides the ticket: {"signs": ["tampering"], "component": "Battery"}.
    circumstances = models.JSONField(default=dict, blank=True)
    # Planned work is done by then; it has no response and recovery clocks.
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    # The soonest of its running clocks and of `due_at` while it is open.
    next_deadline_at = models.DateTimeField(null=True, blank=True)

    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    responded_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)  # somebody was on site
    recovered_at = models.DateTimeField(null=True, blank=True)  # it works again, if only for the time being
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

    # Planned work that was called off: closed, but not done.
    withdrawn_because = models.CharField(max_length=200, default="", blank=True)

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

    # What `actions._clocks` read or made of it; None while nobody looked.
    clocks_at_hand: "list[SlaClock] | None" = None

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
                | ~Q(withdrawn_because="")
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
                name="only_planned_work_is_called_off_and_then_it_is_closed",
                condition=Q(withdrawn_because="") | Q(status="closed", kind="planned"),
            ),
            models.CheckConstraint(
                name="planned_ticket_has_a_due_moment",
                condition=~Q(kind="planned") | Q(due_at__isnull=False),
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
            models.Index(
                name="open_planned_tickets",
                fields=["due_at", "id"],
                condition=Q(kind="planned", status__in=OPEN),
            ),
            models.Index(name="complaints", fields=["status", "-id"], condition=Q(kind="complaint")),
            models.Index(name="tickets_of_a_contract", fields=["contract", "-id"]),
            models.Index(
                name="tickets_by_deadline",
                fields=["next_deadline_at", "id"],
                condition=Q(next_deadline_at__isnull=False),
            ),
            models.Index(name="tickets_by_closing", fields=["-closed_at"], condition=Q(status="closed")),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("tickets:ticket", args=[self.number])

    @property
    def is_open(self) -> bool:
        return self.status != Status.CLOSED

    @property
    def was_done(self) -> bool:
        """Whether it was closed as done: neither called off nor merged into another."""
        return not self.is_open and self.merged_into_id is None and not self.withdrawn_because
