"""A contract: with whom, from when to when, in which state, and how it goes on afterwards."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from servicebook.accounts.models import Role, User
from servicebook.contracts.models.catalogue import RefusalReason
from servicebook.contracts.models.choices import BillingCycle, ContractType, IndexBase, Initiator, State
from servicebook.core import clock
from servicebook.customers.models import SEES_EVERY_CUSTOMER, Customer
from servicebook.messaging.hidden import hides

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

LIVE = (State.ACTIVE, State.ON_HOLD)
SEES_SENSITIVE = (Role.ADMINISTRATOR, Role.MANAGER)


class ContractQuerySet(models.QuerySet["Contract"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Who sees the customer sees its contracts; a sensitive one is for its owner and the leads (S1.2)."""
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        seen = self
        if not user.has_role(*SEES_EVERY_CUSTOMER):
            seen = seen.filter(Q(owner=user) | Q(customer__in=Customer.objects.visible_to(user)))
        if user.has_role(*SEES_SENSITIVE):
            return seen
        return seen.filter(Q(sensitive=False) | Q(owner=user))

    def hidden_from(self, user: User) -> Self:
        """Sensitive ones that are not for `user`, who sees every customer."""
        rows = self.filter(sensitive=True).exclude(owner=user)
        return rows.none() if user.has_role(*SEES_SENSITIVE) else rows

    def live(self) -> Self:
        return self.filter(state__in=LIVE)


@hides
def sensitive_contracts(user: User) -> "ContractQuerySet":
    return Contract.objects.hidden_from(user)


