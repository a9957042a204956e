"""Tables that every capability stands on: numbers, custom and mandatory fields, preferences."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class NumberSeries(models.Model):
    """The last number given in a series and year. Written by `core.numbers` alone."""

    series = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="number_series_exists_once_per_year", fields=["series", "year"]),
        ]

    def __str__(self) -> str:
        return f"{self.series}-{self.year} up to {self.last}"


class FieldRule(models.Model):
    """A field that an administrator added, or made mandatory, without code (S0.8)."""

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        CHOICE = "choice", _("Choice")
        YES_NO = "yes_no", _("Yes or no")

    entity = models.CharField(max_length=40)  # "customers.site"
    name = models.SlugField(max_length=40)
    label = models.CharField(max_length=80)
    custom = models.BooleanField(default=True)  # False: a built-in field that is only made mandatory
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.TEXT)
    choices = models.JSONField(default=list, blank=True)
    mandatory = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["entity", "position", "pk"]
        constraints = [
            models.UniqueConstraint(name="field_rule_exists_once_per_entity", fields=["entity", "name"]),
        ]

    def __str__(self) -> str:
        return self.label


class Preferences(models.Model):
    """What the organisation chose for itself; one row. Read through `core.preferences`."""

    values = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(name="there_is_one_row_of_preferences", condition=Q(pk=1)),
        ]


class ReferenceStamp(models.Model):
    """Counts changes of reference data, so that other processes drop what they cached."""

    count = models.PositiveBigIntegerField(default=0)


class Leased(models.Model):
    """A row that one worker at a time may work on.

    `ready_at` is when a worker may take it: at first the moment it is due, then the end of the
    lease that a worker holds, or the next attempt after a failure. `token` is the fence: whoever
    finishes must still find its own token there, or its writes are rolled back.
    """

    lane = models.PositiveSmallIntegerField(default=1)
    ready_at = models.DateTimeField()
    token = models.CharField(max_length=32, default="", blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(default="", blank=True)

    class Meta:
        abstract = True


class IdempotentAnswer(models.Model):
    """The answer to a POST, so that its repeat gets the same answer and changes nothing."""

    caller = models.PositiveBigIntegerField()  # the user's id
    key = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)  # of method, path and body: a key is not used twice
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="request_is_answered_once_per_key", fields=["caller", "key"]),
        ]
        indexes = [models.Index(name="answers_by_age", fields=["at"])]

    def __str__(self) -> str:
        return self.key
