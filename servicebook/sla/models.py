"""When service is given: opening hours, with the days on which they are different."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ServiceHours(models.Model):
    """A calendar of opening hours that contracts promise, such as "Mon–Sat 8–20" or "24/7".

    What a running contract refers to keeps its past: the week of hours in use is not changed, and
    special days are added ahead of today only. So a clock gives the same second whenever it is
    computed again.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    # Seven lists of [opens, closes] in minutes of the local day, Monday first; closes up to 1440.
    week = models.JSONField(_("week"))
    # An IANA name; empty: that of the site, else its region's, else the house's.
    time_zone = models.CharField(_("time zone"), max_length=40, default="", blank=True)
    holiday_country = models.CharField(_("public holidays of"), max_length=2, default="", blank=True)
    holidays_until = models.DateField(null=True, blank=True)  # up to where they are written out as days
    # When deadlines last became others: a new week, zone or special day. Running clocks are read again.
    changed_at = models.DateTimeField(null=True, blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "service hours"

    def __str__(self) -> str:
        return self.name


class SpecialDay(models.Model):
    """A day on which the week does not hold: a holiday, or a day with hours of its own."""

    hours = models.ForeignKey(ServiceHours, on_delete=models.CASCADE, related_name="days", db_index=False)
    day = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=120, default="", blank=True)
    openings = models.JSONField(_("open"), default=list, blank=True)  # as one day of the week; empty: closed
    public = models.BooleanField(default=False)  # from the list of public holidays

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(name="day_is_special_once_per_service_hours", fields=["hours", "day"]),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}".rstrip()
