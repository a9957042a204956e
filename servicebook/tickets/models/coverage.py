"""What covers a ticket, and what is billed of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from servicebook.contracts.models import Contract, ContractVersion, ExtraService
from servicebook.contracts.models.choices import Service
from servicebook.tickets.models.ticket import Coverage, Ticket


class CoverageDecision(models.Model):
    """A decision as it was taken: its facts, its verdict and its whole trace. Never changed."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="decisions", db_index=False)
    taken_at = models.DateTimeField()
    current = models.BooleanField(default=True)
    verdict = models.CharField(max_length=10, choices=Coverage)
    contract = models.ForeignKey(
        Contract, null=True, on_delete=models.PROTECT, related_name="decisions", db_index=False
    )
    version = models.ForeignKey(ContractVersion, null=True, on_delete=models.PROTECT, related_name="+")
    facts = models.JSONField()  # `contracts.rules.snapshot`
    decision = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="ticket_has_one_current_decision", fields=["ticket"], condition=Q(current=True)
            ),
        ]
        indexes = [
            models.Index(name="decisions_of_a_ticket", fields=["ticket", "id"]),
            models.Index(name="decisions_by_contract", fields=["contract", "id"]),
        ]

    def __str__(self) -> str:
        return self.verdict


class Charge(models.Model):
    """Extra work on a ticket at its rate. `source` is its cause, so that a repeat charges nothing."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="charges", db_index=False)
    contract = models.ForeignKey(Contract, null=True, on_delete=models.PROTECT, related_name="charges")
    service = models.CharField(max_length=12, choices=Service)
    extra = models.ForeignKey(ExtraService, null=True, on_delete=models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=14, decimal_places=2)  # trips, diagnostics, minutes, or money
    unit_price = models.DecimalField(max_digits=14, decimal_places=2)  # of one, of an hour; of parts a factor
    factor = models.DecimalField(max_digits=4, decimal_places=2, default=1)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    because = models.CharField(max_length=250)
    source = models.CharField(max_length=60)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    dropped_at = models.DateTimeField(null=True, blank=True)
    dropped_because = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="ticket_is_charged_once_for_a_cause", fields=["ticket", "source"]),
            models.CheckConstraint(name="charge_is_not_negative", condition=Q(amount__gte=0, quantity__gt=0)),
            models.CheckConstraint(
                name="dropped_charge_says_why", condition=Q(dropped_at=None) | ~Q(dropped_because="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class Consent(models.Model):
    """The customer's word, before the work, that extra work may be done and what it may cost."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="consents")
    what = models.CharField(_("what was agreed"), max_length=250)
    amount = models.DecimalField(_("up to"), max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3)
    how = models.CharField(_("agreed by"), max_length=10, choices=Ticket.Agreement)
    who = models.CharField(_("who agreed"), max_length=120)
    at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="consent_says_what_and_who", condition=~Q(what="") & ~Q(who="")),
        ]

    def __str__(self) -> str:
        return self.what
