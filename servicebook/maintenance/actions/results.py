"""What came of each item of a worksheet; what failed opens work of its own, once (S0.30)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.core.errors import Changed
from servicebook.files import actions as files
from servicebook.files.models import Document
from servicebook.maintenance.actions._base import MoveRefused, NotValid
from servicebook.maintenance.models import Worksheet, WorksheetLine
from servicebook.maintenance.rules import worksheet as rules
from servicebook.maintenance.rules.worksheet import Outcome, Problem
from servicebook.maintenance.worksheets import as_rule, lines_of, told
from servicebook.tickets import actions as tickets
from servicebook.tickets import directory, wording
from servicebook.tickets.models import Channel, Kind, Link, Ticket
from servicebook.tickets.rules.closing import FAILURE

LONGEST_NOTE = 250

MISSING: Mapping[Problem, Any] = {
    Problem.BEFORE: gettext_lazy("Give the reading before the work."),
    Problem.AFTER: gettext_lazy("Give the reading."),
    Problem.TEXT: gettext_lazy("Write down what was found."),
    Problem.PHOTO: gettext_lazy("Attach the photo, which is its proof."),
    Problem.SIGNED_BY: gettext_lazy("Name who signed for it."),
    Problem.NOTE: gettext_lazy("Say why."),
}
_FOUND = gettext_lazy("%(item)s: failed at planned maintenance")
_TEXT = gettext_lazy("Found at planned maintenance %(number)s.")
_PASSES = gettext_lazy("Checked again at %(number)s: %(item)s is fine now.")
_FAILS = gettext_lazy("Checked again at %(number)s: %(item)s fails after all. %(why)s")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one line.

    Attributes:
        line: its id.
        outcome: of `WorksheetLine.Outcome`; empty opens it again.
        photo: the id of a document of the ticket.
        seen: the version of the line that the person had before their eyes.
    """

    line: int
    outcome: str
    before: Decimal | None = None
    after: Decimal | None = None
    text: str = ""
    note: str = ""
    photo: int | None = None
    signed_by: str = ""
    seen: int | None = None


class LinesRefused(NotValid):
    """A line lacks what it asks for; `fields` names line and field: "lines.12.photo"."""

    code = "lines_refused"


def record_line(ticket_id: int, result: Result, *, by: User, at: datetime | None = None) -> WorksheetLine:
    """Record what came of one line. See `record_many`."""
    sheet = record_many(ticket_id, [result], by=by, at=at)
    return WorksheetLine.objects.select_related("item", "asset", "follow_up").get(
        worksheet=sheet, pk=result.line
    )


@transaction.atomic
def record_many(
    ticket_id: int,
    results: Sequence[Result],
    *,
    by: User,
    at: datetime | None = None,
    risks: str | None = None,
    whole: bool = False,
) -> Worksheet:
    """Record what came of the lines of a ticket's worksheet, all or none.

    Whether a reading deviates is computed. A line that fails opens a ticket for its unit, with its
    photo, once; when it is fine after all, or fails again, that ticket is told. Once that one is closed,
    a new failure opens another. What says the same again changes nothing.

    Args:
        at: when it was done, which an offline phone may tell late; now if None.
        risks: what may go wrong until the next time; as it was if None.
        whole: the sheet is sent as a whole, while a tap of the same person may still be on its way: what
            `by` recorded since counts as seen.

    Raises:
        LinesRefused: a line is called done without its proof, or fails without a reason.
        NotValid: a line or a photo is not of this ticket, or `at` is still to come.
        MoveRefused: the ticket is closed, or has no worksheet.
        Changed: a line changed since it was `seen`.
    """
    # Not closed by somebody else in the meantime: what is left is read when it is.
    ticket = (
        Ticket.objects.select_for_update(of=("self",))
        .select_related("customer", "contact", "site", "asset")
        .get(pk=ticket_id)
    )
    sheet = _sheet(ticket)
    now = clock.now()
    if at is not None and at > now:
        sentence = _("This moment is still to come. Give when it was done.")
        raise NotValid(sentence, fields={"at": sentence})
    lines = {line.pk: line for line in lines_of(sheet)}
    fresh = _changed_lines(ticket, lines, results, own=by.pk if whole else None)
    was = {line.pk: line.outcome for line in lines.values()}
    for result in fresh:
        _fill(lines[result.line], result, by=by, at=at or now)
    _refuse([lines[result.line] for result in fresh])
    for result in fresh:
        line = lines[result.line]
        _follow_up(ticket, line, was=was[line.pk], by=by)
        line.save()
    # A reading before the work is kept on an open line; the history waits for what comes of it.
    told_of = [lines[one.line] for one in fresh if lines[one.line].outcome or was[one.line]]
    _keep(ticket, sheet, told_of, risks, by=by, at=at or now)
    return sheet


