"""Play the company day by day: customers call and write; people work, answer, wait and close.

Everything goes through the actions that people use, with a set clock. Whatever is drawn comes from
one random source, so the same seed gives the same book.
"""

import heapq
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from random import Random
from zoneinfo import ZoneInfo

from django.conf import settings

from servicebook.agenda.worker import run_due
from servicebook.core import clock
from servicebook.customers.actions import keep_promise, make_promise
from servicebook.customers.models import Contact, Customer
from servicebook.equipment.models import Asset
from servicebook.intake.mail.actions import receive
from servicebook.messaging.models import Delivery
from servicebook.messaging.sender import Sender
from servicebook.simulator import letters, troubles
from servicebook.simulator.agreements import AGREEMENTS, Agreement
from servicebook.simulator.company import Company
from servicebook.simulator.going_on import AccountManager
from servicebook.simulator.planned import PLANS, Planned
from servicebook.simulator.post import Letterbox
from servicebook.simulator.troubles import Trouble
from servicebook.simulator.upkeep import Upkeep
from servicebook.simulator.work import Case, Crew
from servicebook.tickets import actions
from servicebook.tickets.models import Channel, Reason, Ticket

MORNING, EVENING = 8, 19  # when customers call
SATURDAY = 5
NEVER = datetime.min.replace(tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
KEPT = 0.93  # how often somebody hurries to keep a deadline that would else be missed


@dataclass(order=True)
class Event:
    """Something that will happen; of two at the same moment the one that was thought of first."""

    at: datetime
    order: int
    happen: Callable[[], object] = field(compare=False)


class Play:
    """A company at work from one moment on. `until` moves the clock; it never goes back."""

    def __init__(
        self,
        company: Company,
        rng: Random,
        start: datetime,
        *,
        agreements: Sequence[Agreement] = AGREEMENTS,
        plans: Sequence[Planned] = PLANS,
    ) -> None:
        self.company, self.rng = company, rng
        self.zone = ZoneInfo(settings.TIME_ZONE)
        self.people = company.people
        self.reasons = {reason.code: reason for reason in Reason.objects.order_by("pk")}
        self._events: list[Event] = []
        self._order = count()
        self._failed_at: dict[int, datetime] = {}  # by unit
        self._post = Sender(open_way=Letterbox)
        self._first_day = start.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        self._planned_until = self._first_day
        self._crew = Crew(self)
        AccountManager(company, rng, self.on, agreements).plan()
        Upkeep(company, self.on, self._first_day.date(), rng=copy(rng), plans=plans).plan()

    def play(self, until: datetime) -> None:
        """Play on to `until`. What is still under way then stays open."""
        while self._planned_until < until:
            self._plan_day(self._planned_until)
            self._planned_until += DAY
        while self._events and self._events[0].at <= until:
            event = heapq.heappop(self._events)
            run_due(event.at)
            event.happen()
            while self._post.step():
                pass
        run_due(until)
        while self._post.step():
            pass

    # -- what customers do

    def _plan_day(self, midnight: datetime) -> None:
        weight = 0.25 if midnight.weekday() >= SATURDAY else 1.15
        for customer, spec in self.company.served:
            expected = spec.calls_a_week / 7 * weight
            calls = int(expected) + (self.rng.random() < expected % 1)
            for _ in range(calls):
                moment = midnight + timedelta(seconds=self.rng.randrange(MORNING * 3600, EVENING * 3600))
                self._at(moment, partial(self._turns_to_us, customer))

    def _turns_to_us(self, customer: Customer) -> None:
        rng = self.rng
        asset = self._unit_that_fails(customer)
        contact = rng.choice(self.company.contacts[customer.pk])
        trouble = rng.choice(troubles.TROUBLES[str(asset.model.category)])
        if rng.random() < 0.45:
            mail = receive(letters.first(contact, asset, trouble, at=clock.now(), rng=rng))
            ticket = mail.message.ticket if mail.message else None
        else:
            ticket = self._calls(customer, contact, asset, trouble)
        if ticket is None:
            return
        self.later(
            self.minutes(3, 50),
            partial(self._crew.dispatch, ticket.pk, Case(contact, asset, trouble)),
            due=ticket.next_deadline_at,
        )
        if rng.random() < 0.04:
            self.later(self.minutes(600, 2000), partial(self._complains, customer, contact, asset))

    def _calls(self, customer: Customer, contact: Contact, asset: Asset, trouble: Trouble) -> Ticket:
        return actions.open_ticket(
            customer=customer,
            contact=contact,
            site=asset.site,
            asset=asset,
            title=trouble.title,
            text=trouble.says,
            channel=Channel.API if self.rng.random() < 0.1 else Channel.PHONE,
            reason=self.reasons["consultation" if trouble.downtime == 1 else "failure"],
            downtime=trouble.downtime,
            by=self.people["dana"],
            preferred_window=self.rng.choice(("", "", "before noon", "after 14:00")),
            on_site_contact=contact.name,
        )

    def _unit_that_fails(self, customer: Customer) -> Asset:
        """Mostly one that was quiet for a month, now and then the same again (a repeat)."""
        units, now = self.company.assets[customer.pk], clock.now()
        quiet = [unit for unit in units if now - self._failed_at.get(unit.pk, NEVER) > timedelta(days=30)]
        unit = self.rng.choice(quiet if quiet and self.rng.random() < 0.85 else units)
        self._failed_at[unit.pk] = now
        return unit

    def _complains(self, customer: Customer, contact: Contact, asset: Asset) -> None:
        title, text = troubles.COMPLAINT
        ticket = actions.open_ticket(
            customer=customer,
            contact=contact,
            site=asset.site,
            title=title,
            text=text,
            channel=Channel.PHONE,
            kind="complaint",
            by=self.people["dana"],
        )
        aigul = self.people["aigul"]
        promise = make_promise(
            text="Call the customer and explain",
            owner=aigul,
            due_at=clock.now() + DAY,
            customer=customer,
            by=aigul,
            about=ticket,
            why="A complaint waits for an answer",
        )
        self.later(self.minutes(120, 1700), lambda: keep_promise(promise.pk, by=aigul))
        answer = Trouble(
            title, text, 1, "Called and apologised", "The customer accepted", "none", "none", remote=True
        )
        case = Case(contact, asset, answer)
        self.later(
            self.minutes(200, 1800), partial(self._crew.work, ticket.pk, case), due=ticket.next_deadline_at
        )

    def comes_back(self, ticket: int, case: Case) -> None:
        """The customer says that it happens again."""
        landed = self.writes(ticket, troubles.AGAIN)
        if landed is not None:
            self.later(self.minutes(30, 400), partial(self._crew.work, landed, case))

    def writes(self, ticket: int, text: str) -> int | None:
        """The customer answers our last mail; returns the ticket where it landed."""
        ours = Delivery.objects.filter(messages__ticket=ticket).order_by("-pk").first()
        about = Delivery.objects.about(Ticket(pk=ticket)).filter(contact__isnull=False)
        ours = ours or about.order_by("-pk").first()
        if ours is None or ours.contact is None:
            return None
        mail = receive(letters.answer(ours, text, at=clock.now(), rng=self.rng))
        return mail.message.ticket_id if mail.message else None

    # -- when things happen

    def minutes(self, least: int, most: int) -> timedelta:
        return self.rng.randrange(least, most) * MINUTE

    def later(self, pause: timedelta, happen: Callable[[], object], *, due: datetime | None = None) -> None:
        """Let something happen after `pause`, in working hours; mostly before `due`, at night if need be."""
        now = clock.now()
        moment = self._at_work(now + pause)
        if due and now < due < moment and self.rng.random() < KEPT:
            moment = now + (due - now) * self.rng.uniform(0.3, 0.95)
        self._at(moment, happen)

    def on(self, day: int, hour: int, happen: Callable[[], object]) -> None:
        """Let something happen on a day of the play, counted from 0; on a weekend it waits for Monday."""
        moment = self._first_day + timedelta(days=day, hours=hour)
        self._at(self._on_a_weekday(moment), happen)

    def _at_work(self, moment: datetime) -> datetime:
        moment = moment.astimezone(self.zone)
        if moment.hour >= EVENING:
            moment += DAY
        moment = self._on_a_weekday(moment)
        if not MORNING <= moment.hour < EVENING:
            moment = moment.replace(hour=self.rng.randrange(MORNING, MORNING + 2))
        return moment

    def _on_a_weekday(self, moment: datetime) -> datetime:
        return moment + max(0, 7 - moment.weekday()) * DAY if moment.weekday() >= SATURDAY else moment

    def _at(self, moment: datetime, happen: Callable[[], object]) -> None:
        heapq.heappush(self._events, Event(moment, next(self._order), happen))
