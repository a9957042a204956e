"""Who may be calling, and everything about them that a dispatcher needs while they speak."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.utils.http import urlencode

from servicebook.accounts.models import User
from servicebook.core import clock, preferences
from servicebook.customers.models import Contact, Customer, Promise, Site
from servicebook.customers.queries import country_of
from servicebook.customers.rules import phones
from servicebook.equipment.models import Asset
from servicebook.search.engines import holding
from servicebook.search.models import Indexed
from servicebook.search.queries import near
from servicebook.search.rules import terms
from servicebook.tickets.models import Ticket

MOST_MATCHES = 8
MOST_UNITS = 200
MOST_OPEN = 8
MOST_PEOPLE = 50
MOST_RECENT = 6
RECENT_READ = 30  # the latest tickets; some are of the same person
SHORTEST = 2
_PHONE = re.compile(r"[\d\s()+./-]{5,30}")


@dataclass(frozen=True, slots=True)
class Match:
    """One line of what was found; choosing it fills the screen."""

    icon: str
    title: str
    detail: str
    customer: int
    contact: int | None = None
    asset: int | None = None

    @property
    def query(self) -> str:
        chosen = {"customer": self.customer, "contact": self.contact, "asset": self.asset}
        return urlencode({name: value for name, value in chosen.items() if value})


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom the screen is about and what stands with them."""

    customer: Customer
    contact: Contact | None = None
    asset: Asset | None = None
    people: Sequence[Contact] = ()
    units: Sequence[Asset] = ()
    open_tickets: Sequence[Ticket] = ()
    promises: Sequence[Promise] = ()
    places: Sequence[Site] = ()  # where they have rules of access
    repeats: dict[int, int] = field(default_factory=dict)  # unit → tickets within the repeat window


def looks_like_phone(text: str) -> bool:
    """Whether somebody typed a number rather than a name or a serial."""
    return bool(_PHONE.fullmatch(text.strip())) and sum(char.isdigit() for char in text) >= 5


def find(text: str, user: User) -> list[Match]:
    """Return who or what `text` may mean: a number, a name or a serial; the surest first."""
    text = text.strip()
    if len(text) < SHORTEST:
        return []
    if looks_like_phone(text):
        by_number = _by_number(text, user)
        if by_number:
            return by_number[:MOST_MATCHES]
    words = terms(text)
    found = _by_words(words, user, holding_words)
    return (found or _by_words(words, user, near_words))[:MOST_MATCHES]


def recent(user: User, channel: str) -> list[tuple[Match, Ticket]]:
    """Return who asked last on this channel, each once, with the ticket it was about. One statement."""
    latest = (
        Ticket.objects.visible_to(user)
        .filter(channel=channel)
        .select_related("customer", "contact__customer")
        .order_by("-pk")[:RECENT_READ]
    )
    people: dict[tuple[int, int | None], tuple[Match, Ticket]] = {}
    for ticket in latest:
        match = _person(ticket.contact) if ticket.contact else _firm(ticket.customer)
        people.setdefault((ticket.customer_id, ticket.contact_id), (match, ticket))
    return list(people.values())[:MOST_RECENT]


def load(user: User, *, customer: int, contact: int | None, asset: int | None) -> Caller | None:
    """Return the screen for a chosen caller; None when `user` may not see the customer."""
    who = Customer.objects.visible_to(user).select_related("region", "owner").filter(pk=customer).first()
    if who is None:
        return None
    people = list(
        Contact.objects.visible_to(user)
        .reachable()
        .filter(customer=who)
        .select_related("site")
        .order_by("-is_main", "name")[:MOST_PEOPLE]
    )
    units = list(
        Asset.objects.visible_to(user)
        .filter(customer=who)
        .exclude(state=Asset.State.RETIRED)
        .select_related("model", "site", "place")
        .order_by("site__name", "model__name", "serial")[:MOST_UNITS]
    )
    chosen_unit = next((one for one in units if one.pk == asset), None)
    if asset and chosen_unit is None:
        chosen_unit = Asset.objects.visible_to(user).filter(pk=asset, customer=who).first()
    chosen_person = next((one for one in people if one.pk == contact), None)
    about = chosen_unit.site if chosen_unit else chosen_person.site if chosen_person else None
    places = (
        [about]
        if about
        else list(
            Site.objects.visible_to(user)
            .filter(customer=who, active=True)
            .exclude(access_rules="", access_hours="")[:3]
        )
    )
    return Caller(
        customer=who,
        contact=chosen_person,
        asset=chosen_unit,
        people=people,
        units=units,
        open_tickets=_open_tickets(user, who),
        promises=list(
            Promise.objects.visible_to(user)
            .open()
            .filter(customer=who)
            .select_related("owner")
            .order_by("due_at")[:5]
        ),
        places=places,
        repeats=_repeats(units),
    )