def _sheet(ticket: Ticket) -> Worksheet:
    if not ticket.is_open:
        raise MoveRefused(
            _("Ticket %(number)s is closed. Reopen it first if something is to be added.")
            % {"number": ticket.number}
        )
    sheet = Worksheet.objects.select_for_update().filter(ticket=ticket).first()
    if sheet is None:
        raise MoveRefused(
            _("Ticket %(number)s has no worksheet: it was not made from a plan with a checklist.")
            % {"number": ticket.number}
        )
    sheet.ticket = ticket
    return sheet


def _changed_lines(
    ticket: Ticket, lines: Mapping[int, WorksheetLine], results: Sequence[Result], *, own: int | None
) -> list[Result]:
    """Those of the results that say something new."""
    wrong: dict[str, str] = {}
    stale: list[str] = []
    photos = _photos_of(ticket, results)
    for result in results:
        line = lines.get(result.line)
        if line is None:
            wrong[f"lines.{result.line}"] = _("There is no such line on this ticket.")
        elif result.outcome not in WorksheetLine.Outcome.values:
            wrong[f"lines.{result.line}.outcome"] = _("Choose what came of it.")
        elif result.photo is not None and result.photo not in photos:
            wrong[f"lines.{result.line}.photo"] = _("This photo is not on this ticket. Attach it first.")
        elif own and line.by_id == own:
            continue
        elif result.seen is not None and result.seen != line.version and not _says_the_same(line, result):
            stale.append(str(line.item))
    if wrong:
        raise LinesRefused(" ".join(dict.fromkeys(wrong.values())), fields=wrong)
    if stale:
        raise Changed(
            _("Somebody else recorded this meanwhile: %(items)s. Look at it, then do it again.")
            % {"items": ", ".join(stale)}
        )
    return [result for result in results if not _says_the_same(lines[result.line], result)]


def _photos_of(ticket: Ticket, results: Sequence[Result]) -> set[int]:
    wanted = {result.photo for result in results if result.photo is not None}
    if not wanted:
        return set()
    kind = ContentType.objects.get_for_model(Ticket)
    there = Document.objects.filter(subject_type=kind, subject_id=ticket.pk, pk__in=wanted)
    return set(there.values_list("pk", flat=True))


def _columns(result: Result) -> dict[str, Any]:
    if result.outcome == Outcome.OPEN:  # only what was read before the work, which goes on
        result = Result(line=result.line, outcome=Outcome.OPEN, before=result.before)
    return {
        "outcome": result.outcome,
        "before": result.before,
        "after": result.after,
        "text": result.text.strip(),
        "note": " ".join(result.note.split()),
        "photo_id": result.photo,
        "signed_by": " ".join(result.signed_by.split())[:120],
    }


def _says_the_same(line: WorksheetLine, result: Result) -> bool:
    return all(getattr(line, name) == value for name, value in _columns(result).items())


def _fill(line: WorksheetLine, result: Result, *, by: User, at: datetime) -> None:
    for name, value in _columns(result).items():
        setattr(line, name, value)
    recorded = line.outcome != Outcome.OPEN
    outside = rules.deviates(line.item.low, line.item.high, before=line.before, after=line.after)
    line.deviates = recorded and outside
    line.at, line.by = at if recorded else None, by
    line.version += 1


