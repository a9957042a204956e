"""Reference data of tickets: reasons, queue rules, regions, people. Reading it costs no statement."""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

from servicebook.accounts.models import Role, Team, User
from servicebook.contracts.models import ExtraService
from servicebook.core import preferences, reference
from servicebook.core.errors import Refused
from servicebook.customers.models import Customer, Region
from servicebook.tickets.models import QueueRule, Reason, Ticket, WorkType
from servicebook.tickets.rules.routing import Asked, Route, Rule, route

DEEPEST = 10  # levels of a tree of regions or customers that are looked at


class NobodyThere(Refused):
    """No person can own a ticket."""

    code = "nobody_there"


class NoReasons(Refused):
    """The directory of reasons is empty."""

    code = "no_reasons"


def reasons() -> Mapping[int, Reason]:
    """Return the active reasons by their id, in their order."""
    return reference.get("tickets.reasons", lambda: {r.pk: r for r in Reason.objects.filter(active=True)})


def reason(code: str) -> Reason | None:
    """Return the active reason with this code."""
    return next((one for one in reasons().values() if one.code == code), None)


def default_reason() -> Reason:
    """Return the first reason of the directory: what a ticket has when nobody said."""
    for one in reasons().values():
        return one
    raise NoReasons(_("There are no reasons to choose from. Add one under Settings, Reasons."))


def work_types() -> Mapping[int, WorkType]:
    """Return the active work types by their id."""
    return reference.get(
        "tickets.work_types", lambda: {w.pk: w for w in WorkType.objects.filter(active=True)}
    )


def reasons_for(ticket: Ticket) -> Mapping[int, Reason]:
    """Return what the ticket's reason may be: the active ones, and its own wherever it stands."""
    return {**reasons(), ticket.reason_id: ticket.reason}


def work_types_for(ticket: Ticket) -> Mapping[int, WorkType]:
    """Return what the ticket's work type may be: the active ones, and its own wherever it stands."""
    own = ticket.work_type
    return {**work_types(), own.pk: own} if own else work_types()


def people() -> Mapping[int, User]:
    """Return the active people of the house by their id, in the order of their names."""
    return reference.get("tickets.people", lambda: {u.pk: u for u in User.objects.filter(is_active=True)})


def person(pk: int) -> User:
    """Return one person, active or not."""
    return people().get(pk) or User.objects.get(pk=pk)


def rate_card(customer: Customer) -> Mapping[int, ExtraService]:
    """Return the lines of the house's rate card in the currency of a customer by their id."""
    lines = reference.get("tickets.rate_card", lambda: list(ExtraService.objects.filter(active=True)))
    currency = customer.currency or preferences.current().currency
    return {one.pk: one for one in lines if one.currency == currency}


def managers() -> list[User]:
    """Return who answers for the service: the service owner, then managers, then administrators."""
    return reference.get("tickets.managers", _ranked)


def _ranked() -> list[User]:
    here = people()
    chosen = here.get(preferences.current().service_owner_id or 0)
    ranked = [chosen] if chosen else []
    for role in (Role.MANAGER, Role.ADMINISTRATOR):
        ranked += [one for one in here.values() if one.has_role(role) and one not in ranked]
    return ranked


def teams() -> Mapping[int, Team]:
    """Return the departments by their id, with their leads."""
    return reference.get("tickets.teams", lambda: {t.pk: t for t in Team.objects.select_related("lead")})


def region_names() -> Mapping[int, str]:
    """Return the active regions by their id, in the order of their names."""
    return reference.get(
        "tickets.region_names",
        lambda: dict(Region.objects.filter(active=True).order_by("name").values_list("pk", "name")),
    )


def region_and_below(region_id: int) -> list[int]:
    """Return the region and everything inside it."""
    return [pk for pk in _region_parents() if region_id in region_and_above(pk)] or [region_id]


def _region_parents() -> Mapping[int, int | None]:
    return reference.get(
        "tickets.region_parents", lambda: dict(Region.objects.values_list("pk", "parent_id"))
    )


def region_and_above(region_id: int | None) -> frozenset[int]:
    """Return the region and all that contain it."""
    parents = _region_parents()
    found: list[int] = []
    while region_id is not None and region_id not in found:
        found.append(region_id)
        region_id = parents.get(region_id)
    return frozenset(found)


def customer_and_above(customer: Customer) -> Iterator[int]:
    """Yield the customer and all of which it is a branch; a statement for each level above."""
    for _level in range(DEEPEST):
        yield customer.pk
        if customer.parent_id is None or customer.parent is None:
            return
        customer = customer.parent


def owner_for(*, kind: str, reason: Reason, region_id: int | None, customer: Customer) -> Route:
    """Return who owns a new ticket, and the team.

    Raises:
        NobodyThere: no rule fits, and there is no service owner, manager or administrator.
    """
    rules = reference.get("tickets.queue_rules", _load_rules)
    # A tree of customers is walked only when a rule speaks of customers at all.
    asks_customer = any(rule.customer is not None for rule in rules)
    asked = Asked(
        kind=kind,
        reason=reason.pk,
        regions=region_and_above(region_id),
        customers=frozenset(customer_and_above(customer) if asks_customer else [customer.pk]),
    )
    found = route(rules, asked, active=people(), fallbacks=[one.pk for one in managers()])
    return found or Route(somebody().pk)


def lead_of(team: Team | None) -> User | None:
    """Return who leads the team, if that person is here."""
    return team.lead if team and team.lead and team.lead.is_active else None


def somebody() -> User:
    """Return who answers when nobody else does.

    Raises:
        NobodyThere: there is no service owner, manager or administrator.
    """
    for one in managers():
        return one
    raise NobodyThere(
        _("Nobody can own this ticket. Add an active person with the role Service manager first.")
    )


def owner_instead(ticket: Ticket) -> User:
    """Return who owns the ticket now that its owner has left: the team's lead, or whom the rules name.

    Raises:
        NobodyThere
    """
    lead = lead_of(ticket.team) or lead_of(ticket.owner.team)
    if lead:
        return lead
    route = owner_for(
        kind=ticket.kind, reason=ticket.reason, region_id=ticket.region_id, customer=ticket.customer
    )
    return person(route.owner)


def _load_rules() -> tuple[Rule, ...]:
    return tuple(
        Rule(
            owner=one.owner_id,
            team=one.team_id,
            kind=one.kind,
            reason=one.reason_id,
            region=one.region_id,
            customer=one.customer_id,
        )
        for one in QueueRule.objects.filter(active=True)
    )
