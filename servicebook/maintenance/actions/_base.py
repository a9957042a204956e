"""What all moves of an occurrence share: take it, write it once, tell its history and its ticket."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.core.errors import Changed, Refused
from servicebook.maintenance import schedules, states
from servicebook.maintenance.models import Enrolment, Heard, Occurrence, Window
from servicebook.maintenance.rules import windows as rules
from servicebook.maintenance.states import zone
from servicebook.tickets import actions as tickets
from servicebook.tickets import wording
from servicebook.tickets.models import Status

LONGEST_REASON = 200
# Access is agreed for one visit: whoever waited on that day opens to nobody on another.
ACCESS_FALLS: Mapping[str, Any] = {"access_agreed_at": None, "access_agreed_by": ""}
AGREEMENT_FALLS: Mapping[str, Any] = {
    "window_from": None,
    "window_until": None,
    "window_agreed_at": None,
    "window_agreed_by": "",
    "window_channel": "",
    **ACCESS_FALLS,
}


class NotValid(Refused):
    """What was given does not fit; `fields` says where."""

    code = "not_valid"


class MoveRefused(Refused):
    """How the occurrence stands does not allow this."""

    code = "move_refused"


def locked(occurrence_id: int, *, seen: int | None = None) -> Occurrence:
    """Return the occurrence with what its moves need, locked until the transaction ends.

    Its ticket is locked after it, never before: so no two moves wait for each other.

    Args:
        seen: the version of the occurrence that the person had before their eyes.

    Raises:
        Occurrence.DoesNotExist
        Changed: it changed since `seen`.
    """
    occurrence = (
        Occurrence.objects.select_for_update(of=("self",))
        .select_related("plan__contract", "customer", "site", "asset", "ticket", "trip")
        .get(pk=occurrence_id)
    )
    if seen is not None and seen != occurrence.version:
        raise changed()
    occurrence.due_before, occurrence.risks_before = occurrence.due_on, _risks(occurrence)
    return occurrence


def hold_enrolment(enrolment_id: int) -> Enrolment:
    """Lock an enrolment whose next one is stored: before its occurrences, as whatever follows plans does."""
    rows = Enrolment.objects.select_for_update(of=("self",)).select_related(
        "plan__contract", "site", "customer"
    )
    return rows.get(pk=enrolment_id)


def changed() -> Changed:
    return Changed(_("It changed while you were working on it. Look at what is new, then do it again."))


def write(occurrence: Occurrence, **changes: Any) -> None:
    """Write `changes`, if nobody else wrote since the occurrence was read.

    Raises:
        Changed: somebody did.
    """
    seen = occurrence.version
    changes = {**changes, "version": seen + 1}
    if not Occurrence.objects.filter(pk=occurrence.pk, version=seen).update(**changes):
        raise changed()
    for name, value in changes.items():
        setattr(occurrence, name, value)


def refuse_unless_to_do(occurrence: Occurrence) -> None:
    """Refuse what makes no sense for work that is done, skipped or cancelled.

    Raises:
        MoveRefused
    """
    facts = {"day": wording.day_in_house(occurrence.due_on), "because": occurrence.because}
    if occurrence.cancelled_at:
        raise MoveRefused(_("The maintenance of %(day)s is cancelled: %(because)s.") % facts)
    if occurrence.skipped_at:
        raise MoveRefused(
            _("The maintenance of %(day)s is skipped (%(because)s). Bring it back first.") % facts
        )
    if occurrence.ticket and occurrence.ticket.withdrawn_because:
        facts["because"] = occurrence.ticket.withdrawn_because
        raise MoveRefused(
            _("The maintenance of %(day)s was called off (%(because)s). Bring it back first.") % facts
        )
    if occurrence.ticket and occurrence.ticket.status == Status.CLOSED:
        raise MoveRefused(
            _("Ticket %(number)s is closed. Reopen it first if the work is to be done after all.")
            % {"number": occurrence.ticket.number}
        )


def day_of(occurrence: Occurrence, moment: datetime) -> date:
    """Return the local day of a moment at the site."""
    return moment.astimezone(zone(occurrence)).date()


def check_day(occurrence: Occurrence, day: date, *, name: str = "to") -> None:
    """Refuse a day on which the work cannot be.

    Args:
        name: the field that is to blame.

    Raises:
        NotValid
    """
    last, today = schedules.last_day(occurrence.plan), clock.today(zone(occurrence))
    sentence = ""
    if day < today:
        sentence = _("This day has passed. Give today or a later one.")
    elif day > max(today, occurrence.due_on) + rules.FURTHEST:
        sentence = _("This is more than a year away. Give an earlier day, or leave this one out.")
    elif last and day > last:
        sentence = _("The plan and its contract go until %(day)s. Give an earlier day, or extend them first.")
        sentence %= {"day": wording.day_in_house(last)}
    if sentence:
        raise NotValid(sentence, fields={name: sentence})


def due_moment(occurrence: Occurrence) -> datetime:
    """Return when it must be done: at the end of its day, or of the agreed window if that goes on."""
    end = rules.end_of(occurrence.due_on, zone(occurrence))
    return max(end, occurrence.window_until) if occurrence.window_until else end


def to_another_day(occurrence: Occurrence, day: date, *, because: str) -> dict[str, Any]:
    """Return what changes when the work goes to another day.

    Access was agreed for the old one, and a trip of that day goes without it.
    """
    if day == occurrence.due_on:
        return {}
    leaves = occurrence.trip is not None and occurrence.trip.day != day
    return {
        "due_on": day,
        "moved_because": because,
        **ACCESS_FALLS,
        **({"trip": None} if leaves else {}),
    }


def decline_offers(occurrence: Occurrence) -> None:
    """Nobody waits for an answer to what was offered, and what was accepted holds no longer."""
    Window.objects.filter(occurrence=occurrence).exclude(state=Window.State.DECLINED).update(
        state=Window.State.DECLINED
    )


def ticket_follows(occurrence: Occurrence, *, because: str, by: User | None) -> None:
    """Bring the deadline of its ticket in line with the day and the window."""
    if occurrence.ticket_id and occurrence.ticket and occurrence.ticket.is_open:
        tickets.plan_for(occurrence.ticket_id, due_at=due_moment(occurrence), by=by, because=because)


def settled(
    occurrence: Occurrence, verb: str, *, by: User | None = None, by_name: str = "", **facts: Any
) -> None:
    """Record what was done, in the history of its ticket too, and bring the agenda in line.

    So is that nothing puts the visit at risk any more, or that something does again (S0.28). Of a new
    day `duties.work.Risk` tells it in its time.
    """
    entries = happened(occurrence, verb, facts, by=by, by_name=by_name)
    before, after = occurrence.risks_before, _risks(occurrence)
    if before and not after and not states.state_of(occurrence).standing.is_over:
        entries += happened(occurrence, "occurrence.risk_solved", {}, by=by, by_name=by_name)
    elif after and not before and occurrence.due_on == occurrence.due_before:
        entries += happened(occurrence, "occurrence.at_risk", {"risks": sorted(after)})
    occurrence.due_before, occurrence.risks_before = occurrence.due_on, after
    journal.record_many(entries)
    agenda.refresh(occurrence)


def _risks(occurrence: Occurrence) -> frozenset[str]:
    if occurrence.ticket is None:
        return frozenset()
    return frozenset(str(one.code) for one in states.state_of(occurrence).risks)


def happened(
    occurrence: Occurrence,
    verb: str,
    facts: Mapping[str, Any],
    *,
    by: User | None = None,
    by_name: str = "",
) -> list[journal.Happening]:
    """Return the entries of a change: of the occurrence, and of its ticket if it has one."""
    subjects = (occurrence, occurrence.ticket)
    return [journal.Happening(verb, one, facts, by, by_name) for one in subjects if one]


def reason(because: str, missing: str) -> str:
    """One line that says why.

    Raises:
        NotValid: there is none, or it is too long.
    """
    return line(because, "because", missing, longest=LONGEST_REASON)


def line(text: str, name: str, missing: str, *, longest: int = 120) -> str:
    """One line of at most `longest` characters.

    Raises:
        NotValid: there is none, or it is too long.
    """
    found = " ".join(text.split())
    if not found:
        raise NotValid(missing, fields={name: missing})
    if len(found) > longest:
        sentence = _("At most %(most)s characters fit. Say it shorter.") % {"most": longest}
        raise NotValid(sentence, fields={name: sentence})
    return found


def heard(by_name: str, channel: str) -> tuple[str, str]:
    """Return who at the customer gave their word, and its channel in the language of the house.

    Raises:
        NotValid: nobody is named, or the channel is none.
    """
    name = line(by_name, "by_name", _("Name who at the customer agreed."))
    if channel not in Heard.values:
        sentence = _("Choose how it was agreed: %(channels)s.") % {"channels": ", ".join(Heard.values)}
        raise NotValid(sentence, fields={"channel": sentence})
    return name, wording.in_house(Heard(channel).label)
