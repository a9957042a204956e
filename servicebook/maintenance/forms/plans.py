"""A whole plan on one page: what it is, its scope and parts as rows, its rule, and the work."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from servicebook.accounts.models import Team, User
from servicebook.contracts import amounts
from servicebook.contracts.forms.choices import NumberChoice, Offered
from servicebook.contracts.forms.quiet import QuietForm
from servicebook.contracts.forms.rows import LengthField, NumberField, Row, Rows, ScopeRow
from servicebook.contracts.models import Contract
from servicebook.contracts.rules.periods import months_later
from servicebook.contracts.veiling import numbers_shown
from servicebook.core import clock
from servicebook.core.errors import Refused
from servicebook.core.own_fields import PREFIX as CUSTOM
from servicebook.core.own_fields import OwnFields
from servicebook.customers.forms import people
from servicebook.customers.models import SEES_EVERY_CUSTOMER, Customer
from servicebook.customers.picking import PickField, label
from servicebook.equipment.forms import day_field
from servicebook.maintenance.models import Checklist, Plan, PlanScope
from servicebook.maintenance.plain_words import NTH
from servicebook.tickets.models import WorkType

LONG = forms.Textarea(attrs={"rows": 3})
DAYS = [(str(number), name) for number, name in WEEKDAYS.items()]
ROW_OF = {"scope": "scopes", "parts": "parts"}  # what a refusal names → the rows at which it is shown


def _time_field(**options: Any) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(widget=widget, required=False, **options)


class EquipmentRow(ScopeRow):
    title = gettext_lazy("Equipment")
    help = gettext_lazy(
        "Without a line: everything of the customer; under a contract, what it covers. In one line all must "
        "fit; each line adds more. Units that are added or moved later join and leave by themselves."
    )


class PartRow(Row):
    title = gettext_lazy("Parts")
    help = gettext_lazy("What each task needs; it is to be reserved before the day.")
    add = gettext_lazy("One more part")
    says = ("name",)

    name = forms.CharField(label=gettext_lazy("Part or kit"), max_length=120, required=False)
    quantity = forms.IntegerField(
        label=gettext_lazy("How many"), min_value=1, max_value=9999, required=False, initial=1
    )

    def clause(self) -> dict[str, Any]:
        given = super().clause()
        return {"name": given["name"], "quantity": given["quantity"] or 1}


class PlanForm(OwnFields, QuietForm):
    """The plan's own columns, in the order of the page."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    customer = PickField(
        route="customers:pick", label=gettext_lazy("Customer"), required=False,
        help_text=gettext_lazy("Empty: at every customer, a campaign for the equipment below."),
    )  # fmt: skip
    contract = PickField(
        route="contracts:pick", exact="number", label=gettext_lazy("Contract"), required=False,
        help_text=gettext_lazy("It rests with it, and ends with it."),
    )  # fmt: skip
    per = forms.ChoiceField(
        label=gettext_lazy("Tasks"), choices=Plan.Per.choices,
        help_text=gettext_lazy(
            "Per site: one visit and one question to the customer for all units there. Per unit: one each."
        ),
    )  # fmt: skip

    rule = forms.ChoiceField(label=gettext_lazy("Due by"), choices=Plan.Rule.choices)
    every = forms.IntegerField(label=gettext_lazy("Every"), min_value=1, max_value=1000, required=False)
    every_unit = forms.ChoiceField(label=pgettext_lazy("of time", "Unit"), choices=Plan.Unit.choices)
    anchor_on = day_field(
        label=gettext_lazy("First on"), required=False,
        help_text=gettext_lazy("All others are counted from it; the end of a month stays the end."),
    )  # fmt: skip
    nth = forms.TypedChoiceField(
        label=gettext_lazy("Which of the month"), coerce=int, empty_value=None, required=False,
        choices=[("", gettext_lazy("the day itself")), *((n, NTH[n]) for n in (1, 2, 3, 4, -1))],
    )  # fmt: skip
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("Weekday"), coerce=int, empty_value=None, required=False,
        choices=[("", "–"), *DAYS],
    )  # fmt: skip
    counts_from = forms.ChoiceField(label=gettext_lazy("Counted from"), choices=Plan.CountsFrom.choices)
    meter_name = forms.CharField(
        label=gettext_lazy("Meter"), max_length=80, required=False,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("Runtime")}),
        help_text=gettext_lazy("By its name on the units."),
    )  # fmt: skip
    meter_step = NumberField(label=gettext_lazy("Every, of the meter"), required=False)
    shift = forms.ChoiceField(label=gettext_lazy("On a day off"), choices=Plan.Shift.choices, initial="next")
    hours = NumberChoice(
        label=gettext_lazy("Working days of"), empty=gettext_lazy("Monday to Friday"), required=False
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Only on"), coerce=int, choices=DAYS, required=False,
        widget=forms.CheckboxSelectMultiple, help_text=gettext_lazy("None ticked: any weekday."),
    )  # fmt: skip
    starts_on = day_field(label=gettext_lazy("Nothing before"), required=False)
    ends_on = day_field(label=gettext_lazy("Nothing after"), required=False)

    work_type = forms.ModelChoiceField(
        WorkType.objects.none(), label=gettext_lazy("Work type"), empty_label=None
    )
    standard_minutes = LengthField(
        label=gettext_lazy("Standard time"), required=False,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("that of the work type")}),
    )  # fmt: skip
    checklist = forms.ModelChoiceField(
        Checklist.objects.none(), label=gettext_lazy("Checklist"), required=False, empty_label="–"
    )
    access = forms.CharField(
        label=gettext_lazy("Access conditions"), required=False, widget=LONG, max_length=20_000,
        help_text=gettext_lazy("Pass, escort, who opens. What stands here must be agreed for each visit."),
    )  # fmt: skip
    instructions = forms.CharField(
        label=gettext_lazy("Instructions"), required=False, widget=LONG, max_length=20_000
    )

    window_from = _time_field(label=gettext_lazy("Window from"))
    window_until = _time_field(
        label=gettext_lazy("Window until"), help_text=gettext_lazy("Earlier than its start: over night.")
    )
    needs_window = forms.BooleanField(
        label=gettext_lazy("The customer confirms the window"), required=False, initial=True
    )
    lead_days = forms.IntegerField(
        label=gettext_lazy("Ticket made, days ahead"), min_value=0, max_value=365, initial=14
    )
    may_move_days = forms.IntegerField(
        label=gettext_lazy("May be moved, days"), min_value=0, max_value=180, initial=7,
        help_text=gettext_lazy("Either way, so that one journey does for several."),
    )  # fmt: skip
    owner = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("Owner of the tasks"), required=False,
        empty_label=gettext_lazy("by the queue rules"),
    )  # fmt: skip
    team = forms.ModelChoiceField(
        Team.objects.all(), label=gettext_lazy("Team"), required=False, empty_label="–"
    )
    external_ref = forms.CharField(
        label=gettext_lazy("Number in another system"), max_length=80, required=False
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sees_every_customer = user.has_role(*SEES_EVERY_CUSTOMER)
        rows: dict[str, Any] = {
            "customer": Customer.objects.visible_to(user),
            "contract": Contract.objects.visible_to(user),
            "work_type": WorkType.objects.filter(Q(active=True) | Q(pk=plan.work_type_id)),
            "checklist": Checklist.objects.filter(Q(active=True) | Q(pk=plan.checklist_id)),
            "owner": people(current=plan.owner_id),
        }
        # One that the person may not see is not named, and stays.
        stored = plan.contract
        self.contract_is_veiled = stored is not None and not numbers_shown([stored.number], user)
        if self.contract_is_veiled:
            del self.fields["contract"], rows["contract"]
        for name, queryset in rows.items():
            field = self.fields[name]
            if isinstance(field, PickField | forms.ModelChoiceField):
                field.queryset = queryset
        contract = self.fields.get("contract")
        if isinstance(contract, PickField):
            contract.widget.beside = "customer"
        self.add_own("maintenance.plan", plan.custom)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        nobody = not given.get("customer") and not given.get("contract") and not self.contract_is_veiled
        if nobody and not self.sees_every_customer and "customer" not in self.errors:
            self.add_error("customer", _("Choose a customer of yours; only who sees all may leave it empty."))
        return given


class WholePlan:
    """The form of a plan: `head`, and the rows of `scopes` and `parts`."""

    def __init__(self, *, user: User, plan: Plan, scopes: list[PlanScope], data: Any = None) -> None:
        """Show `plan`, or what was typed; "more" in it asks for one more row, "less" takes one away."""
        self.plan = plan
        offered = Offered((plan.hours_id,) if plan.hours_id else ())
        more, less = (data.get("more", ""), data.get("less", "")) if data is not None else ("", "")
        self.changes_rows = bool(more or less)  # then nothing is judged, and nothing is to be saved yet
        self.head = PlanForm(data, user=user, plan=plan, initial=_typed(plan), label_suffix="")
        self.head.quiet = self.changes_rows
        offered.to(self.head)
        dropped, _dash, place = less.rpartition("-")
        initial: dict[str, Any] = {"scopes": [_scope_typed(one) for one in scopes], "parts": plan.parts}
        kinds: dict[str, type[Row]] = {"scopes": EquipmentRow, "parts": PartRow}
        self.rows = {
            name: Rows(
                name,
                kind,
                offered=offered,
                data=data,
                initial=initial[name],
                add=more == name,
                drop=place if dropped == name else "",
                quiet=self.changes_rows,
            )
            for name, kind in kinds.items()
        }

    def is_valid(self) -> bool:
        return all([self.head.is_valid(), *(rows.is_valid() for rows in self.rows.values())])

    @property
    def seen(self) -> int | None:
        """The version of the plan that the person had before their eyes."""
        return self.head.cleaned_data.get("seen")

    def put(self) -> tuple[Plan, list[PlanScope]]:
        """Write what was typed, and is right, into the plan; return it with its scope. Nothing is saved."""
        self.is_valid()
        own = self.head.take_own() if not self.head.errors else {}
        if own:
            self.plan.custom = {**self.plan.custom, **own}
        for name, value in self.head.cleaned_data.items():
            if name != "seen":
                setattr(self.plan, name, value)
        self.plan.parts = [row.clause() for row in self.rows["parts"].said if row.is_valid()]
        return self.plan, [
            PlanScope(**{f"{name}_id": value for name, value in row.clause().items()})
            for row in self.rows["scopes"].said
            if row.is_valid()
        ]

    def take(self, refused: Refused) -> None:
        """Show each message of a refusal at its field, the rest above the form."""
        above = [text for name, text in refused.fields.items() if not self._placed(name, text)]
        if above or not refused.fields:
            self.head.add_error(None, " ".join(above) or str(refused))

    def _placed(self, name: str, text: str) -> bool:
        for field in (name, f"{CUSTOM}{name}"):
            if field in self.head.fields:
                self.head.add_error(field, text)
                return True
        rows = self.rows.get(ROW_OF.get(name, ""))
        if rows is None or not rows.forms:
            return False
        first = (rows.said or rows.forms)[0]
        first.quiet = False
        first.add_error(first.says[0], text)
        return True

    @property
    def number_of_errors(self) -> int:
        every = [self.head, *(row for rows in self.rows.values() for row in rows.forms if row.is_bound)]
        return sum(len(one.errors) for one in every)


def fresh(**known: Any) -> Plan:
    """What a new plan begins with: every three months, from the first of next month on."""
    first = months_later(_today().replace(day=1), 1)
    work_type = WorkType.objects.filter(active=True).order_by("pk")
    usual = work_type.filter(code="maintenance").first() or work_type.first()
    return Plan(every=3, anchor_on=first, work_type=usual, **known)


def _today() -> date:
    return clock.today(ZoneInfo(settings.TIME_ZONE))


def _typed(plan: Plan) -> dict[str, Any]:
    """A plan as it stands in its fields: amounts and lengths as people write them."""
    chosen = ("work_type", "checklist", "hours", "owner", "team")
    picked = ("customer", "contract")
    others = PlanForm.base_fields.keys() - {"seen", *chosen, *picked}
    values: dict[str, Any] = {name: getattr(plan, name) for name in others}
    values |= {name: getattr(plan, f"{name}_id") for name in chosen}
    values |= {name: label(getattr(plan, name)) for name in picked}
    values["nth"] = -1 if plan.nth == 5 else plan.nth  # a fifth that is missing is the last
    values["standard_minutes"] = amounts.hours(plan.standard_minutes) if plan.standard_minutes else ""
    values["meter_step"] = f"{plan.meter_step.normalize():f}" if plan.meter_step is not None else ""
    return values | {"seen": plan.version if plan.pk else None}


def _scope_typed(one: PlanScope) -> dict[str, Any]:
    picked = {name: label(getattr(one, name)) for name in ("site", "model", "asset")}
    return {**picked, "category": one.category_id, "region": one.region_id}
