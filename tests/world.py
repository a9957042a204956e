"""Two customers with one of everything, and which of it stands at which route.

A new route whose address has arguments needs one line in `STANDS`; the matrix of rights says so.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from servicebook.accounts import tokens
from servicebook.accounts.models import Role, Team, User
from servicebook.contracts import acts as contract_acts
from servicebook.contracts.models import ContractTemplate, ExtraService, Milestone, RefusalReason
from servicebook.contracts.views.milestones import DOES as MILESTONE_MOVES
from servicebook.core import clock
from servicebook.core.models import FieldRule
from servicebook.customers.models import Place, Promise
from servicebook.equipment.models import Meter, Warranty
from servicebook.files import actions as files
from servicebook.files import store
from servicebook.intake.importing import actions as imports
from servicebook.intake.models import ReceivedMail, ReceivedText
from servicebook.maintenance.acts import occurrences as occurrence_acts
from servicebook.maintenance.acts import parts as part_acts
from servicebook.maintenance.acts import plans as plan_acts
from servicebook.maintenance.models import (
    Checklist,
    ChecklistItem,
    ChecklistVersion,
    Kit,
    PartNeed,
    Trip,
    Worksheet,
    WorksheetLine,
)
from servicebook.messaging import unsubscribing
from servicebook.messaging.models import Delivery, Reach
from servicebook.reminders.links import token_of
from servicebook.reminders.models import Ask, Ladder
from servicebook.sla.models import ServiceHours
from servicebook.testing import (
    make_asset,
    make_balance,
    make_charge,
    make_contact,
    make_contract,
    make_customer,
    make_model,
    make_occurrence,
    make_plan,
    make_planned,
    make_reason,
    make_region,
    make_site,
    make_ticket,
    make_user,
)
from servicebook.tickets import acts as ticket_acts
from servicebook.tickets.models import Link, QueueRule, SavedView, WorkType

MARKER = "Zq7Marker"  # stands in everything of the foreign customer
PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1"
MISSING = 987_654_321


@dataclass
class World:
    """What there is: `mine` is of the customer that scoped people work for, `theirs` of another."""

    people: dict[str, User]
    mine: SimpleNamespace
    theirs: SimpleNamespace


def make_world() -> World:
    people = {role: make_user(role) for role in Role.values}
    people["deactivated"] = make_user(Role.ADMINISTRATOR, is_active=False)
    make_reason()
    mine = _side("Alpha", owner=people[Role.ACCOUNT_MANAGER], engineer=people[Role.ENGINEER])
    theirs = _side(MARKER, owner=make_user(Role.ACCOUNT_MANAGER), engineer=make_user(Role.ENGINEER))
    return World(people, mine, theirs)


def _side(word: str, *, owner: User, engineer: User) -> SimpleNamespace:
    """A customer named with `word`, and one of everything that hangs on it."""
    now = clock.now()
    customer = make_customer(name=f"{word} LLP", owner=owner)
    site = make_site(customer, name=f"{word} site", address=f"{word} street")
    contact = make_contact(customer, name=f"{word} person", site=site)
    asset = make_asset(customer, site=site, serial=f"{word}-1")
    contract = make_contract(
        customer,
        number=f"C-{word}",
        title=f"{word} contract",
        owner=owner,
        starts_on=now.date() - timedelta(days=90),
        ends_on=now.date() + timedelta(days=275),
        included=[{"code": "visit", "service": "visit", "limit": 12}],
        targets=[{"measure": "response", "minutes": 60}],
    )
    Ladder.objects.create(what="renewal", contract=contract)
    ticket = make_ticket(customer=customer, contact=contact, site=site, asset=asset, title=f"{word} stands")
    type(ticket).objects.filter(pk=ticket.pk).update(owner=engineer)
    other = make_ticket(customer=customer, contact=contact, site=site, asset=asset, title=f"{word} again")
    type(other).objects.filter(pk=other.pk).update(owner=engineer)
    promise = Promise.objects.create(
        text=f"Call {word}",
        owner=owner,
        due_at=now + timedelta(days=1),
        customer=customer,
        made_at=now,
        about=ticket,
    )
    task = make_planned(make_occurrence(make_plan(customer, title=f"{word} plan"), asset=asset))
    type(ticket).objects.filter(pk=task.ticket_id).update(owner=engineer)
    task.trip = Trip.objects.create(day=task.due_on, title=f"{word} trip")
    task.save(update_fields=["trip"])
    sheet = Worksheet.objects.create(ticket=ticket, risks=f"{word} risks")
    version = ChecklistVersion.objects.create(
        checklist=Checklist.objects.create(name=f"Checklist {owner.pk}"), number=1
    )
    item = ChecklistItem.objects.create(version=version, position=1, text="Clean the filter")
    document = files.attach(site, name=f"{word}.png", data=PICTURE + word.encode(), by=None)
    raw = store.keep(f"raw mail of {word}".encode())
    return SimpleNamespace(
        customer=customer,
        site=site,
        place=Place.objects.create(site=site, name=f"{word} room"),
        contact=contact,
        asset=asset,
        warranty=Warranty.objects.create(asset=asset, starts_on=date(2026, 1, 1), ends_on=date(2027, 1, 1)),
        meter=Meter.objects.create(asset=asset, name=f"{word} meter"),
        contract=contract,
        balance=make_balance(contract),
        milestone=Milestone.objects.create(contract=contract, on=date(2026, 6, 1), text=f"{word} milestone"),
        ticket=ticket,
        link=Link.objects.create(source=ticket, target=other),
        charge=make_charge(ticket, because=f"{word} visit"),
        promise=promise,
        ask=Ask.objects.create(
            what="reply",
            about=ticket,
            occurrence="1",
            customer=customer,
            contact=contact,
            owner=owner,
            asked_at=now,
            next_at=now + timedelta(days=2),
        ),
        plan=task.plan,
        task=task,
        part=PartNeed.objects.create(occurrence=task, name=f"{word} filter"),
        trip=task.trip,
        document=document,
        view=SavedView.objects.create(name=f"{word} view", owner=owner, query=""),
        delivery=Delivery.objects.order_by("-pk").first() or _delivery(word),
        mail=ReceivedMail.objects.create(sha256=raw.sha256, raw=raw, received_at=now),
        text=ReceivedText.objects.create(key=f"sms:{word}", channel="sms", raw="{}", received_at=now),
        run=imports.take_in(f"Customer;Phone\n{word};\n".encode(), name=f"{word}.csv", by=owner),
        person=engineer,
        token=tokens.issue(owner, name=word, scopes=["tickets:read"], by=owner)[0],
        browser=Reach.objects.create(
            user=owner,
            channel="push",
            address=f"https://push.example.com/{word}",
            label=f"{word} browser",
            linked_at=now,
        ),
        # Reference data is nobody's; it does not bear the word.
        team=Team.objects.create(name=f"Team {owner.pk}"),
        reason=make_reason(),
        template=ContractTemplate.objects.create(name=f"Template {owner.pk}", type="sla", terms={}),
        extra=ExtraService.objects.get_or_create(
            code="visit", defaults={"name": "Visit", "service": "visit", "price": 18_000, "currency": "KZT"}
        )[0],
        refusal=RefusalReason.objects.get_or_create(name="Price")[0],
        sheet=sheet,
        line=WorksheetLine.objects.create(worksheet=sheet, asset=asset, item=item),
        checklist=version.checklist,
        kit=Kit.objects.create(name=f"Kit {owner.pk}"),
        work_type=WorkType.objects.get_or_create(code="diagnostics", defaults={"name": "Diagnostics"})[0],
        rule=QueueRule.objects.create(owner=owner),
        model=make_model(),
        category=asset.model.category,
        region=make_region(),
        hours=ServiceHours.objects.get_or_create(name="24/7", defaults={"week": [[[0, 1440]]] * 7})[0],
        field=FieldRule.objects.create(entity="customers.site", name=f"f{owner.pk}", label=f"F{owner.pk}"),
    )


def _delivery(word: str) -> Delivery:
    return Delivery.objects.create(
        key=word,
        template="test",
        to_address="a@b.example",
        subject_line="x",
        body="x",
        message_id=word,
        ready_at=clock.now(),
        queued_at=clock.now(),
    )


@dataclass(frozen=True)
class Stand:
    """What stands at addresses that begin like `pattern`.

    Attributes:
        arguments: the arguments of the route for one side.
        behind: what the person has to see to see it; None for what the role alone decides.
        acts: what else may stand in the address as `do`.
    """

    pattern: str
    arguments: Callable[[Any], dict[str, Any]]
    behind: Callable[[Any], Any] | None = None
    acts: Iterable[str] = ()

    def variants(self, side: Any) -> Iterator[dict[str, Any]]:
        """Return the arguments for one side, with each act in turn."""
        arguments = self.arguments(side)
        yield arguments
        yield from ({**arguments, "do": do} for do in self.acts if do != arguments["do"])


def _pk(name: str, behind: str = "", *, argument: str = "pk") -> dict[str, Any]:
    return {
        "arguments": lambda side: {argument: getattr(side, name).pk},
        "behind": (lambda side: getattr(side, behind or name)),
    }


def _house(name: str) -> dict[str, Any]:
    return {"arguments": lambda side: {"pk": getattr(side, name).pk}}


def _number(**more: str) -> dict[str, Any]:
    """A ticket by its number, with the primary keys of what hangs on it."""
    return {
        "arguments": lambda side: {
            "number": side.ticket.number,
            **{argument: getattr(side, name).pk for argument, name in more.items()},
        },
        "behind": lambda side: side.ticket,
    }


def _contract(**more: str) -> dict[str, Any]:
    """A contract by its number, with what else the address says."""
    return {
        "arguments": lambda side: {"number": side.contract.number, **more},
        "behind": lambda side: side.contract,
    }


def _plan(**more: str) -> dict[str, Any]:
    """A maintenance plan by its number, with what else the address says."""
    return {
        "arguments": lambda side: {"number": side.plan.number, **more},
        "behind": lambda side: side.plan,
    }


def _task(name: str, **more: str) -> dict[str, Any]:
    """Due maintenance, or something that hangs on it, with what else the address says."""
    return {
        "arguments": lambda side: {"pk": getattr(side, name).pk, **more},
        "behind": lambda side: side.task,
    }


# The first line that fits wins.
STANDS = (
    Stand(r"accounts/confirm-email/", lambda side: {"key": "nonsense"}),
    Stand(r"accounts/password/reset/key/", lambda side: {"uidb36": "1", "key": "non-sense"}),
    Stand(r"settings/users/<", **_house("person")),
    Stand(r"settings/teams/<", **_house("team")),
    Stand(r"settings/tokens/<", **_pk("token")),
    Stand(r"settings/me/browsers/<", **_pk("browser")),
    Stand(r"settings/reasons/<", **_house("reason")),
    Stand(r"settings/work-types/<", **_house("work_type")),
    Stand(r"settings/queue-rules/<", **_house("rule")),
    Stand(r"settings/contract-templates/<", **_house("template")),
    Stand(r"settings/rate-card/<", **_house("extra")),
    Stand(r"settings/refusal-reasons/<", **_house("refusal")),
    Stand(r"settings/models/<", **_house("model")),
    Stand(r"settings/categories/<", **_house("category")),
    Stand(r"settings/service-hours/<", **_house("hours")),
    Stand(r"settings/regions/<", **_house("region")),
    Stand(r"settings/fields/<", **_house("field")),
    Stand(r"settings/texts/<", lambda side: {"code": "step", "language": "en"}),
    Stand(r"settings/reminders/<", lambda side: {"what": "renewal"}),
    Stand(
        r"files/attach/",
        lambda side: {"model": "customers.site", "subject": side.site.pk},
        lambda side: side.site,
    ),
    Stand(r"files/<", **_pk("document")),
    Stand(r"customers/<", **_pk("customer")),
    Stand(r"sites/<", **_pk("site")),
    Stand(r"contacts/<", **_pk("contact")),
    Stand(r"places/<", **_pk("place", "site")),
    Stand(r"promises/<", **_pk("promise")),
    Stand(r"asks/<", **_pk("ask")),
    Stand(r"u/<", lambda side: {"token": unsubscribing.token_of(side.contact.pk)}),
    Stand(r"a/<", lambda side: {"token": token_of(side.ask.pk, side.contact.pk)}),
    Stand(r"equipment/<", **_pk("asset")),
    Stand(r"warranties/<", **_pk("warranty", "asset")),
    Stand(r"meters/<", **_pk("meter", "asset")),
    Stand(r"contracts/<str:number>/balances/<", **_contract(code="visit")),
    Stand(r"contracts/<str:number>/act/<", **_contract(do="hold"), acts=contract_acts.ACTS),
    Stand(
        r"contracts/<str:number>/milestones/<int:pk>/<",
        lambda side: {"number": side.contract.number, "pk": side.milestone.pk, "do": "settle"},
        lambda side: side.contract,
        acts=MILESTONE_MOVES,
    ),
    Stand(
        r"contracts/<str:number>/milestones/<",
        lambda side: {"number": side.contract.number, "pk": side.milestone.pk},
        lambda side: side.contract,
    ),
    Stand(r"contracts/<str:number>/reminders/<", **_contract(what="renewal")),
    Stand(r"contracts/<", **_contract()),
    Stand(r"tickets/views/<", **_pk("view")),
    Stand(r"tickets/<str:number>/promises/<", **_number(pk="promise")),
    Stand(r"tickets/<str:number>/links/<", **_number(pk="link")),
    Stand(
        r"tickets/<str:number>/clocks/<",
        lambda side: {"number": side.ticket.number, "measure": "response"},
        lambda side: side.ticket,
    ),
    Stand(
        r"tickets/<str:number>/<slug:do>/",
        lambda side: {"number": side.ticket.number, "do": "start"},
        lambda side: side.ticket,
        acts=ticket_acts.ACTS,
    ),
    Stand(r"tickets/<", **_number()),
    Stand(r"maintenance/calendar/<", lambda side: {"month": "2026-12"}),
    Stand(r"maintenance/trips/<", **_task("trip")),
    Stand(r"maintenance/plans/<str:number>/act/<", **_plan(do="pause"), acts=plan_acts.ACTS),
    Stand(r"maintenance/plans/<", **_plan()),
    Stand(r"maintenance/occurrences/<int:pk>/act/<", **_task("task", do="wish"), acts=occurrence_acts.ACTS),
    Stand(r"maintenance/occurrences/<", **_task("task")),
    Stand(
        r"maintenance/worksheet/<str:number>/<",
        lambda side: {"number": side.sheet.ticket.number, "pk": side.line.pk},
        lambda side: side.ticket,
    ),
    Stand(r"maintenance/worksheet/<", **_number()),
    Stand(r"settings/checklists/<", **_house("checklist")),
    Stand(r"settings/kits/<", **_house("kit")),
    Stand(r"maintenance/parts/<", **_task("part", do="reserve"), acts=part_acts.ACTS),
    Stand(r"deliveries/<", **_house("delivery")),
    Stand(r"mail/place/<", **_number()),
    Stand(r"mail/<", **_house("mail")),
    Stand(r"texts/<", **_house("text")),
    Stand(r"import/<", **_house("run")),
    # The API names its arguments after what they are.
    Stand(r"api/v1/customers/<", **_pk("customer", argument="customer")),
    Stand(r"api/v1/sites/<", **_pk("site", argument="site")),
    Stand(r"api/v1/contacts/<", **_pk("contact", argument="contact")),
    Stand(r"api/v1/promises/<", **_pk("promise", argument="promise")),
    Stand(
        r"api/v1/assets/<int:asset>/meters/<",
        lambda side: {"asset": side.asset.pk, "meter": side.meter.pk},
        lambda side: side.asset,
    ),
    Stand(r"api/v1/assets/<", **_pk("asset", argument="asset")),
    Stand(r"api/v1/documents/<", **_pk("document", argument="document")),
    Stand(
        r"api/v1/contracts/<contract>/balances/<",
        lambda side: {"contract": side.contract.number, "balance": side.balance.pk},
        lambda side: side.contract,
    ),
    Stand(
        r"api/v1/contracts/<",
        lambda side: {"contract": side.contract.number},
        lambda side: side.contract,
    ),
    Stand(
        r"api/v1/renewals/<",
        lambda side: {"contract": side.contract.number},
        lambda side: side.contract,
    ),
    Stand(
        r"api/v1/due-maintenance/<int:occurrence>/parts/<",
        lambda side: {"occurrence": side.task.pk, "part": side.part.pk},
        lambda side: side.task,
    ),
    Stand(r"api/v1/due-maintenance/<", **_pk("task", argument="occurrence")),
    Stand(
        r"api/v1/maintenance-plans/<",
        lambda side: {"plan": side.plan.number},
        lambda side: side.plan,
    ),
    Stand(r"api/v1/trips/<", **_pk("trip", "task", argument="trip")),
    Stand(r"api/v1/checklists/<", lambda side: {"checklist": side.checklist.pk}),
    Stand(
        r"api/v1/reminder-rules/<what>/contracts/<",
        lambda side: {"what": "renewal", "contract": side.contract.number},
        lambda side: side.contract,
    ),
    Stand(r"api/v1/reminder-rules/<", lambda side: {"what": "renewal"}),
    Stand(r"api/v1/asks/<", **_pk("ask", argument="ask")),
    Stand(r"api/v1/texts/<", lambda side: {"code": "step", "language": "en"}),
    Stand(r"api/v1/tickets/<number>/charges/<", **_number(charge="charge")),
    Stand(r"api/v1/tickets/<", **_number()),
)


def has_arguments(address: str) -> bool:
    """Whether a route's address, as the resolver writes it, has places to fill."""
    return "<" in address


