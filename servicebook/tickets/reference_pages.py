"""Reference data of tickets (S0.45, S0.48, S0.49, S0.55): reasons, work types, queue rules, statuses."""

from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from servicebook import journal
from servicebook.accounts.models import User
from servicebook.accounts.requests import SignedInRequest
from servicebook.core.codes import code_for
from servicebook.core.directory import Directory
from servicebook.core.exports import Column
from servicebook.customers.models import Customer, Region
from servicebook.tickets.models import QueueRule, Reason, Status, WaitingReason, WorkType

RISKS = (
    (1, gettext_lazy("None: nothing stands still")),
    (2, gettext_lazy("Low: work goes on with limits")),
    (3, gettext_lazy("High: part of the work stands still")),
    (4, gettext_lazy("Whole: work stands still")),
)
# What a person decides by when choosing a status: tone, meaning.
STATUSES = {
    Status.QUEUED: ("wait", gettext_lazy("Has an owner, nobody works on it yet.")),
    Status.WORKING: ("live", gettext_lazy("The owner works on it now.")),
    Status.APPROVAL: ("risk", gettext_lazy("The customer or a manager has to agree before work goes on.")),
    Status.WAITING: ("wait", gettext_lazy("Somebody else has to act first; always with a reason.")),
    Status.CLOSED: ("done", gettext_lazy("Done, with result, proof and the customer's agreement.")),
}
WAITING = {
    WaitingReason.PART: gettext_lazy("A part is on order. Needs the day on which it is expected."),
    WaitingReason.ACCESS: gettext_lazy(
        "The site cannot be entered. Agree a window with the contact on site."
    ),
    WaitingReason.PAYMENT: gettext_lazy("Work goes on when the customer has paid."),
    WaitingReason.CLIENT: gettext_lazy(
        "The customer has to decide. After 48 hours without an answer we ask again."
    ),
    WaitingReason.DELIVERY: gettext_lazy("A delivery is under way. Needs the day on which it is expected."),
}


class CodedForm(forms.ModelForm):  # type: ignore[type-arg]
    """A row with a code for programs, made of its first name and never changed."""

    def save(self, commit: bool = True) -> Any:
        row = self.instance
        if not row.code:
            row.code = code_for(type(row), row.name)
        return super().save(commit)


class ReasonForm(CodedForm):
    downtime_risk = forms.TypedChoiceField(
        label=gettext_lazy("Downtime risk"),
        choices=RISKS,
        coerce=int,
        help_text=gettext_lazy("Part of the priority that is computed for a new ticket."),
    )

    class Meta:
        model = Reason
        fields = ["name", "downtime_risk"]


class WorkTypeForm(CodedForm):
    class Meta:
        model = WorkType
        fields = ["name", "standard_minutes"]


class QueueRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """Conditions that are left empty fit every ticket."""

    customer = forms.CharField(
        label=gettext_lazy("Customer"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("The whole name, or its number as “#12”; branches are included."),
    )

    class Meta:
        model = QueueRule
        fields = ["kind", "reason", "region", "customer", "owner", "team"]
        labels = {
            "kind": gettext_lazy("Kind"),
            "reason": gettext_lazy("Reason"),
            "region": gettext_lazy("Region"),
            "owner": gettext_lazy("Owner"),
            "team": gettext_lazy("Team"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule: QueueRule = self.instance
        self.initial["customer"] = f"{rule.customer} #{rule.customer_id}" if rule.customer else ""
        self._offer("owner", User.objects.filter(Q(is_active=True) | Q(pk=rule.owner_id)))
        self._offer("reason", Reason.objects.filter(Q(active=True) | Q(pk=rule.reason_id)))
        self._offer("region", Region.objects.filter(Q(active=True) | Q(pk=rule.region_id)))

    def _offer(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = rows

    def clean_customer(self) -> Customer | None:
        text = self.cleaned_data["customer"].strip()
        if not text:
            return None
        number = text.rpartition("#")[2]
        by_number = "#" in text and number.isascii() and number.isdecimal() and len(number) < 18
        wanted = {"pk": number} if by_number else {"name__iexact": text}
        found = list(Customer.objects.filter(active=True, **wanted)[:2])
        if len(found) == 1:
            return found[0]
        raise forms.ValidationError(
            _("Several customers are called so. Write the number from the page's address, such as #12.")
            if found
            else _("No customer is called so. Write the whole name, or the number, such as #12.")
        )


def _fits(rule: QueueRule) -> str:
    parts = [rule.get_kind_display() if rule.kind else "", rule.reason, rule.region, rule.customer]
    return " · ".join(str(part) for part in parts if part) or _("Every ticket")


REASONS = Directory(
    model=Reason,
    route="tickets:reasons",
    address="settings/reasons/",
    title=gettext_lazy("Reasons"),
    intro=gettext_lazy("Why customers turn to us. The first one is taken when nobody says."),
    add=gettext_lazy("Add a reason"),
    form=ReasonForm,
    columns=[
        Column(gettext_lazy("Name"), lambda row: row.name),
        Column(gettext_lazy("Downtime risk"), lambda row: dict(RISKS)[row.downtime_risk]),
        Column(gettext_lazy("Code for programs"), lambda row: row.code),
    ],
    record=journal.record,
)
WORK_TYPES = Directory(
    model=WorkType,
    route="tickets:work_types",
    address="settings/work-types/",
    title=gettext_lazy("Work types"),
    intro=gettext_lazy("Kinds of work and the time they usually take."),
    add=gettext_lazy("Add a work type"),
    form=WorkTypeForm,
    columns=[
        Column(gettext_lazy("Name"), lambda row: row.name),
        Column(
            gettext_lazy("Standard time"), lambda row: _("%(count)d min") % {"count": row.standard_minutes}
        ),
        Column(gettext_lazy("Code for programs"), lambda row: row.code),
    ],
    record=journal.record,
)
QUEUE_RULES = Directory(
    model=QueueRule,
    route="tickets:queue_rules",
    address="settings/queue-rules/",
    title=gettext_lazy("Queue rules"),
    intro=gettext_lazy("Who owns a new ticket: the first rule that fits wins, else the service owner."),
    add=gettext_lazy("Add a rule"),
    form=QueueRuleForm,
    columns=[
        Column(gettext_lazy("When"), _fits),
        Column(gettext_lazy("Owner"), lambda row: row.owner.name),
        Column(gettext_lazy("Team"), lambda row: row.team.name if row.team else ""),
    ],
    record=journal.record,
    related=("owner", "team", "reason", "region", "customer"),
)


@require_safe
def statuses(request: SignedInRequest) -> HttpResponse:
    """What each status and waiting reason means."""
    context = {
        "statuses": [(tone, status.label, text) for status, (tone, text) in STATUSES.items()],
        "waiting": [(reason.label, text) for reason, text in WAITING.items()],
    }
    return render(request, "tickets/statuses.html", context)
