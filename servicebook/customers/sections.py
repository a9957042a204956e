"""The sections of a page that shows one thing whole: each capped, each with a fixed number of statements."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.customers.models import Contact, Customer, Promise, Site
from servicebook.customers.rules import promises, trees
from servicebook.journal.models import Entry

R = TypeVar("R")
SHOWN = 6  # what fits beside the other sections; the lists have the rest
CLOSED = 4
HISTORY = 8
TALK = 4
QUIET = "delivery.sent"  # a mail that went out says nothing new; what failed stays
WHOLE = 100  # of the one section that was asked for


@dataclass(frozen=True)
class Section(Generic[R]):
    """The first rows of a longer list; `more` when the list goes on."""

    rows: Sequence[R]
    more: bool

    def __bool__(self) -> bool:
        return bool(self.rows)


def first(rows: "QuerySet[Any]", most: int = SHOWN) -> Section[Any]:
    """Read the first rows. One statement, and one per prefetch."""
    found = list(rows[: most + 1])
    return Section(found[:most], len(found) > most)


def asked(request: HttpRequest, section: str, few: int) -> int:
    """Return how many rows a section shows: many when the page was asked for the whole of it."""
    return WHOLE if request.GET.get("whole") == section else few


def contacts_of(customer: Customer) -> Section[Contact]:
    rows = customer.contacts.select_related("site", "replaced_by").order_by(
        "-active", "-is_main", "name", "pk"
    )
    return first(rows)


def sites_of(customer: Customer) -> Section[Site]:
    return first(customer.sites.select_related("responsible").order_by("-active", "name", "pk"))


def promises_of(rows: "QuerySet[Promise]") -> Section[Promise]:
    """Open promises, the most urgent first, each with its `standing`."""
    section = first(
        rows.filter(kept_at=None, dropped_at=None)
        .select_related("owner")
        .prefetch_related("about")
        .order_by("due_at", "pk")
    )
    say_standing(section.rows)
    return section


def say_standing(rows: Iterable[Promise]) -> None:
    """Write how each promise stands on it, for the page."""
    now = clock.now()
    for one in rows:
        one.standing = promises.standing(  # type: ignore[attr-defined]
            due_at=one.due_at, kept_at=one.kept_at, dropped_at=one.dropped_at, now=now
        )


def tickets_of(rows: "QuerySet[Any]", user: User) -> tuple[Section[Any], Section[Any]]:
    """Return the open tickets and the latest closed ones of a customer, site, contact or unit.

    Each with `spent`, the time worked on it (S0.10).
    """
    work: Any = rows.model._meta.get_field("time_entries").related_model
    minutes = work._default_manager.filter(ticket=OuterRef("pk")).order_by().values("ticket")
    seen = rows.visible_to(user).select_related("owner", "reason", "asset__model", "repeat_of")  # type: ignore[attr-defined]
    seen = seen.annotate(minutes=Subquery(minutes.annotate(sum=Sum("minutes")).values("sum")))
    live = first(seen.exclude(status="closed").order_by("priority", "-pk"))
    done = first(seen.filter(status="closed").order_by("-pk"), CLOSED)
    for one in (*live.rows, *done.rows):
        one.spent = timedelta(minutes=one.minutes or 0)
    return live, done


def ticket_links(**about: int | None) -> dict[str, str]:
    """Return where all tickets about something are, and where a new one is opened, for the page."""
    query = urlencode({name: value for name, value in about.items() if value})
    links = {}
    for name, route in (("all_tickets", "tickets:queue"), ("new_ticket", "tickets:new")):
        with suppress(NoReverseMatch):
            links[name] = f"{reverse(route)}?{query}"
    return links


def talk_of(tickets: "QuerySet[Any]", user: User, most: int = TALK) -> Section[Any]:
    """Return the latest calls and mails on `tickets`, newest first (S0.2)."""
    message: Any = tickets.model._meta.get_field("messages").related_model
    seen = tickets.visible_to(user)  # type: ignore[attr-defined]
    rows = message._default_manager.filter(ticket__in=seen, direction__in=["in", "out"])
    section = first(rows.select_related("ticket").order_by("-pk"), most)
    for one in section.rows:
        one.foot = f"{one.ticket.number} · {one.ticket.title}"
        one.foot_url = f"{one.ticket.get_absolute_url()}#message-{one.pk}"
    return section


def history_of(thing: Model, *, also: Sequence[Model] = (), most: int = HISTORY) -> Section[Entry]:
    """Return the latest entries about a thing, and about those that belong to it; one statement."""
    wanted: dict[int, list[int]] = {}
    for one in chain([thing], also):
        wanted.setdefault(ContentType.objects.get_for_model(one).pk, []).append(one.pk)
    about = Q(pk__in=[])
    for kind, ids in wanted.items():
        about |= Q(subject_type=kind, subject_id__in=ids)
    return first(Entry.objects.filter(about).exclude(verb=QUIET).order_by("-at", "-pk"), most)


def chain_above(customer: Customer) -> list[Customer]:
    """Return what a customer is part of, from the top down; one statement per level."""
    above: list[Customer] = []
    one = customer.parent
    while one is not None and len(above) < trees.DEEPEST:
        above.append(one)
        one = one.parent
    return above[::-1]
