"""A checklist as it is edited: its items as rows, in order, and what changes with the new version (S0.58)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy, pgettext_lazy

from servicebook.contracts.forms.choices import Offered
from servicebook.contracts.forms.quiet import QuietForm
from servicebook.contracts.forms.rows import NumberField, Row, Rows
from servicebook.core.errors import Refused
from servicebook.maintenance.actions.checklists import Item
from servicebook.maintenance.models import ChecklistItem, ChecklistVersion

ITEM = ("text", "kind", "unit", "low", "high", "asks_before", "proof", "required", "hint")


class ItemRow(Row):
    title = gettext_lazy("Items")
    help = gettext_lazy(
        "In the order in which they are done. A reading outside its limits asks why; a failure opens work."
    )
    add = gettext_lazy("One more item")
    says = ("text",)
    more = ("place", "asks_before", "optional", "hint")
    spare = 3

    text = forms.CharField(label=gettext_lazy("What"), max_length=200, required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=ChecklistItem.Kind.choices, required=False, initial="check"
    )
    unit = forms.CharField(
        label=pgettext_lazy("of measure", "Unit"), max_length=20, required=False,
        widget=forms.TextInput(attrs={"placeholder": "°C"}),
    )  # fmt: skip
    low = NumberField(label=gettext_lazy("Not below"), required=False)
    high = NumberField(label=gettext_lazy("Not above"), required=False)
    proof = forms.ChoiceField(
        label=gettext_lazy("Proof"), choices=ChecklistItem.Proof.choices, required=False
    )
    place = forms.IntegerField(
        label=gettext_lazy("Place in the list"), min_value=1, max_value=999, required=False,
        help_text=gettext_lazy("Another number moves it there."),
    )  # fmt: skip
    asks_before = forms.BooleanField(label=gettext_lazy("Read before and after"), required=False)
    optional = forms.BooleanField(label=gettext_lazy("Only if wanted"), required=False)
    hint = forms.CharField(label=gettext_lazy("Hint"), max_length=250, required=False)

    @property
    def more_is_open(self) -> bool:
        """Its place alone, which every item has, does not open it."""
        return any(self[name].errors or self[name].value() not in ("", None, False) for name in self.more[1:])

    def item(self) -> Item:
        given = {**self.clause(), "required": not self.cleaned_data["optional"]}
        given["kind"] = given["kind"] or ChecklistItem.Kind.CHECK
        return Item(**{name: given[name] for name in ITEM})


class HeadForm(QuietForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    regulation = forms.CharField(
        label=gettext_lazy("Regulation to follow"), required=False, max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("A standard, a manual, a law; its first line stands on the act."),
    )  # fmt: skip
    what_changed = forms.CharField(label=gettext_lazy("What changes"), max_length=250, required=False)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


class WholeChecklist:
    """The form of a checklist: `head` and the rows of `items`."""

    def __init__(self, *, name: str, version: ChecklistVersion | None, data: Any = None) -> None:
        """Show the newest version, or what was typed; "more" and "less" in it change the rows."""
        more, less = (data.get("more", ""), data.get("less", "")) if data is not None else ("", "")
        self.changes_rows = bool(more or less)
        begin = {
            "name": name,
            "regulation": version.regulation if version else "",
            "seen": version.number if version else 0,
        }
        self.head = HeadForm(data, initial=begin, label_suffix="")
        self.head.quiet = self.changes_rows
        items = version.items.all() if version else []
        self.items = Rows(
            "items",
            ItemRow,
            offered=Offered(),
            data=data,
            initial=[_typed(at, one) for at, one in enumerate(items, start=1)],
            add=more == "items",
            drop=less.rpartition("-")[2] if less.startswith("items-") else "",
            quiet=self.changes_rows,
        )

    def is_valid(self) -> bool:
        return all([self.head.is_valid(), self.items.is_valid()])

    def ordered(self) -> list[ItemRow]:
        """The rows in which something is said, by their place; those that share one as they stand."""
        rows = [row for row in self.items.said if isinstance(row, ItemRow)]
        wanted = [(row.cleaned_data.get("place") or at, at, row) for at, row in enumerate(rows, start=1)]
        # One that goes up stands before the row whose place it takes, one that goes down behind it.
        wanted.sort(key=lambda one: (one[0], (one[0] > one[1]) - (one[0] < one[1]), one[1]))
        return [row for _place, _at, row in wanted]

    def take(self, refused: Refused, rows: list[ItemRow]) -> None:
        """Show each message of a refusal at its field, the rest above the form."""
        above = [text for name, text in refused.fields.items() if not self._placed(name, text, rows)]
        if above or not refused.fields:
            self.head.add_error(None, " ".join(above) or str(refused))

    def _placed(self, name: str, text: str, rows: list[ItemRow]) -> bool:
        if name in self.head.fields:
            self.head.add_error(name, text)
            return True
        kind, *rest = name.split(".")
        if kind != "items" or len(rest) < 2 or not rest[0].isdecimal() or int(rest[0]) >= len(rows):
            return False
        row = rows[int(rest[0])]
        row.add_error(rest[1] if rest[1] in row.fields else "text", text)
        return True

    @property
    def number_of_errors(self) -> int:
        return sum(len(one.errors) for one in (self.head, *self.items.said))


def _typed(at: int, one: ChecklistItem) -> dict[str, Any]:
    values = {name: getattr(one, name) for name in ITEM}
    for name in ("low", "high"):
        values[name] = "" if values[name] is None else f"{values[name].normalize():f}"
    return {**values, "optional": not one.required, "place": at}
