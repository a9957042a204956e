"""How the verbs of this app are said."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as now_in
from django.utils.translation import gettext_lazy as _

from servicebook.core import changes
from servicebook.customers.actions.contacts import ROLES
from servicebook.customers.models import Contact, Customer, Place, Region, Site
from servicebook.journal.history import Sentence, register


def what_changed(model: type[Any]) -> Any:
    """Return a `show` that says the entry's changes in words."""

    def show(facts: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**facts, "what": changes.words(model, facts.get("changes", {}))}

    return show


def moments(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say the facts that are moments as local dates and times."""
    said = dict(facts)
    for name in ("due", "before", "after", "read_at"):
        if said.get(name):
            moment = datetime.fromisoformat(str(said[name]))
            said[name] = date_format(
                moment.astimezone(timezone.get_current_timezone()), "SHORT_DATETIME_FORMAT"
            )
    return said


def _place(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    kind = facts.get("kind", "")
    word = str(Place.Kind(kind).label) if kind in Place.Kind.values else kind
    return {**facts, "kind": word, "what": changes.words(Place, facts.get("changes", {}))}


def _roles(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    names = [changes.label(Contact, role) for role in facts.get("roles", []) if role in ROLES]
    return {**facts, "roles": ", ".join(names) or now_in("no more roles")}


def _entity(noun: str, model: type[Any], icon: str) -> dict[str, Sentence]:
    return {
        f"{noun}.added": Sentence(_("Added: %(name)s"), icon),
        f"{noun}.changed": Sentence(_("Changed: %(what)s"), "pencil", what_changed(model)),
        f"{noun}.deactivated": Sentence(_("Put aside: %(name)s"), "archive"),
        f"{noun}.activated": Sentence(_("Active again: %(name)s"), "refresh"),
    }


register(
    {
        **_entity("customer", Customer, "building"),
        **_entity("site", Site, "map-pin"),
        **_entity("contact", Contact, "user"),
        "region.added": Sentence(_("Region added: %(name)s"), "map"),
        "region.changed": Sentence(_("Region changed: %(what)s"), "map", what_changed(Region)),
        "site.place_added": Sentence(_("%(kind)s added: %(name)s"), "door", _place),
        "site.place_changed": Sentence(_("%(name)s changed: %(what)s"), "door", _place),
        "site.place_removed": Sentence(_("%(kind)s removed: %(name)s"), "door", _place),
        "contact.replaced": Sentence(
            _(
                "%(name)s was replaced by %(successor)s, who took over %(sites)s sites, %(tickets)s open "
                "tickets and %(promises)s promises"
            ),
            "user",
        ),
        "contact.took_over": Sentence(_("%(name)s took over from %(before)s: %(roles)s"), "user", _roles),
        "ticket.contact_replaced": Sentence(_("Contact replaced: %(before)s → %(after)s"), "user"),
        "promise.made": Sentence(_("Promised by %(owner)s until %(due)s: %(text)s"), "flag", moments),
        "promise.kept": Sentence(_("Promise kept: %(text)s"), "check"),
        "promise.dropped": Sentence(_("Promise dropped: %(text)s. %(because)s"), "x"),
        "promise.moved": Sentence(
            _("Promise moved from %(before)s to %(after)s: %(text)s"), "calendar", moments
        ),
        "promise.handed": Sentence(_("Promise handed from %(before)s to %(after)s: %(text)s"), "user"),
        "promise.overdue": Sentence(_("Promise overdue since %(due)s: %(text)s"), "alert-triangle", moments),
    }
)
