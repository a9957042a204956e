"""Who of the house a stage means, and who at the customer: looked up in the moment in which it fires."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from servicebook.accounts.models import Role, User
from servicebook.contracts.models.contract import SEES_SENSITIVE
from servicebook.core import preferences
from servicebook.customers.models import Contact, Customer, Site
from servicebook.customers.rules import receivers
from servicebook.reminders.models import Ours, Theirs
from servicebook.tickets import directory

# How the roles at the customer are called by the rule that finds receivers.
ROLES: Mapping[str, str] = {
    Theirs.ON_SITE: "on_site",
    Theirs.DECISION_MAKER: "decision_maker",
    Theirs.SIGNER: "signer",
    Theirs.MAIN: "main",
}


@dataclass(frozen=True, slots=True)
class Whose:
    """Who has to do with a matter, whether they still work here or not.

    sensitive: it names what is for its owner and the leads, so nobody else stands in for anybody (S1.2).
    """

    owner: int | None = None
    engineer: int | None = None
    account_manager: int | None = None
    team: int | None = None
    sensitive: bool = False

    def may_be_told(self, person: User) -> bool:
        return not self.sensitive or person.pk == self.owner or person.has_role(*SEES_SENSITIVE)


def of_ours(role: str, whose: Whose) -> User:
    """Return the one person who has `role` in a matter and is here today; each role has somebody instead.

    Costs no statement.

    Raises:
        directory.NobodyThere: nobody works here at all.
    """
    here = {pk: one for pk, one in directory.people().items() if whose.may_be_told(one)}
    for candidate in _candidates(role, whose):
        if candidate in here:
            return here[candidate]
    return next(iter(here.values()), None) or directory.somebody()


def all_of_ours(roles: Collection[str], whose: Whose) -> list[User]:
    """Return who hears of a matter, everybody once."""
    return list({person.pk: person for role in roles for person in [of_ours(role, whose)]}.values())


def _candidates(role: str, whose: Whose) -> Iterator[int]:
    """Yield who it may be, the nearest first."""
    team = directory.teams().get(whose.team or 0)
    lead = team.lead_id if team else None
    nearest: Mapping[str, Sequence[int | None]] = {
        Ours.OWNER: (whose.owner, lead, whose.account_manager),
        Ours.ENGINEER: (whose.engineer, whose.owner, lead),
        Ours.ACCOUNT_MANAGER: (whose.account_manager,),
        Ours.MANAGER: (lead,),
        Ours.SUPERVISOR: (preferences.current().service_owner_id,),
    }
    found = [one for one in nearest.get(role, ()) if one is not None]
    for wanted in _roles(role):
        found += [pk for pk, one in directory.people().items() if one.has_role(wanted)]
    if role == Ours.MANAGER:  # who leads the team may be the one who is late: another one hears of it
        found.sort(key=lambda pk: pk == whose.owner)
    yield from found
    yield from (one for one in (whose.owner, lead, whose.account_manager) if one is not None)


def _roles(role: str) -> Sequence[str]:
    """The roles of the house that stand in for one, in their order."""
    if role == Ours.STOREKEEPER:
        return (Role.STOREKEEPER, Role.MANAGER)
    if role == Ours.ACCOUNTANT:
        return (Role.ACCOUNTANT, Role.MANAGER)
    if role == Ours.SUPERVISOR:
        return (Role.ADMINISTRATOR, Role.MANAGER)
    return (Role.MANAGER,)


def contacts_of(customers: Collection[int]) -> Mapping[int, list[Contact]]:
    """Return whom one may write to at each customer, with one statement."""
    found: dict[int, list[Contact]] = {}
    if not customers:
        return found
    for contact in Contact.objects.reachable().filter(customer__in=customers).order_by("pk"):
        found.setdefault(contact.customer_id, []).append(contact)
    return found


def of_theirs(
    roles: Sequence[str], contacts: Sequence[Contact], *, customer: Customer, site: Site | None
) -> list[Contact]:
    """Return who at the customer may be asked, in the order of `roles`, those near the site first."""
    known = {one.pk: one for one in contacts if one.customer_id == customer.pk}
    responsible = site.responsible_id if site else None
    people = [
        receivers.Person(
            key=one.pk,
            site=site.pk if site and one.pk == responsible else one.site_id,
            main=one.is_main,
            decision_maker=one.is_decision_maker,
            signer=one.may_sign,
            on_site=one.is_on_site or one.pk == responsible,
        )
        for one in known.values()
    ]
    groups = receivers.by_role([ROLES[one] for one in roles], people, site=site.pk if site else None)
    return [known[key] for key in dict.fromkeys(chain.from_iterable(groups))]


def successor(contact: Contact | None, contacts: Sequence[Contact]) -> Contact | None:
    """Return who answers for `contact` today, if that person is among `contacts`."""
    known = {one.pk: one for one in contacts}
    seen: set[int] = set()
    while contact is not None and contact.pk not in known and contact.pk not in seen:
        seen.add(contact.pk)
        contact = contact.replaced_by
    return known.get(contact.pk) if contact is not None else None
