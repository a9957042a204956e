"""Addresses that nothing can be sent to any more: kept, told to who owns the customer, and lifted."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.agenda import Due
from servicebook.core import clock, preferences
from servicebook.core.errors import Refused
from servicebook.customers.actions import drop_next_steps, make_promise
from servicebook.customers.models import Contact, Promise
from servicebook.messaging import reaches
from servicebook.messaging.models import Delivery, Reach, Suppression

Channel = Delivery.Channel
SOURCE = "messaging.address"
MEND_WITHIN = timedelta(days=1)
LONGEST_REASON = 250


class NotSuppressed(Refused):
    """Messages go to this address already."""

    code = "address_not_suppressed"


@transaction.atomic
def suppress(row: Delivery, addresses: Collection[str], *, because: str) -> None:
    """Send nothing more to `addresses`, over the channel by which `row` went, until somebody mends them.

    What was linked is linked no longer. Who owns the customer gets one next step for each address. A
    browser that is gone is nobody's concern: its person switched it off.
    """
    now = clock.now()
    linked = Reach.objects.filter(channel=row.channel, address__in=addresses, ended_at=None)
    for reach in linked.select_related("user") if addresses else ():
        reaches.end(reach, Reach.Ended.GONE, at=now)
    if row.channel == Channel.PUSH:
        return
    because = because[:LONGEST_REASON]
    for address in addresses:
        _one, new = Suppression.objects.get_or_create(
            channel=row.channel, address=address, lifted_at=None, defaults={"because": because, "since": now}
        )
        if new and row.contact is not None:
            journal.record("contact.unreachable", row.contact, address=address, because=because)
            _ask_to_mend(row.contact, address, because)
        if new:
            written_to = Delivery.objects.filter(channel=row.channel, to_address=address)
            agenda.refresh_many(list(Contact.objects.filter(pk__in=written_to.values("contact"))))


@transaction.atomic
def lift(suppression_id: int, *, by: User | None, contact: Contact | None = None) -> Suppression:
    """Send to an address again.

    Raises:
        NotSuppressed: somebody lifted it before.
    """
    one = Suppression.objects.select_for_update().get(pk=suppression_id)
    if one.lifted_at:
        raise NotSuppressed(_("Messages go to %(address)s already.") % {"address": one.address})
    one.lifted_at, one.lifted_by = clock.now(), by
    one.save(update_fields=["lifted_at", "lifted_by"])
    if contact is not None:
        journal.record("contact.reachable", contact, by=by, address=one.address)
        agenda.refresh(contact)
    return one


def suppressed_of(contacts: Sequence[Contact]) -> dict[int, list[Suppression]]:
    """Return what is suppressed of the addresses on the cards, and of what was linked. Two statements."""
    of_each = {one.pk: {one.email, one.phone, one.other_phone} - {""} for one in contacts}
    linked = Reach.objects.filter(contact__in=of_each, channel=Channel.TELEGRAM)
    for pk, address in linked.values_list("contact", "address"):
        of_each[pk].add(address)
    every = set().union(*of_each.values())
    rows = list(Suppression.objects.filter(lifted_at=None, address__in=every).order_by("pk"))
    return {pk: [row for row in rows if row.address in addresses] for pk, addresses in of_each.items()}


def _ask_to_mend(contact: Contact, address: str, because: str) -> None:
    customer = contact.customer
    owner = customer.owner if customer.owner and customer.owner.is_active else whoever_owns_the_service()
    if owner is None:
        return
    with translation.override(settings.LANGUAGE_CODE):
        make_promise(
            text=_("Mend the address of %(name)s") % {"name": contact.name},
            why=f"{address}: {because}",
            owner=owner,
            due_at=clock.now() + MEND_WITHIN,
            customer=customer,
            about=contact,
            by=None,
            source=SOURCE,
        )


def whoever_owns_the_service() -> User | None:
    """Return who looks after what is nobody else's."""
    return User.objects.filter(pk=preferences.current().service_owner_id or 0, is_active=True).first()


def steps() -> QuerySet[Promise]:
    """Return the open next steps about the dead addresses of contacts."""
    return Promise.objects.open().filter(
        source=SOURCE, about_type__app_label="customers", about_type__model="contact"
    )


def look_for_mended(contacts: Sequence[Contact]) -> None:
    """Write on each contact when its addresses were mended while a next step still asks for it."""
    asked = set(steps().filter(about_id__in=[one.pk for one in contacts]).values_list("about_id", flat=True))
    concerned = [one for one in contacts if one.pk in asked]
    suppressed = suppressed_of(concerned) if concerned else {}
    mended = [pk for pk, rows in suppressed.items() if not rows]
    latest = journal.latest(Contact, mended)
    for one in contacts:
        newest = latest.get(one.pk)
        one.mended = newest and Due(at=newest.at, occurrence=str(newest.entry))  # type: ignore[attr-defined]


def drop_step(contact: Contact) -> None:
    """Drop the next step about an address that was mended."""
    drop_next_steps(contact, because=_("Messages can be sent again."), source=SOURCE)
