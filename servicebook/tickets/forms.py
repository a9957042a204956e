"""What people type about tickets. The rules are in the actions; forms only read values."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import Team, User
from servicebook.core import clock
from servicebook.core.listing import FilterForm
from servicebook.core.own_fields import OwnFields
from servicebook.customers.models import Contact, Customer, Site
from servicebook.equipment.models import Asset
from servicebook.search.engines import holding
from servicebook.search.models import Indexed
from servicebook.search.rules import terms
from servicebook.tickets import directory
from servicebook.tickets.models import OPEN, Kind, Message, Priority, Status, Ticket, WaitingReason

MOST_CHOICES = 300  # of one customer's units or contacts in a list; more are found by the search

DOWNTIME = (
    (1, _("Nothing stands still")),
    (2, _("Work goes on with limits")),
    (3, _("Part of the work stands still")),
    (4, _("Work stands still")),
)


def people_choices() -> list[tuple[str, str]]:
    """The active people, without a statement."""
    return [(str(one.pk), one.name) for one in directory.people().values()]


class QueueFilter(FilterForm):
    """What the queue shows. An empty status means every open ticket."""

    for_user = True

    q = forms.CharField(label=_("Text"), max_length=100, widget=forms.TextInput(attrs={"type": "search"}))
    status = forms.ChoiceField(label=_("Status"))
    owner = forms.ChoiceField(label=_("Owner"))
    priority = forms.TypedChoiceField(label=_("Priority"), coerce=int, empty_value=None)
    reason = forms.TypedChoiceField(label=_("Reason"), coerce=int, empty_value=None)
    waiting_for = forms.ChoiceField(label=_("Waiting for"))
    kind = forms.ChoiceField(label=_("Kind"))
    region = forms.TypedChoiceField(label=_("Region"), coerce=int, empty_value=None)
    customer = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)
    asset = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)
    closed_within = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=366)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        every = [("", _("Any"))]
        self._choose("status", [("", _("Open")), *Status.choices, ("all", _("All"))])
        self._choose("owner", [*every, ("me", _("Me")), *people_choices()])
        self._choose("priority", [*every, *Priority.choices])
        self._choose("reason", [*every, *((one.pk, one.name) for one in directory.reasons().values())])
        self._choose("waiting_for", [*every, *WaitingReason.choices])
        self._choose("kind", [*every, *Kind.choices])
        self._choose("region", [*every, *((pk, name) for pk, name in directory.region_names().items())])

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices

    def apply(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.cleaned_data
        status = chosen.get("status") or ("closed" if chosen.get("closed_within") else "")
        if status == "":
            queryset = queryset.filter(status__in=OPEN)
        elif status != "all":
            queryset = queryset.filter(status=status)
        for name in ("priority", "waiting_for", "kind", "customer", "asset", "reason"):
            if chosen.get(name):
                queryset = queryset.filter(**{name: chosen[name]})
        if chosen.get("region"):
            queryset = queryset.filter(region__in=directory.region_and_below(chosen["region"]))
        if owner := chosen.get("owner"):
            queryset = queryset.filter(owner=self.user.pk if owner == "me" else int(owner))
        if days := chosen.get("closed_within"):
            queryset = queryset.filter(closed_at__gte=clock.now() - timedelta(days=days))
        if words := terms(chosen.get("q") or ""):
            kind = ContentType.objects.get_for_model(Ticket)
            found = holding(Indexed.objects.filter(subject_type=kind), words)
            queryset = queryset.filter(pk__in=found.values("subject_id"))
        return queryset


class OpeningForm(OwnFields, forms.Form):
    """A new ticket for a chosen customer."""

    contact = forms.ModelChoiceField(
        Contact.objects.none(), label=_("Who asks"), required=False, empty_label=_("Nobody we know")
    )
    site = forms.ModelChoiceField(Site.objects.none(), label=_("Site"), required=False, empty_label="–")
    asset = forms.ModelChoiceField(
        Asset.objects.none(), label=_("Equipment"), required=False, empty_label=_("Not known yet")
    )
    title = forms.CharField(label=_("What is the matter"), max_length=200)
    text = forms.CharField(
        label=_("In their words"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    reason = forms.TypedChoiceField(label=_("Reason"), coerce=int)
    downtime = forms.TypedChoiceField(
        label=_("What stands still"), coerce=int, required=False, empty_value=None
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind, initial=Kind.REQUEST)
    channel = forms.ChoiceField(label=_("How it came"), initial="phone")
    on_site_contact = forms.CharField(label=_("On-site contact"), max_length=120, required=False)
    preferred_window = forms.CharField(label=_("Preferred window"), max_length=120, required=False)
    acknowledge = forms.BooleanField(label=_("Mail the number to the contact"), required=False, initial=True)

    def __init__(self, *args: Any, user: User, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.user, self.customer = user, customer
        ours = Q(customer=customer)
        if customer.parent_id:  # a contact of the head office may ask for a branch
            ours |= Q(customer=customer.parent_id)
        self._among("contact", Contact.objects.visible_to(user).reachable().filter(ours).order_by("name"))
        self._among("site", Site.objects.visible_to(user).filter(customer=customer, active=True))
        units = Asset.objects.visible_to(user).filter(customer=customer).exclude(state=Asset.State.RETIRED)
        self._among("asset", units.select_related("model").order_by("model", "serial"))
        _choices(self, "reason", [(one.pk, one.name) for one in directory.reasons().values()])
        _choices(self, "downtime", [("", _("As the reason says")), *DOWNTIME])
        _choices(
            self,
            "channel",
            [
                ("phone", _("Phone")),
                ("mail", _("E-mail")),
                ("messenger", _("Messenger")),
                ("internal", _("Internal request")),
            ],
        )
        self.add_own("tickets.ticket")

    def _among(self, name: str, queryset: QuerySet[Any]) -> None:
        chosen = self.data.get(name) or getattr(self.initial.get(name), "pk", None)
        _among(self, name, queryset, chosen=chosen)


class MoveForm(forms.Form):
    """The base of the small forms that move a ticket; knows the ticket and the person.

    A form with a hidden `seen` says what of the ticket the person had before their eyes.
    """

    def __init__(self, *args: Any, ticket: Ticket, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.ticket, self.user = ticket, user
        self.prepare()

    def prepare(self) -> None:
        """Fill choices that depend on the ticket."""

    @staticmethod
    def seen_of(ticket: Ticket) -> int:
        """What `seen` carries; a change of it since is said once, before the move is done."""
        raise NotImplementedError

    def look_again(self) -> None:
        """Take it that the person sees the ticket as it is now: they were told what changed."""
        typed = QueryDict(mutable=True)
        typed.update(self.data)
        typed["seen"] = str(self.seen_of(Ticket.objects.get(pk=self.ticket.pk)))
        self.data = typed


class AssignForm(MoveForm):
    to = forms.ChoiceField(label=_("To"))
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    @staticmethod
    def seen_of(ticket: Ticket) -> int:
        return ticket.owner_id

    def prepare(self) -> None:
        self.fields["seen"].initial = self.seen_of(self.ticket)
        departments = [(f"team-{one.pk}", one.name) for one in directory.teams().values()]
        choices: list[Any] = [(_("People"), people_choices())]
        if departments:
            choices.append((_("Departments"), departments))
        _choices(self, "to", choices)

    def clean_to(self) -> User | Team:
        chosen = self.cleaned_data["to"]
        if chosen.startswith("team-"):
            return directory.teams()[int(chosen.removeprefix("team-"))]
        return directory.person(int(chosen))


class WaitForm(MoveForm):
    waiting_for = forms.ChoiceField(label=_("Waiting for"), choices=WaitingReason, widget=forms.RadioSelect)
    expected_on = forms.DateField(
        label=_("Expected on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("For a part or a delivery. When the day passes, the owner is asked."),
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class NoteForm(MoveForm):
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class ReopenForm(MoveForm):
    because = forms.CharField(label=_("Why"), max_length=200)


class PriorityForm(MoveForm):
    level = forms.TypedChoiceField(label=_("Priority"), coerce=int, choices=Priority)
    because = forms.CharField(label=_("Why"), max_length=150)


class ChangeForm(OwnFields, MoveForm):
    title = forms.CharField(label=_("What is the matter"), max_length=200)
    reason = forms.TypedChoiceField(label=_("Reason"), coerce=int)
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind)
    downtime = forms.TypedChoiceField(label=_("What stands still"), coerce=int, choices=DOWNTIME)
    contact = forms.ModelChoiceField(Contact.objects.none(), label=_("Contact"), required=False)
    site = forms.ModelChoiceField(Site.objects.none(), label=_("Site"), required=False)
    asset = forms.ModelChoiceField(Asset.objects.none(), label=_("Equipment"), required=False)
    work_type = forms.TypedChoiceField(label=_("Work type"), coerce=int, required=False, empty_value=None)
    on_site_contact = forms.CharField(label=_("On-site contact"), max_length=120, required=False)
    preferred_window = forms.CharField(label=_("Preferred window"), max_length=120, required=False)

    def prepare(self) -> None:
        ticket = self.ticket
        reasons = directory.reasons_for(ticket)
        _choices(self, "reason", [(pk, one.name) for pk, one in reasons.items()])
        work_types = directory.work_types_for(ticket)
        _choices(self, "work_type", [("", "–"), *((pk, one.name) for pk, one in work_types.items())])
        of_customer = Q(customer=ticket.customer)
        for name, model, kept in (
            ("contact", Contact, ticket.contact_id),
            ("site", Site, ticket.site_id),
            ("asset", Asset, ticket.asset_id),
        ):
            rows: QuerySet[Any] = model._default_manager.filter(of_customer | Q(pk=kept))
            rows = rows.select_related("model") if model is Asset else rows
            _among(self, name, rows, chosen=self.data.get(name) or kept)
        self.add_own("tickets.ticket", ticket.custom)

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.cleaned_data["custom"] = {**self.ticket.custom, **self.take_own()}
        return self.cleaned_data


class LogTimeForm(MoveForm):
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=1440)
    worked_on = forms.DateField(
        label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    work_type = forms.TypedChoiceField(label=_("Work type"), coerce=int, required=False, empty_value=None)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def prepare(self) -> None:
        self.fields["worked_on"].initial = clock.today(ZoneInfo(settings.TIME_ZONE))
        _choices(
            self, "work_type", [("", "–"), *((one.pk, one.name) for one in directory.work_types().values())]
        )


class PromiseForm(MoveForm):
    text = forms.CharField(
        label=_("What is promised"),
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": _("Call back with the offer")}),
    )
    due_at = forms.DateTimeField(
        label=_("Until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    owner = forms.ChoiceField(label=_("Who"))

    def prepare(self) -> None:
        _choices(self, "owner", people_choices())
        self.fields["owner"].initial = str(self.user.pk)


class OtherTicketForm(MoveForm):
    """Another ticket, by its number or the end of it."""

    other = forms.CharField(label=_("Number of the other ticket"), max_length=20)

    def clean_other(self) -> Ticket:
        text = self.cleaned_data["other"].strip().upper()
        seen = Ticket.objects.visible_to(self.user)
        found = seen.filter(number=text).first()
        if found is None and text.isdecimal():
            found = seen.filter(number__endswith=f"-{int(text):06d}").order_by("-pk").first()
        if found is None:
            raise forms.ValidationError(_("No ticket has this number. Give it as in T-2026-000123."))
        return found


class SplitForm(MoveForm):
    title = forms.CharField(label=_("What the new ticket is about"), max_length=200)
    messages = forms.TypedMultipleChoiceField(
        label=_("Messages that move"), coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def prepare(self) -> None:
        said = Message.objects.filter(ticket=self.ticket).order_by("pk")[:MOST_CHOICES]
        _choices(self, "messages", [(one.pk, f"{one.author_name}: {one.text[:80]}") for one in said])


class HandOffForm(MoveForm):
    url = forms.CharField(
        label=_("Address of the issue"),
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": "https://tracker.example/issues/12"}),
    )
    state = forms.CharField(label=_("How it stands there"), max_length=60, required=False)


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class CloseForm(MoveForm):
    """Everything that closing needs; what is missing is said by the rule, at its field."""

    done = forms.CharField(label=_("What was done"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    result = forms.CharField(label=_("Result"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    proof = forms.CharField(
        label=_("Proof"),
        required=False,
        help_text=_("A photo, an act, a reading, a log: name it, and attach it below."),
    )
    replaced_parts = forms.CharField(label=_("Replaced parts"), required=False, help_text=_("“None” counts."))
    recommendations = forms.CharField(
        label=_("Recommendations"), required=False, help_text=_("“None” counts.")
    )
    agreement = forms.ChoiceField(
        label=_("How the customer agreed"), choices=Ticket.Agreement, required=False, widget=forms.RadioSelect
    )
    agreed_by = forms.CharField(label=_("Who agreed"), max_length=120, required=False)
    agreed_at = forms.DateTimeField(
        label=_("When"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        help_text=_("Empty: now."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    @staticmethod
    def seen_of(ticket: Ticket) -> int:
        return ticket.version

    def prepare(self) -> None:
        for name in ("done", "result", "proof", "replaced_parts", "recommendations"):
            self.fields[name].initial = getattr(self.ticket, name)
        self.fields["agreed_by"].initial = self.ticket.agreed_by or (
            self.ticket.contact.name if self.ticket.contact else ""
        )
        signers = Contact.objects.signers_for(self.ticket.customer_id).values_list("name", flat=True)
        if signers:
            self.fields["agreed_by"].help_text = _("Who may sign: %(names)s.") % {"names": ", ".join(signers)}
        self.fields["seen"].initial = self.seen_of(self.ticket)


class SavedViewForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    shared = forms.BooleanField(label=_("For everybody"), required=False)
    query = forms.CharField(max_length=500, required=False, widget=forms.HiddenInput)


def _choices(form: forms.Form, name: str, choices: list[Any]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared in the form
    field.choices = choices


def _among(form: forms.Form, name: str, rows: QuerySet[Any], *, chosen: Any) -> None:
    """Offer `rows` to choose from: the first of them in the list, and `chosen` wherever it stands.

    A list of ten thousand units helps nobody; the search leads to the others.
    """
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared in the form
    field.queryset = rows
    shown = list(rows[:MOST_CHOICES])
    if chosen and str(chosen).isdecimal() and int(chosen) not in {one.pk for one in shown}:
        shown += list(rows.filter(pk=int(chosen)))
    offered: list[Any] = [("", field.empty_label or "–"), *((one.pk, str(one)) for one in shown)]
    field.choices = offered
