"""A site, a model, a region or a customer that changed may bring units under plans, or take them away.

Each such change is followed once: what is owed is keyed by its entry in the journal.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q
from django.utils.translation import gettext_lazy as _

from servicebook.agenda import Due, duty
from servicebook.agenda.models import Lane
from servicebook.customers.models import Customer, Region, Site
from servicebook.equipment.models import AssetModel
from servicebook.journal.models import Entry
from servicebook.maintenance.actions import rescoping
from servicebook.sla.models import ServiceHours

MARK = "scope_changed"


def changes_of(verb: str, *names: str, mark: str = MARK) -> Callable[[Sequence[Any]], None]:
    """Return what writes on subjects, as `mark`, their last change of one of the fields."""
    changed = Q(facts__changes__has_any_keys=names)

    def gather(subjects: Sequence[Model]) -> None:
        kind = ContentType.objects.get_for_model(subjects[0])
        rows = Entry.objects.filter(
            changed, subject_type=kind, subject_id__in=[one.pk for one in subjects], verb=verb
        )
        latest = {row[0]: row[1:] for row in rows.order_by("pk").values_list("subject_id", "pk", "at")}
        for one in subjects:
            setattr(one, mark, latest.get(one.pk))

    return gather


# By then every process has read the changed days.
HOURS_ARE_KNOWN_AFTER = timedelta(seconds=10)


class Moved:
    """The last change that `changes_of` wrote on a subject is owed, once, `wait` after it."""

    mark, wait = MARK, timedelta()

    def owed(self, subject: Any) -> Iterator[Due]:
        changed = getattr(subject, self.mark)
        if changed:
            entry, at = changed
            yield Due(at=at + self.wait, occurrence=str(entry))


@duty(
    "maintenance.follow_site",
    subject=Site,
    title=_("Follow a site with the plans"),
    gather=changes_of("site.changed", "region", "time_zone"),
)
class FollowSite(Moved):
    def fire(self, site: Site, due: Due, *, at: Any) -> None:
        rescoping.follow_site(site.pk)


@duty(
    "maintenance.follow_model",
    subject=AssetModel,
    title=_("Follow a model with the plans"),
    gather=changes_of("model.changed", "category"),
)
class FollowModel(Moved):
    def fire(self, model: AssetModel, due: Due, *, at: Any) -> None:
        rescoping.follow_category()


@duty(
    "maintenance.follow_region",
    subject=Region,
    title=_("Follow a region with the plans"),
    gather=changes_of("region.changed", "parent"),
)
class FollowRegion(Moved):
    def fire(self, region: Region, due: Due, *, at: Any) -> None:
        rescoping.follow_regions()


@duty(
    "maintenance.follow_customer",
    subject=Customer,
    title=_("Follow a customer with the plans"),
    gather=changes_of("customer.changed", "parent"),
)
class FollowCustomer(Moved):
    def fire(self, customer: Customer, due: Due, *, at: Any) -> None:
        rescoping.follow_customer(customer.pk)


@duty(
    "maintenance.follow_hours",
    subject=ServiceHours,
    lane=Lane.BULK,
    title=_("Follow changed working days with the plans"),
)
class FollowHours:
    """A holiday that is entered later moves what is planned for it, as the rule of the plan says (S0.24)."""

    def owed(self, hours: ServiceHours) -> Iterator[Due]:
        if hours.changed_at:
            yield Due(at=hours.changed_at + HOURS_ARE_KNOWN_AFTER, occurrence=hours.changed_at.isoformat())

    def fire(self, hours: ServiceHours, due: Due, *, at: Any) -> None:
        rescoping.follow_hours(hours.pk)
