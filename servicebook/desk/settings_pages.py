"""What can be set, on one page: each entry where the role fits, with one sentence that says what it does."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from servicebook.accounts.requests import SignedInRequest
from servicebook.desk.navigation import address, may_open


@dataclass(frozen=True)
class Place:
    """One entry of the page."""

    route: str
    title: LazyText
    text: LazyText
    icon: str

    @property
    def url(self) -> str:
        return address(self.route)


SECTIONS: tuple[tuple[LazyText, tuple[Place, ...]], ...] = (
    (
        _("Mine"),
        (
            Place("accounts:me", _("My settings"), _("Language, time zone, phone and password."), "user"),
            Place(
                "accounts:tokens", _("Keys for programs"), _("Let a program work as you over the API."), "key"
            ),
        ),
    ),
    (
        _("People"),
        (
            Place("accounts:users", _("People"), _("Who signs in, with which roles."), "users"),
            Place("accounts:teams", _("Teams"), _("Departments that own a queue."), "users-group"),
        ),
    ),
    (
        _("Tickets"),
        (
            Place("tickets:reasons", _("Reasons"), _("Why customers turn to us."), "help-circle"),
            Place("tickets:work_types", _("Work types"), _("Kinds of work and their standard time."), "tool"),
            Place("tickets:queue_rules", _("Queue rules"), _("Who owns a new ticket."), "route"),
            Place(
                "tickets:statuses", _("Statuses"), _("What each status and waiting reason means."), "progress"
            ),
        ),
    ),
    (
        _("Maintenance"),
        (
            Place(
                "maintenance:checklists",
                _("Checklists"),
                _("Steps, readings with limits and proofs, in versions."),
                "list-check",
            ),
            Place("maintenance:kits", _("Kits"), _("Parts and tools that exist once."), "package"),
        ),
    ),
    (
        _("Contracts"),
        (
            Place(
                "contracts:templates",
                _("Contract templates"),
                _("Terms that new contracts begin with."),
                "template",
            ),
            Place(
                "contracts:rate_card",
                _("Rate card"),
                _("What extra work costs without a contract."),
                "receipt",
            ),
            Place(
                "contracts:refusals", _("Reasons of refusal"), _("Why contracts are not renewed."), "mood-sad"
            ),
            Place(
                "sla:hours", _("Service hours"), _("When promised times run, and on which days not."), "clock"
            ),
        ),
    ),
    (
        _("Promises"),
        (
            Place(
                "reminders:ladders",
                _("Reminders"),
                _("What is announced when, to whom, and whose next step it becomes."),
                "bell",
            ),
            Place(
                "messaging:texts",
                _("Texts"),
                _("What messages say, in each language, with versions and a preview."),
                "message",
            ),
        ),
    ),
    (
        _("Registry"),
        (
            Place("equipment:models", _("Models"), _("Makers and models of equipment."), "devices"),
            Place("equipment:categories", _("Categories"), _("Kinds of equipment."), "tags"),
            Place("customers:regions", _("Regions"), _("Where we serve, and in which time zone."), "map-pin"),
        ),
    ),
    (
        _("Organisation"),
        (
            Place(
                "desk:fields",
                _("Fields"),
                _("What must be filled in, and fields of your own."),
                "adjustments-horizontal",
            ),
            Place(
                "desk:preferences",
                _("Preferences"),
                _("Name, currency, owner of last resort, windows."),
                "settings",
            ),
        ),
    ),
)


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """The settings that this person may open."""
    sections = []
    for title, places in SECTIONS:
        shown = [place for place in places if place.url and may_open(request.user, place.route)]
        if shown:
            sections.append((title, shown))
    return render(request, "desk/settings.html", {"sections": sections})
