"""The texts that close a planned ticket, written from its worksheet: nobody types them again (S0.30)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from servicebook.maintenance.rules.words import gettext_noop as _
from servicebook.maintenance.rules.worksheet import Outcome

Say = Callable[[str], str]  # says a sentence in the language of the house


@dataclass(frozen=True, slots=True)
class Told:
    """What a worksheet tells of one item.

    Attributes:
        on: the unit; empty where the worksheet is about one.
        measure: the unit of its readings: V, °C.
        ticket: the number of the ticket that its failure opened.
    """

    item: str
    outcome: str = Outcome.OPEN
    on: str = ""
    before: Decimal | None = None
    after: Decimal | None = None
    measure: str = ""
    deviates: bool = False
    text: str = ""
    note: str = ""
    photo: str = ""
    signed_by: str = ""
    ticket: str = ""

    @property
    def name(self) -> str:
        return f"{self.item} ({self.on})" if self.on else self.item

    @property
    def reading(self) -> str:
        """Before and after with their unit: "12.1 → 13.6 V"; empty without a reading."""
        values = [_plain(value) for value in (self.before, self.after) if value is not None]
        return f"{' → '.join(values)} {self.measure}".strip() if values else ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet as it was filled in."""

    lines: Sequence[Told] = ()
    checklist: str = ""
    regulation: str = ""
    risks: str = ""
    used_parts: Sequence[str] = field(default=())


@dataclass(frozen=True, slots=True)
class Texts:
    """Drafts of what closing asks for; empty where only a person can say it."""

    done: str = ""
    result: str = ""
    proof: str = ""
    replaced_parts: str = ""
    recommendations: str = ""


def texts(sheet: Sheet, *, say: Say) -> Texts:
    """Write what a worksheet says into the answers that close its ticket."""
    if not any(line.outcome for line in sheet.lines):
        return Texts(replaced_parts=", ".join(sheet.used_parts), recommendations=sheet.risks)
    return Texts(
        done=_done(sheet, say),
        result=_result(sheet, say),
        proof=_proof(sheet, say),
        replaced_parts=", ".join(sheet.used_parts),
        recommendations=_recommendations(sheet, say),
    )


def _done(sheet: Sheet, say: Say) -> str:
    finished = [line for line in sheet.lines if line.outcome in (Outcome.OK, Outcome.FAILED)]
    facts = {"done": len(finished), "all": len(sheet.lines), "checklist": sheet.checklist}
    rows = [say(_("%(checklist)s: %(done)s of %(all)s items.")) % facts]
    if sheet.regulation:
        rows.append(say(_("By %(regulation)s.")) % {"regulation": sheet.regulation.splitlines()[0]})
    rows += [f"{line.name}: {line.reading}" for line in finished if line.reading]
    rows += [f"{line.name}: {line.text}" for line in finished if line.text]
    return "\n".join(rows)


def _result(sheet: Sheet, say: Say) -> str:
    rows = []
    for outcome, sentence in (
        (Outcome.FAILED, _("Failed: %(items)s.")),
        (Outcome.NOT_DONE, _("Not done: %(items)s.")),
        (Outcome.OPEN, _("Left: %(items)s.")),
    ):
        found = [_with_why(line) for line in sheet.lines if line.outcome == outcome]
        if found:
            rows.append(say(sentence) % {"items": "; ".join(found)})
    outside = [_with_why(line) for line in sheet.lines if line.deviates and line.outcome == Outcome.OK]
    if outside:
        rows.append(say(_("Outside the limits: %(items)s.")) % {"items": "; ".join(outside)})
    return "\n".join(rows) or say(_("Everything was found in order."))


def _proof(sheet: Sheet, say: Say) -> str:
    rows = []
    for sentence, found in (
        (_("Photos: %(what)s."), [line.photo for line in sheet.lines]),
        (_("Readings: %(what)s."), [line.name for line in sheet.lines if line.reading]),
        (_("Signed by %(what)s."), [line.signed_by for line in sheet.lines]),
    ):
        if named := _once(found):
            rows.append(say(sentence) % {"what": ", ".join(named)})
    return "\n".join(rows)


def _recommendations(sheet: Sheet, say: Say) -> str:
    repair = [
        f"{line.name} ({line.ticket})" if line.ticket else line.name
        for line in sheet.lines
        if line.outcome == Outcome.FAILED
    ]
    rows = [say(_("Repair: %(items)s.")) % {"items": "; ".join(repair)}] if repair else []
    return "\n".join([*rows, *([sheet.risks] if sheet.risks else [])])


def _with_why(line: Told) -> str:
    return f"{line.name} – {line.note}" if line.note else line.name


def _once(texts: Iterable[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if text]


def _plain(value: Decimal) -> str:
    """A number without needless zeros, and never as a power of ten."""
    return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
