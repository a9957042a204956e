"""A service company of any size in a minute: rows as years of work would have left them.

The rows are made in memory and loaded past the actions, so this is for measuring and nothing else.
What the actions would have written is there: messages, spells, journal, search, numbers, agenda.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from servicebook import agenda
from servicebook.accounts.models import Role, User
from servicebook.core import clock, reference
from servicebook.core.models import NumberSeries
from servicebook.customers.models import Contact, Customer, Region, Site
from servicebook.equipment.models import Asset, AssetModel, Category
from servicebook.journal.models import Entry
from servicebook.reminders import waiting
from servicebook.reminders.actions import asking
from servicebook.reminders.actions.settling import question_of
from servicebook.search.models import Indexed
from servicebook.simulator import bulk_contracts
from servicebook.simulator.loading import indexed, load, next_id, numbered, settle
from servicebook.tickets import standard
from servicebook.tickets.models import (
    Channel,
    Message,
    Reason,
    Spell,
    Status,
    Ticket,
    WaitingReason,
    WorkType,
)

YEARS = 3
TICKETS_AT_ONCE = 5_000
OPEN_SHARE = 0.06
CITIES = ["Almaty", "Astana", "Shymkent", "Karaganda", "Aktobe", "Pavlodar", "Taraz", "Atyrau"]
MODELS = [("GSE", "Server R220"), ("APC", "Smart-UPS 3000"), ("HP", "LaserJet 4250"), ("LG", "GN-B422")]
TROUBLE = ["Does not start", "Shows an error", "Is too loud", "Is offline", "Needs a new part", "Overheats"]
REASONS = ["failure", "configuration", "maintenance", "consultation"]


@dataclass
class Company:
    """What tickets refer to."""

    dice: Random
    owners: list[User]
    reasons: list[Reason]
    customers: list[Customer]
    contacts: list[Contact]
    assets: list[Asset]


def fill(*, customers: int, assets: int, tickets: int, seed: int = 7) -> Company:
    """Add a company of this size to the database, half of its customers with a contract.

    Deterministic for a seed.
    """
    dice = Random(seed)  # noqa: S311 - made-up data
    with transaction.atomic():
        company = _company(dice, customers, assets)
        bulk_contracts.add(company.customers, dice)
    add_tickets(company, tickets)
    settle(User, Region, Category, AssetModel, Customer, Site, Contact, Asset)
    return company


def add_tickets(company: Company, count: int) -> None:
    """Add `count` tickets of the last years, oldest first, with all that belongs to them."""
    first, now = next_id(Ticket), clock.now()
    step = timedelta(days=365 * YEARS) / max(count, 1)
    start = now - step * count
    running: dict[int, int] = dict(NumberSeries.objects.filter(series="T").values_list("year", "last"))
    for offset in range(0, count, TICKETS_AT_ONCE):
        made = []
        for place in range(offset, min(offset + TICKETS_AT_ONCE, count)):
            at = start + step * place
            running[at.year] = running.get(at.year, 0) + 1
            number = f"T-{at.year}-{running[at.year]:06d}"
            made.append(_ticket(company, first + place, number, at, now))
        with transaction.atomic():
            load(made)
            load(numbered(Message, _messages(company.dice, made)))
            load(numbered(Spell, _spells(made)))
            load(numbered(Entry, _entries(made)))
            load(numbered(Indexed, map(indexed, made)))
            agenda.refresh_many([ticket for ticket in made if ticket.is_open], new=True)
            asking.ask_many([question_of(one, waits) for one in made if (waits := waiting.of(one))])
    for year, last in running.items():
        NumberSeries.objects.update_or_create(series="T", year=year, defaults={"last": last})
    settle(Ticket, Message, Spell, Entry, Indexed)


def _company(dice: Random, customers: int, assets: int) -> Company:
    standard.install(Reason, WorkType)
    reference.changed()
    owners = _people(max(5, min(50, customers // 20)))
    regions = [Region.objects.get_or_create(name=city, parent=None)[0] for city in CITIES]
    category, _new = Category.objects.get_or_create(name="Server")
    kinds = [
        AssetModel.objects.get_or_create(maker=maker, name=name, defaults={"category": category})[0]
        for maker, name in MODELS
    ]
    first, first_site, first_contact = next_id(Customer), next_id(Site), next_id(Contact)
    served: list[Customer] = []
    sites: list[Site] = []
    contacts: list[Contact] = []
    units: list[Asset] = []
    for place in range(customers):
        region = dice.choice(regions)
        customer = Customer(
            pk=first + place,
            name=f"{dice.choice(['School', 'Clinic', 'Plant', 'Hotel', 'Shop'])} {first + place}",
            region=region,
            address=f"Abay {place}",
            owner=dice.choice(owners),
            criticality=dice.choice([1, 2, 2, 2, 3, 4]),
            phone=f"+7701{first + place:07d}",
        )
        served.append(customer)
        for _number in range(2):
            sites.append(
                Site(
                    pk=first_site + len(sites),
                    customer=customer,
                    name=f"Site {len(sites)}",
                    region=region,
                    city=region.name,
                )
            )
            key = first_contact + len(contacts)
            contacts.append(
                Contact(pk=key, customer=customer, name=f"Contact {key}", email=f"contact{key}@example.kz")
            )
    first_asset = next_id(Asset)
    weights = [1 / (place + 10) ** 0.5 for place in range(customers)]  # a few large ones, many small ones
    for place, site in enumerate(dice.choices(sites, [weights[n // 2] for n in range(len(sites))], k=assets)):
        units.append(
            Asset(
                pk=first_asset + place,
                customer=site.customer,
                site=site,
                model=dice.choice(kinds),
                serial=f"SN{first_asset + place:08d}",
                criticality=dice.choice([1, 2, 2, 3]),
            )
        )
    for rows in (served, sites, contacts, units):
        load(rows)
        load(numbered(Indexed, map(indexed, rows)))
    return Company(dice, owners, list(Reason.objects.filter(code__in=REASONS)), served, contacts, units)


def _people(count: int) -> list[User]:
    found = list(User.objects.filter(email__endswith="@bulk.example")[:count])
    for number in range(len(found), count):
        role = Role.MANAGER if number == 0 else Role.DISPATCHER if number % 5 == 0 else Role.ENGINEER
        found.append(User(name=f"Person {number}", email=f"person{number}@bulk.example", roles=[role]))
        found[-1].set_unusable_password()
        found[-1].save()
    reference.changed()
    return found


def _ticket(company: Company, pk: int, number: str, at: datetime, now: datetime) -> Ticket:
    dice = company.dice
    asset = dice.choice(company.assets)
    contact = company.contacts[2 * (asset.customer_id - company.customers[0].pk) + dice.randrange(2)]
    ticket = Ticket(
        pk=pk,
        number=number,
        title=dice.choice(TROUBLE),
        customer=asset.customer,
        contact=contact,
        site=asset.site,
        asset=asset,
        region_id=asset.customer.region_id,
        channel=dice.choice([Channel.PHONE, Channel.MAIL, Channel.MAIL, Channel.API]),
        reason=dice.choice(company.reasons),
        priority=dice.choice([1, 2, 3, 3, 3, 4]),
        priority_because="Made for measuring",
        owner=dice.choice(company.owners),
        opened_at=at,
        status_since=at,
        changed_at=at,
    )
    late = (now - at) < timedelta(days=60)
    if dice.random() > (0.5 if late else OPEN_SHARE / 2):
        _close(ticket, at + timedelta(hours=dice.randint(1, 72)), now)
    elif dice.random() < 0.5:
        ticket.status = Status.WORKING
        ticket.responded_at = at
    elif dice.random() < 0.4:
        ticket.status, ticket.waiting_for = Status.WAITING, WaitingReason.CLIENT
        ticket.resume_at = now + timedelta(days=dice.randint(1, 20))
    return ticket


def _close(ticket: Ticket, at: datetime, now: datetime) -> None:
    ticket.status, ticket.closed_at = Status.CLOSED, min(at, now)
    ticket.responded_at = ticket.opened_at
    ticket.status_since = ticket.changed_at = ticket.closed_at
    ticket.done, ticket.result, ticket.proof = "Cleaned and tested", "Works again", "Photo in the folder"
    ticket.replaced_parts, ticket.recommendations = "none", "none"
    ticket.agreement, ticket.agreed_by, ticket.agreed_at = "phone", "Contact", ticket.closed_at


def _messages(dice: Random, tickets: list[Ticket]) -> Iterator[Message]:
    for ticket in tickets:
        contact = ticket.contact
        name = contact.name if contact else ""
        shared = {"ticket": ticket, "channel": ticket.channel, "at": ticket.opened_at}
        text = f"{ticket.title}. Please come as soon as you can, it stands in the server room."
        yield Message(direction="in", contact=contact, author_name=name, text=text, **shared)
        if dice.random() < 0.5:
            yield Message(
                direction="out",
                author=ticket.owner,
                author_name=ticket.owner.name,
                text="We are on the way.",
                **shared,
            )


def _spells(tickets: list[Ticket]) -> Iterator[Spell]:
    for ticket in tickets:
        if ticket.status != Status.QUEUED:
            yield Spell(
                ticket=ticket, status=Status.QUEUED, started_at=ticket.opened_at, ended_at=ticket.status_since
            )
        yield Spell(
            ticket=ticket,
            status=ticket.status,
            waiting_for=ticket.waiting_for,
            started_at=ticket.status_since,
        )


def _entries(tickets: list[Ticket]) -> Iterator[Entry]:
    kind = ContentType.objects.get_for_model(Ticket)
    for ticket in tickets:
        facts = {"title": ticket.title, "channel": ticket.channel, "owner": ticket.owner.name}
        facts |= {"priority": str(ticket.priority), "because": ticket.priority_because}
        name = ticket.contact.name if ticket.contact else ""
        about = {"subject_type": kind, "subject_id": ticket.pk}
        yield Entry(at=ticket.opened_at, verb="ticket.opened", actor_name=name, facts=facts, **about)
        if ticket.closed_at:
            yield Entry(
                at=ticket.closed_at,
                verb="ticket.closed",
                actor=ticket.owner,
                actor_name=ticket.owner.name,
                facts={"done": ticket.done, "result": ticket.result},
                **about,
            )
