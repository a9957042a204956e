"""The crew at work on tickets: who travels, what is found, what it takes, how it ends."""

from datetime import timedelta
from typing import TYPE_CHECKING

from servicebook.core import clock
from servicebook.customers.actions import keep_promise, make_promise
from servicebook.customers.models import Contact
from servicebook.files.actions import attach
from servicebook.files.models import Document
from servicebook.simulator import cast, letters, troubles
from servicebook.simulator.troubles import Trouble
from servicebook.tickets import actions
from servicebook.tickets.models import Status, Ticket, WaitingReason

if TYPE_CHECKING:
    from servicebook.simulator.days import Play

DAY = timedelta(days=1)


class Crew:
    """Dispatcher and engineers. Each method is one step on a ticket, which plans the next."""

    def __init__(self, play: "Play") -> None:
        self.play, self.rng, self.people = play, play.rng, play.people

    def dispatch(self, ticket: int, contact: Contact, trouble: Trouble) -> None:
        """The dispatcher gives it to an engineer, and mostly answers at once."""
        row = self._open(ticket)
        if row is None:
            return
        if row.owner == self.people["dana"]:
            engineer = self.people["saule" if trouble.remote else self.rng.choice(("timur", "ivan"))]
            actions.assign(ticket, to=engineer, by=self.people["dana"])
        if self.rng.random() < 0.7:
            actions.reply(ticket, text=troubles.REPLIES[0], by=self.people["dana"])
            row.refresh_from_db(fields=["next_deadline_at"])
        self.play.later(
            self.play.minutes(15, 900),
            lambda: self.work(ticket, contact, trouble),
            due=row.next_deadline_at,
        )

    def work(self, ticket: int, contact: Contact, trouble: Trouble) -> None:
        """An engineer takes it up, travels, or has to wait."""
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
        if not trouble.remote and row.arrived_at is None:
            self.play.later(
                self.play.minutes(30, 400),
                lambda: self.arrives(ticket, contact, trouble),
                due=row.next_deadline_at,
            )
            return
        self._goes_on(row, contact, trouble)

    def arrives(self, ticket: int, contact: Contact, trouble: Trouble) -> None:
        """Somebody is on site and looks."""
        row = self._open(ticket)
        if row is None or row.status == Status.WAITING:
            return
        row = actions.arrive(ticket, by=row.owner)
        self._goes_on(row, contact, trouble)

    def _goes_on(self, row: Ticket, contact: Contact, trouble: Trouble) -> None:
        ticket, draw = row.pk, self.rng.random()
        if trouble.part_on_order and draw < 0.75 and not row.expected_on:
            self._waits_for_part(row, contact, trouble)
            return
        if draw > 0.85:
            reason = self.rng.choice((WaitingReason.ACCESS, WaitingReason.CLIENT, WaitingReason.PAYMENT))
            actions.wait(ticket, waiting_for=reason, by=row.owner, resume_at=clock.now() + DAY)
            self.play.later(self.play.minutes(400, 2600), lambda: self.work(ticket, contact, trouble))
            return
        self.play.later(
            self.play.minutes(30, 1300),
            lambda: self._mends(ticket, contact, trouble),
            due=row.next_deadline_at,
        )

    def _waits_for_part(self, row: Ticket, contact: Contact, trouble: Trouble) -> None:
        days, key, dana = self.rng.randrange(1, 6), row.pk, self.people["dana"]
        actions.wait(
            key,
            waiting_for=WaitingReason.PART,
            by=row.owner,
            note=trouble.parts,
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
                why=f"Part on order: {trouble.parts}",
            )
            kept_in = timedelta(days=days + self.rng.choice((-1, 0, 1)), hours=2)
            self.play.later(kept_in, lambda: keep_promise(promise.pk, by=dana))
        self.play.later(
            timedelta(days=days, minutes=self.rng.randrange(30, 600)),
            lambda: self.work(key, contact, trouble),
        )

    def _mends(self, ticket: int, contact: Contact, trouble: Trouble) -> None:
        """It works again: time and parts are kept, and the ticket is closed, at once or later."""
        row = self._open(ticket)
        if row is None or row.status == Status.WAITING:
            return
        by = row.owner
        most = 60 if trouble.downtime == 1 else 240
        actions.log_time(
            ticket,
            minutes=self.rng.randrange(20, most, 5),
            by=by,
            note=trouble.done[:200],
        )
        if trouble.done.startswith("Reproduced"):
            actions.hand_off(ticket, url=f"https://tracker.{cast.MAIL_DOMAIN}/{row.number}", by=by)
        if self.rng.random() < 0.4:
            actions.recover(ticket, by=by)
            self.play.later(self.play.minutes(30, 900), lambda: self._closes(ticket, contact, trouble))
            return
        self._closes(ticket, contact, trouble)

    def _closes(self, ticket: int, contact: Contact, trouble: Trouble) -> None:
        row = self._open(ticket)
        if row is None:
            return
        rng = self.rng
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
        self._afterwards(ticket, contact, trouble)

    def _afterwards(self, ticket: int, contact: Contact, trouble: Trouble) -> None:
        """The customer thanks, or it happens again."""
        play, draw = self.play, self.rng.random()
        if draw < 0.25:
            thanks = self.rng.choice(troubles.THANKS)
            play.later(play.minutes(20, 600), lambda: play.writes(ticket, thanks))
        elif draw < 0.31:
            play.later(play.minutes(600, 6000), lambda: play.comes_back(ticket, contact, trouble))
        elif draw < 0.34:
            late = timedelta(days=self.rng.randrange(10, 25))
            play.later(late, lambda: play.comes_back(ticket, contact, trouble))

    def _open(self, ticket: int) -> Ticket | None:
        row = Ticket.objects.select_related("owner", "customer").get(pk=ticket)
        return row if row.is_open else None
