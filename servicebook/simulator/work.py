"""The crew at work on tickets: who travels, what is found, what it takes, how it ends."""

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from servicebook.contracts.rules.terms import Service, Unless, Verdict
from servicebook.core import clock
from servicebook.customers.actions import keep_promise, make_promise
from servicebook.customers.models import Contact
from servicebook.equipment.models import Asset
from servicebook.files.actions import attach
from servicebook.files.models import Document
from servicebook.simulator import cast, letters, troubles
from servicebook.simulator.troubles import Trouble
from servicebook.tickets import actions
from servicebook.tickets.models import Status, Ticket, WaitingReason

if TYPE_CHECKING:
    from servicebook.simulator.days import Play

BILLED = (Verdict.EXTRA, Verdict.PARTLY)
UP_TO = Decimal(150_000)  # what a customer without a contract agrees to, before the work
TAMPERED = 0.05  # how often an engineer finds signs of it
DAY = timedelta(days=1)


class Case(NamedTuple):
    """What a ticket is about, whatever the customer said of it."""

    contact: Contact
    asset: Asset
    trouble: Trouble


class Crew:
    """Dispatcher and engineers. Each method is one step on a ticket, which plans the next."""

    def __init__(self, play: "Play") -> None:
        self.play, self.rng, self.people = play, play.rng, play.people
        self._trips: set[tuple[int | None, int, date]] = set()  # site, engineer, day
        self._part_came: set[int] = set()  # tickets whose part was on order once

    def dispatch(self, ticket: int, case: Case) -> None:
        """The dispatcher gives it to an engineer, and mostly answers at once."""
        row = self._open(ticket)
        if row is None:
            return
        if row.owner == self.people["dana"]:
            engineer = self.people["saule" if case.trouble.remote else self.rng.choice(("timur", "ivan"))]
            actions.assign(ticket, to=engineer, by=self.people["dana"])
        if self.rng.random() < 0.7:
            actions.reply(ticket, text=troubles.REPLIES[0], by=self.people["dana"])
            row.refresh_from_db(fields=["next_deadline_at"])
        self.play.later(
            self.play.minutes(5, 120),
            lambda: self.work(ticket, case),
            due=row.next_deadline_at,
        )

    def work(self, ticket: int, case: Case) -> None:
        """An engineer takes it up, asks for consent where it is billed, travels, or has to wait."""
        row = self._open(ticket)
        if row is None:
            return
        rng, engineer = self.rng, row.owner
        if row.status == Status.WAITING:
            row = actions.resume(ticket, by=engineer)
        elif row.status == Status.QUEUED:
            row = actions.start(ticket, by=engineer)
        if rng.random() < 0.3:
            actions.add_note(ticket, text=rng.choice(troubles.NOTES), by=engineer)
        if not case.trouble.remote and row.arrived_at is None:
            if row.coverage in BILLED:
                self._asks_for_consent(row, case.contact)
            self.play.later(
                self.play.minutes(30, 400),
                lambda: self.arrives(ticket, case),
                due=row.next_deadline_at,
            )
            return
        self._goes_on(row, case)

    def arrives(self, ticket: int, case: Case) -> None:
        """Somebody is on site and looks. One trip serves all that is open there on a day."""
        row = self._open(ticket)
        if row is None or row.status == Status.WAITING:
            return
        row = actions.arrive(ticket, by=row.owner)
        if row.asset_id is None:  # a mail did not name it
            row = actions.change(ticket, asset=case.asset, site=case.asset.site, by=row.owner)
        if self.rng.random() < TAMPERED:
            row = actions.found(ticket, signs=[Unless.TAMPERING], by=row.owner)
        trip = (row.site_id, row.owner_id, clock.today(self.play.zone))
        if trip not in self._trips:
            self._trips.add(trip)
            self._uses(row, Service.VISIT, Decimal(1))
        if row.coverage in BILLED:
            self._uses(row, Service.DIAGNOSTIC, Decimal(1))
        self._goes_on(row, case)

    def _goes_on(self, row: Ticket, case: Case) -> None:
        ticket, draw = row.pk, self.rng.random()
        if case.trouble.part_on_order and draw < 0.75 and ticket not in self._part_came:
            self._waits_for_part(row, case)
            return
        if draw > 0.85:
            reason = self.rng.choice((WaitingReason.ACCESS, WaitingReason.CLIENT, WaitingReason.PAYMENT))
            actions.wait(ticket, waiting_for=reason, by=row.owner, resume_at=clock.now() + DAY)
            self.play.later(self.play.minutes(400, 2600), lambda: self.work(ticket, case))
            return
        self.play.later(
            self.play.minutes(60, 2400),
            lambda: self._mends(ticket, case),
            due=row.next_deadline_at,
        )

    def _waits_for_part(self, row: Ticket, case: Case) -> None:
        days, key, dana = self.rng.randrange(1, 6), row.pk, self.people["dana"]
        self._part_came.add(key)
        actions.wait(
            key,
            waiting_for=WaitingReason.PART,
            by=row.owner,
            note=case.trouble.parts,
            expected_on=clock.today(self.play.zone) + timedelta(days=days),
        )
        actions.reply(key, text=troubles.REPLIES[1], by=row.owner)
        if self.rng.random() < 0.5:
            promise = make_promise(
                text="Tell the customer when the part arrives",
                owner=dana,
                due_at=clock.now() + timedelta(days=days),
                customer=row.customer,
                by=dana,
                about=row,
                why=f"Part on order: {case.trouble.parts}",
            )
            kept_in = timedelta(days=days + self.rng.choice((-1, 0, 1)), hours=2)
            self.play.later(kept_in, lambda: keep_promise(promise.pk, by=dana))
        self.play.later(
            timedelta(days=days, minutes=self.rng.randrange(30, 600)),
            lambda: self.work(key, case),
        )

    def _mends(self, ticket: int, case: Case) -> None:
        """It works again: time and parts are kept, and the ticket is closed, at once or later."""
        row = self._open(ticket)
        if row is None or row.status == Status.WAITING:
            return
        by = row.owner
        most = 60 if case.trouble.downtime == 1 else 240
        actions.log_time(
            ticket,
            minutes=self.rng.randrange(20, most, 5),
            service=Service.REMOTE if case.trouble.remote else Service.LABOUR,
            by=by,
            note=case.trouble.done[:200],
        )
        if case.trouble.consumable:
            row = actions.found(ticket, consumable=True, by=by)
        if case.trouble.price:
            self._uses(row, Service.PARTS, Decimal(case.trouble.price), note=case.trouble.parts)
        if case.trouble.done.startswith("Reproduced"):
            actions.hand_off(ticket, url=f"https://tracker.{cast.MAIL_DOMAIN}/{row.number}", by=by)
        if self.rng.random() < 0.4:
            actions.recover(ticket, by=by)
            self.play.later(self.play.minutes(30, 900), lambda: self._closes(ticket, case))
            return
        self._closes(ticket, case)

    def _closes(self, ticket: int, case: Case) -> None:
        row = self._open(ticket)
        if row is None:
            return
        rng = self.rng
        agreement, agreed_by = rng.choice(("phone", "mail", "signature")), case.contact.name
        signer = Contact.objects.signers_for(row.customer_id).first()
        if agreement == "signature" and signer is None:
            agreement = "mail"
        elif agreement == "signature" and signer:
            agreed_by = signer.name
            scan = {"name": f"act-{row.number}.png", "content_type": "image/png", "kind": Document.Kind.ACT}
            attach(row, data=letters.picture(rng), by=row.owner, **scan)
        actions.close(
            ticket,
            done=case.trouble.done,
            result=case.trouble.result,
            proof=rng.choice(("Photos before and after", "Test report on paper", "Measured on site")),
            replaced_parts=case.trouble.parts,
            recommendations=case.trouble.recommendations,
            agreement=agreement,
            agreed_by=agreed_by,
            by=row.owner,
        )
        self._afterwards(ticket, case)

    def _afterwards(self, ticket: int, case: Case) -> None:
        """The customer thanks, or it happens again."""
        play, draw = self.play, self.rng.random()
        if draw < 0.25:
            thanks = self.rng.choice(troubles.THANKS)
            play.later(play.minutes(20, 600), lambda: play.writes(ticket, thanks))
        elif draw < 0.31:
            play.later(play.minutes(600, 6000), lambda: play.comes_back(ticket, case))
        elif draw < 0.34:
            late = timedelta(days=self.rng.randrange(10, 25))
            play.later(late, lambda: play.comes_back(ticket, case))

    def _asks_for_consent(self, row: Ticket, contact: Contact) -> None:
        """What is billed is named before the work starts, and mostly somebody agrees."""
        if self.rng.random() < 0.85:
            actions.record_consent(
                row.pk,
                what="Diagnostic 15 000 ₸, visit 18 000 ₸, hours and parts by the rate card",
                amount=UP_TO,
                how="phone",
                who=contact.name,
                by=self.people["dana"],
            )

    def _uses(self, row: Ticket, service: Service, amount: Decimal, *, note: str = "") -> None:
        if row.coverage != Verdict.UNKNOWN:
            actions.use_contract(row.pk, service=service, amount=amount, by=row.owner, note=note)

    def _open(self, ticket: int) -> Ticket | None:
        row = Ticket.objects.select_related("owner", "customer").get(pk=ticket)
        return row if row.is_open else None
