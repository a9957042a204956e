"""Reminder rules as data: which promise is announced when, to whom, with which next step (S0.33–S0.42)."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from servicebook.contracts.models import Contract
from servicebook.core import clock
from servicebook.customers.models import Region


class What(models.TextChoices):
    """What a ladder is about. Its code is the end of the obligations' kind: "reminders.maintenance"."""

    MAINTENANCE = "maintenance", _("Maintenance is due")
    WINDOW = "window", _("Access for an agreed window")
    PARTS = "parts", _("Parts to prepare")
    ACT = "act", _("Act or checklist to attach")
    RENEWAL = "renewal", _("Contract ends")
    REVIEW = "review", _("Contract is to be reviewed")
    MILESTONE = "milestone", _("Milestone to invoice")
    WARRANTY = "warranty", _("Warranty ends")
    PROMISE = "promise", _("Promise is due")
    SILENCE = "silence", _("No reaction of the customer")


class Ours(models.TextChoices):
    """Who of the house: looked up when the stage fires, never before (S0.37)."""

    OWNER = "owner", _("Owner of the matter")
    ENGINEER = "engineer", _("Engineer of the task")
    ACCOUNT_MANAGER = "account_manager", _("Account manager")
    MANAGER = "manager", _("Service manager")
    SUPERVISOR = "supervisor", _("Supervisor")
    STOREKEEPER = "storekeeper", _("Storekeeper")
    ACCOUNTANT = "accountant", _("Accountant")


class Theirs(models.TextChoices):
    """Who at the customer; of several the first that is there is told."""

    ON_SITE = "on_site", _("Responsible on site")
    DECISION_MAKER = "decision_maker", _("Decision maker")
    SIGNER = "signer", _("Signer")
    MAIN = "main", _("Main contact")


class Asks(models.TextChoices):
    """What a message asks the customer to do (S0.37). Without it a customer is told nothing."""

    NOTHING = "", _("Nothing")
    WINDOW = "window", _("Confirm the date")
    ACCESS = "access", _("Confirm access")
    RENEWAL = "renewal", _("Decide about the renewal")
    PAYMENT = "payment", _("Pay")
    REPLY = "reply", _("Answer us")


class Ladder(models.Model):
    """The stages for one thing: of the house, or of one contract in its place."""

    what = models.CharField(_("about"), max_length=12, choices=What)
    contract = models.ForeignKey(
        Contract,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="ladders",
        verbose_name=_("only for"),
    )
    active = models.BooleanField(_("active"), default=True)
    # Switched on for one region first (a pilot); empty: everywhere.
    region = models.ForeignKey(
        Region,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("only in"),
    )
    # Nothing goes out between these hours, where the customer is; what falls into them waits.
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    changed_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=0)
    # The agenda stands as of this change; a later one is followed in steps, from this subject on.
    followed = models.DateTimeField(null=True, blank=True)
    followed_up_to = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["what", "contract"]
        constraints = [
            models.UniqueConstraint(
                "what",
                Coalesce("contract", 0, output_field=models.BigIntegerField()),
                name="one_ladder_for_a_thing_and_contract",
            ),
            models.CheckConstraint(
                name="quiet_hours_have_both_ends",
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_what_display())


class Stage(models.Model):
    """One rung: when, whom it tells over which channels, and whose next step it makes (S0.39)."""

    class Unit(models.TextChoices):
        DAYS = "days", _("days")
        HOURS = "hours", _("hours")

    class Side(models.TextChoices):
        BEFORE = "before", _("before")
        AFTER = "after", _("after")

    ladder = models.ForeignKey(Ladder, on_delete=models.CASCADE, related_name="stages", db_index=False)
    name = models.SlugField(max_length=30)  # the stage of its obligations: "before-14"
    offset = models.PositiveSmallIntegerField(_("offset"), default=0)
    unit = models.CharField(max_length=5, choices=Unit, default=Unit.DAYS)
    side = models.CharField(max_length=6, choices=Side, default=Side.BEFORE)
    # Towards the customer: whom, what it asks, in which words, how.
    theirs = models.JSONField(_("at the customer"), default=list, blank=True)  # of Theirs, first hit wins
    asks = models.CharField(_("asks to"), max_length=10, choices=Asks, default="", blank=True)
    text = models.CharField(_("text"), max_length=40, default="", blank=True)  # a message text's code
    channels = models.JSONField(_("channels"), default=list, blank=True)  # first that reaches; empty: mail
    urgent = models.BooleanField(_("not bundled"), default=False)
    # Towards the house: who hears of it, and whose step it becomes.
    ours = models.JSONField(_("who of us hears"), default=list, blank=True)  # of Ours
    step = models.CharField(_("next step"), max_length=200)
    step_owner = models.CharField(_("whose"), max_length=16, choices=Ours, default=Ours.OWNER)
    step_hours = models.PositiveSmallIntegerField(_("to be done within, hours"), default=24)
    needs_decision = models.BooleanField(_("ends only with a decision"), default=False)

    class Meta:
        ordering = ["ladder", "pk"]
        constraints = [
            models.UniqueConstraint(name="stage_name_is_used_once_per_ladder", fields=["ladder", "name"]),
            models.CheckConstraint(
                name="customer_is_told_only_what_asks_for_an_action",
                condition=Q(theirs=[]) | (~Q(asks="") & ~Q(text="")),
            ),
            models.CheckConstraint(name="stage_has_a_next_step", condition=~Q(step="")),
        ]

    def __str__(self) -> str:
        return self.name
