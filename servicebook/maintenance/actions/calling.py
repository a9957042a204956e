"""An occurrence becomes a ticket, exactly once, with all that the work needs (S0.25, S0.26)."""

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.core import clock, inserts, related, updates
from servicebook.customers.models import Contact
from servicebook.customers.queries import receivers_at
from servicebook.equipment.models import Asset
from servicebook.maintenance import schedules, scoping
from servicebook.maintenance.actions import enrolling, following
from servicebook.maintenance.actions._base import due_moment
from servicebook.maintenance.models import (
    ChecklistItem,
    ChecklistVersion,
    Enrolment,
    Occurrence,
    PartNeed,
    Plan,
    Worksheet,
    WorksheetLine,
)
from servicebook.maintenance.worksheets import left
from servicebook.tickets import actions as tickets
from servicebook.tickets import wording
from servicebook.tickets.actions import Planned
from servicebook.tickets.models import Ticket

OF_EACH = ("customer", "site", "asset__model")
OF_ALL = ("plan__work_type", "plan__owner", "plan__contract")  # of plans, of which many tasks share one
MOST_UNITS_NAMED = 50
_REST = gettext_lazy("%(title)s: the rest")


@transaction.atomic
def call(occurrence_ids: Collection[int], *, by: User | None = None) -> list[Ticket]:
    """Make the tickets of those that still have none; return the new ones, the soonest first.

    A second call makes none. What is skipped or cancelled, and what is owed by a plan that is paused
    or whose contract does not run, is left alone. A site at which no unit of the plan stands any more
    leaves the plan.
    """
    wanted = _wanted(occurrence_ids)
    units = _units(wanted)
    empty = [row for row in wanted if row.pk not in units]
    if empty:
        related.fetch(empty, "enrolment")
        enrolling.leave([row.enrolment for row in empty], because=enrolling.NO_UNITS)
    made = [row for row in wanted if row.pk in units]
    if not made:
        return []
    contacts = _contacts(made)
    opened = tickets.open_many([_planned(row, units[row.pk], contacts.get(row.pk)) for row in made], by=by)
    now = clock.now()
    for row, ticket in zip(made, opened, strict=True):
        row.ticket, row.called_at, row.version = ticket, now, row.version + 1
        row.contract = schedules.contract_on(row.plan.contract, row.due_on)
    updates.write_each(made, ["ticket", "called_at", "contract", "version"])
    _worksheets(made, units)
    PartNeed.objects.bulk_create(
        PartNeed(occurrence=row, name=part["name"], quantity=part.get("quantity", 1))
        for row in made
        if row.follows_id is None  # what was not used of them goes on with the rest
        for part in row.plan.parts
    )
    journal.record_many(
        journal.Happening("occurrence.called", row, {"day": row.due_on, "ticket": ticket.number}, by)
        for row, ticket in zip(made, opened, strict=True)
    )
    agenda.refresh_many(made)
    return opened


def _wanted(ids: Collection[int]) -> list[Occurrence]:
    """What is to be called, locked, the soonest first; each unit stays with its customer meanwhile.

    What goes to another while this waits for the locks is left to whoever follows that unit.
    """
    _lock_what_comes_before(ids)
    rows = _locked(ids)
    now = tickets.owners([row.asset_id for row in rows if row.asset_id])
    return [
        row
        for row in rows
        if now.get(row.asset_id or 0, row.customer_id) == row.customer_id and schedules.runs(row.plan)
    ]


def _lock_what_comes_before(ids: Collection[int]) -> None:
    """Follow units that went to another: their work may be off, or somebody else's. Hold sites' enrolments.

    Plans and enrolments are locked before occurrences, here as everywhere, so that no two hold what the
    other waits for. One statement, unless there are such units or sites.
    """
    rows = Occurrence.objects.uncalled().filter(pk__in=ids).exclude(asset__customer=F("customer"))
    found = set(rows.values_list("asset", "enrolment"))
    gone = {unit for unit, _enrolment in found if unit is not None}
    of_sites = {enrolment for unit, enrolment in found if unit is None}
    if gone:
        following.follow_assets(gone)
    if of_sites:
        held = Enrolment.objects.select_for_update(no_key=True).filter(pk__in=of_sites)
        list(held.order_by("pk").values_list("pk"))


def _locked(ids: Collection[int]) -> list[Occurrence]:
    rows = (
        Occurrence.objects.select_for_update(of=("self",))
        .uncalled()
        .filter(pk__in=ids)
        .select_related(*OF_EACH)
        .order_by("pk")
    )
    found = list(rows)
    related.fetch(found, *OF_ALL)
    return sorted(found, key=lambda row: (row.due_on, row.pk))


def _units(rows: Sequence[Occurrence]) -> dict[int, list[Asset]]:
    """Occurrence → the units that it is about; nothing of a site where none is left."""
    found = {row.pk: [row.asset] for row in rows if row.asset is not None}
    by_site = sorted((row for row in rows if row.asset_id is None), key=lambda row: row.plan_id)
    for _plan, group in groupby(by_site, key=lambda row: row.plan_id):
        some = list(group)
        plan = some[0].plan
        units = scoping.units_of(plan, scoping.scopes_of(plan)).select_related("model")
        at: dict[int | None, list[Asset]] = {}
        for unit in units.filter(site__in=[row.site_id for row in some]):
            at.setdefault(unit.site_id, []).append(unit)
        found |= {row.pk: at[row.site_id] for row in some if row.site_id in at}
    return found