def _open_tickets(user: User, customer: Customer) -> list[Ticket]:
    return list(
        Ticket.objects.visible_to(user)
        .open()
        .filter(customer=customer)
        .select_related("owner", "asset__model", "reason")
        .order_by("priority", "-pk")[:MOST_OPEN]
    )


def _repeats(units: Sequence[Asset]) -> dict[int, int]:
    since = clock.now() - timedelta(days=preferences.current().repeat_window_days)
    recent = Ticket.objects.filter(
        asset__in=[unit.pk for unit in units], opened_at__gte=since, merged_into=None
    )
    counted: dict[int, int] = {}
    for unit in recent.values_list("asset", flat=True)[:1000]:
        if unit is not None:
            counted[unit] = counted.get(unit, 0) + 1
    return counted


def _by_number(text: str, user: User) -> list[Match]:
    """Contacts and customers with this number; a number typed without its beginning finds them too."""
    digits = re.sub(r"\D", "", text)
    try:
        whole = phones.normal(text, country=country_of())
    except ValueError:
        whole = ""
    people = Contact.objects.visible_to(user).reachable().select_related("customer", "site")
    firms = Customer.objects.visible_to(user).filter(active=True)
    if whole:
        exact = list(people.filter(Q(phone=whole) | Q(other_phone=whole)).order_by("pk")[:MOST_MATCHES])
        offices = list(firms.filter(phone=whole).order_by("pk")[:MOST_MATCHES])
        if exact or offices:
            return [*map(_person, exact), *map(_firm, offices)]
    if len(digits) < 6:
        return []
    tail = digits[-7:]
    ending = people.filter(Q(phone__endswith=tail) | Q(other_phone__endswith=tail)).order_by("pk")[
        :MOST_MATCHES
    ]
    return [
        *map(_person, ending),
        *map(_firm, firms.filter(phone__endswith=tail).order_by("pk")[:MOST_MATCHES]),
    ]


def holding_words(rows: QuerySet[Indexed], words: list[str]) -> Iterable[Indexed]:
    return holding(rows, words).order_by("-pk")[:MOST_MATCHES]


def near_words(rows: QuerySet[Indexed], words: list[str]) -> Iterable[Indexed]:
    return near(rows, words, MOST_MATCHES)


def _by_words(words: list[str], user: User, among: Any) -> list[Match]:
    if not words:
        return []

    def keys(model: Any) -> list[int]:
        rows = Indexed.objects.filter(subject_type=ContentType.objects.get_for_model(model))
        return [row.subject_id for row in among(rows, words)]

    people = Contact.objects.visible_to(user).reachable().filter(pk__in=keys(Contact))
    units = Asset.objects.visible_to(user).filter(pk__in=keys(Asset))
    firms = Customer.objects.visible_to(user).filter(pk__in=keys(Customer), active=True)
    return [
        *map(_person, people.select_related("customer", "site").order_by("name")),
        *map(_firm, firms.order_by("name")),
        *map(_unit, units.select_related("customer", "model", "site").order_by("serial")),
    ]


def _person(one: Contact) -> Match:
    detail = " · ".join(
        filter(None, [one.position, one.customer.name, phones.shown(one.phone) if one.phone else ""])
    )
    return Match("user", one.name, detail, one.customer_id, contact=one.pk)


def _firm(one: Customer) -> Match:
    return Match("building", one.name, phones.shown(one.phone) if one.phone else "", one.pk)


def _unit(one: Asset) -> Match:
    detail = " · ".join(
        filter(None, [one.customer.name, one.site.name if one.site else "", one.inventory_number])
    )
    return Match("server", str(one), detail, one.customer_id, asset=one.pk)
