"""Checklists: uniform, in versions, and as a ticket inherited them on its day (S0.58, S0.30)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from servicebook.core import clock
from servicebook.equipment.models import Asset
from servicebook.files.models import Document
from servicebook.tickets.models import Ticket


class Checklist(models.Model):
    """A named checklist. What it asks stands in its versions."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ChecklistVersion(models.Model):
    """What a checklist asks from a day on. Never changed: a change is the next version."""

    checklist = models.ForeignKey(Checklist, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    regulation = models.TextField(_("regulation to follow"), default="", blank=True)
    what_changed = models.CharField(_("what changed"), max_length=250, default="", blank=True)
    made_at = models.DateTimeField(default=clock.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["checklist", "-number"]
        constraints = [
            models.UniqueConstraint(
                name="checklist_version_number_is_used_once", fields=["checklist", "number"]
            ),
        ]

    def __str__(self) -> str:
        facts = {"checklist": self.checklist, "number": self.number}
        return gettext("%(checklist)s, version %(number)s") % facts


class ChecklistItem(models.Model):
    """One thing to do or to measure, with the proof that it asks for (S0.26)."""

    class Kind(models.TextChoices):
        CHECK = "check", _("Done or not")
        MEASURE = "measure", _("Reading")
        TEXT = "text", pgettext_lazy("item of a checklist", "Words")

    class Proof(models.TextChoices):
        NONE = "", _("None")
        PHOTO = "photo", _("Photo")
        READING = "reading", _("Reading")
        SIGNATURE = "signature", _("Signature")

    version = models.ForeignKey(ChecklistVersion, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(_("what"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.CHECK)
    unit = models.CharField(_("unit"), max_length=20, default="", blank=True)  # of a reading: °C, V
    low = models.DecimalField(_("not below"), max_digits=14, decimal_places=3, null=True, blank=True)
    high = models.DecimalField(_("not above"), max_digits=14, decimal_places=3, null=True, blank=True)
    asks_before = models.BooleanField(_("read before and after"), default=False)
    proof = models.CharField(_("proof"), max_length=10, choices=Proof, default="", blank=True)
    required = models.BooleanField(_("must be done"), default=True)
    hint = models.CharField(_("hint"), max_length=250, default="", blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="deviation_limits_are_in_order",
                condition=Q(low=None) | Q(high=None) | Q(low__lte=F("high")),
            ),
        ]

    def __str__(self) -> str:
        return self.text


class Worksheet(models.Model):
    """What is to be done on one ticket, as the checklist was on that day, and what came of it (S0.30)."""

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="worksheet")
    version = models.ForeignKey(
        ChecklistVersion, null=True, on_delete=models.PROTECT, related_name="worksheets"
    )
    standard_minutes = models.PositiveIntegerField(default=0)
    risks = models.TextField(_("risks"), default="", blank=True)
    changed_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return str(self.ticket)


class WorksheetLine(models.Model):
    """One item on one unit: open, done, failed, or not done for a reason."""

    class Outcome(models.TextChoices):
        OPEN = "", pgettext_lazy("item of a checklist", "Open")
        OK = "ok", _("Done")
        FAILED = "failed", pgettext_lazy("item of a checklist", "Failed")
        NOT_DONE = "not_done", _("Not done")

    worksheet = models.ForeignKey(Worksheet, on_delete=models.CASCADE, related_name="lines", db_index=False)
    asset = models.ForeignKey(Asset, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(ChecklistItem, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome, default="", blank=True)
    before = models.DecimalField(_("before"), max_digits=14, decimal_places=3, null=True, blank=True)
    after = models.DecimalField(_("after"), max_digits=14, decimal_places=3, null=True, blank=True)
    text = models.TextField(_("words"), default="", blank=True)
    note = models.CharField(_("note"), max_length=250, default="", blank=True)
    deviates = models.BooleanField(default=False)  # a reading is outside its limits
    photo = models.ForeignKey(
        Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    signed_by = models.CharField(_("signed by"), max_length=120, default="", blank=True)
    at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=0)  # against lost updates
    # The work that a failure opened.
    follow_up = models.ForeignKey(
        Ticket, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                "worksheet",
                Coalesce("asset", 0, output_field=models.BigIntegerField()),
                "item",
                name="item_is_asked_once_per_unit",
            ),
            models.CheckConstraint(
                name="worksheet_line_says_when_it_was_done",
                condition=Q(outcome="", at=None) | (~Q(outcome="") & Q(at__isnull=False)),
            ),
            models.CheckConstraint(
                name="what_failed_or_was_left_says_why",
                condition=~Q(outcome__in=["failed", "not_done"]) | ~Q(note=""),
            ),
        ]
        indexes = [
            models.Index(name="lines_of_a_worksheet", fields=["worksheet", "id"]),
            # Few lines have one; whether a document or a ticket is named is asked of all of them.
            models.Index(name="lines_with_a_photo", fields=["photo"], condition=Q(photo__isnull=False)),
            models.Index(
                name="lines_with_a_follow_up", fields=["follow_up"], condition=Q(follow_up__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.item)
