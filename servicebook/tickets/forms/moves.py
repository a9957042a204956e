"""The small forms that move a ticket or change what it says."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import Team, User
from servicebook.contracts.rules.terms import Service
from servicebook.core import clock
from servicebook.core.own_fields import OwnFields
from servicebook.customers.models import Contact, Site
from servicebook.equipment.models import Asset
from servicebook.tickets import directory
from servicebook.tickets.actions import is_outside, usual_service
from servicebook.tickets.forms.base import DOWNTIME, MOST_CHOICES, MoveForm, among, offer, people_choices
from servicebook.tickets.models import KINDS_BY_HAND, Kind, Message, Priority, Ticket, WaitingReason

WORKED = ((Service.LABOUR.value, _("On site")), (Service.REMOTE.value, _("Remotely")))


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
        offer(self, "to", choices)

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
    kind = forms.ChoiceField(label=_("Kind"))
    downtime = forms.TypedChoiceField(label=_("What stands still"), coerce=int, choices=DOWNTIME)
    contact = forms.ModelChoiceField(Contact.objects.none(), label=_("Contact"), required=False)
    site = forms.ModelChoiceField(Site.objects.none(), label=_("Site"), required=False)
    asset = forms.ModelChoiceField(Asset.objects.none(), label=_("Equipment"), required=False)
    work_type = forms.TypedChoiceField(label=_("Work type"), coerce=int, required=False, empty_value=None)
    on_site_contact = forms.CharField(label=_("On-site contact"), max_length=120, required=False)
    preferred_window = forms.CharField(label=_("Preferred window"), max_length=120, required=False)

    def prepare(self) -> None:
        ticket = self.ticket
        kinds = (Kind.PLANNED,) if ticket.kind == Kind.PLANNED else KINDS_BY_HAND
        offer(self, "kind", [(one.value, one.label) for one in kinds])
        reasons = directory.reasons_for(ticket)
        offer(self, "reason", [(pk, one.name) for pk, one in reasons.items()])
        work_types = directory.work_types_for(ticket)
        offer(self, "work_type", [("", "–"), *((pk, one.name) for pk, one in work_types.items())])
        of_customer = Q(customer=ticket.customer)
        for name, model, kept in (
            ("contact", Contact, ticket.contact_id),
            ("site", Site, ticket.site_id),
            ("asset", Asset, ticket.asset_id),
        ):
            rows: QuerySet[Any] = model._default_manager.filter(of_customer | Q(pk=kept))
            rows = rows.select_related("model") if model is Asset else rows
            among(self, name, rows, chosen=self.data.get(name) or kept)
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
    service = forms.ChoiceField(label=_("Where"), choices=WORKED, required=False)
    outside = forms.BooleanField(label=_("Outside the service hours"), required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def prepare(self) -> None:
        self.fields["worked_on"].initial = clock.today(ZoneInfo(settings.TIME_ZONE))
        self.fields["service"].initial = usual_service(self.ticket)
        self.fields["outside"].initial = not self.is_bound and is_outside(self.ticket)
        offer(
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
        offer(self, "owner", people_choices())
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
        offer(self, "messages", [(one.pk, f"{one.author_name}: {one.text[:80]}") for one in said])


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
