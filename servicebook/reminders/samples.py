"""What the texts of the ladders say about something real, before anybody is written to (S0.41)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from servicebook.accounts.models import User
from servicebook.contracts.models import Contract
from servicebook.core import clock, related
from servicebook.customers.queries import zone_of
from servicebook.equipment.models import Asset
from servicebook.maintenance.models import Occurrence
from servicebook.messaging.sampling import Sample, sample
from servicebook.reminders import firing, people
from servicebook.reminders.actions import appointments
from servicebook.reminders.firing import Act
from servicebook.reminders.kinds import KINDS, Kind, Matter
from servicebook.reminders.kinds.base import key
from servicebook.reminders.models import Ask, Asks, What
from servicebook.reminders.rules.ladders import Step
from servicebook.reminders.wording import window_said
from servicebook.tickets.models import Ticket

BARE = Step("sample", step="{title}")  # where no rule is switched on


@sample("maintenance_invite", "maintenance_again")
def visit(asked: str, user: User) -> Sample | None:
    return _first(What.MAINTENANCE, _visits(asked, user), "maintenance_invite")


@sample("access_tomorrow")
def agreed_visit(asked: str, user: User) -> Sample | None:
    return _first(What.WINDOW, _visits(asked, user), "access_tomorrow")


@sample("visit_confirmed", "visit_moved", "visit_cancelled")
def appointment(asked: str, user: User) -> Sample | None:
    """A visit as its customer would be told of it; a window that was never agreed is the usual one."""
    one = next(_visits(asked, user), None)
    if one is None:
        return None
    contact = appointments.contact_of(one)
    facts = {"old_window": window_said(one)} | appointments.facts_of(one, appointments.owner_of(one))
    return Sample(one.at_site, facts | ({"to_name": contact.name} if contact else {}))


@sample("renewal_notice")
def ending_contract(asked: str, user: User) -> Sample | None:
    return _first(What.RENEWAL, _contracts(asked, user), "renewal_notice")


@sample("warranty_ends")
def warranty(asked: str, user: User) -> Sample | None:
    return _first(What.WARRANTY, _units(asked, user), "warranty_ends")


@sample("reply_wanted")
def question(asked: str, user: User) -> Sample | None:
    return _first(What.SILENCE, _questions(asked, user), "reply_wanted")


@sample("escalation")
def silence(asked: str, user: User) -> Sample | None:
    return _first(What.SILENCE, _questions(asked, user), "escalation", ours=True)


@sample("step")
def next_step(asked: str, user: User) -> Sample | None:
    """A next step about a visit, a contract or a unit, whatever is called so."""
    sources = ((What.MAINTENANCE, _visits), (What.RENEWAL, _contracts), (What.WARRANTY, _units))
    found = (_first(what, things(asked, user), "step", ours=True) for what, things in sources)
    return next((one for one in found if one), None)


def _visits(asked: str, user: User) -> Iterator[Occurrence]:
    """The visit of a ticket, or the next one of a plan."""
    rows = Occurrence.objects.visible_to(user)
    yield from rows.filter(ticket__number__iexact=asked)[:1]
    yield from rows.unfinished().filter(plan__number__iexact=asked).order_by("due_on", "pk")[:1]


def _contracts(asked: str, user: User) -> Iterator[Contract]:
    yield from Contract.objects.visible_to(user).filter(number__iexact=asked)[:1]


def _units(asked: str, user: User) -> Iterator[Asset]:
    yield from Asset.objects.visible_to(user).filter(serial__iexact=asked).order_by("pk")[:1]


def _questions(asked: str, user: User) -> Iterator[Ask]:
    """What the customer of a ticket was asked last; nobody was: what would be asked now."""
    ticket = (
        Ticket.objects.visible_to(user)
        .select_related("customer", "site", "contact", "owner")
        .filter(number__iexact=asked)
        .first()
    )
    if ticket is None:
        return
    for thing in (ticket, Occurrence.objects.filter(ticket=ticket).first()):
        if thing is not None:
            of = {"about_type": ContentType.objects.get_for_model(thing), "about_id": thing.pk}
            yield from Ask.objects.visible_to(user).filter(**of).order_by("-pk")[:1]
    yield Ask(
        pk=0,
        what=Asks.REPLY,
        about=ticket,
        customer=ticket.customer,
        site=ticket.site,
        contact=ticket.contact,
        owner=ticket.owner or user,
        asked_at=clock.now(),
    )


def _first(what: What, things: Iterator[Any], code: str, *, ours: bool = False) -> Sample | None:
    thing = next(things, None)
    return _told(KINDS[what], thing, code, ours=ours) if thing is not None else None


def _told(kind: Kind[Any], thing: Model, code: str, *, ours: bool) -> Sample | None:
    """What the stage with this text would tell about a thing now, whether or not it is still to come."""
    related.fetch([thing], *kind.related)
    kind.gather([thing])
    kind.prepare([thing])
    matter = next(kind.matters(thing), None) or _over(kind, thing)
    if matter is None:
        return None
    ladder = kind.ladder(matter)
    stages = ladder.steps if ladder else ()
    stage = next((one for one in stages if one.text == code), stages[0] if stages else BARE)
    act = firing.acts_for(kind, [(thing, matter, stage, clock.now())])[0]
    receiver = act.owner.name if ours else _receiver(act)
    return Sample(act.case.title, act.facts(**({"to_name": receiver} if receiver else {})))


def _over(kind: Kind[Any], thing: Any) -> Matter | None:
    """What no rule counts any more still shows how a text reads: work that was done, an answer that came."""
    anchor = getattr(thing, kind.anchor, None) or getattr(thing, "due_on", None)
    if anchor is None:
        return None
    occurrence = key(anchor) if isinstance(anchor, datetime) else anchor.isoformat()
    zone = zone_of(getattr(thing, "site", None), thing.customer)
    return Matter(occurrence=occurrence, anchor=anchor, zone=zone)


def _receiver(act: Act) -> str:
    """Who at the customer would get it."""
    customer = act.case.customer
    contacts = people.contacts_of({customer.pk}).get(customer.pk, [])
    asked = act.contact or people.successor(act.case.asked, contacts)
    found = people.of_theirs(act.stage.theirs, contacts, customer=customer, site=act.case.site)
    return next((one.name for one in (asked, *found) if one), "")
