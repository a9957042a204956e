"""A whole contract on one page: its head, its own columns, and its clauses as rows."""

from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from servicebook.accounts.models import User
from servicebook.contracts.document import CLAUSES, OWN, Clause, Document, Terms
from servicebook.contracts.forms.choices import NumberChoice, Offered
from servicebook.contracts.forms.quiet import QuietForm
from servicebook.contracts.forms.rows import ROWS, NumberField, Row, Rows, typed
from servicebook.contracts.models.choices import BillingCycle, Channel, ContractType, IndexBase, Pause
from servicebook.contracts.patterns import Pattern, begin
from servicebook.contracts.rules.periods import months_later
from servicebook.core import clock, preferences
from servicebook.core.errors import Refused
from servicebook.core.own_fields import PREFIX as CUSTOM
from servicebook.core.own_fields import OwnFields
from servicebook.customers.models import Customer, Site
from servicebook.customers.picking import PickField, label
from servicebook.equipment.forms import day_field
from servicebook.equipment.models import Asset, AssetModel

Shape = TypeVar("Shape", Document, Terms)
LONG = forms.Textarea(attrs={"rows": 3})


class TermsForm(QuietForm):
    """A version's own columns."""

    hours = NumberChoice(
        label=gettext_lazy("Service hours"), empty=gettext_lazy("around the clock"), required=False
    )
    warn_percent = forms.IntegerField(
        label=gettext_lazy("Warn at this share of the time, %"), min_value=1, max_value=99, initial=75
    )
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Channels"), choices=Channel.choices, required=False,
        widget=forms.CheckboxSelectMultiple, help_text=gettext_lazy("None ticked: every channel."),
    )  # fmt: skip
    pauses = forms.MultipleChoiceField(
        label=gettext_lazy("Clocks stop while waiting for"), choices=Pause.choices, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    thresholds = forms.CharField(
        label=gettext_lazy("Tell when used, %"), max_length=60, required=False, initial="50, 80, 100",
        help_text=gettext_lazy("The customer and the owner are told when so much is used."),
    )  # fmt: skip
    uptime_percent = NumberField(label=gettext_lazy("Uptime guarantee, %"), required=False)
    closure_criteria = forms.CharField(
        label=gettext_lazy("A ticket is done when"), required=False, widget=LONG, max_length=20_000
    )
    customer_does = forms.CharField(
        label=gettext_lazy("The customer"), required=False, widget=LONG, max_length=20_000
    )
    we_do = forms.CharField(label=gettext_lazy("We"), required=False, widget=LONG, max_length=20_000)
    vendor_does = forms.CharField(
        label=gettext_lazy("The vendor"), required=False, widget=LONG, max_length=20_000
    )
    access_by = forms.CharField(label=gettext_lazy("Access is arranged by"), max_length=120, required=False)
    closure_by = forms.CharField(
        label=gettext_lazy("Closure is confirmed by"), max_length=120, required=False
    )
    own_trips = forms.BooleanField(
        label=gettext_lazy("Visits are not combined with others on one trip"), required=False
    )

    def clean_thresholds(self) -> list[int]:
        words = self.cleaned_data["thresholds"].replace("%", " ").replace(";", ",").replace(",", " ").split()
        if not all(word.isascii() and word.isdecimal() and len(word) < 4 for word in words):
            raise forms.ValidationError(_("Write whole numbers with commas, such as 50, 80, 100."))
        return sorted({int(word) for word in words})


class HeadForm(OwnFields, QuietForm):
    """With whom, from when to when, for how much, and how it goes on."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    customer = PickField(route="customers:pick", label=gettext_lazy("Customer"))
    type = forms.ChoiceField(label=gettext_lazy("Type"), choices=ContractType.choices)
    owner = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("Owner"))
    starts_on = day_field(label=gettext_lazy("Starts on"))
    ends_on = day_field(label=gettext_lazy("Ends on"), help_text=gettext_lazy("Its last day."))
    review_on = day_field(label=gettext_lazy("Review on"), required=False)
    price = NumberField(label=gettext_lazy("Price"), required=False)
    currency = forms.CharField(label=gettext_lazy("Currency"), max_length=3, required=False)
    billing_cycle = forms.ChoiceField(
        label=gettext_lazy("Billed"), choices=BillingCycle.choices, initial=BillingCycle.YEAR
    )
    considerations = forms.CharField(
        label=gettext_lazy("Special considerations"), required=False, widget=LONG, max_length=20_000
    )
    sensitive = forms.BooleanField(label=gettext_lazy("Only for its owner and the leads"), required=False)
    renews_itself = forms.BooleanField(label=gettext_lazy("Renews itself"), required=False)
    renewal_months = forms.IntegerField(
        label=gettext_lazy("Renewed for, months"), min_value=0, max_value=600, initial=12
    )
    notice_days = forms.IntegerField(
        label=gettext_lazy("Notice, days"), min_value=0, max_value=3650, initial=30
    )
    index_percent = NumberField(label=gettext_lazy("Price rise, %"), required=False)
    index_base = forms.ChoiceField(label=gettext_lazy("Computed from"), choices=IndexBase.choices)
    index_notice_days = forms.IntegerField(
        label=gettext_lazy("Announced, days ahead"), min_value=0, max_value=3650, initial=30
    )
    index_rule = forms.CharField(label=gettext_lazy("By which index"), max_length=120, required=False)
    external_ref = forms.CharField(
        label=gettext_lazy("Number in another system"), max_length=80, required=False
    )
    template = forms.CharField(max_length=120, required=False, widget=forms.HiddenInput)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, kept_owner: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        customer, owner = self.fields["customer"], self.fields["owner"]
        if isinstance(customer, PickField):
            customer.queryset = Customer.objects.visible_to(user)
        if isinstance(owner, forms.ModelChoiceField):
            owner.queryset = User.objects.filter(Q(is_active=True) | Q(pk=kept_owner))
            owner.empty_label = None
        self.add_own("contracts.contract", kwargs.get("initial", {}).get("custom"))


class Whole:
    """The form of a contract: `head` (None where only the terms are asked), `terms`, and `rows`."""

    def __init__(
        self,
        *,
        user: User,
        initial: Document,
        data: Any = None,
        seen: int | None = None,
        only_terms: bool = False,
    ) -> None:
        """Show `initial`, or what was typed.

        Args:
            data: what was typed; "more" in it asks for one more row, "less" takes one away.
            seen: the version of the contract that the person has before their eyes.
        """
        self.about, start = initial, initial.terms
        self.offered = Offered(tuple(one for one in (start.hours, *(t.hours for t in start.targets)) if one))
        more, less = (data.get("more", ""), data.get("less", "")) if data is not None else ("", "")
        self.changes_rows = bool(more or less)  # then nothing is judged, and nothing is to be saved yet
        common: dict[str, Any] = {"label_suffix": ""}
        self.head = None
        if not only_terms:
            self.head = HeadForm(
                data, user=user, kept_owner=initial.owner, initial=_head_initial(initial, seen), **common
            )
            self.head.quiet = self.changes_rows
        self.terms = TermsForm(data, initial=_terms_initial(start), **common)
        self.terms.quiet = self.changes_rows
        self.offered.to(self.terms)
        self.rows = self._rows(data, start, more, less)

    def _rows(self, data: Any, start: Terms, more: str, less: str) -> dict[str, Rows]:
        dropped, _dash, number = less.rpartition("-")
        picked = {} if data is not None else _picked(start)
        return {
            name: Rows(
                name,
                row,
                offered=self.offered,
                data=data,
                initial=[typed(name, one, picked) for one in getattr(start, name)],
                add=more == name,
                drop=number if dropped == name else "",
                quiet=self.changes_rows,
            )
            for name, row in ROWS.items()
        }

    def is_valid(self) -> bool:
        parts: list[Any] = [*self.rows.values(), self.terms, *([self.head] if self.head else [])]
        return all(one.is_valid() for one in parts)

    def document(self) -> Document | None:
        """What was typed as a whole contract; None, and errors at their fields, where it is none.

        Raises:
            RuntimeError: only the terms are asked.
        """
        if self.head is None:
            raise RuntimeError("this form asks for terms only")
        if not self.is_valid():
            return None
        custom = self.head.take_own()
        given = self.head.cleaned_data
        names = Document.model_fields.keys() - {"terms", "custom"}
        values = {name: given.get(name) for name in names}
        values |= {"customer": given["customer"].pk, "owner": given["owner"].pk, "price": given["price"] or 0}
        return self._shaped(Document, {**values, "custom": custom, "terms": self._terms_values()})

    def terms_given(self) -> Terms | None:
        """What was typed as terms; None, and errors at their fields, where they are none."""
        return self._shaped(Terms, self._terms_values()) if self.is_valid() else None

    def sketch(self) -> Document:
        """What is typed so far, for a reading beside the form; what is wrong or missing is left out."""
        clauses = {
            name: [shape for row in rows.said if row.is_valid() and (shape := _clause(name, row))]
            for name, rows in self.rows.items()
        }
        terms = self.about.terms.model_copy(update={**_known(self.terms), **clauses})
        head: dict[str, Any] = {}
        if self.head:
            head = {name: value for name, value in _known(self.head).items() if name in OWN}
            customer = self.head.cleaned_data.get("customer")
            head["customer"] = customer.pk if customer else self.about.customer
            head.setdefault("price", Decimal(0))
        return self.about.model_copy(update={**head, "terms": terms})

    def _terms_values(self) -> dict[str, Any]:
        own = dict(self.terms.cleaned_data)
        return own | {name: [row.clause() for row in rows.said] for name, rows in self.rows.items()}

    def _shaped(self, shape: type[Shape], values: dict[str, Any]) -> Shape | None:
        try:
            return shape(**values)
        except ValidationError as error:
            problems = {".".join(str(part) for part in one["loc"]): one["msg"] for one in error.errors()}
            self.take(Refused(_("Some values do not fit."), fields=problems))
            return None

    def take(self, refused: Refused) -> None:
        """Show each message of a refusal at its field, the rest above the form."""
        above = [text for name, text in refused.fields.items() if not self._placed(name, text)]
        if above or not refused.fields:
            (self.head or self.terms).add_error(None, " ".join(above) or str(refused))

    def _placed(self, name: str, text: str) -> bool:
        kind, *rest = name.removeprefix("terms.").split(".")
        if kind in self.rows:
            return self._in_row(self.rows[kind], rest, text)
        for form, field in ((self.head, kind), (self.head, f"{CUSTOM}{kind}"), (self.terms, kind)):
            if form is not None and field in form.fields:
                form.add_error(field, text)
                return True
        return False

    def _in_row(self, rows: Rows, rest: list[str], text: str) -> bool:
        said = rows.said
        if not rest or not rest[0].isdecimal() or int(rest[0]) >= len(said):
            return False
        row = said[int(rest[0])]
        field = rest[1] if len(rest) > 1 else row.says[0]
        shown = field in row.fields and not row.fields[field].widget.is_hidden
        row.add_error(field if shown else row.says[0], text)
        return True

    @property
    def seen(self) -> int | None:
        """The version of the contract that the person had before their eyes."""
        return self.head.cleaned_data.get("seen") if self.head else None

    @property
    def number_of_errors(self) -> int:
        forms_ = [self.terms, *([self.head] if self.head else [])]
        forms_ += [row for rows in self.rows.values() for row in rows.said]
        return sum(len(one.errors) for one in forms_)


def _known(form: forms.Form) -> dict[str, Any]:
    """What was typed and is right."""
    form.is_valid()
    return {name: value for name, value in form.cleaned_data.items() if value is not None}


def _clause(name: str, row: Row) -> Clause | None:
    shape, _table = CLAUSES[name]
    try:
        return shape(**row.clause())
    except ValidationError:
        return None


def fresh(*, customer: Customer | None, user: User, pattern: Pattern | None = None) -> Document:
    """What a new contract begins with: from the first of next month on, with the terms of `pattern`."""
    today = clock.today(ZoneInfo(settings.TIME_ZONE))
    owner = customer.owner_id if customer and customer.owner_id else user.pk
    currency = (customer.currency if customer else "") or preferences.current().currency
    return begin(
        pattern,
        starts_on=months_later(today.replace(day=1), 1),
        customer=customer.pk if customer else None,
        owner=owner,
        currency=currency,
    )


def _head_initial(document: Document, seen: int | None) -> dict[str, Any]:
    values = {name: getattr(document, name) for name in Document.model_fields if name != "terms"}
    customer = Customer.objects.filter(pk=document.customer).first() if document.customer else None
    values["customer"] = label(customer)
    values["price"] = f"{document.price:,.2f}".replace(",", " ").removesuffix(".00") if document.price else ""
    values["index_percent"] = (
        "" if document.index_percent is None else f"{document.index_percent.normalize():f}"
    )
    return values | {"seen": seen}


def _terms_initial(terms: Terms) -> dict[str, Any]:
    values = {name: getattr(terms, name) for name in TermsForm.base_fields}
    values["thresholds"] = ", ".join(str(one) for one in terms.thresholds)
    values["uptime_percent"] = "" if terms.uptime_percent is None else f"{terms.uptime_percent.normalize():f}"
    return values


def _picked(terms: Terms) -> dict[str, dict[int, Any]]:
    """The rows that scopes name, by field and id; a statement per field that is named."""
    sources = {
        "site": Site.objects.all(),
        "model": AssetModel.objects.all(),
        "asset": Asset.objects.select_related("model"),
    }
    found: dict[str, dict[int, Any]] = {}
    for name, rows in sources.items():
        ids = {value for scope in terms.scopes if (value := getattr(scope, name))}
        found[name] = rows.in_bulk(ids) if ids else {}
    return found
