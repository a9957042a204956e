"""What the pages of units, sites, customers, contracts, tickets show of maintenance (S0.1, S0.24, S3.6)."""

from dataclasses import asdict
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from servicebook.accounts.models import User
from servicebook.contracts.models import Contract
from servicebook.core.cards import card
from servicebook.core.drafts import draft
from servicebook.customers import picking, sections
from servicebook.customers.models import Customer, Site
from servicebook.equipment.models import Asset
from servicebook.maintenance import plain_words, states, worksheets
from servicebook.maintenance.models import Enrolment, Occurrence, PartNeed, Plan, Worksheet
from servicebook.maintenance.queries.conditions import CLOSED_AS_DONE
from servicebook.maintenance.queries.due import first_day, listed, mark
from servicebook.maintenance.queries.following import shown_next
from servicebook.maintenance.rules.worksheet import progress
from servicebook.rights import OFFICE, SERVICE
from servicebook.tickets.models import Kind, Ticket

SHOWN = 5


@card("equipment.asset", "maintenance/_of_asset.html")
def of_asset(asset: Asset, user: User) -> dict[str, Any]:
    """The plans of a unit, each with its next date or metric and when it was done last. Five statements."""
    where = Q(asset=asset)
    if asset.site_id:
        where |= Q(asset=None, site=asset.site_id)
    rows = Enrolment.objects.filter(where, ended_at=None).select_related("plan__work_type", "meter")
    enrolments = list(rows.order_by("pk")[: SHOWN * 4])
    own = [one for one in enrolments if one.asset_id]
    coming = _next_of([one.pk for one in own])
    for one in own:
        one.next = coming.get(one.pk)  # type: ignore[attr-defined]
        one.said = plain_words.rule_of(one.plan)  # type: ignore[attr-defined]
    return {
        "asset": asset,
        "enrolments": own,
        "of_site": len(enrolments) - len(own),
        "may_edit": user.has_role(*OFFICE),
        "links": _seen([one.next.pk for one in own if one.next], user),  # type: ignore[attr-defined]
    }


@card("customers.site", "maintenance/_of_site.html")
def of_site(site: Site, user: User) -> dict[str, Any] | None:
    """What is due next at a site. Four statements; one where nothing is."""
    section = sections.first(listed(user).filter(site=site).unfinished().order_by("due_on", "pk"), SHOWN)
    mark(section.rows)
    return {
        "site": site,
        "due": section,
        "picked": picking.label(site),
        "may_edit": user.has_role(*OFFICE),
    }


@card("customers.customer", "maintenance/_of_customer.html")
def of_customer(customer: Customer, user: User) -> dict[str, Any]:
    """The plans of a customer with their next days. One statement."""
    rows = Plan.objects.visible_to(user).filter(customer=customer).exclude(state=Plan.State.ENDED)
    section = sections.first(_with_next(rows).order_by("state", "next_on", "pk"), SHOWN)
    return {
        "customer": customer,
        "plans": _said(section),
        "picked": picking.label(customer),
        "may_edit": user.has_role(*OFFICE),
    }


@card("contracts.contract", "maintenance/_of_contract.html")
def of_contract(contract: Contract, user: User) -> dict[str, Any]:
    """The plans under a contract, and every service that was made under it (S3.6). Two statements."""
    plans = sections.first(_with_next(Plan.objects.filter(contract=contract)).order_by("-pk"), SHOWN)
    made = listed(user).filter(CLOSED_AS_DONE, contract=contract).order_by("-ticket__closed_at")
    return {
        "contract": contract,
        "plans": _said(plans),
        "made": sections.first(made, SHOWN),
        "may_edit": user.has_role(*OFFICE) and contract.is_live,
    }


@card("tickets.ticket", "maintenance/_of_ticket.html")
def of_ticket(ticket: Ticket, user: User) -> dict[str, Any] | None:
    """The occurrence of a planned ticket: window, access, parts, worksheet. Nothing is read for others."""
    if ticket.kind != Kind.PLANNED:
        return None
    rows = Occurrence.objects.filter(ticket=ticket)
    one = rows.select_related(*states.RELATED, "enrolment__meter", "trip").first()
    if one is None:
        return None
    mark([one])
    sheet = Worksheet.objects.filter(ticket=ticket).first()
    lines = worksheets.lines_of(sheet) if sheet else []
    missing = one.parts.filter(state=PartNeed.State.NEEDED).count()
    return {
        "one": one,
        "ticket": ticket,
        "needs_access": states.needs_access(one),
        "parts": one.parts.count(),
        "missing": missing,
        "progress": progress([worksheets.as_rule(line) for line in lines]),
        "may_work": user.has_role(*SERVICE),
        **shown_next(one, user),
    }


@draft("tickets.close")
def closing(ticket: Ticket) -> dict[str, str]:
    """What the worksheet of a planned ticket says already: nobody types it again (S0.30)."""
    return asdict(worksheets.closing_texts(ticket)) if ticket.kind == Kind.PLANNED else {}


def _next_of(enrolments: list[int]) -> dict[int, Occurrence]:
    """Enrolment → what comes next of it, marked."""
    first = Occurrence.objects.unfinished().filter(enrolment=OuterRef("enrolment")).order_by("due_on", "pk")
    rows = Occurrence.objects.filter(enrolment__in=enrolments, pk=Subquery(first.values("pk")[:1]))
    found = list(rows.select_related(*states.RELATED))
    mark(found)
    return {one.enrolment_id: one for one in found}


def _seen(ids: list[int], user: User) -> set[int]:
    """Which of them the person may open."""
    return set(Occurrence.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))


def _with_next(rows: QuerySet[Plan]) -> QuerySet[Any]:
    return rows.annotate(next_on=first_day(plan=OuterRef("pk")))


def _said(section: sections.Section[Any]) -> sections.Section[Any]:
    for one in section.rows:
        one.said = plain_words.rule_of(one)
    return section
