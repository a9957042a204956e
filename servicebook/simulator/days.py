"""Play the company day by day: customers call and write, people work, answer, wait and close.

Everything goes through the actions that people use, with a set clock. Whatever is drawn comes from
one random source, so the same seed gives the same book.
"""

import heapq
from collections.abc import Callable
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
from servicebook.files.actions import attach
from servicebook.files.models import Document
from servicebook.intake.mail.actions import receive
from servicebook.messaging.models import Delivery
from servicebook.messaging.sender import Sender
from servicebook.simulator import cast, letters
from servicebook.simulator.company import Company
from servicebook.simulator.post import Letterbox
from servicebook.tickets import actions
from servicebook.tickets.models import Channel, Reason, Status, Ticket, WaitingReason

MORNING, EVENING = 8, 19  # when customers call
SATURDAY = 5
NEVER = datetime.min.replace(tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(order=True)
class Event:
    """Something that will happen; of two at the same moment the one that was thought of first."""

    at: datetime
    order: int
    happen: Callable[[], object] = field(compare=False)


class Play:
    """A company at work from one moment on. `until` moves the clock; it never goes back."""

    def __init__(self, company: Company, rng: Random, start: datetime) -> None:
        self.company, self.rng = company, rng
        self.zone = ZoneInfo(settings.TIME_ZONE)
        self.people = company.people
        self.reasons = {reason.code: reason for reason in Reason.objects.order_by("pk")}
        self._events: list[Event] = []
        self._order = count()
        self._failed_at: dict[int, datetime] = {}  # by unit
        self._post = Sender(open_way=Letterbox)
        self._planned_until = start.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)

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
        trouble = rng.choice(cast.TROUBLES[str(asset.model.category)])
        if rng.random() < 0.45:
            raw = letters.first(contact, asset, trouble, at=clock.now(), rng=rng)
            mail = receive(raw)
            ticket = mail.message.ticket if mail.message else None
        else:
            reason = self.reasons["consultation" if trouble.downtime == 1 else "failure"]
            ticket = actions.open_ticket(
                customer=customer,
                contact=contact,
                site=asset.site,
                asset=asset,
                title=trouble.title,
                text=trouble.says,
                channel=Channel.API if rng.random() < 0.1 else Channel.PHONE,
                reason=reason,
                downtime=trouble.downtime,
                by=self.people["dana"],
                preferred_window=rng.choice(("", "", "before noon", "after 14:00")),
                on_site_contact=contact.name,
            )
        if ticket is None:
            return
        self._in(self._minutes(5, 90), lambda: self._dispatch(ticket.pk, contact, asset, trouble))
        if rng.random() < 0.04:
            self._in(self._minutes(600, 2000), lambda: self._complains(customer, contact, asset))

    def _unit_that_fails(self, customer: Customer) -> Asset:
        """Mostly one that was quiet for a month, now and then the same again (a repeat)."""
        units, now = self.company.assets[customer.pk], clock.now()
        quiet = [unit for unit in units if now - self._failed_at.get(unit.pk, NEVER) > timedelta(days=30)]
        unit = self.rng.choice(quiet if quiet and self.rng.random() < 0.85 else units)
        self._failed_at[unit.pk] = now
        return unit

    def _complains(self, customer: Customer, contact: Contact, asset: Asset) -> None:
        title, text = cast.COMPLAINT
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
        self._in(self._minutes(120, 1700), lambda: keep_promise(promise.pk, by=aigul))
        answer = cast.Trouble(
            title, text, 1, "Called and apologised", "The customer accepted", "none", "none"
        )
        self._in(self._minutes(200, 1800), lambda: self._work(ticket.pk, contact, answer))

    # -- what our people do

    def _dispatch(self, ticket: int, contact: Contact, asset: Asset, trouble: cast.Trouble) -> None:
        row = self._open(ticket)
        if row is None:
            return
        if row.owner == self.people["dana"]:
            engineer = self.people["saule" if trouble.downtime == 1 else self.rng.choice(("timur", "ivan"))]
            actions.assign(ticket, to=engineer, by=self.people["dana"])
        if self.rng.random() < 0.5:
            actions.reply(ticket, text=cast.REPLIES[0], by=self.people["dana"])
        self._in(self._minutes(15, 900), lambda: self._work(ticket, contact, trouble))

    def _work(self, ticket: int, contact: Contact, trouble: cast.Trouble) -> None:
        row = self._open(ticket)
        if row is None:
            return
        rng, engineer = self.rng, row.owner
        if row.status == Status.WAITING:
            actions.resume(ticket, by=engineer)
        elif row.status == Status.QUEUED:
            actions.start(ticket, by=engineer)
        if rng.random() < 0.3:
            actions.add_note(ticket, text=rng.choice(cast.NOTES), by=engineer)
        draw = rng.random()
        if trouble.part_on_order and draw < 0.75 and not row.expected_on:
            self._wait_for_part(row, contact, trouble)
            return
        if draw > 0.85:
            reason = rng.choice((WaitingReason.ACCESS, WaitingReason.CLIENT, WaitingReason.PAYMENT))
            actions.wait(ticket, waiting_for=reason, by=engineer, resume_at=clock.now() + DAY)
            self._in(self._minutes(400, 2600), lambda: self._work(ticket, contact, trouble))
            return
        self._in(self._minutes(30, 1300), lambda: self._finish(ticket, contact, trouble))

    def _wait_for_part(self, row: Ticket, contact: Contact, trouble: cast.Trouble) -> None:
        days, key = self.rng.randrange(1, 6), row.pk
        today = clock.today(self.zone)
        actions.wait(
            key,
            waiting_for=WaitingReason.PART,
            by=row.owner,
            note=trouble.parts,
            expected_on=today + timedelta(days=days),
        )
        actions.reply(key, text=cast.REPLIES[1], by=row.owner)
        if self.rng.random() < 0.5:
            promise = make_promise(
                text="Tell the customer when the part arrives",
                owner=self.people["dana"],
                due_at=clock.now() + timedelta(days=days),
                customer=row.customer,
                by=self.people["dana"],
                about=row,
                why=f"Part on order: {trouble.parts}",
            )
            self._in(
                timedelta(days=days + self.rng.choice((-1, 0, 1)), hours=2), lambda: self._keep(promise.pk)
            )
        self._in(
            timedelta(days=days, minutes=self.rng.randrange(30, 600)),
            lambda: self._work(key, contact, trouble),
        )

    def _keep(self, promise: int) -> None:
        keep_promise(promise, by=self.people["dana"])

    def _finish(self, ticket: int, contact: Contact, trouble: cast.Trouble) -> None:
        row = self._open(ticket)
        if row is None or row.status == Status.WAITING:
            return
        rng = self.rng
        actions.log_time(ticket, minutes=rng.randrange(20, 240, 5), by=row.owner, note=trouble.done[:200])
        if trouble.done.startswith("Reproduced"):
            actions.hand_off(ticket, url=f"https://tracker.{cast.MAIL_DOMAIN}/{row.number}", by=row.owner)
        agreement, agreed_by = rng.choice(("phone", "mail", "signature")), contact.name
        signer = Contact.objects.signers_for(row.customer_id).first()
        if agreement == "signature" and signer is None:
            agreement = "mail"
        elif agreement == "signature" and signer:
            agreed_by = signer.name
            scan = {"name": f"act-{row.number}.png", "content_type": "image/png", "kind": Document.Kind.ACT}
            attach(row, data=letters.picture(rng), by=row.owner, **scan)
        actions.close(
            ticket,
            done=trouble.done,
            result=trouble.result,
            proof=rng.choice(("Photos before and after", "Test report on paper", "Measured on site")),
            replaced_parts=trouble.parts,
            recommendations=trouble.recommendations,
            agreement=agreement,
            agreed_by=agreed_by,
            by=row.owner,
        )
        draw = rng.random()
        if draw < 0.25:
            self._in(self._minutes(20, 600), lambda: self._writes(ticket, rng.choice(cast.THANKS)))
        elif draw < 0.31:
            self._in(self._minutes(600, 6000), lambda: self._comes_back(ticket, contact, trouble))
        elif draw < 0.34:
            late = timedelta(days=rng.randrange(10, 25))
            self._in(late, lambda: self._comes_back(ticket, contact, trouble))

    def _comes_back(self, ticket: int, contact: Contact, trouble: cast.Trouble) -> None:
        landed = self._writes(ticket, cast.AGAIN)
        if landed is not None:
            self._in(self._minutes(30, 400), lambda: self._work(landed, contact, trouble))

    def _writes(self, ticket: int, text: str) -> int | None:
        """The customer answers our last mail; returns the ticket where it landed."""
        ours = Delivery.objects.filter(messages__ticket=ticket).order_by("-pk").first()
        ours = ours or Delivery.objects.filter(about_id=ticket, contact__isnull=False).order_by("-pk").first()
        if ours is None or ours.contact is None:
            return None
        mail = receive(letters.answer(ours, text, at=clock.now(), rng=self.rng))
        return mail.message.ticket_id if mail.message else None

    # -- helpers

    def _open(self, ticket: int) -> Ticket | None:
        row = Ticket.objects.select_related("owner", "customer").get(pk=ticket)
        return row if row.is_open else None

    def _minutes(self, least: int, most: int) -> timedelta:
        return self.rng.randrange(least, most) * MINUTE

    def _in(self, pause: timedelta, happen: Callable[[], object]) -> None:
        """Let something happen after `pause`, moved into working hours of a weekday."""
        moment = (clock.now() + pause).astimezone(self.zone)
        if moment.hour >= EVENING:
            moment += DAY
        if moment.weekday() >= SATURDAY:
            moment += (7 - moment.weekday()) * DAY
        if not MORNING <= moment.hour < EVENING:
            moment = moment.replace(hour=self.rng.randrange(MORNING, EVENING))
        self._at(moment, happen)

    def _at(self, moment: datetime, happen: Callable[[], object]) -> None:
        heapq.heappush(self._events, Event(moment, next(self._order), happen))
