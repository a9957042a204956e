"""Clauses as rows: some are filled, a few stand empty, one more comes with a button.

A row in which nothing is said is left out. Each row has a number of its own in the names of its
fields ("included-2-limit"), so a row that is taken away leaves the others as they are.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.contracts import amounts, document
from servicebook.contracts.forms.choices import NumberChoice, Offered
from servicebook.contracts.forms.quiet import QuietForm
from servicebook.contracts.models.choices import Measure, PartsRule, Period, Service, Unless
from servicebook.contracts.rules import terms
from servicebook.contracts.rules.durations import NotALength, parse
from servicebook.customers.models import Site
from servicebook.customers.picking import PickField, label
from servicebook.equipment.forms import day_field
from servicebook.equipment.models import Asset, AssetModel

MOST = 200
NOTHING = [("", "–")]


class LengthField(forms.CharField):
    """A length of time as people write it: "4 h", "30 min", "2 d"; cleaned to minutes."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"placeholder": "4 h"}))
        super().__init__(max_length=30, **options)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return minutes_in(text) if text else None


def minutes_in(text: str) -> int:
    try:
        return parse(text)
    except NotALength:
        raise forms.ValidationError(
            _("“%(text)s” is no length of time. Write it like 4 h, 30 min or 2 d.") % {"text": text}
        ) from None


DIGITS = 15  # more stand in no column; the reading beside the form could not write them


