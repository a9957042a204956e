"""A unit is gone, or stands elsewhere, after a ticket was made for it (S0.24, S0.27)."""

from collections.abc import Collection
from contextlib import suppress

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.core import clock
from servicebook.customers.actions import make_promise
from servicebook.customers.models import Promise
from servicebook.customers.queries import receivers_at
from servicebook.equipment.models import Asset
from servicebook.maintenance import scoping
from servicebook.maintenance.actions import enrolling, moving, uncovered
from servicebook.maintenance.actions._base import (
    AGREEMENT_FALLS,
    MoveRefused,
    decline_offers,
    locked,
    settled,
    ticket_follows,
    write,
)
from servicebook.maintenance.models import Enrolment, Occurrence
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Status, Ticket
from servicebook.tickets.wording import in_house

_GONE = gettext_lazy("the unit is not in service any more")
_MOVED = gettext_lazy("the unit was moved")
_ELSEWHERE = (
    ~Q(site=F("asset__site"))
    | Q(site=None, asset__site__isnull=False)
    | Q(site__isnull=False, asset__site=None)
)


def found_among(assets: Collection[Asset]) -> set[int]:
    """Return the units that are gone, or stand elsewhere than the work that has its ticket; one statement."""
    rows = Occurrence.objects.unfinished().filter(asset__in=assets, ticket__isnull=False)
    astray = rows.filter(_ELSEWHERE | ~Q(asset__state__in=scoping.SERVED))
    return {pk for pk in astray.values_list("asset", flat=True) if pk is not None}


def follow(asset: Asset) -> None:
    """Let open tickets follow a unit: of one that is gone the work is off, of one that moved it moves, too.

    What somebody has begun to work on is left alone, and its owner is asked to decide; so is whoever owns
    the work on a unit that went where its plan does not serve it.
    """
    rows = Occurrence.objects.unfinished().filter(asset=asset, ticket__isnull=False)
    with translation.override(settings.LANGUAGE_CODE):
        if asset.state not in scoping.SERVED:
            for pk in rows.order_by("pk").values_list("pk", flat=True):
                _call_off(pk, because=str(_GONE))
            return
        for pk in rows.filter(_ELSEWHERE).order_by("pk").values_list("pk", flat=True):
            _move_along(pk, asset)


def leave_sites(enrolments: Collection[Enrolment]) -> None:
    """Call off the open tickets for sites at which no unit of the plan stands any more."""
    rows = Occurrence.objects.unfinished().filter(enrolment__in=enrolments, ticket__isnull=False)
    with translation.override(settings.LANGUAGE_CODE):
        for pk in rows.order_by("pk").values_list("pk", flat=True):
            _call_off(pk, because=_(enrolling.NO_UNITS))


def bring_back(asset: Asset) -> None:
    """Open again what was called off because a unit was gone, now that it is back before the day."""
    rows = Occurrence.objects.filter(asset=asset, because=in_house(_GONE), skipped_at__isnull=False)
    ahead = rows.filter(due_on__gte=clock.now().date(), enrolment__ended_at=None).exclude(ticket=None)
    for pk in ahead.order_by("pk").values_list("pk", flat=True):
        with suppress(MoveRefused):  # its day has passed there, or another one stands in its place
            moving.bring_back(pk, by=None)


def _call_off(pk: int, *, because: str) -> None:
    one, ticket = _held(pk)
    if _has_begun(ticket):
        _ask_owner(one, ticket, because)
    elif ticket.is_open:
        moving.skip(pk, because=because, by=None)


def _held(pk: int) -> tuple[Occurrence, Ticket]:
    """Lock an occurrence and its ticket, so that nobody begins meanwhile."""
    moving.hold(pk)
    one = locked(pk)
    one.ticket = Ticket.objects.select_for_update().get(pk=one.ticket_id or 0)
    return one, one.ticket


def _has_begun(ticket: Ticket) -> bool:
    return ticket.is_open and (
        ticket.arrived_at is not None or ticket.status in (Status.WORKING, Status.APPROVAL)
    )


def _move_along(pk: int, asset: Asset) -> None:
    """The work is where the unit is: what was agreed for the old site holds no longer."""
    one, ticket = _held(pk)
    where = str(asset.site or asset.customer)
    moved = _("its unit was moved to %(place)s") % {"place": where}
    if _has_begun(ticket):
        _ask_owner(one, ticket, moved)
    if _has_begun(ticket) or not ticket.is_open:
        return
    before = str(one.site or one.customer)
    asked = receivers_at([(one.customer, asset.site)], "access")[one.customer_id, asset.site_id]
    contact = asked[0] if asked else None
    decline_offers(one)
    write(one, site=asset.site, trip=None, **AGREEMENT_FALLS)
    tickets.change(
        ticket.pk, by=None, site=asset.site, contact=contact,
        on_site_contact=contact.name[:120] if contact else "",
    )  # fmt: skip
    ticket.refresh_from_db()
    ticket_follows(one, because=str(_MOVED), by=None)
    settled(one, "occurrence.went_along", before=before, after=where)
    if Enrolment.objects.filter(pk=one.enrolment_id, ended_at__isnull=False).exists():
        _ask_owner(one, ticket, _("%(why)s and is not under the plan any more") % {"why": moved})


def _ask_owner(one: Occurrence, ticket: Ticket, why: str) -> None:
    """Make the decision a step of the ticket's owner, once for each reason."""
    kind = ContentType.objects.get_for_model(Occurrence)
    known = Promise.objects.filter(about_type=kind, about_id=one.pk, source=uncovered.UNIT)
    if known.filter(why=why).exists():
        return
    make_promise(
        text=_("Decide on %(number)s: whether the work is done, and where") % {"number": ticket.number},
        why=why,
        owner=uncovered.owner_of(ticket),
        due_at=clock.now() + uncovered.DECIDED_WITHIN,
        customer=one.customer,
        about=one,
        by=None,
        source=uncovered.UNIT,
    )
