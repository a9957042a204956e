"""Where a person can go: the entries of the menu, shown where the route exists and the role fits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import User


@dataclass(frozen=True)
class Entry:
    """One place of the menu. `count` names the figure that stands beside it."""

    route: str
    label: LazyText
    icon: str
    count: str = ""


@dataclass(frozen=True)
class Item:
    """An entry as one person sees it on one page."""

    url: str
    label: LazyText
    icon: str
    current: bool
    count: str = ""
    late: bool = False


@dataclass
class Group:
    title: LazyText | str
    items: list[Item] = field(default_factory=list)


MENU: tuple[tuple[LazyText | str, tuple[Entry, ...]], ...] = (
    (
        "",
        (
            Entry("desk:today", _("Today"), "sun", count="today"),
            Entry("tickets:queue", _("Tickets"), "inbox", count="tickets"),
            Entry("maintenance:due", _("Maintenance"), "calendar-time", count="maintenance"),
            Entry("customers:promises", _("Promises"), "checklist"),
            Entry("reminders:asks", _("Waiting for customers"), "message-circle"),
            Entry("intake:phone", _("Phone"), "phone-call"),
            Entry("intake:request", _("Internal request"), "clipboard"),
        ),
    ),
    (
        _("Registry"),
        (
            Entry("customers:customers", _("Customers"), "building"),
            Entry("equipment:assets", _("Equipment"), "server-2"),
            Entry("contracts:contracts", _("Contracts"), "file-certificate"),
            Entry("contracts:renewals", _("Renewals"), "refresh", count="renewals"),
        ),
    ),
    (
        _("Back office"),
        (
            Entry("insights:trends", _("Insights"), "chart-histogram"),
            Entry("intake:mail", _("Incoming mail"), "mail"),
            Entry("messaging:deliveries", _("Deliveries"), "send"),
            Entry("agenda:agenda", _("Agenda"), "calendar-time"),
            Entry("intake:imports", _("Import"), "file-import"),
            Entry("desk:settings", _("Settings"), "settings"),
        ),
    ),
)


@dataclass(frozen=True)
class Figure:
    """A number beside an entry."""

    text: str
    late: bool = False


def menu(user: User, path: str, figures: Mapping[str, Figure]) -> list[Group]:
    """The groups of the menu for `user` who looks at `path`."""
    groups = []
    for title, entries in MENU:
        group = Group(title)
        for entry in entries:
            url = address(entry.route)
            if not url or not may_open(user, entry.route):
                continue
            current = path == url if url == "/" else path.startswith(url)
            figure = figures.get(entry.count)
            shown = (figure.text, figure.late) if figure else ("", False)
            group.items.append(Item(url, entry.label, entry.icon, current, *shown))
        if group.items:
            groups.append(group)
    return groups


@cache
def address(route: str) -> str:
    """The path of a route without arguments; empty when this installation has no such route."""
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""


def may_open(user: User, route: str) -> bool:
    """Whether the rights table gives `route` to one of the person's roles."""
    routes: Mapping[str, frozenset[str]] = import_module(settings.RIGHTS_TABLE).ROUTES
    return not routes.get(route, frozenset()).isdisjoint(user.roles)