def _refuse(lines: Sequence[WorksheetLine]) -> None:
    """Refuse what is recorded without what it asks for; say which (S0.26)."""
    wrong: dict[str, str] = {}
    said: list[str] = []
    for line in lines:
        for problem in rules.problems(as_rule(line)):
            wrong[f"lines.{line.pk}.{problem.value}"] = str(MISSING[problem])
            said.append(f"{line.item}: {MISSING[problem]}")
        if len(line.note) > LONGEST_NOTE:
            text = _("At most %(most)s characters fit. Say it shorter.") % {"most": LONGEST_NOTE}
            wrong[f"lines.{line.pk}.note"] = text
            said.append(f"{line.item}: {text}")
    if wrong:
        raise LinesRefused(_("Not recorded yet. %(wrong)s") % {"wrong": " ".join(said)}, fields=wrong)


def _follow_up(ticket: Ticket, line: WorksheetLine, *, was: str, by: User) -> None:
    """Open the work that a failure asks for, or tell it that the item is fine, or fails, after all."""
    known, facts = line.follow_up, {"number": ticket.number, "item": line.item, "why": line.note}
    fails_anew = line.outcome == Outcome.FAILED and was != Outcome.FAILED
    if line.outcome == Outcome.FAILED and (known is None or (fails_anew and not known.is_open)):
        line.follow_up = _opened(ticket, line, by=by)
    elif known is not None and fails_anew:
        tickets.add_note(known.pk, text=wording.in_house(_FAILS) % facts, by=by)
    elif known is not None and was == Outcome.FAILED and line.outcome == Outcome.OK:
        tickets.add_note(known.pk, text=wording.in_house(_PASSES) % facts, by=by)


def _opened(ticket: Ticket, line: WorksheetLine, *, by: User) -> Ticket:
    fresh = tickets.open_ticket(
        customer=ticket.customer,
        contact=ticket.contact,
        site=ticket.site,
        asset=tickets.still_of(ticket.customer, line.asset or ticket.asset),
        kind=Kind.REQUEST,
        reason=directory.reason(FAILURE) or directory.default_reason(),
        channel=Channel.PROGRAM,
        title=wording.shortened(wording.in_house(_FOUND) % {"item": line.item}),
        text=_description(ticket, line),
        author_name=by.name,
        acknowledge=False,
        by=by,
    )
    tickets.link(fresh.pk, to=ticket, kind=Link.Kind.FOLLOW_UP, by=by)
    if line.photo:
        files.hang_also(line.photo, on=fresh, by=by)
    return fresh


def _description(ticket: Ticket, line: WorksheetLine) -> str:
    """What the next engineer must know: where it was found, on what, and what was read."""
    said = [wording.in_house(_TEXT) % {"number": ticket.number}, f"{line.item}: {line.note}"]
    if line.asset:
        said.append(str(line.asset))
    if reading := told(line).reading:
        said.append(reading)
    return "\n".join(filter(None, [*said, line.text]))


def _keep(
    ticket: Ticket,
    sheet: Worksheet,
    lines: Sequence[WorksheetLine],
    risks: str | None,
    *,
    by: User,
    at: datetime,
) -> None:
    new_risks = risks is not None and risks.strip() != sheet.risks
    if not lines and not new_risks:
        return
    if risks is not None:
        sheet.risks = risks.strip()
    sheet.changed_at = clock.now()
    sheet.save(update_fields=["risks", "changed_at"])
    failed = _items(lines, Outcome.FAILED)
    verb = "worksheet.failed" if failed else "worksheet.recorded" if lines else "worksheet.risks"
    journal.record(
        verb,
        ticket,
        by=by,
        done=_items(lines, Outcome.OK),
        failed=failed,
        not_done=_items(lines, Outcome.NOT_DONE),
        opened_again=_items(lines, Outcome.OPEN),
        deviating=[str(line.item) for line in lines if line.deviates],
        risks=sheet.risks,
        done_at=at,
    )
    agenda.refresh(ticket)


def _items(lines: Sequence[WorksheetLine], outcome: Outcome) -> list[str]:
    return [str(line.item) for line in lines if line.outcome == outcome]