def number_in(text: str) -> Decimal:
    """A number as people write it: 150 000; 1 500,50."""
    plain = "".join(text.split()).replace("\N{NO-BREAK SPACE}", "").replace("\N{NARROW NO-BREAK SPACE}", "")
    if "," in plain and "." not in plain and len(plain.rpartition(",")[2]) < 3:
        plain = plain.replace(",", ".")  # 1 500,50; but 150,000 is a thousand's comma
    try:
        number = Decimal(plain.replace(",", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise forms.ValidationError(_("“%(text)s” is no number.") % {"text": text})
    if number and not -DIGITS < number.adjusted() < DIGITS:
        raise forms.ValidationError(_("“%(text)s” is more than fits here.") % {"text": text})
    return number


class NumberField(forms.CharField):
    """A number as people write it: 150 000; 1 500,50."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal"}))
        super().__init__(max_length=30, **options)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return number_in(text) if text else None


class Row(QuietForm):
    """One clause. `says` are the fields without which a row says nothing."""

    says: ClassVar[tuple[str, ...]]
    more: ClassVar[tuple[str, ...]] = ()  # fields that are seldom needed
    spare: ClassVar[int] = 1  # empty rows that stand ready
    title: ClassVar[LazyText]
    help: ClassVar[LazyText]
    add: ClassVar[LazyText]
    use_required_attribute = False

    def __init__(self, *args: Any, offered: Offered, quiet: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered.to(self)
        self.quiet = quiet or self.is_empty

    @property
    def is_empty(self) -> bool:
        values = (self[name].value() for name in self.says)
        return all(value in (None, "") for value in values)

    @property
    def more_is_open(self) -> bool:
        """Whether something was said that stands behind "more"."""
        return any(self[name].errors or self[name].value() not in ("", None, False) for name in self.more)

    @property
    def seldom(self) -> list[forms.BoundField]:
        return [self[name] for name in self.more]

    @property
    def usual(self) -> list[forms.BoundField]:
        return [one for one in self.visible_fields() if one.name not in self.more]

    @property
    def number(self) -> str:
        return str(self.prefix).rpartition("-")[2]

    def clause(self) -> dict[str, Any]:
        """The values of the clause, by the names of its shape in `contracts.document`."""
        return dict(self.cleaned_data)

    def missing(self, name: str, sentence: str) -> None:
        if name not in self.errors and self.cleaned_data.get(name) in (None, ""):
            self.add_error(name, sentence)


class IncludedRow(Row):
    title = gettext_lazy("Included services")
    help = gettext_lazy(
        "Visits and diagnostics are counted, hours are lengths of time (20 h), parts are money. "
        "An empty limit is no limit."
    )
    add = gettext_lazy("One more service")
    says = ("service", "limit")
    more = ("parts", "outside_factor", "rollover", "expires_on")
    spare = 2

    code = forms.CharField(max_length=30, required=False, widget=forms.HiddenInput)
    service = forms.ChoiceField(
        label=gettext_lazy("Service"), choices=[*NOTHING, *Service.choices], required=False
    )
    limit = forms.CharField(
        label=gettext_lazy("Limit"), max_length=30, required=False,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("no limit")}),
    )  # fmt: skip
    period = forms.ChoiceField(label=gettext_lazy("Per"), choices=[*NOTHING, *Period.choices], required=False)
    category = NumberChoice(label=gettext_lazy("Only for"), empty=gettext_lazy("all units"), required=False)
    parts = forms.ChoiceField(
        label=gettext_lazy("Which parts"), choices=[("", "–"), *PartsRule.choices], required=False
    )
    outside_factor = NumberField(
        label=gettext_lazy("Outside the hours, times"), required=False,
        widget=forms.TextInput(attrs={"placeholder": "1.5", "inputmode": "decimal"}),
    )  # fmt: skip
    rollover = forms.BooleanField(
        label=gettext_lazy("What is left goes into the next period"), required=False
    )
    expires_on = day_field(label=gettext_lazy("Pack expires on"), required=False)

    def clean(self) -> dict[str, Any]:
        self.missing("service", _("Say which service is included."))
        given = self.cleaned_data
        try:
            given["limit"] = self._limit(given["limit"]) if given.get("limit") else None
        except forms.ValidationError as error:
            self.add_error("limit", error)
        return given

    def _limit(self, text: str) -> Decimal:
        """Trips and money are numbers; hours are a length, a number alone being hours."""
        timed = self.cleaned_data.get("service") in terms.TIMED
        return Decimal(minutes_in(text)) if timed else number_in(text)

    def clause(self) -> dict[str, Any]:
        given = super().clause()
        given["parts"] = given["parts"] or PartsRule.ALL
        given["outside_factor"] = given["outside_factor"] or Decimal(1)
        given["period"] = given["period"] or None
        return given


class TargetRow(Row):
    title = gettext_lazy("Promised times")
    help = gettext_lazy(
        "The most exact line wins: priority, region and kind of equipment. Write 4 h, 30 min or 2 d."
    )
    add = gettext_lazy("One more time")
    says = ("measure", "minutes")

    measure = forms.ChoiceField(
        label=gettext_lazy("Measure"), choices=[*NOTHING, *Measure.choices], required=False
    )
    minutes = LengthField(label=gettext_lazy("Within"), required=False)
    priority = forms.TypedChoiceField(
        label=gettext_lazy("Priority"), coerce=int, empty_value=None, required=False,
        choices=[("", gettext_lazy("all")), *((number, f"P{number}") for number in range(1, 5))],
    )  # fmt: skip
    region = NumberChoice(label=gettext_lazy("Region"), empty=gettext_lazy("all"), required=False)
    category = NumberChoice(label=gettext_lazy("For"), empty=gettext_lazy("all units"), required=False)
    hours = NumberChoice(label=gettext_lazy("Counted in"), empty=gettext_lazy("usual hours"), required=False)

    def clean(self) -> dict[str, Any]:
        self.missing("measure", _("Say what is promised: response, arrival or recovery."))
        self.missing("minutes", _("Say within which time, such as 4 h."))
        return self.cleaned_data


class ExclusionRow(Row):
    title = gettext_lazy("Exclusions")
    help = gettext_lazy("Extra work if it is so; with a factor it stays covered, but counts so many times.")
    add = gettext_lazy("One more exclusion")
    says = ("unless", "factor")

    unless = forms.ChoiceField(label=gettext_lazy("If"), choices=[*NOTHING, *Unless.choices], required=False)
    factor = NumberField(
        label=gettext_lazy("Times"), required=False,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("extra work"), "inputmode": "decimal"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        self.missing("unless", _("Say in which case."))
        return self.cleaned_data


class RateRow(Row):
    title = gettext_lazy("Rates")
    help = gettext_lazy(
        "What extra work costs under this contract: a visit, a diagnostic, an hour; of parts, so many "
        "times their price. Without a line the rate card holds."
    )
    add = gettext_lazy("One more rate")
    says = ("service", "price")

    service = forms.ChoiceField(
        label=gettext_lazy("Service"), choices=[*NOTHING, *Service.choices], required=False
    )
    price = NumberField(label=gettext_lazy("Price of one"), required=False)
    extra = NumberChoice(
        label=gettext_lazy("Line of the rate card"), empty=gettext_lazy("any"), required=False
    )

    def clean(self) -> dict[str, Any]:
        self.missing("service", _("Say of which service."))
        self.missing("price", _("Say what one costs."))
        return self.cleaned_data


class ScopeRow(Row):
    title = gettext_lazy("Covered equipment")
    help = gettext_lazy(
        "Without a line: everything of the customer. In one line all must fit; each line adds more."
    )
    add = gettext_lazy("One more line")
    says = ("site", "category", "model", "region", "asset")

    site = PickField(route="equipment:pick_site", label=gettext_lazy("Site"), required=False)
    category = NumberChoice(label=gettext_lazy("Category"), empty=gettext_lazy("all"), required=False)
    model = PickField(route="equipment:pick_model", label=gettext_lazy("Model"), required=False)
    region = NumberChoice(label=gettext_lazy("Region"), empty=gettext_lazy("all"), required=False)
    asset = PickField(
        route="equipment:pick_asset", exact="serial", label=gettext_lazy("One unit"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Whose they are, the action says in a sentence.
        rows = {"site": Site.objects.all(), "model": AssetModel.objects.all(), "asset": Asset.objects.all()}
        for name, queryset in rows.items():
            field = self.fields[name]
            if isinstance(field, PickField):
                field.queryset = queryset
                if name != "model":
                    field.widget.beside = "customer"

    def clause(self) -> dict[str, Any]:
        return {
            name: value.pk if hasattr(value, "pk") else value for name, value in self.cleaned_data.items()
        }


class Rows:
    """All clauses of one kind."""

    def __init__(
        self,
        name: str,
        row: type[Row],
        *,
        offered: Offered,
        data: Mapping[str, Any] | None = None,
        initial: Sequence[Mapping[str, Any]] = (),
        add: bool = False,
        drop: str = "",
        quiet: bool = False,
    ) -> None:
        """`add` gives one more row; `drop` takes the one of this number away; `quiet` judges nothing."""
        self.name, self._kind, self.offered = name, row, offered
        self.title, self.help, self.add = row.title, row.help, row.add
        if data is None:
            self.forms = [self._row(at, initial=one) for at, one in enumerate(initial)]
            self.count = len(self.forms)
            for _spare in range(row.spare):
                self._add()
            return
        self.count = min(_count(data.get(f"{name}-count")), MOST)
        self.forms = [
            self._row(at, data=data, quiet=quiet)
            for at in range(self.count)
            if str(at) != drop and any(key.startswith(f"{name}-{at}-") for key in data)
        ]
        if add:
            self._add()

    def _add(self) -> None:
        if self.count < MOST:
            self.forms.append(self._row(self.count))
            self.count += 1

    def _row(self, at: int, *, data: Any = None, initial: Any = None, quiet: bool = False) -> Row:
        return self._kind(
            data, prefix=f"{self.name}-{at}", initial=initial, offered=self.offered, quiet=quiet,
            label_suffix="",
        )  # fmt: skip

    @property
    def said(self) -> list[Row]:
        """The rows in which something is said, in their order: the clauses of the document."""
        return [one for one in self.forms if one.is_bound and not one.is_empty]

    def is_valid(self) -> bool:
        return all(one.is_valid() for one in self.said)

    @property
    def heads(self) -> list[str]:
        """The labels of the columns."""
        return [str(one.label) for one in (self.forms[0] if self.forms else self._row(0)).usual]


def _count(text: Any) -> int:
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 6 else 0


ROWS: dict[str, type[Row]] = {
    "included": IncludedRow,
    "targets": TargetRow,
    "exclusions": ExclusionRow,
    "rates": RateRow,
    "scopes": ScopeRow,
}


def typed(name: str, clause: document.Clause, picked: Mapping[str, Mapping[int, Any]]) -> dict[str, Any]:
    """A clause as it stands in its row: amounts and lengths as people write them.

    Args:
        picked: the rows that scopes name, by field and id.
    """
    values = clause.model_dump()
    if name == "targets":
        values["minutes"] = amounts.hours(values["minutes"])
    if name == "included":
        limit = values["limit"]
        timed = values["service"] in terms.TIMED
        values["limit"] = "" if limit is None else amounts.hours(limit) if timed else _plain(limit)
        values["outside_factor"] = "" if values["outside_factor"] == 1 else _plain(values["outside_factor"])
        values["parts"] = values["parts"] if values["service"] == Service.PARTS else ""
    if name == "exclusions" and values["factor"] is not None:
        values["factor"] = _plain(values["factor"])
    if name == "rates":
        values["price"] = _plain(values["price"])
    if name == "scopes":
        for field in ("site", "model", "asset"):
            values[field] = label(picked.get(field, {}).get(values[field]))
    return values


def _plain(number: Decimal) -> str:
    """150 000; 1.5: with spaces, which are read back in every language."""
    return f"{number.normalize():,f}".replace(",", " ")
