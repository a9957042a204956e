"""Service hours are saved here, and public holidays written out as special days.

What a contract in force counts in keeps its past: its week and zone stay, and special days change
only ahead of today. So a clock reads the same second whenever it is read again.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.core import changes, clock, reference
from servicebook.core.errors import Refused
from servicebook.customers.actions.customers import clean_zone
from servicebook.customers.saving import check_values, squeeze, wrong
from servicebook.sla import public_holidays, queries
from servicebook.sla.models import ServiceHours, SpecialDay
from servicebook.sla.rules.hours import NotOpenings, check_week
from servicebook.sla.rules.typed import TypedDay, write_day
from servicebook.sla.wording import WRONG, say_week

HOLIDAY_YEARS = 2  # that are written out beyond the present one
DERIVED = ("holidays_until", "changed_at")  # nobody types them


class HoursInUse(Refused):
    """A contract in force counts in these hours."""

    code = "hours_in_use"


@transaction.atomic
def save(
    hours: ServiceHours, days: Mapping[date, TypedDay] | None = None, *, by: User | None
) -> ServiceHours:
    """Save new or changed service hours.

    Args:
        days: the special days of their own, as they shall be; None leaves them. Of hours in use
            only those ahead of today: what has passed stays.

    Raises:
        NotSaved: a value is wrong; `fields` names it.
        HoursInUse: the week, the zone or a day that is not ahead of today would change.
    """
    before = ServiceHours.objects.select_for_update().filter(pk=hours.pk).first() if hours.pk else None
    frozen = queries.frozen_until(before) if before else None
    _check(hours, before)
    if before and frozen:
        _refuse_new_past(hours, before)
    found = changes.between(before, hours)
    for name in DERIVED:
        found.pop(name, None)
    if "week" in found:
        with translation.override(settings.LANGUAGE_CODE):  # the journal is the house's
            found["week"] = [say_week(before.week) if before else "", say_week(hours.week)]
    if found:
        hours.save()
    another_country = bool(before and before.holiday_country != hours.holiday_country)
    if another_country:
        _ahead(hours, frozen).filter(public=True).delete()
    came, gone = _set_days(hours, days, frozen) if days is not None else ([], [])
    if found or came or gone:
        if another_country or gone:
            hours.holidays_until = None  # written anew, also where a day of their own stood
        hours.changed_at = clock.now()
        hours.save(update_fields=DERIVED)
        _record(hours, by, new=before is None, changes=found, came=came, gone=gone)
    return hours


@transaction.atomic
def write_holidays(hours_id: int, *, at: datetime) -> None:
    """Write the public holidays of this and the next years out; days that are special already stay."""
    hours = ServiceHours.objects.select_for_update().get(pk=hours_id)
    frozen = queries.frozen_until(hours)
    first, last = date(at.year, 1, 1), date(at.year + HOLIDAY_YEARS, 12, 31)
    named = public_holidays.of(hours.holiday_country, first, last)
    known = set(hours.days.values_list("day", flat=True))
    new = [
        SpecialDay(hours=hours, day=day, name=name, public=True)
        for day, name in named.items()
        if day not in known and (frozen is None or day > frozen)
    ]
    SpecialDay.objects.bulk_create(new)
    hours.holidays_until = last
    if new:
        hours.changed_at = at
    hours.save(update_fields=DERIVED)
    verb = "service_hours.holidays_written"
    country, count = hours.holiday_country, len(new)
    journal.record(verb, hours, at=at, name=hours.name, country=country, until=last, count=count)
    reference.changed()
    agenda.refresh(hours)


def _check(hours: ServiceHours, before: ServiceHours | None) -> None:
    squeeze(hours, "name", "time_zone")
    if not hours.name:
        raise wrong(name=_("Service hours need a name, such as Mon–Fri 9–18."))
    if ServiceHours.objects.filter(name=hours.name).exclude(pk=hours.pk).exists():
        raise wrong(name=_("There are service hours of this name already."))
    try:
        hours.week = [[list(opening) for opening in day] for day in check_week(hours.week)]
    except NotOpenings as refused:
        raise wrong(week=str(WRONG[refused.why])) from None
    if hours.time_zone:
        clean_zone(hours)
    if hours.holiday_country and hours.holiday_country not in public_holidays.countries("en"):
        raise wrong(holiday_country=_("This is no country. Choose one of the list."))
    check_values(hours)


def _refuse_new_past(hours: ServiceHours, before: ServiceHours) -> None:
    if (before.week, before.time_zone) == (hours.week, hours.time_zone):
        return
    text = _(
        "The week and the time zone of “%(name)s” cannot change: contracts in force count in them, and what "
        "was promised would be another time. Make new service hours and amend the contracts."
    )
    raise HoursInUse(text % {"name": before.name})


def _ahead(hours: ServiceHours, frozen: date | None) -> QuerySet[SpecialDay]:
    rows = SpecialDay.objects.filter(hours=hours)
    return rows.filter(day__gt=frozen) if frozen else rows


def _set_days(
    hours: ServiceHours, days: Mapping[date, TypedDay], frozen: date | None
) -> tuple[list[str], list[str]]:
    """Make the days of their own be `days`; return the lines that came and that went."""
    kept = {
        row.day: TypedDay(tuple((opens, closes) for opens, closes in row.openings), row.name)
        for row in hours.days.filter(public=False)
    }
    past = [day for day in days if frozen and day <= frozen and kept.get(day) != days[day]]
    if past:
        text = _(
            "%(day)s is not ahead of today. Contracts in force count in these hours; change days to come."
        ) % {"day": date_format(min(past), "j M Y")}
        raise HoursInUse(text, fields={"days": text})
    old = {day: one for day, one in kept.items() if frozen is None or day > frozen}
    new = {day: one for day, one in days.items() if frozen is None or day > frozen}
    came = {day: one for day, one in new.items() if old.get(day) != one}
    gone = {day: one for day, one in old.items() if new.get(day) != one}
    SpecialDay.objects.filter(hours=hours, day__in=[*came, *gone]).delete()
    SpecialDay.objects.bulk_create(
        SpecialDay(hours=hours, day=day, name=one.name, openings=[list(opening) for opening in one.openings])
        for day, one in came.items()
    )
    return [write_day(day, came[day]) for day in sorted(came)], [
        write_day(day, gone[day]) for day in sorted(gone)
    ]


def _record(hours: ServiceHours, by: User | None, *, new: bool, **facts: Any) -> None:
    verb = "service_hours.added" if new else "service_hours.changed"
    with translation.override(settings.LANGUAGE_CODE):
        week = say_week(hours.week)
    journal.record(verb, hours, by=by, name=hours.name, week=week, **facts)
    reference.changed()
    agenda.refresh(hours, new=new)
