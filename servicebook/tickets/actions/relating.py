"""Tickets that belong together: link, merge, split; and the hand-off to an outside tracker."""

from collections.abc import Collection
from urllib.parse import urlsplit

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.customers.models import Promise
from servicebook.files.models import Document
from servicebook.tickets.actions import _sharing
from servicebook.tickets.actions._base import MoveRefused, NotValid, locked, move, write
from servicebook.tickets.actions.opening import open_draft
from servicebook.tickets.models import Charge, Consent, Kind, Link, Message, Status, Ticket, TimeEntry


@transaction.atomic
def link(ticket_id: int, *, to: Ticket, by: User | None, kind: str = Link.Kind.RELATED) -> Link:
    """Say that two tickets belong together. Saying it twice changes nothing.

    Raises:
        NotValid: the two are one.
    """
    ticket = locked(ticket_id)
    if ticket.pk == to.pk:
        sentence = _("A ticket cannot be linked to itself. Give another number.")
        raise NotValid(sentence, fields={"to": sentence})
    known = Link.objects.filter(source__in=[ticket, to], target__in=[ticket, to], kind=kind).first()
    if known:
        return known
    made = Link.objects.create(source=ticket, target=to, kind=kind)
    journal.record_many(
        [
            journal.Happening("ticket.linked", ticket, {"other": to.number}, by),
            journal.Happening("ticket.linked", to, {"other": ticket.number}, by),
        ]
    )
    return made


@transaction.atomic
def unlink(link_id: int, *, by: User) -> None:
    """Take a link away."""
    gone = Link.objects.select_related("source", "target").get(pk=link_id)
    if not Link.objects.filter(pk=link_id).delete()[0]:
        return
    journal.record_many(
        [
            journal.Happening("ticket.unlinked", gone.source, {"other": gone.target.number}, by),
            journal.Happening("ticket.unlinked", gone.target, {"other": gone.source.number}, by),
        ]
    )


@transaction.atomic
def merge(ticket_id: int, *, into: Ticket, by: User) -> Ticket:
    """Close a ticket into another of the same customer, which takes over everything said and done.

    Messages, time, what is billed, documents and open promises move; the old number leads to the new
    ticket, and what the customer still writes to it lands there.

    Returns:
        The ticket that goes on.

    Raises:
        MoveRefused: one of the two is closed, or the first is planned work: its plan waits for it.
        NotValid: they are one, or belong to two customers.
    """
    # Always in the same order, so that two merges do not wait for each other.
    both = {pk: locked(pk) for pk in sorted({ticket_id, into.pk})}
    old, kept = both[ticket_id], both[into.pk]
    _check_merge(old, kept)
    _move_everything(old, kept)
    move(old, Status.CLOSED, closed_at=clock.now(), merged_into=kept)
    write(kept)
    _sharing.settle(kept, by=by)
    journal.record_many(
        [
            journal.Happening("ticket.merged", old, {"into": kept.number}, by),
            journal.Happening("ticket.absorbed", kept, {"other": old.number, "title": old.title}, by),
        ]
    )
    agenda.refresh(old)
    agenda.refresh(kept)
    return kept


@transaction.atomic
def split(ticket_id: int, *, title: str, message_ids: Collection[int], by: User) -> Ticket:
    """Move some messages to a ticket of their own, for the same customer, unit and reason.

    Raises:
        NotValid: no title, no message, a message of another ticket, or nothing would be left.
    """
    ticket = locked(ticket_id)
    chosen = list(Message.objects.filter(ticket=ticket, pk__in=message_ids))
    wrong = {}
    if not title.strip():
        wrong["title"] = _("Say in a few words what the new ticket is about.")
    if not chosen or len(chosen) != len(set(message_ids)):
        wrong["messages"] = _("Choose the messages of this ticket that belong to the new one.")
    elif not Message.objects.filter(ticket=ticket).exclude(pk__in=message_ids).exists():
        wrong["messages"] = _("Leave at least one message here, or change the title of this ticket.")
    if wrong:
        raise NotValid(" ".join(wrong.values()), fields=wrong)
    fresh = open_draft(ticket, title=title, by=by)
    Message.objects.filter(pk__in=[one.pk for one in chosen]).update(ticket=fresh)
    Link.objects.create(source=fresh, target=ticket, kind=Link.Kind.SPLIT)
    write(ticket)
    journal.record_many(
        [
            journal.Happening("ticket.split", ticket, {"other": fresh.number, "title": fresh.title}, by),
            journal.Happening("ticket.split_off", fresh, {"other": ticket.number}, by),
        ]
    )
    agenda.refresh(ticket)
    return fresh


@transaction.atomic
def hand_off(ticket_id: int, *, url: str, by: User, state: str = "") -> Ticket:
    """Hand the ticket to an outside tracker, or say how it stands there (S4.19).

    Args:
        url: the issue's address, http or https.
        state: how it stands there: "open", "fix deployed".

    Raises:
        NotValid: the address is not one.
    """
    ticket = locked(ticket_id)
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname or len(url.strip()) > 300:
        sentence = _("Give the address of the issue, such as https://tracker.example/issues/12.")
        raise NotValid(sentence, fields={"url": sentence})
    before = ticket.tracker_url
    write(ticket, tracker_url=url.strip(), tracker_state=state.strip()[:60])
    verb = "ticket.tracker_moved" if before == ticket.tracker_url else "ticket.handed_off"
    journal.record(verb, ticket, by=by, url=ticket.tracker_url, state=ticket.tracker_state)
    agenda.refresh(ticket)
    return ticket


def _check_merge(old: Ticket, kept: Ticket) -> None:
    if old.pk == kept.pk:
        sentence = _("A ticket cannot be merged into itself. Give another number.")
        raise NotValid(sentence, fields={"into": sentence})
    if old.customer_id != kept.customer_id:
        sentence = _("%(number)s belongs to another customer. Link the two instead.") % {
            "number": kept.number
        }
        raise NotValid(sentence, fields={"into": sentence})
    if old.kind == Kind.PLANNED:
        raise MoveRefused(
            _(
                "%(number)s is planned maintenance; its plan waits for it. "
                "Merge the other one into it, or link them."
            )
            % {"number": old.number}
        )
    for one in (old, kept):
        if one.status == Status.CLOSED:
            raise MoveRefused(
                _("%(number)s is closed. Link the two instead, or reopen it first.") % {"number": one.number}
            )


def _move_everything(old: Ticket, kept: Ticket) -> None:
    kind = ContentType.objects.get_for_model(Ticket)
    # A mail that is on both tickets stays where it is: it is on a ticket once.
    there = Message.objects.filter(ticket=kept).exclude(message_id="").values_list("message_id", flat=True)
    Message.objects.filter(ticket=old).exclude(message_id__in=list(there)).update(ticket=kept)
    for model in (TimeEntry, Charge, Consent):
        model._default_manager.filter(ticket=old).update(ticket=kept)
    Document.objects.filter(subject_type=kind, subject_id=old.pk).update(subject_id=kept.pk)
    Promise.objects.open().filter(about_type=kind, about_id=old.pk).update(about_id=kept.pk)
