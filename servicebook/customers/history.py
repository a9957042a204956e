"""How the verbs of this app are said."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from servicebook.core import changes
from servicebook.core.errors import Text
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
            said[name] = date_format(moment.astimezone(timezone.get_current_timezone()), "j M Y H:i")
    return said


def day(value: object) -> str:
    """Say a date that is kept as 2026-12-31."""
    return date_format(date.fromisoformat(str(value)), "j M Y") if value else ""


def _place(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    kind = facts.get("kind", "")
    word = str(Place.Kind(kind).label) if kind in Place.Kind.values else kind
    return {**facts, "kind": word, "what": changes.words(Place, facts.get("changes", {}))}


def _roles(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    names = [changes.label(Contact, role) for role in facts.get("roles", []) if role in ROLES]
    return {**facts, "roles": f": {', '.join(names)}" if names else " "}


def _followed(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say what went over to the successor, leaving out what did not."""
    counts = {name: int(facts.get(name) or 0) for name in ("sites", "tickets", "promises")}
    words = [
        ngettext("%(count)s site", "%(count)s sites", counts["sites"]) % {"count": counts["sites"]},
        ngettext("%(count)s open ticket", "%(count)s open tickets", counts["tickets"])
        % {"count": counts["tickets"]},
        ngettext("%(count)s promise", "%(count)s promises", counts["promises"])
        % {"count": counts["promises"]},
    ]
    said = [word for word, count in zip(words, counts.values(), strict=True) if count]
    return {**facts, "followed": gettext(" with %(what)s") % {"what": ", ".join(said)} if said else " "}


def _entity(noun: str, model: type[Any], icon: str, added: Text, changed: Text) -> dict[str, Sentence]:
    return {
        f"{noun}.added": Sentence(added, icon),
        f"{noun}.changed": Sentence(changed, "pencil", what_changed(model)),
        f"{noun}.deactivated": Sentence(_("Put aside: %(name)s"), "archive"),
        f"{noun}.activated": Sentence(_("Active again: %(name)s"), "refresh"),
    }


register(
    {
        **_entity("customer", Customer, "building", _("Customer added: %(name)s"), _("Changed: %(what)s")),
        **_entity("site", Site, "map-pin", _("Site added: %(name)s"), _("Site %(name)s: %(what)s")),
        **_entity("contact", Contact, "user", _("Contact added: %(name)s"), _("Contact %(name)s: %(what)s")),
        "region.added": Sentence(_("Region added: %(name)s"), "map"),
        "region.changed": Sentence(_("Region changed: %(what)s"), "map", what_changed(Region)),
        "site.place_added": Sentence(_("%(kind)s added: %(name)s"), "door", _place),
        "site.place_changed": Sentence(_("%(name)s changed: %(what)s"), "door", _place),
        "site.place_removed": Sentence(_("%(kind)s removed: %(name)s"), "door", _place),
        "contact.replaced": Sentence(
            _("%(name)s was replaced by %(successor)s%(followed)s"), "user", _followed
        ),
        "contact.took_over": Sentence(_("%(name)s took over from %(before)s%(roles)s"), "user", _roles),
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
