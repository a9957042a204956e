"""Forms of the import: the file, its columns, how it is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from servicebook.intake.importing.fields import Field, fields_of
from servicebook.intake.importing.rules.encodings import DELIMITERS, ENCODINGS
from servicebook.intake.models import ImportRun

_DELIMITER_NAMES = {",": _("Comma"), ";": _("Semicolon"), "\t": _("Tabulator"), "|": _("Vertical bar")}
_ENCODING_NAMES = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "cp1251": _("Cyrillic (Windows-1251)"),
    "gb18030": _("Chinese (GB 18030)"),
    "cp1252": _("Western (Windows-1252)"),
    "latin-1": _("Western (ISO 8859-1)"),
}

SAMPLES_SHOWN = 3


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or XLSX. The first line names the columns; their order does not matter."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )
    entity = forms.ChoiceField(
        label=_("What the rows are"),
        required=False,
        choices=[("", _("Guess from the headings")), *ImportRun.Entity.choices],
    )


class ReadAsForm(forms.Form):
    """The file read in another way than was guessed."""

    entity = forms.ChoiceField(label=_("What the rows are"), choices=ImportRun.Entity.choices)
    encoding = forms.ChoiceField(
        label=_("Encoding"),
        required=False,
        choices=[("", _("Guess")), *((name, _ENCODING_NAMES[name]) for name in ENCODINGS)],
    )
    delimiter = forms.ChoiceField(
        label=_("Separator"),
        required=False,
        choices=[("", _("Guess")), *((mark, _DELIMITER_NAMES[mark]) for mark in DELIMITERS)],
    )


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One column of the file on the page: its heading, what its cells say, the choice of a field."""

    heading: str
    samples: Sequence[str]
    bound: forms.BoundField

    @property
    def control(self) -> str:
        """The choice alone: the heading beside it is its label."""
        invalid = " is-invalid" if self.bound.errors else ""
        described = f"{self.bound.auto_id}_error" if self.bound.errors else False
        return self.bound.as_widget(
            attrs={
                "class": f"form-select form-select-sm{invalid}",
                "aria-label": self.heading,
                "aria-describedby": described,
            }
        )


class ColumnsForm(forms.Form):
    """Which column is which field: one choice per column of the file."""

    choice = forms.ChoiceField(
        label=_("If rows are bad"), choices=ImportRun.Choice.choices, widget=forms.RadioSelect
    )

    def __init__(self, run: ImportRun, data: Mapping[str, Any] | None = None) -> None:
        headings: list[str] = run.shape["headings"]
        field_of = {heading: name for name, heading in run.mapping.items()}
        initial = {f"column_{at}": field_of.get(heading, "") for at, heading in enumerate(headings)}
        super().__init__(data, initial={**initial, "choice": run.choice}, label_suffix="")
        self.headings = headings
        self.known: dict[str, Field] = {one.name: one for one in fields_of(run.entity)}
        choices = [("", _("Leave out")), *((one.name, _label(one)) for one in self.known.values())]
        for at, heading in enumerate(headings):
            self.fields[f"column_{at}"] = forms.ChoiceField(label=heading, required=False, choices=choices)

    def columns(self, samples: Sequence[Mapping[str, str]]) -> list[ColumnRow]:
        """The rows of the page; `samples` are the first rows of the file."""
        rows = []
        for at, heading in enumerate(self.headings):
            told = dict.fromkeys(row[heading][:60] for row in samples if row.get(heading))
            rows.append(ColumnRow(heading, list(told)[:SAMPLES_SHOWN], self[f"column_{at}"]))
        return rows

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        used: dict[str, str] = {}
        for at, heading in enumerate(self.headings):
            name = cleaned.get(f"column_{at}")
            if name and name in used:
                text = _("“%(heading)s” says this already. Leave one of the two out.")
                self.add_error(f"column_{at}", text % {"heading": used[name]})
            elif name:
                used[name] = heading
        self.mapping = used
        return cleaned

    def mark(self, fields: Mapping[str, str]) -> None:
        """Show what was refused: at the column if there is one, else above the form."""
        for name, message in fields.items():
            heading = self.mapping.get(name)
            self.add_error(f"column_{self.headings.index(heading)}" if heading else None, message)


def _label(one: Field) -> Any:
    return f"{one.label} *" if one.required else one.label
