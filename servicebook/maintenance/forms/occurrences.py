"""What is asked about one occurrence: windows, who agreed and how, parts, why it is skipped or moved."""

from collections.abc import Iterator
from datetime import time
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from servicebook.customers.models import Contact
from servicebook.equipment.forms import day_field
from servicebook.maintenance.actions.windows import usual_window
from servicebook.maintenance.forms.base import ActForm, BecauseForm
from servicebook.maintenance.models import Heard, Kit, Occurrence, PartNeed, Window
from servicebook.maintenance.rules import windows as rules
from servicebook.maintenance.rules.windows import Span
from servicebook.maintenance.states import zone
from servicebook.maintenance.templatetags.maintenance import said_window

USUAL, OTHER = "usual", "other"
BY_HAND = [one for one in Heard.choices if one[0] not in (Heard.LINK, Heard.API)]
BY_LINK = [one for one in Heard.choices if one[0] != Heard.API]  # a wish that came so is agreed to


def time_field(**options: Any) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(widget=widget, required=False, **options)


class SeenForm(BecauseForm):
    """Also whether the person saw the occurrence as it is now."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def prepare(self) -> None:
        self.fields["seen"].initial = self.about.version


class MoveForm(SeenForm):
    to = day_field(label=pgettext_lazy("day", "To"))

    field_order = ("to", "because", "seen")

    def prepare(self) -> None:
        super().prepare()
        self.fields["to"].initial = self.about.due_on


class HeardForm(ActForm):
    """Who at the customer said so, and how we heard of it (S0.27)."""

    by_name = forms.CharField(label=gettext_lazy("Who"), max_length=120)
    channel = forms.ChoiceField(label=gettext_lazy("How"), choices=BY_HAND, initial=Heard.PHONE)

    def prepare(self) -> None:
        one: Occurrence = self.about
        names = contacts_of(one)
        self.fields["by_name"].initial = usual_name(one, names)
        if names:
            self.fields["by_name"].help_text = _("Known there: %(names)s.") % {"names": ", ".join(names)}


def contacts_of(one: Occurrence) -> list[str]:
    """The names of the contacts of the customer, those of the site first."""
    known = Contact.objects.filter(customer=one.customer_id, active=True)
    rows = known.values_list("name", "site").order_by("name")[:30]
    return [name for name, _site in sorted(rows, key=lambda row: row[1] != one.site_id)][:6]


def usual_name(one: Occurrence, names: list[str]) -> str:
    """Who is asked about this occurrence as a rule."""
    if one.ticket and (one.ticket.on_site_contact or one.ticket.contact):
        return one.ticket.on_site_contact or str(one.ticket.contact)
    return names[0] if names else ""


class WindowsForm(ActForm):
    """Up to three windows, each a day and its hours where the work is."""

    wide = False
    windows: ClassVar[tuple[int, ...]] = (1, 2, 3)

    day_1 = day_field(label=gettext_lazy("Day"), required=False)
    from_1 = time_field(label=gettext_lazy("From"))
    until_1 = time_field(label=gettext_lazy("Until"))
    day_2 = day_field(label=gettext_lazy("Or day"), required=False)
    from_2 = time_field(label=gettext_lazy("From"))
    until_2 = time_field(label=gettext_lazy("Until"))
    day_3 = day_field(label=gettext_lazy("Or day"), required=False)
    from_3 = time_field(label=gettext_lazy("From"))
    until_3 = time_field(label=gettext_lazy("Until"))

    def prepare(self) -> None:
        opens, closes = hours_of(self.about)
        for number in self.windows:
            self.fields[f"from_{number}"].initial = opens
            self.fields[f"until_{number}"].initial = closes
        self.fields["until_1"].help_text = zone_said(self.about)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        given["windows"] = list(self._spans(given))
        if not given["windows"] and not self.errors:
            self.add_error("day_1", _("Give the day of a window."))
        return given

    def _spans(self, given: dict[str, Any]) -> Iterator[Span]:
        for number in self.windows:
            day, opens, closes = (given.get(f"{name}_{number}") for name in ("day", "from", "until"))
            if day is None:
                continue
            if opens is None or closes is None:
                self.add_error(f"from_{number}", _("Give the hours of this window."))
            else:
                yield rules.on(day, opens, closes, zone(self.about))


class OfferForm(WindowsForm):
    def prepare(self) -> None:
        super().prepare()
        self.fields["day_1"].initial = self.about.due_on


class WishForm(HeardForm, WindowsForm):
    def prepare(self) -> None:
        HeardForm.prepare(self)
        WindowsForm.prepare(self)


class AgreeForm(HeardForm):
    """Which window the customer agreed to: one on offer, the usual one, or another."""

    wide = False

    window = forms.ChoiceField(label=gettext_lazy("Which window"), widget=forms.RadioSelect)
    day = day_field(label=gettext_lazy("Another day"), required=False)
    opens = time_field(label=gettext_lazy("From"))
    closes = time_field(label=gettext_lazy("Until"))

    field_order = ("window", "day", "opens", "closes", "by_name", "channel")

    def prepare(self) -> None:
        super().prepare()
        one: Occurrence = self.about
        open_ones = list(one.windows.filter(state=Window.State.OPEN))
        choices = [(str(row.pk), said_window(row.starts_at, row.ends_at, one)) for row in open_ones]
        usual = usual_window(one)
        if all((row.starts_at, row.ends_at) != tuple(usual) for row in open_ones):
            choices.append((USUAL, _("the usual one: %(window)s") % {"window": said_window(*usual, one)}))
        choices.append((OTHER, _("another one")))
        window = self.fields["window"]
        if isinstance(window, forms.ChoiceField):
            window.choices = choices
        window.initial = choices[0][0]
        channel = self.fields["channel"]
        if isinstance(channel, forms.ChoiceField) and not all(row.ours for row in open_ones):
            channel.choices = BY_LINK
        self.fields["day"].initial = one.due_on
        self.fields["opens"].initial, self.fields["closes"].initial = hours_of(one)
        self.fields["closes"].help_text = zone_said(one)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        chosen = given.get("window", "")
        given["agreed"] = {}
        if chosen == USUAL:
            given["agreed"] = dict(zip(("starts_at", "ends_at"), usual_window(self.about), strict=True))
        elif chosen == OTHER:
            given["agreed"] = self._other(given)
        elif chosen:
            given["agreed"] = {"window_id": int(chosen)}
        return given

    def _other(self, given: dict[str, Any]) -> dict[str, Any]:
        day, opens, closes = given.get("day"), given.get("opens"), given.get("closes")
        if day is None or opens is None or closes is None:
            self.add_error("day", _("Give the day and the hours of the other window."))
            return {}
        span = rules.on(day, opens, closes, zone(self.about))
        return {"starts_at": span.starts_at, "ends_at": span.ends_at}


class PartForm(ActForm):
    name = forms.CharField(label=gettext_lazy("Part or kit"), max_length=120)
    quantity = forms.IntegerField(label=gettext_lazy("How many"), min_value=1, max_value=9999, initial=1)


class ReserveForm(ActForm):
    """From the shelf, or in a kit that exists once."""

    kit = forms.ModelChoiceField(
        Kit.objects.none(),
        label=pgettext_lazy("stock", "From"),
        required=False,
        empty_label=gettext_lazy("the shelf"),
    )

    def prepare(self) -> None:
        kit = self.fields["kit"]
        if isinstance(kit, forms.ModelChoiceField):
            kit.queryset = Kit.objects.filter(active=True)


class UseForm(ActForm):
    """How many of what was issued were built in, with their serial numbers."""

    quantity = forms.IntegerField(
        label=gettext_lazy("How many were used"), min_value=1, max_value=9999,
        help_text=gettext_lazy("The others go back."),
    )  # fmt: skip
    serial = forms.CharField(label=gettext_lazy("Serial numbers"), max_length=200, required=False)

    def prepare(self) -> None:
        need: PartNeed = self.about
        self.fields["quantity"].initial = need.quantity


def hours_of(one: Occurrence) -> tuple[time, time]:
    """The usual hours of a window: the plan's, else the working day."""
    plan = one.plan
    if plan.window_from and plan.window_until:
        return plan.window_from, plan.window_until
    return rules.WORKING_DAY


def zone_said(one: Occurrence) -> str:
    return _("Where the work is: %(zone)s.") % {"zone": zone(one).key}
