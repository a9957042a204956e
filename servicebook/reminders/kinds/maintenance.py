"""Planned work: it is due, somebody has to let us in, its parts, and its act afterwards (S0.33, S0.42)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from servicebook.core import clock, related
from servicebook.customers.queries import zone_of
from servicebook.files.models import Document
from servicebook.maintenance import schedules
from servicebook.maintenance.models import Occurrence, PartNeed
from servicebook.messaging.texts import in_days
from servicebook.reminders.kinds.base import Case, Kind, Matter, days_until, end_of, said_day
from servicebook.reminders.models import Ask, Asks, What
from servicebook.reminders.people import Whose
from servicebook.reminders.rules.ladders import Step
from servicebook.reminders.wording import window_said
from servicebook.tickets.models import OPEN, Ticket
from servicebook.tickets.models import Kind as TicketKind

INVITATIONS = ("maintenance_invite",)
ACT_ASKED_FOR_DAYS = 30  # nobody looks for the paper of older work
# What the customer wrote, and what was there before the work, proves none of it.
NO_ACT = (
    Document.Kind.CORRESPONDENCE,
    Document.Kind.CONTRACT,
    Document.Kind.SPECIFICATION,
    Document.Kind.PROCEDURE,
)
RELATED = ("plan__contract", "customer", "site", "asset__model", "asset__place", "ticket")


class OfOccurrence(Kind[Occurrence]):
    """What counts from an occurrence that has a ticket and is still to be done."""

    subject = Occurrence
    related = RELATED
    needs = "ticket_id"
    fills = (
        "work", "equipment", "unit", "due_date", "days", "in_days", "window", "ticket_number", "ticket_title",
    )  # fmt: skip

    def gather(self, subjects: Sequence[Occurrence]) -> None:
        called = [one for one in subjects if _is_called(one)]
        if called:
            related.fetch(called, "plan__contract__successor", "customer", "site", "ticket")

    def candidates(self, *, contract: int | None = None) -> QuerySet[Any]:
        rows = Occurrence.objects.unfinished().filter(ticket__isnull=False)
        return rows.filter(plan__contract=contract) if contract else rows

    def matters(self, subject: Occurrence) -> Iterator[Matter]:
        ticket = subject.ticket if _is_called(subject) else None
        if ticket is not None and ticket.is_open and schedules.covers(subject.plan, subject.due_on):
            yield from self.of(subject, zone_of(subject.site, subject.customer))

    def of(self, one: Occurrence, zone: str) -> Iterator[Matter]:
        raise NotImplementedError

    def foresee(self, one: Occurrence) -> None:
        """Say of what is not called yet what `gather` will read once it is."""

    def case(self, subject: Occurrence, matter: Matter, *, at: datetime) -> Case:
        ticket, plan, day = subject.ticket, subject.plan, said_day(self.day(subject, matter), matter.zone)
        contract = plan.contract
        where = subject.site.name if subject.site else subject.customer.name
        unit = subject.asset.in_place if subject.asset else ""
        title = " · ".join(part for part in (plan.title, where, unit, day) if part)
        days = days_until(self.day(subject, matter), matter.zone, at)
        return Case(
            customer=subject.customer,
            site=subject.site,
            about=subject,
            history=ticket or subject,
            title=title,
            why=_("due on %(day)s") % {"day": day},
            url=ticket.get_absolute_url() if ticket else subject.customer.get_absolute_url(),
            contract=plan.contract_id,
            whose=Whose(
                owner=ticket.owner_id if ticket else plan.owner_id,
                engineer=ticket.owner_id if ticket else None,
                account_manager=(contract.owner_id if contract else None) or subject.customer.owner_id,
                team=ticket.team_id if ticket else None,
            ),
            words={
                "customer": subject.customer.name,
                "number": ticket.number if ticket else plan.number,
                "title": title,
                "day": day,
            },
            facts={
                "work": plan.title,
                "equipment": unit or where,
                "unit": unit,
                "due_date": self.day(subject, matter),
                "days": days,
                "in_days": in_days(days),
                "window": window_said(subject),
                "ticket_number": ticket.number if ticket else plan.number,
                "ticket_title": title,
            },
        )

    def day(self, one: Occurrence, matter: Matter) -> date:
        return one.due_on

    def matter(self, one: Occurrence, anchor: date, zone: str, **more: Any) -> Matter:
        return Matter(
            occurrence=anchor.isoformat(),
            anchor=anchor,
            zone=zone,
            region=(one.site.region_id if one.site else None) or one.customer.region_id,
            contract=one.plan.contract_id,
            **more,
        )


class Maintenance(OfOccurrence):
    """Maintenance is due: 14, 7 and 1 days before, and on the day after (S0.33)."""

    what = What.MAINTENANCE
    anchor = "due_on"

    def of(self, one: Occurrence, zone: str) -> Iterator[Matter]:
        # Nobody is invited to what is agreed, though the window moved the day and the ladder with it; and
        # who counted on a window is told that it moved, and asked for another with it.
        counted_on = one.promised_from and one.promised_from > clock.now()
        asked = one.window_agreed_at or counted_on or getattr(one, "asked_for_a_window", False)
        yield self.matter(one, one.due_on, zone, past=INVITATIONS if asked else ())

    def gather(self, subjects: Sequence[Occurrence]) -> None:
        super().gather(subjects)
        moved = [one.pk for one in subjects if one.moved_because and _is_called(one)]
        asked: set[tuple[int, str]] = set()
        if moved:
            kind = ContentType.objects.get_for_model(Occurrence)
            rows = Ask.objects.open().filter(about_type=kind, about_id__in=moved, what=Asks.WINDOW)
            asked.update(rows.values_list("about_id", "occurrence"))
        for one in subjects:
            one.asked_for_a_window = (one.pk, one.due_on.isoformat()) in asked  # type: ignore[attr-defined]

    def asks(self, subject: Occurrence, asks: str) -> bool:
        if asks == Asks.WINDOW:
            return subject.plan.needs_window and subject.window_agreed_at is None
        return asks != Asks.ACCESS or subject.access_agreed_at is None

    def makes_step(self, subject: Occurrence, step: Step) -> bool:
        return step.asks != Asks.WINDOW or subject.plan.needs_window


class Window(OfOccurrence):
    """Somebody has to let us in for the agreed window (S0.38)."""

    what = What.WINDOW
    anchor, lasts = "window_from", 0

    def of(self, one: Occurrence, zone: str) -> Iterator[Matter]:
        if one.window_agreed_at and one.window_from and not one.access_agreed_at:
            yield self.matter(one, self._day(one, zone), zone, until=one.window_from)

    def day(self, one: Occurrence, matter: Matter) -> date:
        return self._day(one, matter.zone)

    def _day(self, one: Occurrence, zone: str) -> date:
        return one.window_from.astimezone(ZoneInfo(zone)).date() if one.window_from else one.due_on


class Parts(OfOccurrence):
    """Parts are not reserved yet (S0.42)."""

    what = What.PARTS
    anchor = "due_on"

    def gather(self, subjects: Sequence[Occurrence]) -> None:
        super().gather(subjects)
        called = [one for one in subjects if _is_called(one)]
        needed: dict[int, list[str]] = {}
        if called:
            rows = PartNeed.objects.filter(occurrence__in=called, state=PartNeed.State.NEEDED).order_by("pk")
            for row in rows:
                needed.setdefault(row.occurrence_id, []).append(str(row))
        for one in subjects:
            one.parts_needed = needed.get(one.pk, [])  # type: ignore[attr-defined]

    def foresee(self, one: Occurrence) -> None:
        parts = one.plan.parts if one.follows_id is None else ()
        needed = (PartNeed(name=part["name"], quantity=part.get("quantity", 1)) for part in parts)
        one.parts_needed = [str(part) for part in needed]  # type: ignore[attr-defined]

    def of(self, one: Occurrence, zone: str) -> Iterator[Matter]:
        if one.parts_needed:  # type: ignore[attr-defined]
            yield self.matter(one, one.due_on, zone)

    def case(self, subject: Occurrence, matter: Matter, *, at: datetime) -> Case:
        case = super().case(subject, matter, at=at)
        parts = ", ".join(subject.parts_needed)  # type: ignore[attr-defined]
        return replace(case, words={**case.words, "parts": parts})


class Act(Kind[Ticket]):
    """Work was done on site, and no paper of it hangs on the ticket (S0.42)."""

    what = What.ACT
    subject = Ticket
    related = ("customer", "site", "contract")
    fills = ("ticket_number", "ticket_title")

    def gather(self, subjects: Sequence[Ticket]) -> None:
        worked = [one for one in subjects if _worked_at(one)]
        proven: set[int] = set()
        if worked:
            related.fetch(worked, "customer", "site")
            rows = Document.objects.filter(
                subject_type=ContentType.objects.get_for_model(Ticket),
                subject_id__in=[one.pk for one in worked],
            ).exclude(kind__in=NO_ACT)
            proven.update(rows.values_list("subject_id", flat=True))
        for one in subjects:
            one.has_papers = one.pk in proven  # type: ignore[attr-defined]

    def candidates(self, *, contract: int | None = None) -> QuerySet[Any]:
        since = clock.now() - timedelta(days=ACT_ASKED_FOR_DAYS + 1)
        rows = Ticket.objects.filter(Q(status__in=OPEN) | Q(closed_at__gte=since))
        return rows.filter(contract=contract) if contract else rows

    def matters(self, subject: Ticket) -> Iterator[Matter]:
        worked_at = _worked_at(subject)
        if worked_at is None or subject.has_papers:  # type: ignore[attr-defined]
            return
        zone = zone_of(subject.site, subject.customer)
        day = worked_at.astimezone(ZoneInfo(zone)).date()
        yield Matter(
            occurrence=day.isoformat(),
            anchor=day,
            zone=zone,
            region=subject.region_id,
            contract=subject.contract_id,
            until=end_of(day, zone, days=ACT_ASKED_FOR_DAYS),
        )

    def case(self, subject: Ticket, matter: Matter, *, at: datetime) -> Case:
        return of_ticket(subject, why=_("worked on %(day)s") % {"day": said_day(matter.anchor, matter.zone)})


def of_ticket(ticket: Ticket, *, why: str) -> Case:
    """A case about a ticket; `customer`, `site` and `contract` are read with it."""
    contract = ticket.contract
    return Case(
        customer=ticket.customer,
        site=ticket.site,
        about=ticket,
        history=ticket,
        title=f"{ticket.number} {ticket.title}",
        why=why,
        url=ticket.get_absolute_url(),
        contract=ticket.contract_id,
        whose=Whose(
            owner=ticket.owner_id,
            engineer=ticket.owner_id,
            account_manager=(contract.owner_id if contract else None) or ticket.customer.owner_id,
            team=ticket.team_id,
        ),
        words={
            "customer": ticket.customer.name,
            "number": ticket.number,
            "title": f"{ticket.number} {ticket.title}",
        },
        facts={"ticket_number": ticket.number, "ticket_title": ticket.title},
    )


def _is_called(one: Occurrence) -> bool:
    return bool(one.ticket_id) and one.skipped_at is None and one.cancelled_at is None


def _worked_at(ticket: Ticket) -> datetime | None:
    """When somebody worked on site: arrived there, or finished planned work."""
    if ticket.withdrawn_because or ticket.merged_into_id:
        return None
    return ticket.arrived_at or (ticket.closed_at if ticket.kind == TicketKind.PLANNED else None)
