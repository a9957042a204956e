"""What is done with a ticket: one operation per transition, each the action that the desk calls."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from servicebook.accounts.models import Team, User
from servicebook.accounts.requests import SignedInRequest
from servicebook.core import api
from servicebook.core.api import Line30, answers
from servicebook.core.errors import Refused
from servicebook.customers.models import Contact
from servicebook.tickets import actions
from servicebook.tickets.api.shapes import (
    Assignment,
    Because,
    Closure,
    HandOff,
    Heard,
    LinkIn,
    LinkOut,
    Merge,
    MessageOut,
    Note,
    Reply,
    Said,
    TicketOut,
    TimeIn,
    TimeOut,
    Urgency,
    Waiting,
)
from servicebook.tickets.api.tickets import one, routes, told
from servicebook.tickets.models import WorkType


@routes.post("/{number}/messages", response=answers(MessageOut, 201), summary="Pass on a customer's word")
def receive_message(request: SignedInRequest, number: Line30, body: Heard) -> HttpResponse:
    """A late one opens a linked ticket; a thank-you reopens nothing."""
    ticket = one(request.user, number)
    contact = None
    if body.contact is not None:
        contact = api.related(Contact.objects.visible_to(request.user), body.contact, "contact")
    message = actions.receive_message(
        ticket.pk,
        text=body.text,
        channel=body.channel,
        contact=contact,
        author_name=body.author_name,
        by=request.user,
    )
    return api.reply(api.shown(message, MessageOut), 201)


@routes.post("/{number}/reply", response=answers(MessageOut, 201), summary="Answer the customer")
def reply_to_customer(request: SignedInRequest, number: Line30, body: Reply) -> HttpResponse:
    """From the person behind the token, by the way that the customer wrote by: e-mail, or a linked chat."""
    ticket = one(request.user, number)
    to = None
    if body.to is not None:
        to = api.related(Contact.objects.visible_to(request.user), body.to, "to")
    message = actions.reply(ticket.pk, text=body.text, to=to, channel=body.channel or "", by=request.user)
    return api.reply(api.shown(message, MessageOut), 201)


@routes.post("/{number}/notes", response=answers(MessageOut, 201), summary="Add a note")
def add_note(request: SignedInRequest, number: Line30, body: Said) -> HttpResponse:
    """Only the house sees it."""
    message = actions.add_note(one(request.user, number).pk, text=body.text, by=request.user)
    return api.reply(api.shown(message, MessageOut), 201)


@routes.post("/{number}/assign", response=answers(TicketOut), summary="Assign a ticket")
def assign_ticket(request: SignedInRequest, number: Line30, body: Assignment) -> HttpResponse:
    ticket = one(request.user, number)
    if (body.person is None) == (body.team is None):
        text = _("Name a person or a team, and only one of them.")
        raise Refused(text, fields={"person": text})
    to: User | Team
    if body.person is not None:
        to = api.related(User.objects.filter(is_active=True), body.person, "person")
    else:
        to = api.related(Team.objects.all(), body.team or 0, "team")
    return told(actions.assign(ticket.pk, to=to, by=request.user))


@routes.post("/{number}/start", response=answers(TicketOut), summary="Start work")
def start_ticket(request: SignedInRequest, number: Line30) -> HttpResponse:
    return told(actions.start(one(request.user, number).pk, by=request.user))


@routes.post("/{number}/put-back", response=answers(TicketOut), summary="Put back into the queue")
def put_back_ticket(request: SignedInRequest, number: Line30) -> HttpResponse:
    return told(actions.put_back(one(request.user, number).pk, by=request.user))


@routes.post("/{number}/ask-approval", response=answers(TicketOut), summary="Ask for approval")
def ask_approval(request: SignedInRequest, number: Line30, body: Note) -> HttpResponse:
    return told(actions.ask_approval(one(request.user, number).pk, note=body.note, by=request.user))


@routes.post("/{number}/wait", response=answers(TicketOut), summary="Let a ticket wait")
def wait_ticket(request: SignedInRequest, number: Line30, body: Waiting) -> HttpResponse:
    """For a named reason; a part or a delivery needs its expected date."""
    ticket = actions.wait(
        one(request.user, number).pk,
        waiting_for=body.waiting_for,
        note=body.note,
        expected_on=body.expected_on,
        resume_at=body.resume_at,
        by=request.user,
    )
    return told(ticket)


@routes.post("/{number}/resume", response=answers(TicketOut), summary="Go on with a ticket")
def resume_ticket(request: SignedInRequest, number: Line30) -> HttpResponse:
    return told(actions.resume(one(request.user, number).pk, by=request.user))


@routes.post("/{number}/close", response=answers(TicketOut), summary="Close a ticket")
def close_ticket(request: SignedInRequest, number: Line30, body: Closure) -> HttpResponse:
    """Refused until everything that closing needs is there."""
    ticket = one(request.user, number)
    closed = actions.close(
        ticket.pk,
        done=body.done,
        result=body.result,
        proof=body.proof,
        replaced_parts=body.replaced_parts,
        recommendations=body.recommendations,
        agreement=body.agreement,
        agreed_by=body.agreed_by,
        agreed_at=body.agreed_at,
        by=request.user,
    )
    return told(closed)


@routes.post("/{number}/reopen", response=answers(TicketOut), summary="Reopen a ticket")
def reopen_ticket(request: SignedInRequest, number: Line30, body: Because) -> HttpResponse:
    return told(actions.reopen(one(request.user, number).pk, because=body.because, by=request.user))


@routes.post("/{number}/merge", response=answers(TicketOut), summary="Merge a ticket into another")
def merge_ticket(request: SignedInRequest, number: Line30, body: Merge) -> HttpResponse:
    """The other one takes over everything that was said and done."""
    ticket, kept = one(request.user, number), one(request.user, body.into)
    return told(actions.merge(ticket.pk, into=kept, by=request.user))


@routes.post("/{number}/links", response=answers(LinkOut, 201), summary="Link two tickets")
def link_tickets(request: SignedInRequest, number: Line30, body: LinkIn) -> HttpResponse:
    ticket, other = one(request.user, number), one(request.user, body.to)
    made = actions.link(ticket.pk, to=other, kind=body.kind, by=request.user)
    return api.reply(api.shown(made, LinkOut), 201)


@routes.post("/{number}/time", response=answers(TimeOut, 201), summary="Log time")
def log_time(request: SignedInRequest, number: Line30, body: TimeIn) -> HttpResponse:
    """Time of the person behind the token."""
    ticket, work_type = one(request.user, number), None
    if body.work_type is not None:
        work_type = api.related(WorkType.objects.filter(active=True), body.work_type, "work_type")
    entry = actions.log_time(
        ticket.pk,
        minutes=body.minutes,
        worked_on=body.worked_on,
        work_type=work_type,
        note=body.note,
        service=body.service or "",
        outside=body.outside,
        by=request.user,
    )
    return api.reply(api.shown(entry, TimeOut), 201)


@routes.post("/{number}/priority", response=answers(TicketOut), summary="Set the priority by hand")
def set_priority(request: SignedInRequest, number: Line30, body: Urgency) -> HttpResponse:
    """For a reason that is shown with it."""
    ticket = one(request.user, number)
    return told(actions.set_priority(ticket.pk, level=body.level, because=body.because, by=request.user))


@routes.post("/{number}/hand-off", response=answers(TicketOut), summary="Hand off to a tracker")
def hand_off_ticket(request: SignedInRequest, number: Line30, body: HandOff) -> HttpResponse:
    """To developers outside, with the link to their tracker."""
    ticket = one(request.user, number)
    return told(actions.hand_off(ticket.pk, url=body.url, state=body.state, by=request.user))
