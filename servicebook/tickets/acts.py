"""What a person can do to a ticket from its page: one line per act, its form and its action."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from servicebook.accounts.models import User
from servicebook.customers.actions import make_promise
from servicebook.tickets import actions, directory, forms
from servicebook.tickets.models import Status, Ticket

Values = Mapping[str, Any]
OPENED = (Status.QUEUED, Status.WORKING, Status.APPROVAL, Status.WAITING)


@dataclass(frozen=True)
class Act:
    """An act: when it is offered, what it asks, what it does.

    Attributes:
        run: takes the ticket, the form's values and the person; returns the sentence to show and
            the ticket to go to.
        renamed: a refusal's field → the form's field, where they differ.
    """

    title: LazyText
    button: LazyText
    run: Callable[[Ticket, Values, User], tuple[str, Ticket]]
    form: type[forms.MoveForm] = forms.MoveForm
    offered: tuple[str, ...] = OPENED
    icon: str = "point"
    renamed: Mapping[str, str] | None = None
    about: LazyText | str = ""


def _start(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    return _("Work began."), actions.start(ticket.pk, by=by)


def _take(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    return _("It is yours now."), actions.assign(ticket.pk, to=by, by=by)


def _resume(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    return _("The work goes on."), actions.resume(ticket.pk, by=by)


def _put_back(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    return _("Back in the queue."), actions.put_back(ticket.pk, by=by)


def _assign(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    given = actions.assign(ticket.pk, to=values["to"], by=by)
    return _("%(name)s owns it now and is told.") % {"name": given.owner.name}, given


def _wait(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    waiting = actions.wait(ticket.pk, by=by, **values)
    return _("Waiting: %(reason)s.") % {"reason": waiting.get_waiting_for_display()}, waiting


def _approval(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    return _("Waits for approval."), actions.ask_approval(ticket.pk, by=by, note=values["note"])


def _reopen(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    return _("Open again, in the queue."), actions.reopen(ticket.pk, by=by, because=values["because"])


def _priority(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    changed = actions.set_priority(ticket.pk, by=by, **values)
    return _("Priority: %(priority)s.") % {"priority": changed.get_priority_display()}, changed


def _change(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    known = {**directory.reasons(), ticket.reason_id: ticket.reason}
    loaded = {
        **values,
        "reason": known[values["reason"]],
        "work_type": directory.work_types().get(values["work_type"] or 0),
    }
    return _("Changed."), actions.change(ticket.pk, by=by, **loaded)


def _log_time(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    work_type = directory.work_types().get(values["work_type"] or 0)
    entry = actions.log_time(ticket.pk, by=by, **{**values, "work_type": work_type})
    return _("%(minutes)d min kept.") % {"minutes": entry.minutes}, ticket


def _promise(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    owner = directory.person(int(values["owner"]))
    make_promise(
        text=values["text"],
        owner=owner,
        due_at=values["due_at"],
        customer=ticket.customer,
        about=ticket,
        by=by,
    )
    return _("Promised. %(name)s sees it on Today.") % {"name": owner.name}, ticket


def _merge(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    kept = actions.merge(ticket.pk, into=values["other"], by=by)
    return _("%(old)s goes on here.") % {"old": ticket.number}, kept


def _link(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    actions.link(ticket.pk, to=values["other"], by=by)
    return _("Linked to %(number)s.") % {"number": values["other"].number}, ticket


def _split(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    fresh = actions.split(ticket.pk, title=values["title"], message_ids=values["messages"], by=by)
    return _("%(number)s was made from %(old)s.") % {"number": fresh.number, "old": ticket.number}, fresh


def _hand_off(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    return _("Handed to the developers."), actions.hand_off(ticket.pk, by=by, **values)


def _close(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    return _("%(number)s is closed.") % {"number": ticket.number}, actions.close(ticket.pk, by=by, **values)


ANY = (*OPENED, Status.CLOSED)
ACTS: dict[str, Act] = {
    "start": Act(lazy("Start"), lazy("Start"), _start, offered=(Status.QUEUED,), icon="player-play"),
    "resume": Act(
        lazy("Go on"), lazy("Go on"), _resume, offered=(Status.WAITING, Status.APPROVAL), icon="player-play"
    ),
    "wait": Act(lazy("Wait…"), lazy("Let it wait"), _wait, forms.WaitForm, icon="hourglass"),
    "close": Act(
        lazy("Close ticket…"),
        lazy("Close ticket"),
        _close,
        forms.CloseForm,
        icon="check",
        about=lazy("The customer gets what was done and can open it again by answering."),
    ),
    "reopen": Act(
        lazy("Open again…"),
        lazy("Open again"),
        _reopen,
        forms.ReopenForm,
        offered=(Status.CLOSED,),
        icon="refresh",
    ),
    "take": Act(lazy("Take it"), lazy("Take it"), _take, icon="user-check"),
    "assign": Act(lazy("Assign…"), lazy("Assign"), _assign, forms.AssignForm, icon="user-plus"),
    "approval": Act(
        lazy("Ask for approval…"),
        lazy("Ask for approval"),
        _approval,
        forms.NoteForm,
        offered=(Status.QUEUED, Status.WORKING, Status.WAITING),
        icon="hand-stop",
    ),
    "back": Act(
        lazy("Put back into the queue"), lazy("Put back"), _put_back, offered=(Status.WORKING,), icon="inbox"
    ),
    "promise": Act(
        lazy("Promise…"), lazy("Promise"), _promise, forms.PromiseForm, offered=ANY, icon="checklist"
    ),
    "time": Act(
        lazy("Log time…"), lazy("Keep time"), _log_time, forms.LogTimeForm, offered=ANY, icon="clock"
    ),
    "change": Act(lazy("Change…"), lazy("Save"), _change, forms.ChangeForm, icon="pencil"),
    "priority": Act(
        lazy("Set priority…"),
        lazy("Set priority"),
        _priority,
        forms.PriorityForm,
        icon="flag",
        about=lazy("The priority is computed. What you set holds until something changes that weighs."),
    ),
    "hand-off": Act(
        lazy("Hand to developers…"),
        lazy("Hand over"),
        _hand_off,
        forms.HandOffForm,
        offered=ANY,
        icon="external-link",
    ),
    "link": Act(
        lazy("Link…"),
        lazy("Link"),
        _link,
        forms.OtherTicketForm,
        offered=ANY,
        icon="link",
        renamed={"to": "other"},
    ),
    "merge": Act(
        lazy("Merge…"),
        lazy("Merge"),
        _merge,
        forms.OtherTicketForm,
        icon="arrow-merge",
        renamed={"into": "other"},
        about=lazy("Everything said and done moves to the other ticket; this number leads there."),
    ),
    "split": Act(lazy("Split…"), lazy("Split"), _split, forms.SplitForm, icon="arrows-split"),
}


def offered(ticket: Ticket) -> dict[str, Act]:
    """The acts that the status allows, in their order."""
    if ticket.merged_into_id:
        return {}
    return {name: act for name, act in ACTS.items() if ticket.status in act.offered}