class Contract(models.Model):
    """Executable terms for a period. The terms stand in its versions."""

    number = models.CharField(max_length=20, unique=True)
    title = models.CharField(_("title"), max_length=200)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="contracts", verbose_name=_("customer")
    )
    type = models.CharField(_("type"), max_length=15, choices=ContractType, default=ContractType.SLA)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="contracts", verbose_name=_("owner")
    )
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))  # its last day, in the zone of the customer
    review_on = models.DateField(_("review on"), null=True, blank=True)
    price = models.DecimalField(_("price"), max_digits=14, decimal_places=2, default=0)
    currency = models.CharField(_("currency"), max_length=3)
    billing_cycle = models.CharField(
        _("billed"), max_length=10, choices=BillingCycle, default=BillingCycle.YEAR
    )
    considerations = models.TextField(_("special considerations"), default="", blank=True)
    sensitive = models.BooleanField(_("only for its owner and the leads"), default=False)
    template = models.CharField(max_length=120, default="", blank=True)  # the name of what it was made from

    # How it goes on (S0.12).
    renews_itself = models.BooleanField(_("renews itself"), default=False)
    renewal_months = models.PositiveSmallIntegerField(_("renewed for, months"), default=12)
    # Who does not want to go on says so this many days before the end.
    notice_days = models.PositiveSmallIntegerField(_("notice, days"), default=30)
    predecessor = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="successor"
    )
    # A rise of the price (S0.13).
    index_percent = models.DecimalField(
        _("price rise, %"), max_digits=6, decimal_places=3, null=True, blank=True
    )
    index_base = models.CharField(
        _("computed from"), max_length=10, choices=IndexBase, default=IndexBase.CURRENT
    )
    index_notice_days = models.PositiveSmallIntegerField(_("announced, days ahead"), default=30)
    index_rule = models.CharField(_("by which index"), max_length=120, default="", blank=True)

    # Why it does not go on, or may not (S0.66).
    refusal_reason = models.ForeignKey(
        RefusalReason, null=True, blank=True, on_delete=models.PROTECT, related_name="contracts"
    )
    refusal_initiator = models.CharField(
        _("initiator"), max_length=10, choices=Initiator, default="", blank=True
    )
    refusal_known_on = models.DateField(_("known since"), null=True, blank=True)
    refusal_note = models.CharField(_("in their words"), max_length=250, default="", blank=True)
    at_risk = models.BooleanField(_("may not be renewed"), default=False)  # with the reason above
    refused = models.BooleanField(default=False)  # it will not be renewed, with the reason above
    state_because = models.CharField(max_length=250, default="", blank=True)  # of hold and cancellation
    # Said ahead: it is cancelled after this day, its last one.
    cancelled_on = models.DateField(_("cancelled after"), null=True, blank=True)
    cancel_because = models.CharField(max_length=250, default="", blank=True)

    external_ref = models.CharField(max_length=80, default="", blank=True)
    custom = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=0)  # grows with every change, against lost updates
    made_at = models.DateTimeField(default=clock.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ContractQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="contract_ends_after_it_starts", condition=Q(ends_on__gte=F("starts_on"))
            ),
            models.CheckConstraint(name="contract_price_is_not_negative", condition=Q(price__gte=0)),
            models.CheckConstraint(name="contract_does_not_follow_itself", condition=~Q(predecessor=F("pk"))),
            models.CheckConstraint(
                name="risk_and_refusal_say_why_who_and_since_when",
                condition=Q(at_risk=False, refused=False)
                | (
                    Q(refusal_reason__isnull=False)
                    & ~Q(refusal_initiator="")
                    & Q(refusal_known_on__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="held_or_cancelled_contract_says_why",
                condition=~Q(state__in=["on_hold", "cancelled"]) | ~Q(state_because=""),
            ),
            models.CheckConstraint(
                name="cancellation_ahead_says_why",
                condition=Q(cancelled_on=None) | ~Q(cancel_because=""),
            ),
            models.UniqueConstraint(
                name="contract_external_ref_is_used_once",
                fields=["external_ref"],
                condition=~Q(external_ref=""),
            ),
        ]
        indexes = [
            models.Index(name="contracts_by_state", fields=["state", "-id"]),
            models.Index(name="contracts_of_a_customer", fields=["customer", "ends_on"]),
            models.Index(name="contracts_by_end", fields=["state", "ends_on", "id"]),
            models.Index(name="contracts_of_an_owner", fields=["owner", "state", "-id"]),
            # Most follow nothing: SQLite takes the unique index over all those nulls for useless.
            models.Index(
                name="contracts_that_follow", fields=["predecessor"], condition=Q(predecessor__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("contracts:contract", args=[self.number])

    @property
    def last_day(self) -> date:
        """The last day on which it covers, in the zone of the customer."""
        return self.cancelled_on or self.ends_on

    @property
    def is_live(self) -> bool:
        return self.state in LIVE


class ContractSpell(models.Model):
    """How long a contract stood in one state, so that an old ticket finds the state of its day."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="spells", db_index=False)
    state = models.CharField(max_length=10, choices=State)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="contract_is_in_one_state_at_a_time", fields=["contract"], condition=Q(ended_at=None)
            ),
            models.CheckConstraint(
                name="contract_spell_ends_after_it_starts",
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")),
            ),
        ]
        indexes = [models.Index(name="spells_of_a_contract", fields=["contract", "started_at"])]

    def __str__(self) -> str:
        return self.state


class Milestone(models.Model):
    """A dated event of a contract: a stage of the work, an instalment to invoice (S0.42, S3.1)."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="milestones")
    on = models.DateField(pgettext_lazy("day of a milestone", "on"))
    text = models.CharField(_("what"), max_length=200)
    # What is invoiced then, in the contract's currency; empty when nothing is.
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="milestone_amount_is_above_zero", condition=Q(amount=None) | Q(amount__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return self.text


class PriceChange(models.Model):
    """One rise or cut of the price (S0.13); the price history of a contract and of its successors."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="price_changes")
    applies_on = models.DateField()
    year = models.PositiveSmallIntegerField()  # of `applies_on`
    before = models.DecimalField(max_digits=14, decimal_places=2)
    after = models.DecimalField(max_digits=14, decimal_places=2)
    percent = models.DecimalField(max_digits=7, decimal_places=3)
    announced_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["applies_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="price_rises_once_a_year",
                fields=["contract", "year"],
                condition=Q(withdrawn_at=None, after__gt=F("before")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"