def stand_of(address: str) -> Stand | None:
    """What stands at a route's address, as the resolver writes it."""
    if not has_arguments(address):
        return None
    plain = address.replace("^", "")
    return next((one for one in STANDS if re.match(re.escape(one.pattern), plain)), None)


def missing(arguments: dict[str, Any]) -> dict[str, Any]:
    """The same arguments leading to nothing."""
    nothing: dict[type, Any] = {int: MISSING, str: "nothing"}
    kept = ("model", "do", "code", "key", "uidb36", "measure")
    numbers = ("number", "contract", "plan")
    return {
        name: value if name in kept else "T-1999-000001" if name in numbers else nothing[type(value)]
        for name, value in arguments.items()
    }


def sees(person: User, thing: Any) -> bool:
    """Whether the person may see `thing`, by the one rule of its model."""
    if thing is None:
        return True
    manager = type(thing)._default_manager
    if hasattr(manager, "visible_to"):
        return bool(manager.visible_to(person).filter(pk=thing.pk).exists())
    if hasattr(thing, "scopes"):  # a key is its person's, and any administrator's
        return thing.user_id == person.pk or person.has_role(Role.ADMINISTRATOR)
    owner = thing.user_id if hasattr(thing, "user_id") else thing.owner_id
    return bool(owner == person.pk)
