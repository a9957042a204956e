"""A customer reacts by any way: the question ends, or is asked about what is waited for now (S0.36, S0.43).

A window agreed by phone, a mail into the ticket, a contract that goes on: each changes the thing itself,
and what the customer was asked about it follows at once.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils import translation
from django.utils.translation import gettext as _

from servicebook.contracts import renewals
from servicebook.contracts.models import Contract
from servicebook.contracts.models.choices import State
from servicebook.core import related
from servicebook.customers.actions import drop_promise, hide_promises
from servicebook.customers.models import Promise
from servicebook.customers.queries import zone_of
from servicebook.maintenance import schedules
from servicebook.maintenance.models import Occurrence, Window
from servicebook.reminders import waiting
from servicebook.reminders.actions import asking, asks
from servicebook.reminders.actions.asking import NewAsk
from servicebook.reminders.kinds import KINDS
from servicebook.reminders.models import Ask, Asks
from servicebook.reminders.rules.answers import AGREED
from servicebook.tickets.models import Kind, Message, Spell, Ticket

SOURCES = "reminders."  # of what ladders and answers ask for


def occurrences_out_of_step(subjects: Sequence[Occurrence]) -> Collection[int]:
    """Return the occurrences of which a question or a step is open that is settled; new ones cost nothing."""
    called = {one.pk: one for one in subjects if one.ticket_id}
    asked, steps = _open(Occurrence, called), _steps(Occurrence, called)
    concerned = [called[pk] for pk in asked | steps]
    if not concerned:
        return ()
    related.fetch(concerned, "ticket", "plan__contract__successor", "site", "customer")
    wished, needless = _wished(asked), _needless(called, steps)
    return [
        one.pk
        for one in concerned
        if any(_of_occurrence(one, row, wished) for row in asked.get(one.pk, ()))
        or any(step.pk in needless or _is_settled(one, step) for step in steps.get(one.pk, ()))
    ]


def tickets_out_of_step(subjects: Sequence[Ticket]) -> Collection[int]:
    """Return the tickets that wait for a customer who was not asked, or no longer, or have a needless step.

    New ones cost nothing.
    """
    known = {one.pk: one for one in subjects if one.version}
    if not known:
        return ()
    rows: dict[int, list[Ask]] = {}
    for row in _about(Ticket, known):
        rows.setdefault(row.about_id, []).append(row)
    answered = _answered([known[pk] for pk, some in rows.items() if any(not one.ended_at for one in some)])
    written = _answered_about_visits([one for one in known.values() if one.kind == Kind.PLANNED])
    undecided = _undecided([one for some in rows.values() for one in some])
    steps = _steps(Ticket, [pk for pk, one in known.items() if _is_visited(one)])
    needless = _needless(known, steps)
    return [
        pk
        for pk, one in known.items()
        if pk in written
        or any(step.pk in needless for step in steps.get(pk, ()))
        or _differs(one, rows.get(pk, ()), pk in answered, undecided)
    ]


def contracts_out_of_step(subjects: Sequence[Contract]) -> Collection[int]:
    """Return the contracts of which the renewal is asked for and decided, or questions show to others."""
    begun = {one.pk: one for one in subjects if one.state != State.DRAFT}
    kind = ContentType.objects.get_for_model(Contract)
    rows = Ask.objects.filter(about_type=kind, about_id__in=list(begun)) if begun else Ask.objects.none()
    return {
        pk
        for pk, ended_at, sensitive in rows.values_list("about_id", "ended_at", "sensitive")
        if sensitive != begun[pk].sensitive or (ended_at is None and not renewals.is_open(begun[pk]))
    }


def settle(subject: Model) -> None:
    """Bring what the customer was asked about a thing in line with how it stands."""
    with translation.override(settings.LANGUAGE_CODE):
        if isinstance(subject, Occurrence):
            _settle_occurrence(subject)
        elif isinstance(subject, Ticket):
            _settle_ticket(subject)
        elif isinstance(subject, Contract):
            _settle_contract(subject)


def _settle_contract(one: Contract) -> None:
    """Its questions and their steps are for who may see it (S1.2), and are over once it is decided."""
    kind = ContentType.objects.get_for_model(one)
    rows = Ask.objects.filter(about_type=kind, about_id=one.pk, sensitive=not one.sensitive)
    for row in rows.select_for_update().order_by("pk"):
        row.sensitive = one.sensitive
        row.save(update_fields=["sensitive"])
        hide_promises(row, sensitive=one.sensitive)
    if not renewals.is_open(one):
        for row in _open(Contract, [one.pk]).get(one.pk, ()):
            asks.withdraw(row.pk, because=_("the renewal is decided"))


def _settle_occurrence(one: Occurrence) -> None:
    rows = _open(Occurrence, [one.pk])
    wished = _wished(rows)
    for row in rows.get(one.pk, ()):
        how = _of_occurrence(one, row, wished)
        if how == "over":
            asks.withdraw(row.pk, because=_why_over(one))
        elif how == "moved":
            asks.withdraw(row.pk, because=_("the day has moved; it is asked for anew"))
        elif how == "other_windows":
            asks.answer(row.pk, answer=how, by_name=wished[one.pk], channel="phone")
        elif how == AGREED and row.what == Asks.WINDOW:
            name, channel = one.window_agreed_by, one.window_channel
            asks.answer(row.pk, answer=how, by_name=name, channel=channel)
        elif how == AGREED:
            asks.answer(row.pk, answer=how, by_name=one.access_agreed_by, channel="phone")
    over = _is_over(one)
    because = _why_over(one) if over else _("it is agreed with the customer")
    steps = _steps(Occurrence, [one.pk])
    needless = _needless({one.pk: one}, steps)
    for step in steps.get(one.pk, ()):
        if _is_settled(one, step):
            drop_promise(step.pk, because=because, by=None)
        elif step.pk in needless:
            drop_promise(step.pk, because=_("it is done or not needed any more"), by=None)


def _is_over(one: Occurrence) -> bool:
    """Whether nothing more is asked about it."""
    return _is_done_or_off(one) or not schedules.covers(one.plan, one.due_on)


def _is_done_or_off(one: Occurrence) -> bool:
    off = bool(one.skipped_at or one.cancelled_at)
    return off or one.ticket is None or not one.ticket.is_open


def _why_over(one: Occurrence) -> str:
    if _is_done_or_off(one):
        return _("the work is done or off")
    return _("its contract does not cover it any more")


def _is_settled(one: Occurrence, step: Promise) -> bool:
    """Whether a step that the program asked for is done with: the work is over, or it was agreed since."""
    if _is_over(one):
        return True
    agreed = (one.window_agreed_at, one.access_agreed_at)
    return step.source == asks.AFTER_ANSWER and any(at and at >= step.made_at for at in agreed)


def _of_occurrence(one: Occurrence, row: Ask, wished: dict[int, str]) -> str:
    """Say how a question about an occurrence is settled; empty when it is not."""
    if _is_over(one) or (row.what == Asks.WINDOW and not one.plan.needs_window):
        return "over"
    if {Asks.WINDOW: one.window_agreed_at, Asks.ACCESS: one.access_agreed_at}.get(Asks(row.what)):
        return AGREED
    if row.what == Asks.WINDOW and one.pk in wished:
        return "other_windows"
    return "" if row.occurrence in _days_of(one) else "moved"


def _days_of(one: Occurrence) -> set[str]:
    """The days that may be asked about: on which it is due, and on which its window begins."""
    days = {one.due_on}
    if one.window_from:
        days.add(one.window_from.astimezone(ZoneInfo(zone_of(one.site, one.customer))).date())
    return {day.isoformat() for day in days}


def _wished(ids: Iterable[int]) -> dict[int, str]:
    """Who asks for other windows, by the occurrence."""
    rows = Window.objects.filter(occurrence__in=list(ids), ours=False, state=Window.State.OPEN)
    return dict(rows.values_list("occurrence", "by_name"))


def _settle_ticket(ticket: Ticket) -> None:
    for step_id in _needless({ticket.pk: ticket}, _steps(Ticket, [ticket.pk])):
        drop_promise(step_id, because=_("it is done or not needed any more"), by=None)
    for row, word in _answered_about_visits([ticket]).get(ticket.pk, ()):
        asks.answer(row.pk, answer="other", by_name=word.author_name, channel=word.channel, note=word.text)
    now = waiting.of(ticket)
    rows = _about(Ticket, [ticket.pk])
    undecided = _undecided(rows) if ticket.is_open else set()
    for row in rows:
        if row.ended_at:
            continue
        heard = _answered([ticket]).get(ticket.pk)
        if heard:
            code = "written" if row.what == Asks.REPLY else "other"
            asks.answer(
                row.pk, answer=code, by_name=heard.author_name, channel=heard.channel, note=heard.text
            )
        elif row.pk not in undecided and (now is None or row.what != now.asks):
            asks.withdraw(row.pk, because=_("the ticket went on"))
    known = {(row.what, row.occurrence) for row in rows}
    undecided_about = {row.what for row in rows if row.pk in undecided}
    if now and now.asks not in undecided_about and (now.asks, now.occurrence) not in known:
        asking.ask(question_of(ticket, now))


def question_of(ticket: Ticket, waits: waiting.Waiting) -> NewAsk:
    """What is asked of the customer of a ticket that waits so."""
    return NewAsk(
        what=waits.asks,
        about=ticket,
        occurrence=waits.occurrence,
        customer=ticket.customer,
        contact=ticket.contact,
        contract=ticket.contract_id,
        owner=ticket.owner,
        asked_at=waits.since,
    )


def _differs(ticket: Ticket, rows: Sequence[Ask], answered: bool, undecided: Collection[int]) -> bool:
    now = waiting.of(ticket)
    kept = [row for row in rows if row.pk in undecided and ticket.is_open]
    asked = {(row.what, row.occurrence) for row in rows}
    wanted = (
        {(now.asks.value, now.occurrence)} if now and now.asks not in {row.what for row in kept} else set()
    )
    still_open = {(row.what, row.occurrence) for row in rows if not row.ended_at and row not in kept}
    return not wanted <= asked or not still_open <= wanted or bool((still_open or kept) and answered)


def _undecided(rows: Sequence[Ask]) -> set[int]:
    """The open questions that end with a decision of a person by now, and by nothing else that is done."""
    still_open = [row.pk for row in rows if not row.ended_at]
    if not still_open:
        return set()
    kind = ContentType.objects.get_for_model(Ask)
    steps = Promise.objects.open().filter(about_type=kind, about_id__in=still_open, needs_decision=True)
    return {pk for pk in steps.values_list("about_id", flat=True) if pk is not None}


def _answered(tickets: Sequence[Ticket]) -> dict[int, Message]:
    """The first word of the customer since each ticket began to wait."""
    since = _waits_since(tickets)
    if not since:
        return {}
    rows = Message.objects.filter(ticket__in=since, direction=Message.Direction.IN, automatic=False)
    found: dict[int, Message] = {}
    for row in rows.filter(at__gt=min(since.values())).order_by("pk"):
        if row.at > since[row.ticket_id]:
            found.setdefault(row.ticket_id, row)
    return found


def _answered_about_visits(tickets: Sequence[Ticket]) -> dict[int, list[tuple[Ask, Message]]]:
    """What is asked about the planned work of tickets, with the word of the customer that came after it."""
    visits = dict(
        Occurrence.objects.filter(ticket__in=[one.pk for one in tickets]).values_list("pk", "ticket")
        if tickets
        else ()
    )
    asked = [row for rows in _open(Occurrence, visits).values() for row in rows]
    found: dict[int, list[tuple[Ask, Message]]] = {}
    if not asked:
        return found
    words = Message.objects.filter(
        ticket__in=visits.values(), direction=Message.Direction.IN, automatic=False
    )
    heard = list(words.filter(at__gt=min(row.asked_at for row in asked)).order_by("pk"))
    for row in asked:
        ticket = visits[row.about_id]
        word = next((one for one in heard if one.ticket_id == ticket and one.at > row.asked_at), None)
        if word is not None:
            found.setdefault(ticket, []).append((row, word))
    return found


def _waits_since(tickets: Sequence[Ticket]) -> dict[int, datetime]:
    """Since when each waits; of one that went on, since when it did before."""
    since = {one.pk: one.status_since for one in tickets if waiting.of(one)}
    went_on = [one.pk for one in tickets if one.pk not in since]
    if went_on:
        spells = Spell.objects.filter(ticket__in=went_on, ended_at__isnull=False).order_by("pk")
        since |= dict(spells.values_list("ticket", "started_at"))  # the latest wins
    return since


def _about(model: type[Model], ids: Iterable[int]) -> list[Ask]:
    kind = ContentType.objects.get_for_model(model)
    return list(Ask.objects.filter(about_type=kind, about_id__in=list(ids)).order_by("pk"))


def _open(model: type[Model], ids: Collection[int]) -> dict[int, list[Ask]]:
    """The open questions about things of a model, by thing; with one statement, or none for none."""
    found: dict[int, list[Ask]] = {}
    kind: Any = ContentType.objects.get_for_model(model)
    if ids:
        for row in Ask.objects.open().filter(about_type=kind, about_id__in=list(ids)).order_by("pk"):
            found.setdefault(row.about_id, []).append(row)
    return found


def _is_visited(ticket: Ticket) -> bool:
    """Whether somebody works on site, whereof papers are wanted."""
    return ticket.arrived_at is not None or ticket.kind == Kind.PLANNED


def _needless(things: Mapping[int, Model], steps: Mapping[int, Sequence[Promise]]) -> set[int]:
    """The steps that a ladder asked for which has nothing to say any more of their thing."""
    found: set[int] = set()
    for kind in KINDS.values():
        asked = {step.pk: pk for pk, some in steps.items() for step in some if step.source == kind.name}
        subjects = [things[pk] for pk in set(asked.values())]
        if subjects:
            kind.gather(subjects)
            done = {one.pk for one in subjects if not any(kind.matters(one))}
            found.update(step for step, pk in asked.items() if pk in done)
    return found


def _steps(model: type[Model], ids: Collection[int]) -> dict[int, list[Promise]]:
    """The open steps that ladders and answers asked for, by thing; one statement, or none for none."""
    found: dict[int, list[Promise]] = {}
    if ids:
        kind = ContentType.objects.get_for_model(model)
        rows = Promise.objects.open().filter(about_type=kind, about_id__in=list(ids), made_by=None)
        for row in rows.filter(source__startswith=SOURCES).order_by("pk"):
            found.setdefault(row.about_id or 0, []).append(row)
    return found
