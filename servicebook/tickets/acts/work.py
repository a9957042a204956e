"""The work itself: who has the ticket, where it stands, what it says."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.accounts.models import User
from servicebook.customers.actions import make_promise
from servicebook.rights import OFFICE
from servicebook.tickets import actions, directory, forms
from servicebook.tickets.acts.base import ANY, Act, Values
from servicebook.tickets.acts.coverage import shared
from servicebook.tickets.models import Consent, Coverage, Status, Ticket


def _start(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    started = actions.start(ticket.pk, by=by)
    if started.coverage == Coverage.EXTRA and not Consent.objects.filter(ticket=ticket).exists():
        return _("Work began. It is extra work, and the customer's consent is not recorded yet."), started
    return _("Work began."), started


def _take(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    return _("It is yours now."), actions.assign(ticket.pk, to=by, by=by)


def _resume(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    return _("The work goes on."), actions.resume(ticket.pk, by=by)


def _put_back(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    return _("Back in the queue."), actions.put_back(ticket.pk, by=by)


def _assign(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    given = actions.assign(ticket.pk, to=values["to"], by=by, instead_of=values["seen"])
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
    loaded = {
        **values,
        "reason": directory.reasons_for(ticket)[values["reason"]],
        "work_type": directory.work_types_for(ticket).get(values["work_type"] or 0),
    }
    return _("Changed."), actions.change(ticket.pk, by=by, **loaded)


def _log_time(ticket: Ticket, values: Values, by: User) -> tuple[str, Ticket]:
    work_type = directory.work_types().get(values["work_type"] or 0)
    entry = actions.log_time(ticket.pk, by=by, **{**values, "work_type": work_type})
    kept = _("%(minutes)d min kept.") % {"minutes": entry.minutes}
    return f"{kept} {shared(entry.share, entry.service)}".rstrip(), ticket


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


ACTS = {
    "start": Act(
        gettext_lazy("Start"), gettext_lazy("Start"), _start, offered=(Status.QUEUED,), icon="player-play"
    ),
    "resume": Act(
        gettext_lazy("Go on"),
        gettext_lazy("Go on"),
        _resume,
        offered=(Status.WAITING, Status.APPROVAL),
        icon="player-play",
    ),
    "wait": Act(gettext_lazy("Wait…"), gettext_lazy("Let it wait"), _wait, forms.WaitForm, icon="hourglass"),
    "close": Act(
        gettext_lazy("Close ticket…"),
        gettext_lazy("Close ticket"),
        _close,
        forms.CloseForm,
        icon="check",
        about=gettext_lazy("The customer gets what was done and can open it again by answering."),
    ),
    "reopen": Act(
        gettext_lazy("Open again…"),
        gettext_lazy("Open again"),
        _reopen,
        forms.ReopenForm,
        offered=(Status.CLOSED,),
        icon="refresh",
    ),
    "take": Act(gettext_lazy("Take it"), gettext_lazy("Take it"), _take, icon="user-check"),
    "assign": Act(
        gettext_lazy("Assign…"),
        gettext_lazy("Assign"),
        _assign,
        forms.AssignForm,
        roles=OFFICE,
        icon="user-plus",
    ),
    "approval": Act(
        gettext_lazy("Ask for approval…"),
        gettext_lazy("Ask for approval"),
        _approval,
        forms.NoteForm,
        offered=(Status.QUEUED, Status.WORKING, Status.WAITING),
        icon="hand-stop",
    ),
    "back": Act(
        gettext_lazy("Put back into the queue"),
        gettext_lazy("Put back"),
        _put_back,
        offered=(Status.WORKING,),
        icon="inbox",
    ),
    "promise": Act(
        gettext_lazy("Promise…"),
        gettext_lazy("Promise"),
        _promise,
        forms.PromiseForm,
        offered=ANY,
        icon="checklist",
    ),
    "time": Act(
        gettext_lazy("Log time…"),
        gettext_lazy("Keep time"),
        _log_time,
        forms.LogTimeForm,
        offered=ANY,
        icon="clock",
    ),
    "change": Act(gettext_lazy("Change…"), gettext_lazy("Save"), _change, forms.ChangeForm, icon="pencil"),
    "priority": Act(
        gettext_lazy("Set priority…"),
        gettext_lazy("Set priority"),
        _priority,
        forms.PriorityForm,
        roles=OFFICE,
        icon="flag",
        about=gettext_lazy(
            "The priority is computed. What you set holds until something changes that weighs."
        ),
    ),
    "hand-off": Act(
        gettext_lazy("Hand to developers…"),
        gettext_lazy("Hand over"),
        _hand_off,
        forms.HandOffForm,
        offered=ANY,
        icon="external-link",
    ),
    "link": Act(
        gettext_lazy("Link…"),
        gettext_lazy("Link"),
        _link,
        forms.OtherTicketForm,
        offered=ANY,
        icon="link",
        renamed={"to": "other"},
    ),
    "merge": Act(
        gettext_lazy("Merge…"),
        gettext_lazy("Merge"),
        _merge,
        forms.OtherTicketForm,
        roles=OFFICE,
        icon="arrow-merge",
        renamed={"into": "other"},
        about=gettext_lazy("Everything said and done moves to the other ticket; this number leads there."),
    ),
    "split": Act(gettext_lazy("Split…"), gettext_lazy("Split"), _split, forms.SplitForm, icon="arrows-split"),
}
