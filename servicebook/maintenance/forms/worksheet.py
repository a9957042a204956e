"""A worksheet as it is filled in: line by line, each with what was typed and what is wrong with it.

The fields are not Django's: of a school with two hundred computers a page shows a thousand lines.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from servicebook.contracts.forms.rows import number_in
from servicebook.equipment.models import Asset
from servicebook.files.models import Document
from servicebook.maintenance.actions.results import Result
from servicebook.maintenance.models import ChecklistItem, WorksheetLine
from servicebook.maintenance.rules.worksheet import Outcome, Progress, progress
from servicebook.maintenance.worksheets import as_rule

TYPED = ("outcome", "before", "after", "text", "note", "signed_by", "photo")
NUMBERS = ("before", "after")
LONGEST = {"text": 10_000, "note": 250, "signed_by": 120}
# What says by itself that an item was done.
TELLING = ("after", "text", "signed_by", "photo")


@dataclass
class Entry:
    """One line: what stands in its fields, and what is wrong with them."""

    line: WorksheetLine
    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    upload: Any = None
    saved: bool = False

    @classmethod
    def of(cls, line: WorksheetLine) -> "Entry":
        """As it is kept."""
        return cls(line, _kept(line))

    @classmethod
    def typed(cls, line: WorksheetLine, data: Mapping[str, Any], files: Mapping[str, Any]) -> "Entry":
        """As it was typed; what was not sent stays as it is kept."""
        values = _kept(line)
        for name in (*TYPED, "seen"):
            if f"{name}-{line.pk}" in data:
                values[name] = str(data[f"{name}-{line.pk}"]).strip()
        return cls(line, values, upload=files.get(f"file-{line.pk}"))

    @property
    def pk(self) -> int:
        return self.line.pk

    @property
    def item(self) -> ChecklistItem:
        return self.line.item

    @property
    def reads(self) -> bool:
        """Whether it asks for a reading."""
        return (
            self.item.kind == ChecklistItem.Kind.MEASURE or self.item.asks_before or self._proves("reading")
        )

    @property
    def asks_photo(self) -> bool:
        return self._proves("photo")

    @property
    def asks_signature(self) -> bool:
        return self._proves("signature")

    @property
    def asks_words(self) -> bool:
        return self.item.kind == ChecklistItem.Kind.TEXT

    @property
    def wants_note(self) -> bool:
        """Whether the note stands open: something was said in it, or it is asked for."""
        return bool(self.values["note"] or self.errors.get("note") or self.line.deviates)

    @property
    def other_errors(self) -> list[str]:
        """What is wrong with more than one field."""
        return [text for name, text in self.errors.items() if name not in TYPED]

    def result(self) -> Result | None:
        """What is to be recorded; None, and errors, where a value is none. A reading alone says "done"."""
        numbers: dict[str, Decimal | None] = {}
        for name in NUMBERS:
            try:
                numbers[name] = number_in(self.values[name]) if self.values[name] else None
                WorksheetLine._meta.get_field(name).run_validators(numbers[name])  # type: ignore[union-attr]
            except forms.ValidationError as error:
                self.errors[name] = " ".join(error.messages)
        for name, most in LONGEST.items():
            if len(self.values[name]) > most:
                self.errors[name] = _("At most %(most)s characters fit. Say it shorter.") % {"most": most}
        outcome = self.values["outcome"]
        if not outcome and any(self.values[name] for name in TELLING):
            outcome = Outcome.OK
        if self.errors:
            return None
        return Result(
            line=self.line.pk,
            outcome=outcome,
            photo=_number(self.values["photo"]),
            seen=_number(self.values["seen"]),
            text=self.values["text"],
            note=self.values["note"],
            signed_by=self.values["signed_by"],
            **numbers,
        )

    def keep_photo(self, document: Document) -> None:
        """The photo is kept with the ticket; it is not to be sent again."""
        self.values["photo"] = str(document.pk)
        self.line.photo, self.upload = document, None

    def _proves(self, proof: str) -> bool:
        return self.item.proof == proof


@dataclass(frozen=True)
class Unit:
    """The lines of one unit."""

    asset: Asset | None
    entries: Sequence[Entry]
    is_open: bool

    @property
    def progress(self) -> Progress:
        return progress([as_rule(entry.line) for entry in self.entries])


def units_of(entries: Sequence[Entry]) -> list[Unit]:
    """Return lines by unit; those with something wrong stand open, and the first that is not finished."""
    by_unit: dict[int, list[Entry]] = {}
    for entry in entries:
        by_unit.setdefault(entry.line.asset_id or 0, []).append(entry)
    found, open_one = [], False
    for some in by_unit.values():
        unfinished = any(not entry.line.outcome for entry in some)
        opens = any(entry.errors for entry in some) or (unfinished and not open_one) or len(by_unit) == 1
        open_one = open_one or unfinished
        found.append(Unit(some[0].line.asset, some, opens))
    return found


def _kept(line: WorksheetLine) -> dict[str, str]:
    return {
        "outcome": line.outcome,
        "before": _plain(line.before),
        "after": _plain(line.after),
        "text": line.text,
        "note": line.note,
        "signed_by": line.signed_by,
        "photo": str(line.photo_id or ""),
        "seen": str(line.version),
    }


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