def _contacts(rows: Sequence[Occurrence]) -> dict[int, Contact]:
    """Occurrence → who is asked about access."""
    found = receivers_at([(row.customer, row.site) for row in rows], "access")
    asked = ((row.pk, found[row.customer_id, row.site_id]) for row in rows)
    return {pk: contacts[0] for pk, contacts in asked if contacts}


def _planned(row: Occurrence, units: Sequence[Asset], contact: Contact | None) -> Planned:
    plan = row.plan
    title = f"{plan.title} · {row.asset or row.site}"
    return Planned(
        customer=row.customer,
        title=wording.in_house(_REST) % {"title": title} if row.follows_id else title,
        text="\n".join(_text(plan, units)),
        due_at=due_moment(row),
        work_type=plan.work_type,
        site=row.site,
        asset=row.asset,
        contact=contact,
        owner=plan.owner,
        team_id=plan.team_id,
        on_site_contact=contact.name if contact else "",
        preferred_window=window_of(plan),
    )


def window_of(plan: Plan) -> str:
    """Return the usual window of a plan as people write it: 22:00–06:00."""
    if plan.window_from is None or plan.window_until is None:
        return ""
    return f"{plan.window_from:%H:%M}–{plan.window_until:%H:%M}"


def _text(plan: Plan, units: Sequence[Asset]) -> Iterator[str]:
    """The first note of the ticket, in the language of the house."""
    yield f"{plan.number} {plan.title}"
    if plan.instructions:
        yield plan.instructions
    if plan.access:
        yield wording.in_house(_("Access")) + f": {plan.access}"
    if plan.parts:
        parts = ", ".join(f"{one.get('quantity', 1)} × {one['name']}" for one in plan.parts)
        yield wording.in_house(_("Parts")) + f": {parts}"
    if len(units) > 1:
        named = [str(one) for one in units[:MOST_UNITS_NAMED]]
        if len(units) > MOST_UNITS_NAMED:
            named.append("…")
        yield wording.in_house(_("Equipment")) + f" ({len(units)}): " + ", ".join(named)


def _worksheets(rows: Sequence[Occurrence], units: dict[int, list[Asset]]) -> None:
    """Give each ticket the checklist as it is today, an item for each of its units (S0.58).

    What follows another has what was left of it, by the checklist as it was then.
    """
    rests = [row for row in rows if row.follows_id]
    if rests:
        _rests(rests)
    rows = [row for row in rows if row.follows_id is None]
    versions, items = _checklists({row.plan.checklist_id for row in rows if row.plan.checklist_id})
    sheet, line = Worksheet(), WorksheetLine()
    sheets = [
        inserts.like(
            sheet,
            ticket_id=row.ticket_id,
            version_id=versions.get(row.plan.checklist_id or 0),
            standard_minutes=standard_minutes(row.plan) * max(1, len(units[row.pk])),
        )
        for row in rows
    ]
    inserts.insert_many(sheets)
    inserts.add(
        [
            inserts.like(line, worksheet_id=one.pk, asset_id=unit.pk, item_id=item)
            for row, one in zip(rows, sheets, strict=True)
            if one.version_id is not None
            for unit in units[row.pk]
            for item in items[one.version_id]
        ]
    )


def _rests(rows: Sequence[Occurrence]) -> None:
    related.fetch(rows, "follows")
    before = {
        sheet.ticket_id: sheet
        for sheet in Worksheet.objects.filter(ticket__occurrence__in=[row.follows_id for row in rows])
    }
    unfinished: dict[int, list[WorksheetLine]] = {}
    for line in WorksheetLine.objects.filter(worksheet__in=before.values()).select_related("item"):
        unfinished.setdefault(line.worksheet_id, []).append(line)
    sheets, lines = [], []
    for row in rows:
        old = before.get(row.follows.ticket_id or 0) if row.follows else None
        if old is None:
            continue
        whole = unfinished.get(old.pk, [])
        still = left(whole)
        share = old.standard_minutes * len(still) // max(1, len(whole))
        sheet = Worksheet(ticket=row.ticket, version_id=old.version_id, standard_minutes=share)
        sheets.append(sheet)
        lines += [WorksheetLine(worksheet=sheet, asset_id=one.asset_id, item_id=one.item_id) for one in still]
    Worksheet.objects.bulk_create(sheets)
    WorksheetLine.objects.bulk_create(lines)


def standard_minutes(plan: Plan) -> int:
    """Return how long the work takes as a rule: as the plan says, else its work type."""
    return plan.standard_minutes if plan.standard_minutes is not None else plan.work_type.standard_minutes


def _checklists(ids: Collection[int]) -> tuple[dict[int, int], dict[int, list[int]]]:
    """Checklist → its newest version, and version → its items."""
    known = ChecklistVersion.objects.filter(checklist__in=ids).order_by("number")
    versions = dict(known.values_list("checklist", "pk"))
    items: dict[int, list[int]] = {pk: [] for pk in versions.values()}
    for version, item in ChecklistItem.objects.filter(version__in=items).values_list("version", "pk"):
        items[version].append(item)
    return versions, items
