"""Who has the ticket and where it stands: assign, start, wait, resume, ask for approval."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import agenda, journal
from servicebook.accounts.models import Team, User
from servicebook.core import clock
from servicebook.core.errors import Changed
from servicebook.messaging import deliveries
from servicebook.tickets.actions._base import MoveRefused, NotValid, drop_next_steps, locked, move, write
from servicebook.tickets.actions.opening import owner_mail
from servicebook.tickets.actions.talking import bring_back
from servicebook.tickets.models import Status, Ticket, WaitingReason
from servicebook.tickets.rules import status as statuses


@transaction.atomic
def assign(ticket_id: int, *, to: User | Team, by: User, instead_of: int | None = None) -> Ticket:
    """Give the ticket to one person, or to a department: then its lead owns it (S2.2).

    The new owner is told by mail; whoever takes a ticket is not.

    Args:
        instead_of: the owner whom the person had before their eyes. When somebody else gave the
            ticket away since, assigning is refused, so that two dispatchers send nobody in vain.

    Raises:
        NotValid: the person has left, or the department has no lead.
        MoveRefused: the ticket is closed.
        Changed: another owns it than `instead_of`.
    """
    ticket = locked(ticket_id)
    if instead_of is not None and instead_of != ticket.owner_id:
        raise Changed(
            _("%(number)s was given to %(owner)s in this moment. Do it again if that should not stay.")
            % {"number": ticket.number, "owner": ticket.owner.name}
        )
    owner, team = _receiver(to)
    if ticket.status == Status.CLOSED:
        raise MoveRefused(_(statuses.WHY_NOT[Status.CLOSED]) % {"number": ticket.number})
    if (owner.pk, team.pk if team else ticket.team_id) == (ticket.owner_id, ticket.team_id):
        return ticket
    before = ticket.owner
    write(ticket, owner=owner, team=team or ticket.team)
    if ticket.status == Status.QUEUED:  # somebody was asked to find an owner who begins
        drop_next_steps(ticket)
    journal.record(
        "ticket.assigned",
        ticket,
        by=by,
        before=before.name,
        after=owner.name,
        owner=owner.pk,
        team=team.name if team else "",
    )
    if owner not in (by, before):
        deliveries.keep([owner_mail("ticket_yours", ticket)])
    agenda.refresh(ticket)
    return ticket


@transaction.atomic
def start(ticket_id: int, *, by: User) -> Ticket:
    """Take a queued ticket up. That is the response if nobody answered before."""
    ticket = locked(ticket_id)
    _only_from(ticket, Status.QUEUED)
    changes = {} if ticket.responded_at else {"responded_at": clock.now()}
    move(ticket, Status.WORKING, **changes)
    journal.record("ticket.started", ticket, by=by)
    agenda.refresh(ticket)
    return ticket


@transaction.atomic
def put_back(ticket_id: int, *, by: User) -> Ticket:
    """Return a ticket that was started to the queue."""
    ticket = locked(ticket_id)
    _only_from(ticket, Status.WORKING)
    move(ticket, Status.QUEUED)
    journal.record("ticket.put_back", ticket, by=by)
    agenda.refresh(ticket)
    return ticket


@transaction.atomic
def ask_approval(ticket_id: int, *, by: User, note: str = "") -> Ticket:
    """Let the ticket stand until somebody approves; the owner looks again when nobody does."""
    ticket = locked(ticket_id)
    resume_at = clock.now() + statuses.LOOK_AGAIN_AFTER[Status.APPROVAL]
    move(ticket, Status.APPROVAL, waiting_note=note.strip()[:200], resume_at=resume_at)
    verb = "ticket.approval_asked_for" if note.strip() else "ticket.approval_asked"
    journal.record(verb, ticket, by=by, note=note.strip())
    agenda.refresh(ticket)
    return ticket


@transaction.atomic
def wait(
    ticket_id: int,
    *,
    waiting_for: str,
    by: User,
    note: str = "",
    expected_on: date | None = None,
    resume_at: datetime | None = None,
) -> Ticket:
    """Let the ticket wait for a named reason (S0.49).

    Args:
        expected_on: the day on which a part or delivery is expected, in the zone of the house;
            mandatory for these two (S0.50).
        resume_at: when the owner looks at it again. Without it, and without an expected day, it
            follows from `rules.status.LOOK_AGAIN_AFTER`: nothing waits for ever.

    Raises:
        NotValid: the reason is unknown, the day is missing or past.
        MoveRefused: the ticket is closed.
    """
    ticket = locked(ticket_id)
    _check_waiting(waiting_for, expected_on, resume_at)
    after = statuses.LOOK_AGAIN_AFTER.get(waiting_for)
    if resume_at is None and expected_on is None and after:
        resume_at = clock.now() + after
    move(
        ticket,
        Status.WAITING,
        waiting_for=waiting_for,
        waiting_note=note.strip()[:200],
        expected_on=expected_on,
        resume_at=resume_at,
    )
    journal.record(
        "ticket.waits",
        ticket,
        by=by,
        waiting_for=waiting_for,
        note=note.strip(),
        expected_on=expected_on,
        resume_at=resume_at,
    )
    agenda.refresh(ticket)
    return ticket


@transaction.atomic
def resume(ticket_id: int, *, by: User) -> Ticket:
    """Go on with a ticket that waited, or whose approval came."""
    ticket = locked(ticket_id)
    _only_from(ticket, Status.WAITING, Status.APPROVAL)
    verb = "ticket.approved" if ticket.status == Status.APPROVAL else "ticket.resumed"
    move(ticket, Status.WORKING)
    journal.record(verb, ticket, by=by)
    agenda.refresh(ticket)
    return ticket


@transaction.atomic
def go_on(ticket_id: int, *, because: str, by: User) -> Ticket:
    """Go on with a ticket that waits for a customer who never answered."""
    ticket = locked(ticket_id)
    _only_from(ticket, Status.WAITING, Status.APPROVAL)
    move(ticket, Status.WORKING)
    journal.record("ticket.went_on_unanswered", ticket, by=by, because=because)
    agenda.refresh(ticket)
    return ticket


@transaction.atomic
def reopen(ticket_id: int, *, by: User, because: str) -> Ticket:
    """Put a closed ticket into the queue again, for a reason.

    Raises:
        NotValid: no reason is given.
        MoveRefused: the ticket is open, was merged into another, or is planned work that was called off.
    """
    ticket = locked(ticket_id)
    if not because.strip():
        sentence = _("Say why the ticket is opened again.")
        raise NotValid(sentence, fields={"because": sentence})
    _only_from(ticket, Status.CLOSED)
    if ticket.withdrawn_because:
        raise MoveRefused(
            _(
                "%(number)s was called off (%(because)s). Bring the maintenance back in its plan, "
                "or open a new ticket."
            )
            % {"number": ticket.number, "because": ticket.withdrawn_because}
        )
    if ticket.merged_into:
        raise MoveRefused(
            _("%(number)s was merged into %(into)s. Work goes on there.")
            % {"number": ticket.number, "into": ticket.merged_into.number}
        )
    bring_back(ticket, by=by, because=because.strip())
    agenda.refresh(ticket)
    return ticket


def _receiver(to: User | Team) -> tuple[User, Team | None]:
    if isinstance(to, Team):
        if to.lead is None or not to.lead.is_active:
            raise NotValid(
                _("%(team)s has no lead who could own the ticket. Choose a person, or give it a lead.")
                % {"team": to.name},
                fields={"to": _("This department has no lead.")},
            )
        return to.lead, to
    if not to.is_active:
        sentence = _("%(name)s has left. Choose somebody who is here.") % {"name": to.name}
        raise NotValid(sentence, fields={"to": sentence})
    return to, to.team


def _only_from(ticket: Ticket, *before: str) -> None:
    if ticket.status in before:
        return
    if Status.CLOSED in before:
        raise MoveRefused(_("Ticket %(number)s is open.") % {"number": ticket.number})
    raise MoveRefused(_(statuses.WHY_NOT[ticket.status]) % {"number": ticket.number})


def _check_waiting(waiting_for: str, expected_on: date | None, resume_at: datetime | None) -> None:
    wrong = {}
    if waiting_for not in WaitingReason.values:
        wrong["waiting_for"] = _("Choose what the ticket waits for.")
    if waiting_for in statuses.NEEDS_A_DATE and expected_on is None:
        wrong["expected_on"] = _("Give the day on which it is expected.")
    if expected_on is not None and expected_on < clock.today(ZoneInfo(settings.TIME_ZONE)):
        wrong["expected_on"] = _("This day is past. Give today or a later one.")
    if resume_at is not None and resume_at <= clock.now():
        wrong["resume_at"] = _("This moment is past. Give a later one.")
    if wrong:
        raise NotValid(" ".join(wrong.values()), fields=wrong)
