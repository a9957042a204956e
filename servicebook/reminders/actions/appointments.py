"""What a customer counts on of a visit is kept in line with what was agreed, and with what became of it.

A customer learns which window was taken, and that it holds no longer, unless they did it themselves.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, Literal

from django.contrib.contenttypes.models import ContentType
from django.utils.functional import lazy

from servicebook import journal
from servicebook.accounts.models import Role, User
from servicebook.core import clock, related
from servicebook.customers.models import Contact
from servicebook.customers.queries import zone_of
from servicebook.customers.rules import phones
from servicebook.maintenance.models import Occurrence
from servicebook.maintenance.rules.windows import Span
from servicebook.messaging import receivers
from servicebook.messaging.notices import Told, tell
from servicebook.reminders import links, people
from servicebook.reminders.actions import asking, settling
from servicebook.reminders.actions.asking import NewAsk
from servicebook.reminders.models import Ask, Asks
from servicebook.reminders.people import Whose
from servicebook.reminders.rules.delivered import AT_THE_SITE, SHORT_WAYS
from servicebook.reminders.wording import span_said, window_said

Change = Literal["", "confirmed", "moved", "cancelled"]
# Who takes an agreement back often agrees the next one in the same call: then only that is told.
GRACE = timedelta(minutes=10)
SOON = timedelta(days=2)
in_their_language = lazy(span_said, str)


def change_of(one: Occurrence) -> Change:
    """Return what the customer does not know yet of a visit that is ahead. Reads its ticket only."""
    now, ticket = clock.now(), one.ticket
    counts_on_it = one.promised_from is not None and one.promised_from > now
    if one.skipped_at or one.cancelled_at or (ticket and ticket.withdrawn_because):
        return "cancelled" if counts_on_it else ""
    if ticket and not ticket.is_open:
        return ""
    if (one.promised_from, one.promised_until) == (one.window_from, one.window_until):
        return ""
    if one.window_from:
        return "confirmed" if one.window_from > now else ""
    return "moved" if counts_on_it else ""


def out_of_step(subjects: Sequence[Occurrence]) -> Collection[int]:
    """Return the visits of which the customer does not know how they stand; others cost nothing."""
    with_window = [one for one in subjects if one.window_from or one.promised_from]
    if with_window:
        related.fetch(with_window, "ticket")
    return [one.pk for one in with_window if change_of(one)]


def tell_customer(occurrence_id: int, *, change: str) -> None:
    """Tell whoever was asked how the visit stands, if that is still to be told."""
    rows = Occurrence.objects.select_for_update(of=("self",))
    one = rows.select_related(
        "plan__contract", "customer", "site", "asset__model", "asset__place", "ticket__owner"
    ).get(pk=occurrence_id)
    if change_of(one) != change:
        return
    settling.settle(one)  # what was asked before is over
    contact, owner = contact_of(one), owner_of(one)
    if contact is None:
        journal.record("visit.nobody_told", one.ticket or one, what=change)
    else:
        tell([_told(one, change, contact, owner)])
    counted = {"promised_from": one.window_from, "promised_until": one.window_until}
    if change == "cancelled":
        counted = dict.fromkeys(counted)
    Occurrence.objects.filter(pk=one.pk).update(**counted)


def _told(one: Occurrence, change: str, contact: Contact, owner: User) -> Told:
    ticket, facts, soon = one.ticket, facts_of(one, owner), _is_soon(one)
    return Told(
        to=contact,
        text=f"visit_{change}",
        history=ticket or one,
        key=f"visit-{one.pk}-{change}-{one.version}",
        facts=facts,
        url=_link(one, change, contact, owner),
        channels=SHORT_WAYS if soon else (),
        urgent=soon,
        zone=facts["zone"],
        thread=ticket.number if ticket else "",
    )


def _is_soon(one: Occurrence) -> bool:
    """Whether a message about the visit has to be quick."""
    return any(at < clock.now() + SOON for at in (one.window_from, one.promised_from) if at)


def facts_of(one: Occurrence, owner: User) -> dict[str, Any]:
    """What the texts about an agreed visit are made from."""
    zone, ticket = zone_of(one.site, one.customer), one.ticket
    facts: dict[str, Any] = {
        "zone": zone,
        "owner_name": owner.name,
        "owner_phone": phones.shown(owner.phone),
        "customer": one.customer.name,
        "site": one.site.name if one.site else one.customer.name,
        "address": (one.site.address if one.site else "") or one.customer.address,
        "equipment": one.asset.in_place if one.asset else str(one.site or one.customer),
        "unit": one.asset.in_place if one.asset else "",
        "work": one.plan.title,
        "due_date": one.due_on,
        "window": window_said(one),
        "engineer": ticket.owner.name if ticket and ticket.owner.has_role(Role.ENGINEER) else "",
        "on_site": ticket.on_site_contact if ticket else "",
    }
    if one.promised_from and one.promised_until:
        facts["old_window"] = in_their_language(Span(one.promised_from, one.promised_until), zone)
    return facts


def _link(one: Occurrence, change: str, contact: Contact, owner: User) -> str:
    """Where the customer says that it does not suit, or chooses another time."""
    if change == "cancelled":
        return ""
    if change == "confirmed" or not one.plan.needs_window or one.ticket is None:
        return links.url_of(asking.agreed_of(one, contact=contact, owner=owner), contact)
    new = NewAsk(
        what=Asks.WINDOW,
        about=one,
        occurrence=one.due_on.isoformat(),
        customer=one.customer,
        contact=contact,
        contract=one.plan.contract_id,
        owner=owner,
    )
    return links.url_of(asking.ask(new), contact)


def owner_of(one: Occurrence) -> User:
    """Who of us answers questions about a visit."""
    contract, ticket = one.plan.contract, one.ticket
    whose = Whose(
        owner=ticket.owner_id if ticket else one.plan.owner_id,
        account_manager=(contract.owner_id if contract else None) or one.customer.owner_id,
        team=ticket.team_id if ticket else None,
    )
    return people.of_ours("owner", whose)


def contact_of(one: Occurrence) -> Contact | None:
    """Who was asked last, or answers for them today; else who is asked about visits at the site.

    Of them the first whom a message reaches; where it reaches none, the first, of whom an owner hears.
    """
    here = people.contacts_of({one.customer_id}).get(one.customer_id, [])
    rows = Ask.objects.filter(about_type=ContentType.objects.get_for_model(Occurrence), about_id=one.pk)
    asked = rows.exclude(contact=None).select_related("contact").order_by("-pk").first()
    known = people.successor(asked.contact if asked else None, here)
    found = people.of_theirs(AT_THE_SITE, here, customer=one.customer, site=one.site)
    wanted = [*([known] if known else []), *found]
    ways = receivers.look_up(wanted)
    order = SHORT_WAYS if _is_soon(one) else ()
    reached = [who for who in wanted if (to := ways[receivers.ref(who)]) and not to.choice(order).because]
    return next(iter(reached or wanted), None)
